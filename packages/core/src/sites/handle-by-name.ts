import type { Located } from '../evaluate/meaning.ts';
import { words } from '../syntax/names.ts';
import type { World } from '../world.ts';
import { databaseHint } from './file-hints.ts';
import { reachOfName } from './reach.ts';
import type { Handle, HandleKind } from './site.ts';

const transactionWords = new Set(['tx', 'trx', 'txn', 'transaction', 'transactional']);
const poolWords = new Set(['pool', 'pg', 'postgres', 'postgresql', 'prisma', 'knex', 'pgpool']);
const databaseWords = new Set(['db', 'database', 'sql', 'drizzle', 'kysely', 'orm', 'neon', 'psql']);
const clientWords = new Set([
  'client',
  'conn',
  'connection',
  'executor',
  'datasource',
  'runner',
  'manager',
  'sequelize',
  'pgclient',
  'querier',
]);
const otherWords = new Set([
  'redis',
  'mysql',
  'sqlite',
  'mongo',
  'mongodb',
  's3',
  'http',
  'https',
  'query',
  'supabase',
  'kv',
  'cache',
  'socket',
  'ws',
  'grpc',
  'api',
  'apollo',
  'trpc',
  'duckdb',
  'clickhouse',
  'bigquery',
  'elastic',
  'd1',
  'url',
  'config',
  'schema',
  'type',
  'name',
  'error',
  'id',
]);

/**
 * A PostgreSQL client by its name, where its origin is out of sight. Never sure of itself: `possible`, or `likely` where the file or the
 * packages around it speak to PostgreSQL and to no other database.
 *
 * @param how where the name stands: an imported or module-level name is a pool, a parameter or field may hold a transaction
 */
export function handleByName(
  at: Located,
  name: string,
  root: string,
  how: 'import' | 'variable' | 'parameter' | 'field' | 'call',
  world: World,
  module?: string,
): Handle | undefined {
  const found = words(name);
  const has = (set: ReadonlySet<string>) => found.some((word) => set.has(word));
  // What a name is comes last in English: a `dbConfig` is a configuration, a `redisClient` no database client.
  if (has(otherWords)) return undefined;
  const kind: HandleKind | undefined =
    has(transactionWords) && how !== 'import' && how !== 'call'
      ? 'transaction'
      : has(poolWords) && how !== 'parameter'
        ? 'pool'
        : has(databaseWords)
          ? how === 'import' || how === 'variable'
            ? 'pool'
            : 'unknown'
          : has(clientWords) || has(poolWords)
            ? 'unknown'
            : undefined;
  if (!kind) return undefined;
  const hint = databaseHint(at.file, world);
  if (hint === 'another database') return undefined;
  const from = module === undefined ? '' : ` (imported from \`${module}\`)`;
  return {
    kind,
    driver: 'unknown',
    reach: reachOfName(name) ?? 'pooled',
    confidence: hint === 'PostgreSQL' ? 'likely' : 'possible',
    evidence: [
      {
        text: `\`${name}\`${from} is taken for ${kind === 'transaction' ? 'a transaction' : 'a PostgreSQL client'} by its name`,
        place: { file: at.file.path, range: [at.node.range[0], at.node.range[1]] },
      },
    ],
    root,
    ...(how !== 'import' && how !== 'variable' && { passedIn: true }),
  };
}

/** Whether the name of a function says that it runs its callback in a transaction: `withTransaction`, `runInTx`, `withTenant`. */
export function soundsTransactional(name: string): boolean {
  const found = words(name);
  return found.some(
    (word) => transactionWords.has(word) || word === 'tenant' || word === 'rls' || word === 'atomic' || word === 'atomically',
  );
}
