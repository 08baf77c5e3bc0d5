import { connectionParameters, type IniProblem, readIni } from './pgbouncer-ini.ts';
import type { FilePlace } from './profile.ts';

/** A value, and where it was read. */
export interface PoolerSetting {
  readonly name: string;
  readonly value: string;
  readonly origin: FilePlace;
}

/** What a configuration file of PgBouncer says. No password is kept. */
export interface PgbouncerConfiguration {
  /** Where `[pgbouncer]` begins. */
  readonly origin: FilePlace;
  /** `[pgbouncer]`, by name, in lower case; of a name that is set twice the last one. */
  readonly settings: readonly PoolerSetting[];
  /** Modes of single databases and users, which hold instead of the pooler's own. */
  readonly exceptions: readonly PoolerSetting[];
  readonly databases: readonly { readonly name: string; readonly origin: FilePlace; readonly parameters: ReadonlyMap<string, string> }[];
  readonly problems: readonly IniProblem[];
  /** What is not in the settings is not set: no line was refused, and no included file is missing. */
  readonly complete: boolean;
}

/**
 * Reads a configuration file of PgBouncer.
 *
 * @param file name for the places
 * @param include as `readIni` takes it
 * @returns `undefined` for a text that is no configuration of PgBouncer
 */
export function readPgbouncerConfiguration(
  file: string,
  text: string,
  include: Parameters<typeof readIni>[2],
): PgbouncerConfiguration | undefined {
  if (!/^[ \t]*\[(?:pgbouncer|databases)\]/m.test(text)) return undefined;
  const { entries, problems } = readIni(file, text, include);
  const settings = new Map<string, PoolerSetting>();
  const exceptions: PoolerSetting[] = [];
  const databases: PgbouncerConfiguration['databases'][number][] = [];
  for (const { section, key, value, file: at, line } of entries) {
    const origin = { file: at, line };
    if (section === 'pgbouncer') settings.set(key.toLowerCase(), { name: key.toLowerCase(), value, origin });
    if (section !== 'databases' && section !== 'users') continue;
    const parameters = connectionParameters(value);
    const mode = parameters.get('pool_mode');
    if (section === 'databases') databases.push({ name: key, origin, parameters: withoutPassword(parameters) });
    if (mode !== undefined) exceptions.push({ name: `${section === 'users' ? 'user' : 'database'} ${key}`, value: mode, origin });
  }
  const heading = text.slice(0, /^[ \t]*\[pgbouncer\]/m.exec(text)?.index ?? 0).split('\n').length;
  return {
    origin: { file, line: heading },
    settings: [...settings.values()],
    exceptions,
    databases,
    problems,
    complete: problems.length === 0,
  };
}

function withoutPassword(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => name !== 'password'));
}
