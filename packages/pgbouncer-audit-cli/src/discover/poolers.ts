import { join, posix } from 'node:path';
import {
  pathsOfInclude,
  type PgbouncerConfiguration,
  type PoolerProfile,
  poolModeOf,
  profileOfConfiguration,
  readPgbouncerConfiguration,
} from '@pgbouncer-audit/core';
import type { Pooler, Setting } from '../deployment/facts.ts';
import { poolerOfEnvironment, versionsOfImage } from '../deployment/images.ts';
import { isSample } from '../deployment/facts.ts';
import { mentionsKubernetes, readKubernetes } from '../deployment/kubernetes.ts';
import { UsageError } from '../errors.ts';
import { readFileSync } from '../files/view.ts';
import type { PoolerResult } from '../result.ts';
import { readCompose, type ComposeFile, type ComposePooler } from './compose.ts';
import { toRelative } from '../files/to-relative.ts';
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

/** A `pgbouncer.ini` that the user names. */
export interface NamedIni {
  /** Absolute. */
  readonly path: string;
  /** How: the option, or the key of the configuration. */
  readonly by: '--pgbouncer-ini' | 'pgbouncerIni';
}

/**
 * Reads the pooler from one file.
 *
 * @throws UsageError when it cannot be read or holds no section of PgBouncer
 */
export function readPgbouncerIni(root: string, { path, by }: NamedIni): FoundPoolers & { readonly configuration: PgbouncerConfiguration } {
  const file = toRelative(root, path);
  const notes: string[] = [];
  try {
    readFileSync(path);
  } catch (cause) {
    throw new UsageError(`\`${by} ${file}\` cannot be read: ${explain(cause)}.`);
  }
  const pooler = readIniPooler(root, file, notes);
  if (!pooler?.configuration)
    throw new UsageError(`\`${by} ${file}\` has no [pgbouncer] or [databases] section, so it is no configuration of PgBouncer.`);
  return { ...present([pooler], pooler, [], notes, true), configuration: pooler.configuration };
}

function readIniPooler(root: string, file: string, notes: string[]): Pooler | undefined {
  const text = textOf(root, file);
  return text === undefined ? undefined : iniPooler(root, file, text, posix.basename(file), notes);
}

function iniPooler(root: string, file: string, text: string, label: string, notes: string[]): Pooler | undefined {
  const read = readPgbouncerConfiguration(file, text, (from, name) => included(root, from, name));
  if (!read) return undefined;
  notes.push(...read.problems.map(({ file: at, line, message }) => `${at}:${line}: ${message}.`));
  const { origin, settings, exceptions, databases, complete } = read;
  return { product: 'pgbouncer', label, origin, settings, exceptions, databases, complete, configuration: read };
}

/** Poolers of a cluster: resources, containers, values of charts, and texts of `pgbouncer.ini` inside them. */
function clusterPoolers(root: string, file: string, notes: string[]): Pooler[] {
  const text = textOf(root, file);
  if (text === undefined || !mentionsKubernetes(text)) return [];
  const { poolers, inis } = readKubernetes(file, text);
  // The block of a text begins on the line after its key's `|`; empty lines stand for those before it.
  return [
    ...inis.flatMap(({ text: ini, line, label }) => iniPooler(root, file, `${'\n'.repeat(line)}${ini}`, label, notes) ?? []),
    ...poolers,
  ];
}

