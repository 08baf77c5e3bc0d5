import { join, posix } from 'node:path';
import type { PoolerProfile, PoolMode, ProfileSetting, ProfileSource } from '@pgbouncer-audit/core';
import type { Pooler, PoolerDatabase, Setting } from '../deployment/facts.ts';
import { poolerOfEnvironment, versionsOfImage } from '../deployment/images.ts';
import { isSample } from '../deployment/facts.ts';
import { mentionsKubernetes, readKubernetes } from '../deployment/kubernetes.ts';
import { UsageError } from '../errors.ts';
import { readFileSync } from '../files/view.ts';
import type { PoolerResult } from '../result.ts';
import { readCompose, type ComposeFile, type ComposePooler } from './compose.ts';
import { toRelative } from './find-files.ts';
import { connectionParameters, readIni } from './pgbouncer-ini.ts';
import { explain, readText } from './read-text.ts';

export interface FoundPoolers {
  /** What the profile gets from them; what no file tells is absent. */
  readonly profile: Partial<PoolerProfile>;
  readonly poolers: readonly PoolerResult[];
  /** Whole sentences. */
  readonly notes: readonly string[];
  /** The poolers with everything that was read of them. */
  readonly configurations: readonly Pooler[];
  readonly used?: Pooler;
}

/** Settings of PgBouncer that verdicts and readers of a report care about. */
const relevantSettings: ReadonlySet<string> = new Set([
  'pool_mode',
  'max_prepared_statements',
  'ignore_startup_parameters',
  'track_extra_parameters',
  'server_reset_query',
  'server_reset_query_always',
  'max_client_conn',
  'default_pool_size',
  'reserve_pool_size',
  'max_db_connections',
  'max_user_connections',
  'query_wait_timeout',
  'idle_transaction_timeout',
  'transaction_timeout',
  'auth_type',
]);

const poolModes: readonly string[] = ['transaction', 'session', 'statement'] satisfies PoolMode[];

const composeFile = /(?:^|\/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i;

/**
 * Finds the poolers that a repository deploys.
 *
 * @param manifests paths relative to the root
 * @param folders what was asked for; a pooler in one of these folders is the one that counts
 */
export function findPoolers(root: string, manifests: readonly string[], folders: readonly string[]): FoundPoolers {
  const notes: string[] = [];
  const inis = new Map<string, Pooler>();
  for (const file of manifests.filter((each) => /\.ini(?:\.[\w-]+)?$/i.test(each))) {
    const pooler = readIniPooler(root, file, notes);
    if (pooler) inis.set(file, pooler);
  }

  const poolers: Pooler[] = [];
  const postgres: Setting[] = [];
  for (const file of manifests.filter((each) => composeFile.test(each))) {
    const compose = readComposeFile(root, file, notes);
    postgres.push(...compose.postgres.map(({ major, line }) => ({ name: 'postgresMajor', value: String(major), origin: { file, line } })));
    for (const service of compose.poolers) {
      const mounted = mountedIni(file, service, inis);
      const own = poolerOfService(file, service);
      // What the service mounts is what it runs with: one pooler, not two.
      const { version, exactVersion, instances } = own;
      if (mounted)
        inis.set(mounted, {
          ...inis.get(mounted)!,
          ...(version && { version }),
          ...(exactVersion && { exactVersion }),
          ...(instances && { instances }),
        });
      else poolers.push(own);
    }
  }
  for (const file of manifests.filter((each) => /\.ya?ml$/i.test(each) && !composeFile.test(each)))
    poolers.push(...clusterPoolers(root, file, notes));
  poolers.unshift(...inis.values());

  const used = choose(poolers, folders);
  if (poolers.length > 1 && used) {
    notes.push(
      `${poolers.length} poolers were found; the findings assume ${used.label} (${used.origin.file}:${used.origin.line}). ` +
        `Choose another with --pgbouncer-ini, or state the profile in the configuration.`,
    );
    notes.push(...differences(poolers, used));
  }
  return present(poolers, used, postgres, notes);
}

/**
 * Reads the pooler from one file.
 *
 * @param path absolute
 * @throws UsageError when it cannot be read or holds no section of PgBouncer
 */
export function readPgbouncerIni(root: string, path: string): FoundPoolers {
  const file = toRelative(root, path);
  const notes: string[] = [];
  try {
    readFileSync(path);
  } catch (cause) {
    throw new UsageError(`\`--pgbouncer-ini ${file}\` cannot be read: ${explain(cause)}.`);
  }
  const pooler = readIniPooler(root, file, notes);
  if (!pooler)
    throw new UsageError(`\`--pgbouncer-ini ${file}\` has no [pgbouncer] or [databases] section, so it is no configuration of PgBouncer.`);
  return present([pooler], pooler, [], notes);
}

function readIniPooler(root: string, file: string, notes: string[]): Pooler | undefined {
  const text = textOf(root, file);
  return text === undefined ? undefined : iniPooler(root, file, text, posix.basename(file), 0, notes);
}

/** @param before lines of the file that stand before the text */
function iniPooler(root: string, file: string, text: string, label: string, before: number, notes: string[]): Pooler | undefined {
  if (!/^[ \t]*\[(?:pgbouncer|databases)\]/m.test(text)) return undefined;
  const read = readIni(file, text, (from, name) => included(root, from, name));
  const placed = <T extends { file: string; line: number }>(each: T): T =>
    each.file === file ? { ...each, line: each.line + before } : each;
  const entries = read.entries.map(placed);
  notes.push(...read.problems.map(placed).map(({ file: at, line, message }) => `${at}:${line}: ${message}.`));

  const databases: PoolerDatabase[] = [];
  const settings = new Map<string, Setting>();
  const exceptions: Setting[] = [];
  for (const { section, key, value, file: at, line } of entries) {
    const origin = { file: at, line };
    if (section === 'pgbouncer') settings.set(key.toLowerCase(), { name: key.toLowerCase(), value, origin });
    if (section === 'databases' || section === 'users') {
      const parameters = connectionParameters(value);
      const mode = parameters.get('pool_mode');
      if (section === 'databases') databases.push({ name: key, origin, parameters: withoutPassword(parameters) });
      if (mode !== undefined) exceptions.push({ name: `${section === 'users' ? 'user' : 'database'} ${key}`, value: mode, origin });
    }
  }
  const heading = text.slice(0, /^[ \t]*\[pgbouncer\]/m.exec(text)?.index ?? 0).split('\n').length;
  return {
    product: 'pgbouncer',
    label,
    origin: { file, line: heading + before },
    settings: [...settings.values()],
    exceptions,
    databases,
    complete: true,
  };
}

function withoutPassword(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => name !== 'password'));
}

