import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

// The suite itself, run on a copy of the lab in which something was tampered with: a check that cannot fail checks nothing.

const run = promisify(execFile);
const lab = dirname(import.meta.dirname);
const hazards = join(lab, '../../fixtures/hazards');

/** Small, with bad, safe and good code, and all of it moves a client. */
const hazard = 'no-session-load';

interface Copy {
  /** Replaces text of a file; `packages/lab/…` or `fixtures/…`. It has to be there. */
  replace(path: string, text: string | RegExp, by: string): Promise<void>;
  /** Runs the test that runs the proofs, as `npm test` does. */
  suite(): Promise<{ readonly green: boolean; readonly output: string }>;
}

/** A copy of the lab that knows one hazard. */
async function copyOfTheLab(): Promise<Copy> {
  const root = await mkdtemp(join(tmpdir(), 'lab-copy-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const copy = join(root, 'packages/lab');
  const proofs = join(root, 'fixtures/hazards');
  await mkdir(join(copy, 'tests'), { recursive: true });
  for (const name of ['src', 'package.json', 'vitest.config.ts', 'tests/proofs.test.ts'])
    await cp(join(lab, name), join(copy, name), { recursive: true });
  await symlink(join(lab, 'node_modules'), join(copy, 'node_modules'));

  await mkdir(join(proofs, 'node_modules/@pgbouncer-audit'), { recursive: true });
  await cp(join(hazards, hazard), join(proofs, hazard), { recursive: true });
  await cp(join(hazards, 'package.json'), join(proofs, 'package.json'));
  for (const name of await readdir(join(hazards, 'node_modules'))) {
    if (!name.startsWith('.') && name !== '@pgbouncer-audit')
      await symlink(join(hazards, 'node_modules', name), join(proofs, 'node_modules', name));
  }
  await symlink(copy, join(proofs, 'node_modules/@pgbouncer-audit/lab'));

  const results = JSON.parse(await readFile(join(lab, 'results.json'), 'utf8')) as { outcomes: { hazard: string }[] };
  const own = results.outcomes.filter((outcome) => outcome.hazard === hazard);
  await writeFile(join(copy, 'results.json'), JSON.stringify({ ...results, outcomes: own }, undefined, 2));
  return {
    async replace(path, text, by) {
      const file = join(root, path);
      const before = await readFile(file, 'utf8');
      const after = before.replace(text, by);
      if (after === before) throw new Error(`${path} holds no ${String(text)}.`);
      await writeFile(file, after);
    },
    async suite() {
      const vitest = join(lab, 'node_modules/vitest/vitest.mjs');
      const args = [vitest, 'run', '--root', copy, '--retry', '0', '--reporter', 'verbose', 'tests/proofs.test.ts'];
      try {
        const { stdout } = await run(process.execPath, args, { cwd: copy, env: { ...process.env, NO_COLOR: '1' } });
        return { green: true, output: stdout };
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        return { green: false, output: `${stdout}${stderr}` };
      }
    },
  };
}

const move = /async move\(subject\) \{\n/;
/** A client of its own in place of one that has taken over the subject's server connection. */
const idle = "const idle = await connected({ connectionString: pool.url('app') });";
const leave = 'if (idle) return { stranger: idle, letGo: async () => undefined };';

test('the copy is green as long as nobody tampers with it', async () => {
  const { suite } = await copyOfTheLab();
  const { green, output } = await suite();
  expect(output).toMatch(/Tests +\d+ passed/);
  expect(green).toBe(true);
}, 180_000);

test('the suite goes red where the harness does not rotate', async () => {
  const { replace, suite } = await copyOfTheLab();
  await replace('packages/lab/src/bench/bench.ts', move, `$&${idle} ${leave}\n`);
  const { green, output } = await suite();
  expect(green).toBe(false);
  expect(output).toMatch(/RejectedRun: no-session-load.*No change of server connection was brought about/s);
}, 180_000);

test('the suite goes red where the harness does not rotate, and says that it did', async () => {
  const { replace, suite } = await copyOfTheLab();
  await replace('packages/lab/src/bench/bench.ts', move, `$&${idle} moves++; ${leave}\n`);
  const { green, output } = await suite();
  expect(green).toBe(false);
  // Bad code works where nothing moves: that is not what is on record.
  expect(output).toMatch(/Tests +[1-9]\d* failed/);
  expect(output).toMatch(/× .*bad: /);
}, 180_000);

test.each([
  ['an outcome', /"outcome": "silent"/, '"outcome": "works"'],
  ['what was seen', /"saw": "/, '"saw": "not '],
  ['an environment', '"1.18",', '"1.18 ignore",'],
])(
  'the suite goes red where the record has %s that nobody saw',
  async (_, text, by) => {
    const { replace, suite } = await copyOfTheLab();
    await replace('packages/lab/results.json', text, by);
    const { green, output } = await suite();
    expect(green).toBe(false);
    expect(output).toMatch(/Tests +1 failed/);
  },
  180_000,
);
