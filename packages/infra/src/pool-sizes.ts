/** What the sizes of PgBouncer follow from. */
export interface Deployment {
  /** Processes of the back end that run at the same time. */
  readonly processes: number;
  /** `max` of the client pool in one process. */
  readonly clientPool: number;
  /** Processor cores that PostgreSQL has. */
  readonly cores: number;
  /** PostgreSQL's `max_connections`. */
  readonly maxConnections: number;
  /** PostgreSQL's `superuser_reserved_connections` and `reserved_connections`. */
  readonly reserved: number;
  /** Connections that go past PgBouncer at the same time: migrations, backups, LISTEN, monitoring, people. */
  readonly direct: number;
  /** PgBouncer processes that share this PostgreSQL. */
  readonly poolers: number;
}

/** Settings of pgbouncer.ini by name, each a number of connections. */
export interface PoolSizes {
  readonly max_client_conn: number;
  readonly default_pool_size: number;
  readonly reserve_pool_size: number;
  readonly max_db_connections: number;
}

/** What the shipped pgbouncer.ini is made for. */
export const shippedDeployment: Deployment = {
  processes: 4,
  clientPool: 10,
  cores: 4,
  maxConnections: 100,
  reserved: 3,
  direct: 10,
  poolers: 1,
};

/** What PgBouncer needs for itself, in a database of its own: `max_db_connections` of `health`, for lookups of verifiers and the health check. */
export const helperConnections = 3;

/** Clients besides the back end: the exporter, the health check, administrators. */
const otherClients = 10;

/**
 * Transactions that a core can have open at once and still be the bottleneck: it executes one while others wait for the disk or for their client.
 * Twice the core count of PostgreSQL's wiki, which counts queries that are executed and not transactions that are open.
 */
const transactionsPerCore = 4;

/**
 * The sizes for one application role and one database.
 *
 * - demand = processes × client pool: all that the back end can ask for at once
 * - budget = (max_connections − reserved − direct) / poolers: all that one PgBouncer may take, whatever happens
 * - default_pool_size: as many as PostgreSQL can work on, but no more than the demand or the budget
 * - reserve_pool_size: half as many again for a peak, within the same limits
 * - max_db_connections: the sum of both; PgBouncer's own come on top
 * - max_client_conn: twice the demand, because old and new processes overlap during a deployment
 *
 * @throws RangeError where a number makes no sense, or PostgreSQL has no connection left for the application
 */
export function poolSizes(deployment: Deployment): PoolSizes {
  for (const [name, value] of Object.entries(deployment) as [keyof Deployment, number][]) {
    const least = name === 'reserved' || name === 'direct' ? 0 : 1;
    if (!Number.isInteger(value) || value < least) throw new RangeError(`${name} is ${value}: give a whole number from ${least}.`);
  }
  const { processes, clientPool, cores, maxConnections, reserved, direct, poolers } = deployment;
  const demand = processes * clientPool;
  const budget = Math.floor((maxConnections - reserved - direct) / poolers) - helperConnections;
  if (budget < 1) {
    throw new RangeError(
      `PostgreSQL has no connection left for the application: of ${maxConnections}, ${reserved} are reserved and ${direct} go past the pooler, ` +
        `and each of ${poolers} PgBouncer needs ${helperConnections} for itself. Raise max_connections, or lower the others.`,
    );
  }
  const most = Math.min(demand, budget);
  const pool = Math.min(most, Math.ceil((cores * transactionsPerCore) / poolers));
  const reserve = Math.min(Math.ceil(pool / 2), most - pool);
  return {
    max_client_conn: 2 * demand + otherClients,
    default_pool_size: pool,
    reserve_pool_size: reserve,
    max_db_connections: pool + reserve,
  };
}
