import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres';
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import type { Environment } from '../environments.ts';
import type { RunningEnvironment } from '../running-environment.ts';
import type { PostgresTool } from '../servers/postgres-tools.ts';
import { within } from './hang.ts';
import { RejectedRun } from './rejected-run.ts';
import { openSession, type Session } from './session.ts';
import { runTool, type ToolRun } from './run-tool.ts';
import { roleOf, serverOf, type Subject } from './subject.ts';
import { type Trace, traceWire } from './wire-trace.ts';

/** Someone else's client, which has taken over a server connection and keeps it by an open transaction. */
export interface Moved {
  /** The client that is on the subject's former server connection now; in a control, on one of its own. */
  readonly stranger: pg.Client;
  /** Ends the stranger's transaction: its server connection is free again. */
  letGo(): Promise<void>;
}

/** What an experiment works with: real drivers connected to a pool that nobody used before, and the means to make PgBouncer share it out. */
export interface Bench {
  readonly environment: Environment;
  /** The URL that applications would be given, of role `app` unless another is named. */
  url(user?: 'app' | 'postgres'): string;
  /** The same database without a pooler. */
  directUrl(user?: 'app' | 'postgres'): string;
  /** A superuser's direct connection, to prepare and to inspect. */
  readonly direct: pg.Client;
  /** A connected client of pg. */
  pg(config?: pg.ClientConfig): Promise<pg.Client>;
  /** A pool of pg. */
  pool(config?: pg.PoolConfig): pg.Pool;
  /** A client of postgres.js; one connection unless `max` says otherwise. */
  postgres(options?: postgres.Options<Record<string, never>>): postgres.Sql;
  /** Drizzle over a pool of pg. */
  drizzlePg(config?: pg.PoolConfig): ReturnType<typeof drizzlePg<Record<string, never>, pg.Pool>>;
  /** Drizzle over postgres.js. */
  drizzlePostgres(
    options?: postgres.Options<Record<string, never>>,
  ): ReturnType<typeof drizzlePostgres<Record<string, never>, postgres.Sql>>;
  /** One connection of either driver behind one face, for what is the same SQL in both. postgres.js prepares nothing here: proofs about that ask for their own client. */
  session(driver: 'pg' | 'postgres', user?: 'app' | 'postgres'): Promise<Session>;
  /**
   * Makes the subject's next statement run on another server connection: a stranger takes over the one it used, and keeps it. In a control the
   * same is tried, and the subject must keep its own.
   *
   * @throws RejectedRun where it did not happen
   */
  move(subject: Subject): Promise<Moved>;
  /**
   * Makes the subject's next statement run on a certain server connection, by letting strangers keep the others. In a control the subject must
   * stay off it.
   *
   * @param server its process id
   * @throws RejectedRun where it did not happen
   */
  steer(subject: Subject, server: number): Promise<void>;
  /**
   * Makes sure that two idle clients are served by the same server connection, one after the other; in a control, by two.
   *
   * @throws RejectedRun where they are not
   */
  share(first: Subject, second: Subject): Promise<void>;
  /** States that load alone made the pooler share out servers: some client was seen on two of them. */
  sawLoadMove(servers: Iterable<number>): void;
  /**
   * Runs a program of PostgreSQL's own, as role `app`, through the pooler unless it says otherwise.
   *
   * @throws RejectedRun where it was to be stopped, and sent no such message
   */
  tool(tool: PostgresTool, options: ToolOptions): Promise<ToolRun>;
  /**
   * Lets a stranger take over a server connection that is idle, and keep it. In a control it gets one of its own.
   *
   * @param server its process id
   * @throws RejectedRun where it did not happen
   */
  displace(server: number): Promise<pg.Client>;
  /**
   * Makes sure that the client is given a certain server connection, which somebody else has left by disconnecting. In session mode PgBouncer has reset
   * it in between; a direct connection is always one of its own.
   *
   * @param server its process id
   * @throws RejectedRun where it is not
   */
  meet(subject: Subject, server: number): Promise<void>;
  /** Puts a decoder between a client and the pooler. */
  trace(): Promise<Trace>;
}

