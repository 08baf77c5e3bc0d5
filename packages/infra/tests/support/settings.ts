import { readIni } from '../../../core/src/pooler/pgbouncer-ini.ts';
import { shipped } from './shipped.ts';

/** A section of the shipped pgbouncer.ini, as the audit reads it. */
export function settingsOf(section: string): ReadonlyMap<string, string> {
  const { entries, problems } = readIni('pgbouncer.ini', shipped('pgbouncer/pgbouncer.ini'), () => undefined);
  if (problems.length > 0) throw new Error(problems.map(({ line, message }) => `pgbouncer.ini:${line}: ${message}`).join('\n'));
  return new Map(entries.filter((entry) => entry.section === section).map(({ key, value }) => [key, value]));
}