function included(root: string, from: string, name: string): { file: string; text: string } | undefined {
  for (const path of pathsOfInclude(from, name)) {
    const candidate = posix.normalize(path);
    // A file outside of the repository includes others that lie there.
    const text = candidate.startsWith('..') && !from.startsWith('..') ? undefined : textOf(root, candidate);
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
  const folder = posix.dirname(file);
  const names = [...inis.keys()];
  for (const { path, tail } of mounts) {
    const mounted = path === undefined ? undefined : posix.join(folder, path).replace(/\/$/, '');
    const found = names.find((ini) => ini === mounted || ini.startsWith(`${mounted}/`));
    if (found) return found;
    // Below a folder that a variable names: the only one that could be meant.
    const candidates = tail === undefined ? [] : names.filter((ini) => `/${ini}/`.includes(`${tail.replace(/\/$/, '')}/`));
    if (candidates.length === 1) return candidates[0];
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

function present(
  poolers: readonly Pooler[],
  used: Pooler | undefined,
  postgres: readonly Setting[],
  notes: string[],
  named = false,
): FoundPoolers {
  let profile: Partial<PoolerProfile> = used ? profileOf(used, named, notes) : { sources: {} };
  const majors = new Set(postgres.map(({ value }) => value));
  if (majors.size === 1) {
    const { value, origin } = postgres[0]!;
    profile = { ...profile, postgresMajor: Number(value), sources: { ...profile.sources, postgresMajor: origin } };
  } else if (majors.size > 1) {
    const list = postgres.map(({ value, origin }) => `${value} (${origin.file}:${origin.line})`);
    notes.push(`PostgreSQL is deployed in several versions: ${list.join(', ')}. State \`profile.postgresMajor\` in the configuration.`);
  }
  return {
    profile,
    poolers: poolers.map((pooler) => {
      const mode = poolModeOf(setting(pooler, 'pool_mode')?.value ?? '');
      return {
        product: pooler.product,
        label: pooler.label,
        origin: pooler.origin,
        ...(pooler.version && { version: pooler.version.value }),
        ...(mode && { poolMode: mode }),
        used: pooler === used,
        settings: pooler.settings.filter(({ name }) => relevantSettings.has(name)),
      };
    }),
    notes,
    configurations: poolers,
    ...(used && { used }),
  };
}

/** What the profile gets from a pooler that was found, or `named` by the user. */
function profileOf(pooler: Pooler, named: boolean, notes: string[]): Partial<PoolerProfile> {
  const version: Partial<PoolerProfile> = pooler.version ? { version: pooler.version.value } : {};
  const sources = { product: pooler.origin, ...(pooler.version && { version: pooler.version.origin }) };
  if (pooler.product !== 'pgbouncer') return { product: pooler.product, ...version, sources };

  const { profile, problems } = profileOfConfiguration(pooler);
  const mode = setting(pooler, 'pool_mode');
  const where = mode ? at(mode) : `${pooler.origin.file}:${pooler.origin.line}`;
  const unset = mode ? '' : ', because pool_mode is not set';
  const { poolMode, ...rest } = profile;
  const { poolMode: modeSource, ...restSources } = profile.sources ?? {};
  const isSession = poolMode === 'session' || (mode === undefined && !pooler.configuration);
  // What is found may be what is to be switched, and whoever audits asks whether it can be; what is named is what the code meets.
  const keepsMode = poolMode !== undefined && (poolMode !== 'session' || named);
  if (isSession && named) notes.push(`${where}: the pooler runs in session mode${unset}. The hazards of transaction mode are not judged.`);
  if (isSession && !named) {
    notes.push(`${where}: the pooler runs in session mode${unset}. The findings say what breaks when it is switched to transaction mode.`);
  }
  if (mode === undefined && !isSession && poolMode === undefined)
    notes.push(`${where}: pool_mode is not set in what could be read; transaction is assumed.`);
  // Of what is named these are errors, and not remarks.
  if (!named) notes.push(...problems.map(({ origin, message }) => `${origin.file}:${origin.line}: ${message}.`));
  for (const exception of pooler.exceptions ?? []) {
    if (poolModeOf(exception.value) !== poolModeOf(mode?.value ?? 'session'))
      notes.push(`${at(exception)}: ${exception.name} has a pool_mode of its own, ${exception.value}.`);
  }
  return {
    ...rest,
    ...version,
    ...(keepsMode && { poolMode }),
    sources: { ...restSources, ...sources, ...(keepsMode && { poolMode: modeSource! }) },
  };
}

function at({ origin }: Setting): string {
  return `${origin.file}:${origin.line}`;
}

function textOf(root: string, file: string): string | undefined {
  const read = readText(join(root, file));
  return 'text' in read ? read.text : undefined;
}
