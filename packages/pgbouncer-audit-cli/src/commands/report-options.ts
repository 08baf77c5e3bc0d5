import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { confidences, type Confidence } from '@pgbouncer-audit/core/finding';
import { UsageError } from '../errors.ts';
import { formats, type Format } from '../report/reporters.ts';
import type { Terminal } from '../terminal.ts';
import { defaultMinConfidence } from '../verdict.ts';

/** Where a report goes: to a file, or to the standard output. */
export interface Destination {
  readonly format: Format;
  /** As the user wrote it, and where it is. */
  readonly file?: { readonly shown: string; readonly path: string };
}

/** The options of every command that makes reports. */
export interface ReportFlags {
  readonly format: Format;
  readonly output?: string;
  readonly reporter?: readonly RequestedReport[];
  readonly minConfidence: Confidence;
  readonly show?: readonly ('possible' | 'dependent')[];
  readonly color: boolean;
  readonly annotations: boolean;
}

interface RequestedReport {
  readonly format: Format;
  readonly file?: string;
}

/** @returns the command */
export function addReportOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-r, --reporter <name[=file]>',
        `a report, to a file or the standard output; may be repeated: ${formats.join(', ')}`,
      ).argParser(parseReporter),
    )
    .addOption(
      new Option('-f, --format <format>', 'the one report that is made: `-f json -o a.json` is short for `-r json=a.json`')
        .choices(formats)
        .default('terminal')
        .conflicts('reporter'),
    )
    .addOption(new Option('-o, --output <file>', 'write it to a file instead of the standard output').conflicts('reporter'))
    .addOption(
      new Option('--min-confidence <level>', 'least confidence of a finding that counts')
        .choices(confidences)
        .default(defaultMinConfidence),
    )
    .option('--show <kinds>', 'list quiet findings, too: possible, dependent (on an assumed setting), all', parseShow)
    .option('--no-annotations', 'no annotations beside the terminal report in GitHub Actions')
    .option('--no-color', 'no colours in the terminal report');
}

/**
 * The reports to make, in the order in which they were asked for. In GitHub Actions, annotations follow a terminal report that goes to the log.
 *
 * @throws UsageError where two of them would be written over each other
 */
export function destinationsOf({ format, output, reporter, annotations }: ReportFlags, { cwd, env }: Terminal): readonly Destination[] {
  const requested = reporter ?? [{ format, ...(output !== undefined && { file: output }) }];
  const destinations = requested.map(({ format, file }) => ({
    format,
    ...(file !== undefined && { file: { shown: file, path: resolve(cwd, file) } }),
  }));
  for (const [index, { format, file }] of destinations.entries()) {
    const other = destinations.slice(0, index).find((each) => each.file?.path === file?.path);
    // A log holds both.
    if (!other || (!file && [format, other.format].every((each) => each === 'terminal' || each === 'github'))) continue;
    const where = file ? `\`${file.shown}\`` : 'the standard output';
    throw new UsageError(
      `The ${other.format} and the ${format} report would both be written to ${where}. Name a file of its own for one of them: --reporter ${format}=FILE.`,
    );
  }
  const logged = destinations.some((each) => each.format === 'terminal' && !each.file);
  const annotated = destinations.some((each) => each.format === 'github');
  return annotations && logged && !annotated && isInActions(env) ? [...destinations, { format: 'github' }] : destinations;
}

export function isInActions(env: Terminal['env']): boolean {
  return env['GITHUB_ACTIONS'] === 'true';
}

function parseReporter(value: string, before: readonly RequestedReport[] = []): readonly RequestedReport[] {
  const [, name = value, file] = /^([^=]*)=(.*)$/s.exec(value) ?? [];
  const format = formats.find((each) => each === name);
  if (!format) throw new InvalidArgumentError(`Allowed choices are ${formats.join(', ')}.`);
  if (file === '') throw new InvalidArgumentError(`Name a file after the equals sign, or leave the sign out.`);
  return [...before, { format, ...(file !== undefined && { file }) }];
}

function parseShow(value: string, before: readonly string[] = []): readonly string[] {
  const kinds = value.split(',').flatMap((kind) => (kind === 'all' ? ['possible', 'dependent'] : [kind.trim()]));
  const wrong = kinds.find((kind) => kind !== 'possible' && kind !== 'dependent');
  if (wrong !== undefined) throw new InvalidArgumentError('Allowed choices are possible, dependent, all.');
  return [...before, ...kinds];
}
