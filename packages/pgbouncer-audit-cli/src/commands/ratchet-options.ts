import { InvalidArgumentError, type Command } from 'commander';
import { UsageError } from '../errors.ts';

/** The options that decide what of a result is held against the code. */
export interface RatchetFlags {
  readonly baseline?: string;
  readonly updateBaseline?: true;
  readonly failOnStale?: true;
  readonly since?: string;
  readonly staged?: true;
  readonly maxFindings?: number;
  readonly reportOnly?: true;
}

/** @returns the command */
export function addRatchetOptions(command: Command): Command {
  return command
    .option('--baseline <file>', 'findings that are known: marked, and no reason to fail')
    .option('--update-baseline', 'write the findings of this run to the baseline')
    .option('--fail-on-stale', 'exit code 1, too, for baseline entries without a finding, and for suppressions that are unused or expired')
    .option('--since <ref>', 'report only what the lines changed since a branch or commit are responsible for')
    .option('--staged', 'audit what is staged, as it is staged, and report only what the staged lines are responsible for')
    .option('--max-findings <n>', 'exit code 1 only for more findings than this', parseCount)
    .option('--report-only', 'exit code 0 whatever is found; a mistake (2) or a failure (3) still shows');
}

/** @throws UsageError for options that contradict each other */
export function checkRatchetFlags({ baseline, updateBaseline, since, staged }: RatchetFlags): void {
  if (updateBaseline && baseline === undefined) {
    throw new UsageError('`--update-baseline` needs the file: --baseline pgbouncer-baseline.json --update-baseline.');
  }
  if (staged && since !== undefined) throw new UsageError('`--staged` and `--since` name different changes: give one of them.');
  if (updateBaseline && (staged || since !== undefined)) {
    throw new UsageError('A baseline is written from a whole audit: leave `--since` and `--staged` out, or `--update-baseline`.');
  }
}

function parseCount(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new InvalidArgumentError('It is a number, 0 or more.');
  return Number(value);
}
