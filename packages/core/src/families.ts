/** Which cure a hazard shares with others, and so which piece of work it is part of. */
export type FamilyId =
  | 'startup'
  | 'prepared-statements'
  | 'session-settings'
  | 'transactions'
  | 'locks'
  | 'notifications'
  | 'session-objects'
  | 'held-connections'
  | 'clients'
  | 'deployment';

/** Hazards that are worked off together. In plain words: it is read by people who have not met PgBouncer before. */
export interface Family {
  readonly title: string;
  /** What breaks, and for whom. A whole sentence. */
  readonly breaks: string;
  /** What to do, in the order in which to do it. Whole sentences; code stands in backticks. */
  readonly cure: readonly string[];
}

export const families: Readonly<Record<FamilyId, Family>> = {
  startup: {
    title: 'Connection parameters',
    breaks: 'PgBouncer refuses a connection that asks for a parameter which it does not know, so the service cannot connect at all.',
    cure: [
      'Take the parameter out of the URL or the options of the client.',
      'Where the value is needed, set it on the server: `ALTER ROLE .. SET ..`. Do not move it into a `SET` that runs on connect: that reaches other clients.',
    ],
  },
  'prepared-statements': {
    title: 'Prepared statements',
    breaks: 'A named statement exists on one server connection; on the next one it is missing, or is the statement of another client.',
    cure: [
      'Set `max_prepared_statements` in PgBouncer (1.21 or later), or switch named statements off in the driver (`prepare: false` in postgres.js, no `name` in node-postgres). Either cures all places of a client at once.',
      'Replace the SQL commands PREPARE, EXECUTE and DEALLOCATE: no version of PgBouncer supports them.',
    ],
  },
  'session-settings': {
    title: 'Settings of the session',
    breaks:
      'A setting, a role or a search_path stays on the server connection: the next client runs with it, and this client runs without it. With row-level security or a schema per tenant, that is another tenant’s data.',
    cure: [
      'Put what belongs to one request into its transaction: `SET LOCAL ..`, or `select set_config(name, value, true)`, and send the queries that need it on the same transaction.',
      'Put what holds for every request on the server: `ALTER ROLE .. SET ..`.',
      'Delete the resets and the hooks that run on connect: they reach whichever connection is free.',
    ],
  },
  transactions: {
    title: 'Transactions that run over several connections',
    breaks:
      'A query that is not sent on the handle of its transaction goes over another connection: it is neither committed nor rolled back with the rest, and it can wait for ever for a connection.',
    cure: [
      'Open transactions with the function of the driver (`db.transaction`, `sql.begin`), never with BEGIN on a pool.',
      'Inside, send every query on the handle that the callback is given, pass that handle to helpers, and await each query.',
    ],
  },
  locks: {
    title: 'Locks',
    breaks:
      'An advisory lock of the session belongs to a server connection that other clients share: two can hold it, or nobody can release it. A lock that ends with its transaction protects nothing outside of one.',
    cure: [
      'Take the lock with `pg_advisory_xact_lock` (or `SELECT .. FOR UPDATE`) inside the transaction that does the work; it needs no unlock.',
      'Where the work is too long for a transaction, hold the lock on a direct connection to PostgreSQL.',
    ],
  },
  notifications: {
    title: 'LISTEN and NOTIFY',
    breaks: 'LISTEN registers a server connection, not the client: notifications go to somebody else or to nobody, without an error.',
    cure: [
      'Listen on a client of its own that connects past the pooler, with a second URL such as `DIRECT_URL`.',
      'Leave NOTIFY and `pg_notify` as they are: they work through the pooler.',
    ],
  },
  'session-objects': {
    title: 'Temporary tables, cursors and sequences',
    breaks: 'What a session makes or remembers is on one server connection: the next statement may not find it, and other clients may.',
    cure: [
      'Make it and use it inside one transaction: `CREATE TEMP TABLE .. ON COMMIT DROP`, cursors without WITH HOLD, `INSERT .. RETURNING` instead of `currval`.',
    ],
  },
  'held-connections': {
    title: 'Connections that are held too long',
    breaks: 'A transaction keeps its server connection while it waits for something else: a few at once use up the pool for everybody.',
    cure: [
      'Call other services before the transaction begins or after it commits; what must not be forgotten becomes a row that a job works off.',
    ],
  },
  clients: {
    title: 'Clients and their pools',
    breaks:
      'Clients that are made too often, that wait for ever, or whose lost connections nobody hears of: the pooler refuses them, or the process hangs or ends.',
    cure: [
      'Make one client for each process, where it starts, and not for each request.',
      "Give every pool of node-postgres a listener, `pool.on('error', ..)`, and a `connectionTimeoutMillis`.",
    ],
  },
  deployment: {
    title: 'What is deployed',
    breaks: 'The pooler or the server is set up differently from what the code needs.',
    cure: ['Change the setting that the finding names, deploy it, and audit again.'],
  },
};
