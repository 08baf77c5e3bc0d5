import { createHash } from 'node:crypto';
import type { AuditResult } from '../result.ts';
import { reporters } from '../report/reporters.ts';
import type { Terminal } from '../terminal.ts';
import { writeFileAtomically } from '../write-file.ts';
import { isInActions, type Destination, type ReportFlags } from './report-options.ts';

/**
 * Makes every report that was asked for, and only then writes the first: a failure leaves none of them behind.
 *
 * @throws UsageError when a file cannot be written
 */
export async function writeReports(
  result: AuditResult,
  destinations: readonly Destination[],
  flags: ReportFlags,
  { env, stdout }: Terminal,
): Promise<void> {
  const reports = await Promise.all(
    destinations.map(async ({ format, file }) => {
      const report = await reporters[format]();
      const text = report(result, {
        color: flags.color && !file && stdout.isTTY === true && !env['NO_COLOR'],
        minConfidence: flags.minConfidence,
        show: new Set(flags.show ?? []),
      });
      return { text, file, format };
    }),
  );
  for (const { text, file } of reports) if (file) writeFileAtomically(file.path, text, file.shown);
  for (const { text, file, format } of reports) {
    if (!file) await stdout.write(format === 'terminal' && isInActions(env) ? withoutCommands(text) : text);
  }
}

/**
 * Text of the repository that looks like a workflow command (`::error::`, `##[group]`) is no command in a log of GitHub Actions: the runner
 * stops to look for them until it meets the token again, and that cannot stand in a text that it is the hash of.
 */
function withoutCommands(text: string): string {
  const token = createHash('sha256').update(text).digest('hex');
  return `::stop-commands::${token}\n${text}::${token}::\n`;
}
