import { nearest } from './nearest.ts';
import { cellsOf } from './pooler/cells-of.ts';
import type { PgbouncerConfiguration } from './pooler/pgbouncer-configuration.ts';
import { profileOfConfiguration } from './pooler/profile-of-configuration.ts';
import type { PoolerProduct, PoolerProfile, PoolMode, ProfileSetting, ProfileSource } from './pooler/profile.ts';
import { defaultSetup, type Setup } from './setup.ts';

/** What is wrong with one value of the settings. */
export interface SettingsProblem {
  /** Where: `profile.poolMode`, `clients[2]`; empty for the settings as a whole. */
  readonly path: string;
  /** What was found and what is expected; ends with a full stop. */
  readonly message: string;
}

/** What a user's settings come to. */
export interface ReadSettings {
  readonly setup: Setup;
  readonly problems: readonly SettingsProblem[];
  /** The path of the deployed `pgbouncer.ini`, as it was written. Who can read files has it read, and asks `readSettingsOver`. */
  readonly pgbouncerIni?: string;
}

/** Reads one value: gives what the setup holds, or says what it should have been. */
type Reader<T> = (value: unknown) => { readonly value: T } | { readonly expected: string };

const products: readonly PoolerProduct[] = ['pgbouncer', 'supavisor', 'neon', 'rds-proxy', 'azure-pgbouncer', 'pgcat', 'pgdog', 'odyssey'];

const poolModes: readonly PoolMode[] = ['transaction', 'session', 'statement'];

const profileReaders: { readonly [Key in ProfileSetting]: Reader<PoolerProfile[Key]> } = {
  product: oneOf(products),
  version: (value) =>
    typeof value === 'string' && /^\d+\.\d+(\.\d+)?$/.test(value)
      ? { value: value.split('.', 2).join('.') }
      : { expected: 'a version in quotes, such as "1.24"' },
  poolMode: oneOf(poolModes),
  maxPreparedStatements: integer('a whole number, 0 for none', 0),
  trackedParameters: parameterNames,
  ignoredStartupParameters: parameterNames,
  postgresMajor: integer('a major version of PostgreSQL, such as 17', 9),
};

const setupReaders: { readonly [Key in Exclude<keyof Setup, 'profile'>]: Reader<Setup[Key]> } = {
  clients: strings,
  directClients: strings,
  sqlTags: strings,
  transactionWrappers: strings,
};

/**
 * Reads `settings.pgbouncer` of ESLint or the configuration of the audit, which have the same keys. A value that is
 * wrong is named in `problems` and replaced by the base's; a value that is given is marked as stated in the profile's sources.
 *
 * @param value as the user wrote it; `undefined` states nothing
 * @param base what holds where the settings say nothing
 * @param source what the profile's sources name for the values given here
 */
export function readSettings(value: unknown, base: Setup = defaultSetup, source: ProfileSource = 'stated'): ReadSettings {
  const problems: SettingsProblem[] = [];
  if (value === undefined) return { setup: withVersionDefaults(base), problems };

  const { profile, ...rest } = readObject(value, '', ['profile', 'pgbouncerIni', ...Object.keys(setupReaders)], problems);
  const lists = readKeys(rest, '', setupReaders, problems);
  const ini = readKeys(rest, '', { pgbouncerIni: pathOfFile }, problems);
  if (profile === undefined) return { setup: withVersionDefaults({ ...base, ...lists }), problems, ...ini };

  const stated = readKeys(readObject(profile, 'profile', Object.keys(profileReaders), problems), 'profile.', profileReaders, problems);
  const sources = Object.fromEntries(Object.keys(stated).map((key) => [key, source]));
  return {
    setup: withVersionDefaults({
      ...base,
      ...lists,
      profile: { ...base.profile, ...stated, sources: { ...base.profile.sources, ...sources } },
    }),
    problems,
    ...ini,
  };
}

/**
 * Reads settings that name the deployed `pgbouncer.ini`. What the profile states wins over the file, and the file over the base. A file that PgBouncer
 * would not start with says nothing of a pooler that runs, so that it is a problem; a value that it would not take, unless the profile states it.
 *
 * @param configuration what the file says
 * @param path where a problem of the file is said to be
 */