/** Poolers of a cluster: resources, containers, values of charts, and texts of `pgbouncer.ini` inside them. */
function clusterPoolers(root: string, file: string, notes: string[]): Pooler[] {
  const text = textOf(root, file);
  if (text === undefined || !mentionsKubernetes(text)) return [];
  const { poolers, inis } = readKubernetes(file, text);
  // The block of a text begins on the line after its key's `|`.
  return [...inis.flatMap(({ text: ini, line, label }) => iniPooler(root, file, ini, label, line, notes) ?? []), ...poolers];
}

/** PgBouncer takes a relative name from its working directory, which no file tells: the folder of the file is tried. */
function included(root: string, from: string, name: string): { file: string; text: string } | undefined {
  const beside = posix.dirname(from);
  for (const candidate of [posix.join(beside, name), posix.join(beside, posix.basename(name))]) {
    const text = candidate.startsWith('..') ? undefined : textOf(root, candidate);
    if (text !== undefined) return { file: candidate, text };
  }
  return undefined;
}

function readComposeFile(root: string, file: string, notes: string[]): ComposeFile {
  const text = textOf(root, file);
  try {
    return readCompose(text ?? '');
  } catch (cause) {
    notes.push(`${file} could not be read: ${cause instanceof Error ? cause.message.replace(/:$/, '') : String(cause)}.`);
    return { poolers: [], services: [], postgresSettings: [], postgres: [] };
  }
}

function poolerOfService(file: string, { service, product, line, image, replicas, environment }: ComposePooler): Pooler {
  return {
    product,
    label: `service ${service}`,
    origin: { file, line },
    settings: product === 'pgbouncer' ? poolerOfEnvironment(file, environment) : [],
    complete: false,
    ...versionsOfImage(image.name, { file, line: image.line }),
    ...(replicas && { instances: { name: 'replicas', value: replicas.value, origin: { file, line: replicas.line } } }),
  };
}

function mountedIni(file: string, { mounts }: ComposePooler, inis: ReadonlyMap<string, Pooler>): string | undefined {
  for (const mount of mounts) {
    const path = posix.join(posix.dirname(file), mount);
    const found = [...inis.keys()].find((ini) => ini === path || ini.startsWith(`${path.replace(/\/$/, '')}/`));
    if (found) return found;
  }
  return undefined;
}

/** In what was asked for, rather than elsewhere; in use, rather than an example; in transaction mode; PgBouncer. */
function choose(poolers: readonly Pooler[], folders: readonly string[]): Pooler | undefined {
  const rank = (pooler: Pooler): number => {
    const { file } = pooler.origin;
    const asked = folders.some((folder) => folder !== '' && file.startsWith(`${folder}/`));
    const deployed = !isSample(file);
    const transaction = setting(pooler, 'pool_mode')?.value.toLowerCase() === 'transaction';
    return (asked ? 8 : 0) + (pooler.product === 'pgbouncer' ? 4 : 0) + (deployed ? 2 : 0) + (transaction ? 1 : 0);
  };
  return poolers.toSorted((a, b) => rank(b) - rank(a))[0];
}

