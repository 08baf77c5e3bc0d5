import type { Evidence } from '../finding.ts';
import type { Setup } from '../setup.ts';
import { words } from '../syntax/names.ts';
import type { ClientOptions, Handle } from './site.ts';

/** Words of a variable's name that say its connections do not go through the pooler. */
const directWords = new Set([
  'direct',
  'unpooled',
  'nonpooling',
  'nonpooled',
  'migration',
  'migrations',
  'migrate',
  'migrator',
  'session',
  'replication',
  'listen',
  'listener',
  'notify',
  'lock',
]);
const pooledWords = new Set(['pooler', 'pooled', 'pooling', 'pgbouncer', 'bouncer']);

interface Reach {
  readonly reach: Handle['reach'];
  readonly evidence: readonly Evidence[];
}

/**
 * Whether the connections of a client go through the pooler, from where its connection string comes from. Without a sign the
 * answer is `pooled`: that is what the analysis is about.
 */
export function reachOf(options: ClientOptions, setup: Setup): Reach {
  const replication = options.properties.get('replication')?.constant;
  if (replication === 'database' || replication === true) return { reach: 'direct', evidence: [{ text: 'a replication connection' }] };
  const url = options.url?.parts.map((part) => (part.kind === 'constant' ? part.value : '')).join('') ?? '';
  const constant = (name: string) => (options.properties.get(name) ?? options.properties.get(`connection.${name}`))?.constant;
  const port = constant('port');
  const host = `${url} ${String(constant('host') ?? '')}`;
  // Supabase's port 5432 is session mode, and Neon's host without `-pooler` is PostgreSQL itself.
  if (/pooler\.supabase\.com(:5432)?(\/|\s|$)/.test(host) && Number(port ?? 5432) === 5432)
    return { reach: 'direct', evidence: [{ text: 'port 5432 of Supabase is a session' }] };
  if (/@ep-(?![\w-]*-pooler\.)[\w-]+\.[\w.-]*neon\.tech/.test(url))
    return { reach: 'direct', evidence: [{ text: 'the connection string names PostgreSQL itself' }] };
  if (/-pooler\.|\.pooler\.|:(6432|6543)\b/.test(url) || Number(port) === 6432 || Number(port) === 6543) {
    return { reach: 'pooled', evidence: [{ text: 'the connection string names a pooler' }] };
  }
  // Supabase: `db.<project>.supabase.co` is PostgreSQL itself.
  if (/@db\.\w+\.supabase\.co(:5432)?\//.test(url))
    return { reach: 'direct', evidence: [{ text: 'the connection string names PostgreSQL itself' }] };
  const source = options.urlSource;
  if (source === undefined) return { reach: 'pooled', evidence: [] };
  const reach = reachOfSource(source, setup);
  const text = `the connection string comes from \`${source.replace(/\s+/g, ' ').slice(0, 80)}\``;
  return { reach, evidence: reach === 'pooled' ? [] : [{ text }] };
}

/**
 * Whether a connection string goes through the pooler, by the names in the expression it comes from: `process.env.DIRECT_URL`. Where
 * alternatives differ (`DIRECT_URL ?? DATABASE_URL`) that is not known; without a sign it is `pooled`.
 */
export function reachOfSource(source: string, setup: Setup): Handle['reach'] {
  const alternatives = source.split(/\?\?|\|\||[?:]/).filter((alternative) => /[A-Za-z]/.test(alternative));
  const [only, ...others] = new Set(alternatives.map((alternative) => reachOfAlternative(alternative, setup)));
  return others.length > 0 ? 'unknown' : (only ?? 'pooled');
}

function reachOfAlternative(source: string, setup: Setup): Handle['reach'] {
  if (isStatedDirect(source, setup)) return 'direct';
  // Only names count: `z.string().url()` says nothing, and neither does a word of a comment.
  const found = [...source.matchAll(/[A-Za-z_$][\w$]*/g)].flatMap(([name]) => words(name));
  const says = (set: ReadonlySet<string>) => found.some((word) => set.has(word));
  const non = found.some(
    (word, index) => (word === 'non' || word === 'no' || word === 'without') && pooledWords.has(found[index + 1] ?? ''),
  );
  if (non || namesSessionPooler(source)) return 'direct';
  if (says(pooledWords)) return 'pooled';
  return says(directWords) ? 'direct' : 'pooled';
}

/** Whether a name speaks of a pooler that keeps sessions: `DATABASE_SESSION_POOLER`, as Supabase calls its port 5432. */
function namesSessionPooler(source: string): boolean {
  return [...source.matchAll(/[A-Za-z_$][\w$]*/g)].some(([name]) => {
    const found = words(name);
    return found.some(
      (word, index) => word === 'session' && (pooledWords.has(found[index + 1] ?? '') || pooledWords.has(found[index - 1] ?? '')),
    );
  });
}

/** Whether names in the expression that a connection string comes from speak of a pooler. */
export function namesPooler(source: string): boolean {
  return [...source.matchAll(/[A-Za-z_$][\w$]*/g)].flatMap(([name]) => words(name)).some((word) => pooledWords.has(word));
}

/**
 * What the name of a handle says of where its connections go, where its construction is out of sight: `direct`, `unknown` where it only may
 * be a connection of its own (for migrations, replication, a lock), `undefined` where it says nothing.
 */
export function reachOfName(name: string): 'direct' | 'unknown' | undefined {
  const found = words(name);
  if (found.some((word) => word === 'direct' || word === 'unpooled' || word === 'nonpooling')) return 'direct';
  return found.some((word) => directWords.has(word)) ? 'unknown' : undefined;
}

/** Whether a setting names this expression, environment variable or module as direct. */
export function isStatedDirect(source: string, setup: Setup): boolean {
  return setup.directClients.some(
    (name) => source === name || source.endsWith(`.${name}`) || new RegExp(`(^|[^\\w$])${escape(name)}($|[^\\w$])`).test(source),
  );
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
