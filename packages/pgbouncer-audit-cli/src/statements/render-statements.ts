import { Chalk } from 'chalk';
import type { Severity } from '@pgbouncer-audit/core';
import { printable } from '../report/printable.ts';
import { counts } from '../verdict.ts';
import type { StatementsResult } from './statements-result.ts';

const labels: Readonly<Record<Severity, string>> = { error: 'blocker', warning: 'risk', info: 'info' };

/** For people: what was read, then each statement that breaks, worst first. */
export function renderStatements(result: StatementsResult, color: boolean, showQuiet: boolean): string {
  const c = new Chalk({ level: color ? 1 : 0 });
  const paint = { error: c.red, warning: c.yellow, info: c.blue };
  const { findings, coverage, source, notes } = result;
  const listed = findings.filter((finding) => showQuiet || counts(finding));
  const quiet = findings.length - listed.length;
  const lines = [
    `${c.bold('read     ')}${count(coverage.seen, 'execution')} of ${printable(source.name)} (${source.kind}); ${count(coverage.kept, 'different statement')} with words that matter` +
      `${coverage.unread > 0 ? `, ${coverage.unread} of them not read` : ''}${coverage.leftOut > 0 ? `; ${coverage.leftOut} more left out` : ''}${coverage.damaged ? `; ${count(coverage.damaged, 'damaged entry', 'damaged entries')}` : ''}`,
    ...notes.map((note) => `${c.bold('note     ')}${note}`),
    ...listed.flatMap(({ hazard, severity, confidence, message, statement, calls, users, databases, context, code, dependsOn }) => [
      '',
      `  ${paint[severity](labels[severity])}  ${c.bold(hazard)}  ${c.dim(confidence)}  ${count(calls, 'call')}${users.length > 0 ? ` by ${users.join(', ')}` : ''}${databases.length > 0 ? ` on ${databases.join(', ')}` : ''}`,
      `  ${statement}`,
      `  ${message}`,
      ...(dependsOn ? [`  depends on: ${dependsOn.setting} (assumed ${dependsOn.assumed}); holds when ${dependsOn.holdsWhen}`] : []),
      `  ${c.dim({ in: 'in a transaction', out: 'outside of a transaction', unknown: 'whether in a transaction is not known' }[context])}`,
      code.length > 0
        ? `  in the code: ${code.map(({ file, line, column }) => `${file}:${line}:${column}`).join(', ')}`
        : `  ${c.dim('not found in the code: a dependency may send it')}`,
    ]),
    '',
    listed.length === 0 ? 'Nothing that breaks was seen.' : `${count(listed.length, 'finding')}.`,
    ...(quiet > 0 ? [c.dim(`${count(quiet, 'quiet finding')}: --show all lists ${quiet === 1 ? 'it' : 'them'}.`)] : []),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function count(number: number, noun: string, nouns = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : nouns}`;
}