function setting({ settings }: Pooler, name: string): Setting | undefined {
  return settings.find((each) => each.name === name);
}

/** Where another pooler would give other verdicts. */
function differences(poolers: readonly Pooler[], used: Pooler): string[] {
  return ['pool_mode', 'max_prepared_statements', 'ignore_startup_parameters', 'track_extra_parameters'].flatMap((name) => {
    const mine = setting(used, name);
    const others = poolers
      .flatMap((each) => (each === used ? [] : (setting(each, name) ?? [])))
      .filter((each) => each.value !== mine?.value);
    if (others.length === 0) return [];
    const list = others.map(({ value, origin }) => `${value} (${origin.file}:${origin.line})`);
    return [
      `The poolers differ in ${name}: ${mine ? `${mine.value} (${mine.origin.file}:${mine.origin.line})` : 'not set'}, and ${list.join(', ')}.`,
    ];
  });
}

function present(poolers: readonly Pooler[], used: Pooler | undefined, postgres: readonly Setting[], notes: string[]): FoundPoolers {
  const profile = used ? profileOf(used, notes) : { values: {}, sources: {} };
  const majors = new Set(postgres.map(({ value }) => value));
  if (majors.size === 1) {
    profile.values.postgresMajor = Number(postgres[0]!.value);
    profile.sources.postgresMajor = postgres[0]!.origin;
  } else if (majors.size > 1) {
    const list = postgres.map(({ value, origin }) => `${value} (${origin.file}:${origin.line})`);
    notes.push(`PostgreSQL is deployed in several versions: ${list.join(', ')}. State \`profile.postgresMajor\` in the configuration.`);
  }
  return {
    profile: { ...profile.values, sources: profile.sources },
    poolers: poolers.map((pooler) => {
      const mode = setting(pooler, 'pool_mode')?.value.toLowerCase();
      return {
        product: pooler.product,
        label: pooler.label,
        origin: pooler.origin,
        ...(pooler.version && { version: pooler.version.value }),
        ...(mode !== undefined && poolModes.includes(mode) && { poolMode: mode as PoolMode }),
        used: pooler === used,
        settings: pooler.settings.filter(({ name }) => relevantSettings.has(name)),
      };
    }),
    notes,
    configurations: poolers,
    ...(used && { used }),
  };
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface ReadProfile {
  readonly values: Mutable<Partial<PoolerProfile>>;
  readonly sources: Partial<Record<ProfileSetting, ProfileSource>>;
}

function profileOf(pooler: Pooler, notes: string[]): ReadProfile {
  const profile: ReadProfile = { values: { product: pooler.product }, sources: { product: pooler.origin } };
  const { values, sources } = profile;
  if (pooler.version) {
    values.version = pooler.version.value;
    sources.version = pooler.version.origin;
  }
  if (pooler.product !== 'pgbouncer') return profile;

  const mode = setting(pooler, 'pool_mode');
  const modeName = mode?.value.toLowerCase();
  if (modeName === 'transaction' || modeName === 'statement') {
    values.poolMode = modeName;
    sources.poolMode = mode!.origin;
  } else if (mode && modeName !== 'session') {
    notes.push(`${at(mode)}: \`${mode.value}\` is not a pool_mode that can be read here; transaction is assumed.`);
  } else {
    const where = mode ? at(mode) : `${pooler.origin.file}:${pooler.origin.line}`;
    notes.push(
      `${where}: the pooler runs in session mode${mode ? '' : ', because pool_mode is not set'}. The findings say what breaks when it is switched to transaction mode.`,
    );
  }
  for (const exception of pooler.exceptions ?? []) {
    if (exception.value !== modeName) notes.push(`${at(exception)}: ${exception.name} has a pool_mode of its own, ${exception.value}.`);
  }

  const prepared = setting(pooler, 'max_prepared_statements');
  if (prepared && /^\d+$/.test(prepared.value)) {
    values.maxPreparedStatements = Number(prepared.value);
    sources.maxPreparedStatements = prepared.origin;
  } else if (prepared) {
    notes.push(`${at(prepared)}: \`${prepared.value}\` is not a number that can be read here.`);
  }
  for (const [name, key] of [
    ['ignore_startup_parameters', 'ignoredStartupParameters'],
    ['track_extra_parameters', 'trackedParameters'],
  ] as const) {
    const list = setting(pooler, name);
    if (!list) {
      // A file that does not set it leaves it empty; an image may.
      if (pooler.complete) [values[key], sources[key]] = [[], pooler.origin];
      continue;
    }
    values[key] = list.value
      .split(',')
      .map((each) => each.trim().toLowerCase())
      .filter(Boolean);
    sources[key] = list.origin;
  }
  return profile;
}

function at({ origin }: Setting): string {
  return `${origin.file}:${origin.line}`;
}

function textOf(root: string, file: string): string | undefined {
  const read = readText(join(root, file));
  return 'text' in read ? read.text : undefined;
}
