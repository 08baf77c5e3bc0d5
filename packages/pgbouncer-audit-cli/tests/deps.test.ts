import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import type { DepsResult } from '../src/deps/deps-result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

async function verdicts(root: string): Promise<DepsResult> {
  const { code, stdout, stderr } = await command(root, 'deps', '--format', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as DepsResult;
}

/** Pinned, so that what was reviewed stays what is read. */
const pinned = { 'graphile-worker': '0.16.6', 'node-pg-migrate': '8.0.3', 'pg-boss': '10.3.2', 'pg-listen': '1.7.0', pg: '8.16.3' };

test('real packages: who needs a direct connection, and why', async () => {
  const root = repository({ 'package.json': JSON.stringify({ name: 'app', dependencies: pinned }) });
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  const { packages } = await verdicts(root);
  const of = (name: string) => packages.find((each) => each.name === name)!;
  const why = (name: string) => [...new Set(of(name).reasons.map(({ hazard }) => hazard))];
  expect(of('graphile-worker').verdict).toBe('direct');
  expect(why('graphile-worker')).toContain('no-listen');
  expect(of('pg-listen').verdict).toBe('direct');
  expect(of('node-pg-migrate').verdict).toBe('direct');
  expect(why('node-pg-migrate')).toContain('no-session-advisory-lock');
  expect(of('pg').verdict).toBe('fine');
  expect(why('pg-boss')).not.toContain('no-listen');
  for (const { reasons } of packages) for (const { file } of reasons) expect(file).toMatch(/^node_modules\//);
}, 180_000);

test('a package that is not installed is named, and hostile ones stop nothing', async () => {
  const root = repository({
    'package.json': '{"dependencies":{"pg":"8.0.0","bad":"1.0.0","../up":"1","loop":"1"}}',
    'node_modules/bad/package.json': '{"name":"bad","version":5,"dependencies":{"pg":"*"}}',
    'node_modules/bad/index.js': 'const a = "LISTEN jobs"; `listen to ${a}`;',
    'node_modules/bad/broken.js': '((((',
    'node_modules/loop/package.json': '{"name":"loop","dependencies":{"loop":"1","bad":"1"}}',
  });
  const { packages, notes } = await verdicts(root);
  expect(notes).toEqual(['Not installed, so not read: pg. Install the dependencies first.']);
  expect(packages).toMatchObject([
    { name: 'bad', verdict: 'direct', reasons: [{ hazard: 'no-listen', file: 'node_modules/bad/index.js', line: 1 }] },
  ]);
});
