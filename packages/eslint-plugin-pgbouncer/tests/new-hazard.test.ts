import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const copied = [
  'package.json',
  'tsconfig.base.json',
  '.prettierrc.json',
  'scripts',
  'docs',
  'packages/core',
  'packages/infra',
  'packages/pgbouncer-audit-cli',
  'packages/eslint-plugin-pgbouncer/README.md',
];
const linked = ['.', 'packages/core', 'packages/infra', 'packages/pgbouncer-audit-cli'];

/** What a newcomer does, in a copy of the repository: the four files, and the command that makes the rest of them. */
describe('a new hazard', { timeout: 60_000 }, () => {
  let copy = '';
  const read = (path: string) => readFileSync(join(copy, path), 'utf8');
  const script = (name: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', `scripts/${name}.ts`, ...args], {
      cwd: copy,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  };

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'pgbouncer-new-hazard-'));
    for (const path of copied)
      cpSync(join(repository, path), join(copy, path), { recursive: true, filter: (from) => !from.endsWith('node_modules') });
    for (const folder of linked) symlinkSync(join(repository, folder, 'node_modules'), join(copy, folder, 'node_modules'));
  });
  afterAll(() => {
    rmSync(copy, { recursive: true, force: true });
  });

  it('starts with four files', () => {
    expect(script('new-hazard', 'no-session-whatever')).toMatchObject({
      status: 0,
      output: expect.stringMatching(
        /core\/src\/hazards\/no-session-whatever\.ts\n.*no-session-whatever\/bad\.ts\n.*no-session-whatever\/good\.ts\n.*docs\/hazards\/no-session-whatever\.md\n/,
      ),
    });
  });

  it('is not written over', () => {
    expect(script('new-hazard', 'no-session-whatever')).toMatchObject({ status: 2, output: expect.stringContaining('choose another id') });
  });

  it.each([[['Whatever']], [['no-a', 'no-b']]])('is asked for by one id in kebab-case: not by %j', (args) => {
    expect(script('new-hazard', ...args)).toMatchObject({ status: 2, output: expect.stringContaining('Usage: pnpm new:hazard <id>') });
  });

  it('is missed by the check until everything is generated', () => {
    const before = script('generate', '--check');
    expect(before).toMatchObject({ status: 1, output: expect.stringContaining('packages/core/src/hazards/index.ts is not as') });
    expect(script('generate').status).toBe(0);
    expect(script('generate', '--check')).toEqual({ status: 0, output: '' });
  });

  it('is in the registry, in the tables and on its page then', () => {
    expect(read('packages/core/src/hazards/index.ts')).toContain("import { noSessionWhatever } from './no-session-whatever.ts';");
    expect(read('packages/eslint-plugin-pgbouncer/README.md')).toContain('docs/hazards/no-session-whatever.md');
    expect(read('docs/hazards/README.md')).toContain('[no-session-whatever](no-session-whatever.md)');
    expect(read('docs/hazards/no-session-whatever.md')).toMatch(/# no-session-whatever\n[^]*<!-- header:end -->\n\n## What breaks/);
  });

  it('is named after its file', () => {
    writeFileSync(join(copy, 'packages/core/src/hazards/no-other-name.ts'), read('packages/core/src/hazards/no-session-whatever.ts'));
    expect(script('generate')).toEqual({
      status: 2,
      output: 'packages/core/src/hazards/no-other-name.ts declares no-session-whatever: name the file after it.\n',
    });
  });

  it('is declared by its file', () => {
    writeFileSync(join(copy, 'packages/core/src/hazards/no-other-name.ts'), 'export const nothing = 1;\n');
    expect(script('generate').output).toContain('no-other-name.ts exports no hazard: write `export const … = defineHazard({ … })`.');
  });
});
