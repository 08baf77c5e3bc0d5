import { CommanderError } from 'commander';
import { type App, makeApp, postgresEnvironment, secretsIn } from './app.ts';
import { commandLine } from './cli.ts';
import { openLog } from './log.ts';
import { exitCodes, Problem, problemOf } from './problem.ts';
import { redactor } from './redact.ts';
import { readSettings } from './settings.ts';

// Node itself does not end on a closed pipe of its standard output.
process.stdout.on('error', () => undefined);

// The image brings the Node that this was built and tried with; the advice to change it is for whoever builds the next one.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const redact = redactor(secretsIn(process.env));
const log = openLog(process.stderr, redact);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted.code);
    stopping.abort(new Problem('interrupted', `Stopped by ${signal}.`));
  });
}

const openApp = (): App =>
  makeApp({ settings: readSettings(process.env), log, redact, signal: stopping.signal, environment: postgresEnvironment(process.env) });
const program = commandLine({ openApp, print: (line) => void process.stdout.write(`${line}\n`) }).exitOverride();
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeFor(error);
}
// A connection that hangs must not keep a finished program from ending; what it said must be out before.
for (const stream of [process.stdout, process.stderr]) await new Promise((resolve) => stream.write('', resolve));
process.exit();

function exitCodeFor(error: unknown): number {
  // Its message was printed by commander.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage.code;
  const { outcome, message } = problemOf(stopping.signal.aborted ? stopping.signal.reason : error);
  for (const line of message.split('\n')) process.stderr.write(`error: ${redact(line)}\n`);
  if (!(error instanceof Problem) && process.env.DEBUG) process.stderr.write(`${redact(String((error as Error).stack))}\n`);
  return exitCodes[outcome].code;
}