/** How a program of PostgreSQL's own is run. */
export interface ToolOptions {
  readonly args?: readonly string[];
  /** What it reads from its standard input. */
  readonly input?: Buffer;
  /** Goes to PostgreSQL itself instead of the pooler. */
  readonly direct?: true;
  /** Where it is kept waiting. */
  readonly stop?: {
    /** A message of its own, such as `> Query BEGIN`, which is passed on when `meanwhile` is over. */
    readonly before: RegExp;
    /** @param server process id of the server connection that it has been served by */
    meanwhile(server: number): unknown;
  };
}

/** A bench, and what the harness needs of it. */
export interface OpenBench extends Bench {
  /** How often a change of server connection was brought about and verified (in a control: verified not to happen). */
  readonly moves: number;
  close(): Promise<void>;
}

/** PgBouncer hands the name of a program on to the server connection that it is given. One that has just ended may be listed for a moment. */
async function serverOfTool(administrator: pg.Client, tool: PostgresTool): Promise<number> {
  const listed = 'select pid from pg_stat_activity where datname = current_database() and application_name = $1';
  for (const until = Date.now() + 5_000; ;) {
    const { rows } = await administrator.query<{ pid: number }>(listed, [tool]);
    const [only] = rows;
    if (only && rows.length === 1) return only.pid;
    if (Date.now() > until)
      throw new RejectedRun(`${tool} is on ${rows.length} server connections, so which one it has been served by is not known.`);
    await sleep(10);
  }
}

/** Fewer than the pools of the environments have server connections: one more, and a stranger would wait for the subject's own. */
const strangersAtMost = 6;

