import type { ConnectionLimit } from '../analysis.ts';
import type { Range } from '../place.ts';
import { ownsClient } from './owns-client.ts';
import type { ClientOptions, Handle, OptionValue } from './site.ts';

/** How a driver bounds the connections of one client: the options that say so, and what holds where none does. */
interface LimitRow {
  /** Names of options as `ClientOptions` has them; one with `?` is a key of the connection string. */
  readonly options: readonly string[];
  readonly otherwise: number;
  /** What the default rests on, where it is no constant of the driver. */
  readonly because?: string;
}

const nodePostgres: LimitRow = { options: ['max', 'poolSize', '?max'], otherwise: 10 };

/**
 * The defaults of the drivers: pg-pool `max` 10, postgres.js `max` 10, Knex `pool.max` 10, Sequelize `pool.max` 5, Slonik
 * `maximumPoolSize` 10, Prisma `connection_limit` 2 × CPUs + 1 (up to Prisma 6).
 */
const limits: Readonly<Record<string, LimitRow>> = {
  pg: nodePostgres,
  neon: nodePostgres,
  vercel: nodePostgres,
  'postgres.js': { options: ['max', 'connection.max', '?max'], otherwise: 10 },
  knex: { options: ['pool.max'], otherwise: 10 },
  typeorm: { options: ['poolSize', 'extra.max', 'extra.poolSize'], otherwise: 10 },
  sequelize: { options: ['pool.max'], otherwise: 5 },
  'mikro-orm': { options: ['pool.max'], otherwise: 10 },
  slonik: { options: ['maximumPoolSize'], otherwise: 10 },
  'pg-promise': { options: ['max', 'poolSize', '?max'], otherwise: 10 },
  prisma: { options: ['?connection_limit'], otherwise: 9, because: '2 × CPUs + 1, with 4 CPUs' },
};

/**
 * How many connections one client may hold open at once.
 *
 * @param range of the construction
 * @returns `undefined` for what opens none itself: an HTTP driver, Drizzle on a client that is passed in, Kysely on a dialect
 */
export function connectionLimit(handle: Handle, options: ClientOptions, range: Range): ConnectionLimit | undefined {
  if (handle.kind === 'http') return undefined;
  const owner = handle.driver === 'drizzle' ? (ownsClient(handle) ? handle.underlying! : undefined) : handle;
  if (!owner) return undefined;
  if (owner.kind === 'client') return { value: 1, from: 'driver', range };
  const row = Object.hasOwn(limits, owner.driver) ? limits[owner.driver] : undefined;
  // Prisma on an adapter has the pool of that adapter.
  if (!row || (owner.driver === 'prisma' && options.properties.has('adapter'))) return undefined;
  const names = handle.driver === 'drizzle' ? row.options.flatMap((name) => [`connection.${name}`, name]) : row.options;
  const option = names.map((name) => options.properties.get(name)).find((found) => found !== undefined);
  if (option) return ofOption(option, row);
  const { otherwise: value, because } = row;
  return { value, from: options.open ? 'unread' : 'driver', range, ...(because !== undefined && { because }) };
}

function ofOption({ constant, known, range }: OptionValue, { otherwise }: LimitRow): ConnectionLimit {
  const value = constant === undefined || constant === null || constant === '' ? NaN : Number(constant);
  if (known && Number.isInteger(value) && value > 0) return { value, from: 'option', range };
  return { value: otherwise, from: 'unread', range };
}
