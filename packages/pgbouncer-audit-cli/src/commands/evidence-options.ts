import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AuditResult } from '../result.ts';
import type { Terminal } from '../terminal.ts';

/** The options of the commands that look at what runs. */
export interface EvidenceFlags {
  readonly format: 'terminal' | 'json';
  readonly output?: string;
  readonly result?: string;
  readonly config?: string;
  readonly failOn: 'error' | 'warning' | 'info' | 'never';
  readonly timeout: number;
  readonly color: boolean;
}

/** @returns the command */
export function addEvidenceOptions(command: Command): Command {
  return command
    .option(
      '--result <file>',
      'what an audit found, saved with --format json; without it the repository of the current folder is looked at',
    )
    .option('-c, --config <file>', 'configuration file; by default the nearest pgbouncer-audit.config.{json,js,mjs,ts}')
    .addOption(new Option('-f, --format <format>', 'format of the report').choices(['terminal', 'json']).default('terminal'))
    .option('-o, --output <file>', 'write it to a file instead of the standard output')
    .addOption(new Option('--timeout <seconds>', 'how long a server may take to answer').argParser(seconds).default(10))
    .addOption(
      new Option('--fail-on <severity>', 'least severity that makes the exit code 1')
        .choices(['error', 'warning', 'info', 'never'])
        .default('error'),
    )
    .option('--no-color', 'no colours in the terminal report');
}

function seconds(value: string): number {
  const number = Number(value);
  if (!Number.isFinite(number) || number <= 0 || number > 3600) throw new InvalidArgumentError('A number of seconds, such as 10.');
  return number;
}

/** What the findings assume: of a saved result, or of the repository of the current folder, which is not audited for it. */
export async function assumedBy(
  { result, config }: EvidenceFlags,
  { cwd }: Terminal,
): Promise<{ audited: AuditResult; settings: unknown }> {
  const { loadConfig } = await import('../load-config.ts');
  const { repositoryRoot } = await import('../discover/repository-root.ts');
  const root = repositoryRoot(cwd);
  const loaded = await loadConfig(cwd, config, cwd, root);
  if (result !== undefined) {
    const { readResult } = await import('../read-result.ts');
    return { audited: readResult(cwd, result), settings: loaded.settings };
  }
  const { audit } = await import('../audit.ts');
  const { settings, folder } = loaded;
  return { audited: audit({ paths: [], cwd, root, settings, ...(folder !== undefined && { settingsFolder: folder }) }), settings };
}

/** Writes a report where it was asked for. */
export async function writeEvidence(
  value: object,
  render: (color: boolean) => string,
  flags: EvidenceFlags,
  terminal: Terminal,
): Promise<void> {
  const { format, output, color } = flags;
  const text =
    format === 'json'
      ? `${JSON.stringify(value, undefined, 2)}\n`
      : render(color && output === undefined && terminal.stdout.isTTY === true && !terminal.env['NO_COLOR']);
  if (output === undefined) return terminal.stdout.write(text);
  const { writeFileAtomically } = await import('../write-file.ts');
  writeFileAtomically(resolve(terminal.cwd, output), text, output);
}

/** Weakest last. */
const severities = ['error', 'warning', 'info'];

/** 1 where something is at or over the threshold. */
export function evidenceExit(found: readonly { readonly severity: string }[], failOn: EvidenceFlags['failOn']): 0 | 1 {
  const failing = failOn === 'never' ? [] : severities.slice(0, severities.indexOf(failOn) + 1);
  return found.some(({ severity }) => failing.includes(severity)) ? 1 : 0;
}