/** Opens a bench on a pool that is new and a database that is empty. */
export async function openBench(running: RunningEnvironment): Promise<OpenBench> {
  const { environment } = running;
  const pool = await running.freshPool();
  const closers: (() => Promise<unknown>)[] = [];
  const pooled = environment.mode === 'transaction';
  let moves = 0;

  const quiet = <T extends { on(event: 'error', listener: () => void): unknown }>(emitter: T): T => {
    // The harness ends server connections when an experiment is over; whether that is an event is the driver's business.
    emitter.on('error', () => undefined);
    return emitter;
  };
  const connected = async (config: pg.ClientConfig) => {
    const client = quiet(new pg.Client(config));
    closers.push(() => client.end());
    await client.connect();
    return client;
  };
  const openPool = (config: pg.PoolConfig) => {
    const opened = quiet(new pg.Pool({ connectionString: pool.url('app'), ...config }));
    opened.on('connect', quiet);
    closers.push(() => opened.end());
    return opened;
  };
  const openPostgres = (options: postgres.Options<Record<string, never>> = {}, user: 'app' | 'postgres' = 'app') => {
    const sql = postgres(pool.url(user), { max: 1, onnotice: () => undefined, ...options });
    closers.push(() => sql.end({ timeout: 0 }));
    return sql;
  };

  /** Lets a stranger take over a server connection, and keep it by an open transaction. In a control it gets one of its own. */
  const takeOver = async (user: 'app' | 'postgres', server: number): Promise<pg.Client> => {
    const strangers: pg.Client[] = [];
    try {
      // Other idle servers of the pool may be handed out first: keep those until the right one comes.
      for (let attempt = 0; attempt < (pooled ? strangersAtMost : 1); attempt++) {
        const stranger = await connected({ connectionString: pool.url(user) });
        await stranger.query('begin');
        if (!pooled || (await serverOf(stranger)) === server) return stranger;
        strangers.push(stranger);
      }
    } finally {
      for (const other of strangers) await other.query('rollback');
    }
    throw new RejectedRun(`No stranger was given server connection ${server}: is the client in an open transaction?`);
  };

  const bench: Bench = {
    environment,
    url: (user = 'app') => pool.url(user),
    directUrl: (user = 'app') => running.directUrl(user),
    direct: running.administrator,
    pg: (config = {}) => connected({ connectionString: pool.url('app'), ...config }),
    pool: (config = {}) => openPool(config),
    postgres: (options) => openPostgres(options),
    drizzlePg: (config = {}) => drizzlePg({ client: openPool(config) }),
    drizzlePostgres: (options) => drizzlePostgres({ client: openPostgres(options) }),
    session: (driver, user = 'app') =>
      driver === 'pg'
        ? connected({ connectionString: pool.url(user) }).then(openSession)
        : Promise.resolve(openSession(openPostgres({ prepare: false }, user))),

    async move(subject) {
      const before = await serverOf(subject);
      const stranger = await takeOver(await roleOf(subject), before);
      const after = await serverOf(subject);
      if (pooled === (after === before)) {
        throw new RejectedRun(
          pooled
            ? `The client was not moved: it is on server connection ${before} before and after.`
            : `The client was moved from server connection ${before} to ${after}, which a control never does.`,
        );
      }
      moves++;
      return { stranger, letGo: async () => void (await stranger.query('commit')) };
    },

    async steer(subject, server) {
      const own = await serverOf(subject);
      if (!pooled) {
        if (own === server)
          throw new RejectedRun(`The client is on server connection ${server}, which belongs to another: a control never shares.`);
        moves++;
        return;
      }
      for (let attempt = 0, current = own; current !== server; attempt++, current = await serverOf(subject)) {
        if (attempt === strangersAtMost) throw new RejectedRun(`The client could not be brought to server connection ${server}.`);
        await takeOver(await roleOf(subject), current);
      }
      moves++;
    },

    async share(first, second) {
      const servers = [await serverOf(first), await serverOf(second)];
      if (pooled !== (servers[0] === servers[1])) {
        throw new RejectedRun(
          `The clients are on server connections ${servers.join(' and ')}: ${pooled ? 'they should share one' : 'a control never shares'}.`,
        );
      }
      moves++;
    },

    sawLoadMove(servers) {
      if (pooled && new Set(servers).size > 1) moves++;
      if (!pooled) moves++;
    },

    async displace(server) {
      const stranger = await takeOver('app', server);
      if (!pooled && (await serverOf(stranger)) === server)
        throw new RejectedRun(`In a control a stranger was given server connection ${server}.`);
      moves++;
      return stranger;
    },

    async meet(subject, server) {
      const own = await serverOf(subject);
      if (environment.mode === 'direct' ? own === server : pooled && own !== server) {
        throw new RejectedRun(
          `The client is on server connection ${own}: ${pooled ? `it should be given ${server}` : 'it should have its own'}.`,
        );
      }
      moves++;
    },

    async tool(tool, { args = [], input, direct, stop }) {
      let stopped: Promise<unknown> | undefined;
      const trace = await traceWire(direct ? running.directUrl('app') : pool.url('app'), async (message) => {
        if (stop && !stopped && stop.before.test(message)) {
          stopped = serverOfTool(running.administrator, tool).then((server) => stop.meanwhile(server));
          await stopped;
        }
      });
      closers.push(() => trace.close());
      const run = await runTool(tool, environment.postgresql, args, trace.url, input);
      await stopped;
      if (stop && !stopped) throw new RejectedRun(`${tool} sent no message ${String(stop.before)}: ${run.stderr}`);
      return run;
    },

    async trace() {
      const trace = await traceWire(pool.url('app'));
      closers.push(() => trace.close());
      return trace;
    },
  };
  return Object.defineProperties(bench as OpenBench, {
    moves: { get: () => moves },
    close: {
      value: async () => {
        // A client that hangs cannot say goodbye; its server connection is ended all the same.
        await Promise.allSettled(closers.reverse().map((close) => within(300, 'the client', close())));
        await running.endServers();
      },
    },
  });
}
