import { Chalk } from 'chalk';
import type { Severity } from '@pgbouncer-audit/core';
import { printable } from '../report/printable.ts';
import type { LiveResult } from './live-result.ts';

const labels: Readonly<Record<Severity, string>> = { error: 'error', warning: 'risk', info: 'info' };

const verdicts: Readonly<Record<LiveResult['verdict']['state'], string>> = {
  'as-assumed': 'AS ASSUMED: the running pooler is what the audit assumes',
  differs: 'DIFFERS: the running pooler is not the one that the audit is about',
  trouble: 'TROUBLE: the running pooler is what the audit assumes, and something is wrong with it',
};

/** For people: the verdict, what runs, where it differs, then what is wrong. */
export function renderLive(result: LiveResult, color: boolean): string {
  const c = new Chalk({ level: color ? 1 : 0 });
  const paint = { error: c.red, warning: c.yellow, info: c.blue };
  const { pooler, postgres, verdict, differences, findings, observations, notes } = result;
  const state = { 'as-assumed': c.green, differs: c.red, trouble: c.red }[verdict.state];
  const changed = pooler.settings.filter(({ isDefault }) => isDefault === false);
  const lines = [
    `${state.bold(verdicts[verdict.state])}. ${count(verdict.errors, 'error')}, ${count(verdict.warnings, 'risk')}.`,
    '',
    `${c.bold('pooler   ')}PgBouncer ${pooler.version}; ${changed.length > 0 ? `not by default: ${changed.map(({ name, value }) => `${name} = ${value || 'empty'}`).join(', ')}` : 'every setting that matters is its default, or the version does not tell'}`,
    ...pooler.databases.map(
      ({ name, target, poolSize, poolMode }) =>
        `${c.bold('database ')}${name} -> ${target}${poolSize ? `, pool_size ${poolSize}` : ''}${poolMode ? `, ${poolMode} mode` : ''}`,
    ),
    ...pooler.pools.map(
      (pool) =>
        `${c.bold('pool     ')}${pool.database} as ${pool.user}: ${count(pool.clientsActive, 'client')} active, ${pool.clientsWaiting} waiting, ${count(pool.servers, 'server connection')}`,
    ),
    ...(postgres
      ? [
          `${c.bold('postgres ')}${postgres.major}, max_connections ${postgres.settings['max_connections'] ?? 'unknown'}; ${count(postgres.sessions.all, 'session')}, ${postgres.sessions.pooled} of the pooler, ${postgres.sessions.idleInTransaction} idle in a transaction; ${count(postgres.advisoryLocks, 'advisory lock')}`,
          ...postgres.roleSettings.map(
            ({ role, database, name, value }) =>
              `${c.bold('role     ')}${role} on ${database}: ${name}${value === undefined ? '' : ` = ${value}`}`,
          ),
        ]
      : []),
    ...notes.map((note) => `${c.bold('note     ')}${note}`),
    '',
    ...differences.map(
      ({ setting, assumed, source, actual, severity }) =>
        `  ${paint[severity](labels[severity])}  ${c.bold(setting)} is ${actual}, and the audit has ${assumed} ${c.dim(typeof source === 'string' ? `(${source})` : `(${source.file}:${source.line})`)}`,
    ),
    ...observations.map(({ id, severity, message }) => `  ${paint[severity](labels[severity])}  ${c.bold(id)}  ${message}`),
    ...findings.map(
      ({ hazard, severity, message, frame }) =>
        `  ${paint[severity](labels[severity])}  ${c.bold(hazard)}  ${c.dim(frame.text)}\n        ${message}`,
    ),
  ];
  return `${lines.map(printable).join('\n').trimEnd()}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
