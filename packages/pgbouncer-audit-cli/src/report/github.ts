import type { Severity } from '@pgbouncer-audit/core';
import type { FindingResult } from '../result.ts';
import { byUrgency, isQuiet, listedFindings } from './findings.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { dependsDetail, plural } from './words.ts';

type Level = 'error' | 'warning' | 'notice';

const levels: Readonly<Record<Severity, Level>> = { error: 'error', warning: 'warning', info: 'notice' };

/** GitHub shows no more annotations of a level than this for one step of a job. */
const maxPerLevel = 10;

/** Annotations of GitHub Actions, as workflow commands: the worst ones, as many as GitHub shows, and how many there are besides. */
export const github: Reporter = (result, options) => {
  const shown: Record<Level, number> = { error: 0, warning: 0, notice: 0 };
  let more = 0;
  const lines: string[] = [];
  for (const finding of byUrgency(listedFindings(result, options))) {
    const level = isQuiet(finding) ? 'notice' : levels[finding.severity];
    if (shown[level]++ < maxPerLevel) lines.push(annotation(level, finding));
    else more++;
  }
  if (more > 0) {
    lines.push(
      `${plural(more, 'more finding')} without an annotation: GitHub shows ${maxPerLevel} errors, ${maxPerLevel} warnings and ${maxPerLevel} notices of a step.`,
    );
  }
  return lines.map((line) => `${line}\n`).join('');
};

function annotation(level: Level, finding: FindingResult): string {
  const { file, line, endLine, column, endColumn, hazard, message, dependsOn } = finding;
  const properties = {
    file,
    line,
    endLine,
    // Columns of a place that spans lines are refused.
    ...(line === endLine && { col: column, endColumn }),
    title: `pgbouncer-audit: ${hazard}`,
  };
  const list = Object.entries(properties).map(([key, value]) => `${key}=${property(printable(String(value)))}`);
  return `::${level} ${list.join(',')}::${data(printable(message + (dependsOn ? ` ${dependsDetail(dependsOn)}` : '')))}`;
}

/** The runner takes back exactly these escapes, in this order. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
