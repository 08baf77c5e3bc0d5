// `npm test`: sets the workspace up where need be, then runs every check; a failed one does not keep the next from running.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, install, SetupError } from './setup.mjs';
import { publishedPackages, root, run, runTool, say } from './workspace.mjs';

const cache = join(root, '.cache');
const vitestResults = join(cache, 'vitest.json');
/** For .ci/run: `N passed, N failed`, each test of vitest and each other step counted as one. */
const summaryFile = join(cache, 'test-summary.txt');

/** Without it no other step can run. */
const installing = 'install';

const steps = [
  [installing, () => setUpStep(install)],
  ['build', () => setUpStep(() => build(publishedPackages))],
  ['type check', () => one(runTool('tsc', ['--project', '.']))],
  ['type check of the proofs', () => one(runTool('tsc', ['--project', 'packages/lab']))],
  ['type check of the backend', () => one(runTool('tsc', ['--project', 'fixtures/backend']))],
  ['lint', () => one(runTool('eslint', ['.', '--max-warnings', '0']))],
  ['format', () => one(runTool('prettier', ['--check', '--log-level', 'warn', '.']))],
  ['unused code', () => one(runTool('knip', ['--no-progress']))],
  ['generated files', () => one(runTool('tsx', ['scripts/generate.ts', '--check']))],
  ['pages from the results', () => one(runTool('tsx', ['packages/lab/src/bin/compatibility.ts', '--check']))],
  ['servers of the lab', () => one(runTool('tsx', ['packages/lab/src/bin/setup.ts']))],
  ['tests', runVitest],
  ['packages', () => one(run(process.execPath, [join(root, 'scripts', 'check-packages.mjs')], { cwd: root }))],
];

process.exitCode = main();

function main() {
  mkdirSync(cache, { recursive: true });
  rmSync(summaryFile, { force: true });
  const results = [];
  for (const [name, step] of steps) {
    const canRun = results.every((result) => result.name !== installing || result.failed === 0);
    say(`\n=== ${name}${canRun ? '' : ': not run, for want of the dependencies'}`);
    const started = Date.now();
    results.push({ name, ...(canRun ? step() : one(1)), seconds: (Date.now() - started) / 1000 });
  }
  return summarise(results);
}

/** @returns the exit code: 0 where nothing failed */
function summarise(results) {
  say('\n=== summary');
  for (const { name, passed, failed, skipped, seconds, notes } of results) {
    const counts = passed + failed + skipped === 1 ? '' : ` (${counted({ passed, failed, skipped })})`;
    say(`${failed === 0 ? 'passed' : 'FAILED'}  ${name}${counts}, ${seconds.toFixed(1)} s`);
    for (const note of notes ?? []) say(`        ${note}`);
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  const totals = { passed: total('passed'), failed: total('failed'), skipped: total('skipped') };
  // A test that was skipped did not pass.
  const failed = totals.failed + totals.skipped;
  writeFileSync(summaryFile, `${totals.passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

function counted({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}

/** The counts of a step that passes or fails as a whole. */
function one(status) {
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function setUpStep(step) {
  try {
    step();
    return one(0);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return one(1);
  }
}

function runVitest() {
  rmSync(vitestResults, { force: true });
  const status = runTool('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestResults}`]);
  const results = readResults();
  if (!results) return one(1);
  // A file that does not load fails without a failed test in it.
  const brokenFiles = results.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const passed = results.numPassedTests;
  const failed = results.numFailedTests + brokenFiles.length;
  // No test at all, or an error outside of any test, such as an unhandled rejection.
  const failedOtherwise = (failed === 0 && status !== 0) || passed + failed === 0;
  return {
    passed,
    failed: failed + (failedOtherwise ? 1 : 0),
    skipped: results.numPendingTests + results.numTodoTests,
    notes: [...brokenFiles.map((file) => `does not load: ${relative(root, file.name)}`), ...remarkable(results)],
  };
}

/** A line for each test that failed, and for each that passed at the second attempt only, so that it is not forgotten. */
function remarkable(results) {
  return results.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.failureMessages.length > 0)
      .map((test) => {
        const what = test.status === 'passed' ? 'passed at the second attempt' : test.status;
        return `${what}: ${relative(root, file.name)}: ${test.fullName}: ${test.failureMessages[0].split('\n')[0].slice(0, 200)}`;
      }),
  );
}

function readResults() {
  try {
    return JSON.parse(readFileSync(vitestResults, 'utf8'));
  } catch {
    return undefined;
  }
}