export function readSettingsOver(
  value: unknown,
  configuration: PgbouncerConfiguration,
  base: Setup = defaultSetup,
  path = 'pgbouncerIni',
): ReadSettings {
  const { profile, problems: unread } = profileOfConfiguration(configuration);
  const sources = { ...base.profile.sources, ...profile.sources };
  const read = readSettings(value, { ...base, profile: { ...base.profile, ...profile, sources } });
  const { profile: settled } = read.setup;
  const problems = [...read.problems];
  for (const { kind, file, line, message } of configuration.problems) {
    if (kind === 'refused') problems.push({ path, message: `${file}:${line}: ${message}. Correct the file.` });
  }
  for (const { setting, origin, message } of unread) {
    if (settled.sources[setting] === 'stated') continue;
    problems.push({
      path,
      message: `${origin.file}:${origin.line}: ${message}. Correct it, or state \`profile.${setting}\`, which wins over the file.`,
    });
  }
  if (!configured.includes(settled.product)) {
    problems.push({
      path: 'profile.product',
      message: `A pgbouncer.ini configures no ${settled.product}. Leave out the file, or the product.`,
    });
  }
  return { ...read, problems };
}

/** The products that are configured by a file of PgBouncer's. */
const configured: readonly PoolerProduct[] = ['pgbouncer', 'azure-pgbouncer'];

/**
 * Of a PgBouncer whose version is known, no more prepared statements may be assumed than that version has by default; one that cannot
 * have any is certain.
 */
function withVersionDefaults(setup: Setup): Setup {
  const { profile } = setup;
  const { version, maxPreparedStatements } = profile.sources;
  if (profile.product !== 'pgbouncer' || version === undefined || version === 'assumed') return setup;
  if (maxPreparedStatements !== undefined && maxPreparedStatements !== 'assumed') return setup;
  const { namedStatements, preparedByDefault } = cellsOf(profile.product, profile.version);
  if (preparedByDefault.value !== 0) return setup;
  const sources = namedStatements.value === 'never' ? { ...profile.sources, maxPreparedStatements: version } : profile.sources;
  return { ...setup, profile: { ...profile, maxPreparedStatements: 0, sources } };
}

/** The own properties of an object whose keys are known; every other key is a problem. */
function readObject(value: unknown, path: string, known: readonly string[], problems: SettingsProblem[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({ path, message: `Expected an object with the keys ${known.join(', ')}; found ${describe(value)}.` });
    return {};
  }
  const read: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    if (known.includes(key)) {
      read[key] = entry;
      continue;
    }
    const at = path ? `${path}.${key}` : key;
    const near = nearest(key, known);
    problems.push({
      path: at,
      message: near ? `Unknown key; did you mean \`${near}\`?` : `Unknown key; the keys are ${known.join(', ')}.`,
    });
  }
  return read;
}

function readKeys<T>(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  readers: { readonly [Key in keyof T]: Reader<T[Key]> },
  problems: SettingsProblem[],
): Partial<T> {
  const read: Partial<T> = {};
  for (const key of Object.keys(readers) as (keyof T & string)[]) {
    const value = object[key];
    if (value === undefined) continue;
    const result = readers[key](value);
    if ('value' in result) read[key] = result.value;
    else problems.push({ path: prefix + key, message: `Expected ${result.expected}; found ${describe(value)}.` });
  }
  return read;
}

function oneOf<T extends string>(values: readonly T[]): Reader<T> {
  return (value) =>
    values.includes(value as T) ? { value: value as T } : { expected: `one of ${values.map((each) => `"${each}"`).join(', ')}` };
}

function integer(expected: string, least: number): Reader<number> {
  return (value) => (Number.isInteger(value) && (value as number) >= least ? { value: value as number } : { expected });
}

function strings(value: unknown): ReturnType<Reader<readonly string[]>> {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each.trim() !== '')
    ? { value: value as string[] }
    : { expected: 'an array of names, each in quotes' };
}

function pathOfFile(value: unknown): ReturnType<Reader<string>> {
  return typeof value === 'string' && value.trim() !== ''
    ? { value }
    : { expected: 'the path of the pgbouncer.ini that is deployed, in quotes' };
}

/** PostgreSQL and PgBouncer compare the names of parameters without regard to case. */
function parameterNames(value: unknown): ReturnType<Reader<readonly string[]>> {
  const names = strings(value);
  return 'value' in names
    ? { value: names.value.map((name) => name.toLowerCase()) }
    : { expected: 'an array of names of parameters, each in quotes' };
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
