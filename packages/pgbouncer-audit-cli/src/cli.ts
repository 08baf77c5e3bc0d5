import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { confidences, type Confidence } from '@pgbouncer-audit/core';
import { UsageError } from './errors.ts';
import { formats, reporters, type Format } from './report/reporters.ts';
import { toolName, toolVersion } from './tool.ts';
import { defaultMinConfidence, exitCode, type FailOn } from './verdict.ts';

/** What the command line talks to; the process in earnest, buffers in a test. */
export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

interface Output {
  readonly isTTY?: boolean;
  /** Resolves when everything is written: a pipe may be slower than the program. */
  write(text: string): Promise<void>;
}

interface Flags {
  readonly format: Format;
  readonly output?: string;
  readonly config?: string;
  readonly pgbouncerIni?: string;
  readonly includeTests?: true;
  readonly minConfidence: Confidence;
  readonly failOn: FailOn;
  readonly show: readonly ('possible' | 'dependent')[];
  readonly color: boolean;
  readonly explain?: string;
  readonly printConfig?: true;
}

const exitCodes = `
Exit codes:
  0  nothing to act on
  1  findings at or over --fail-on
  2  a mistake in the arguments or the configuration
  3  an internal failure, or no file could be examined

Examples:
  pgbouncer-audit                       audits the repository of the current folder
  pgbouncer-audit apps/api --show possible
  pgbouncer-audit --format sarif --output pgbouncer.sarif
  pgbouncer-audit --explain no-session-set
`;

/**
 * Runs the command line.
 *
 * @param args without the program's own two
 * @returns the exit code
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1 | 2 | 3> {
  const pending: Promise<void>[] = [];
  const command = new Command(toolName)
    .description('Finds the code of a back end that breaks behind PgBouncer in transaction mode.')
    .version(toolVersion, '-v, --version')
    .argument('[paths...]', 'files and folders of one repository; the current folder by default')
    .addOption(new Option('-f, --format <format>', 'format of the report').choices(formats).default('terminal'))
    .option('-o, --output <file>', 'write the report to a file instead of the standard output')
    .option('-c, --config <file>', 'configuration file; by default the nearest pgbouncer-audit.config.{json,js,mjs,ts}')
    .option('--pgbouncer-ini <file>', 'read the pooler from this file instead of searching for one')
    .option('--include-tests', 'examine tests, too')
    .addOption(
      new Option('--min-confidence <level>', 'least confidence of a finding that counts')
        .choices(confidences)
        .default(defaultMinConfidence),
    )
    .addOption(
      new Option('--fail-on <severity>', 'least severity of a finding that makes the exit code 1')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .option('--show <kinds>', 'list quiet findings, too: possible, dependent (on an assumed setting), all', parseShow, [])
    .option('--no-color', 'no colours in the terminal report')
    .option('--explain <hazard>', 'describe a hazard and end')
    .option('--print-config', 'print the settings that would be used, with where each comes from, and end')
    .addHelpText('after', exitCodes)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void pending.push(terminal.stdout.write(text)),
      writeErr: (text) => void pending.push(terminal.stderr.write(text)),
    });

  try {
    command.parse(args, { from: 'user' });
    return await execute(command.args, command.opts<Flags>(), terminal);
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
    if (cause instanceof UsageError) {
      await terminal.stderr.write(`${toolName}: ${cause.message}\n`);
      return 2;
    }
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    await terminal.stderr.write(`${toolName}: internal failure; please report it with what follows.\n${detail}\n`);
    return 3;
  } finally {
    await Promise.all(pending);
  }
}

async function execute(given: readonly string[], flags: Flags, terminal: Terminal): Promise<0 | 1 | 3> {
  if (flags.explain !== undefined) {
    const { explainHazard } = await import('./explain.ts');
    await terminal.stdout.write(explainHazard(flags.explain));
    return 0;
  }
  const paths = given.length > 0 ? given : ['.'];
  const { loadConfig } = await import('./load-config.ts');
  const { audit } = await import('./audit.ts');
  const { repositoryRoot } = await import('./discover/find-files.ts');
  const start = startFolder(terminal.cwd, paths[0]!);
  const config = await loadConfig(terminal.cwd, flags.config, start, repositoryRoot(start));

  const progress = progressLine(terminal);
  const result = audit({
    paths: flags.printConfig ? [] : paths,
    cwd: terminal.cwd,
    root: repositoryRoot(start),
    settings: config.settings,
    ...(flags.includeTests && { includeTests: true }),
    ...(flags.pgbouncerIni !== undefined && { pgbouncerIni: flags.pgbouncerIni }),
    ...(progress && { onProgress: progress.update }),
  });
  await progress?.clear();
  if (flags.printConfig) {
    const { profile, poolers, notes } = result.discovery;
    await terminal.stdout.write(
      `${JSON.stringify({ config: config.path ?? null, settings: config.settings ?? {}, profile, poolers, notes }, undefined, 2)}\n`,
    );
    return 0;
  }

  const report = (await reporters[flags.format]())(result, {
    color: flags.color && flags.output === undefined && terminal.stdout.isTTY === true && !terminal.env['NO_COLOR'],
    minConfidence: flags.minConfidence,
    show: new Set(flags.show),
  });
  if (flags.output === undefined) {
    await terminal.stdout.write(report);
  } else {
    const { writeFileAtomically } = await import('./write-file.ts');
    writeFileAtomically(resolve(terminal.cwd, flags.output), report, flags.output);
  }
  return exitCode(result, flags.failOn, flags.minConfidence);
}

function startFolder(cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute)) throw new UsageError(`\`${path}\` does not exist. Give files or folders of the repository to audit.`);
  const real = realpathSync(absolute);
  return statSync(real).isDirectory() ? real : dirname(real);
}

function parseShow(value: string, before: readonly string[]): readonly string[] {
  const kinds = value.split(',').flatMap((kind) => (kind === 'all' ? ['possible', 'dependent'] : [kind.trim()]));
  const wrong = kinds.find((kind) => kind !== 'possible' && kind !== 'dependent');
  if (wrong !== undefined) throw new InvalidArgumentError('Allowed choices are possible, dependent, all.');
  return [...before, ...kinds];
}

/** One line that overwrites itself, on a terminal only. */
function progressLine({ stderr }: Terminal) {
  if (!stderr.isTTY) return undefined;
  let shown = 0;
  return {
    update({ done, total }: { done: number; total: number }): void {
      const now = Date.now();
      if (now - shown < 100) return;
      shown = now;
      void stderr.write(`\r\u001B[2K${done}/${total} files`);
    },
    clear: () => stderr.write('\r\u001B[2K'),
  };
}
