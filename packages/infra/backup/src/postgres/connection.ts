import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { Problem } from '../problem.ts';
import { passwordFrom } from './passfile.ts';

/** Where PostgreSQL is: libpq's own variables, so that its programs and this one agree. The password is in PGPASSFILE. */
export type PostgresEnvironment = Readonly<Record<string, string | undefined>>;

/** How the connection was found to lead to PostgreSQL. */
export type Proxying = 'refuse' | 'allow-session-proxy';

/**
 * Connects to PostgreSQL itself, and refuses a pooler. Through one in transaction mode `pg_dump` ends with exit code 0 and may have written a
 * wrong dump, its settings stay behind for other clients (docs/compatibility.md), and no lock or snapshot of ours would hold.
 *
 * @throws Problem `refused` for a pooler, `missing` for a database that does not exist, `failed` where PostgreSQL is not reached
 */
export async function connectDirectly(
  environment: PostgresEnvironment,
  database: string,
  proxying: Proxying = 'refuse',
): Promise<pg.Client> {
  const { client, parameters } = await connect(environment, database);
  try {
    await refusePooler(client, parameters, proxying, environment, database);
    // A default of the role or the database must not end a backup that takes hours.
    for (const name of [
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'transaction_timeout',
      'idle_session_timeout',
    ]) {
      await client.query(`select set_config(name, '0', false) from pg_settings where name = '${name}'`);
    }
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

interface Connection {
  readonly client: pg.Client;
  /** What the server told at login. */
  readonly parameters: ReadonlyMap<string, string>;
}

async function connect(environment: PostgresEnvironment, database: string): Promise<Connection> {
  const mode = environment.PGSSLMODE ?? 'prefer';
  const tls = tlsOptions(mode, environment);
  try {
    return await connectOnce(environment, database, tls);
  } catch (error) {
    const plain = mode === 'prefer' && error instanceof Error && /server does not support SSL/.test(error.message);
    if (plain)
      return connectOnce(environment, database, undefined).catch((second: unknown) =>
        Promise.reject(connectionProblem(second, environment, database)),
      );
    throw connectionProblem(error, environment, database);
  }
}

async function connectOnce(environment: PostgresEnvironment, database: string, tls: ConnectionOptions | undefined): Promise<Connection> {
  const [host, port, user] = [hostOf(environment), environment.PGPORT ?? '5432', userOf(environment)];
  const client = new pg.Client({
    host,
    port: Number(port),
    user,
    // A function: without one node-postgres looks for a password itself, in places that libpq does not know.
    password: () => passwordFrom(environment.PGPASSFILE, [host.startsWith('/') ? 'localhost' : host, port, database, user]) ?? '',
    database,
    ssl: tls ?? false,
    keepAlive: true,
    connectionTimeoutMillis: 1000 * Number(environment.PGCONNECT_TIMEOUT ?? 15),
    application_name: 'pg-backup',
  });
  const parameters = new Map<string, string>();
  // A connection that breaks fails the query under way; without a listener it would end the process.
  client.on('error', () => undefined);
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  connection.on('parameterStatus', ({ parameterName, parameterValue }: Readonly<Record<'parameterName' | 'parameterValue', string>>) => {
    parameters.set(parameterName, parameterValue);
  });
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return { client, parameters };
}

function hostOf(environment: PostgresEnvironment): string {
  return environment.PGHOST ?? 'localhost';
}

function userOf(environment: PostgresEnvironment): string {
  return environment.PGUSER ?? 'postgres';
}

/** The modes of libpq, in Node's words. `prefer` and `require` do not check who answers, except that `require` does where a root certificate is named. */
function tlsOptions(mode: string, environment: PostgresEnvironment): ConnectionOptions | undefined {
  const root = environment.PGSSLROOTCERT;
  const ca = () => (root === undefined || root === 'system' ? {} : { ca: readFileSync(root, 'utf8') });
  const modes: Readonly<Record<string, () => ConnectionOptions | undefined>> = {
    disable: () => undefined,
    allow: () => undefined,
    prefer: () => (hostOf(environment).startsWith('/') ? undefined : { rejectUnauthorized: false }),
    require: () => (root === undefined ? { rejectUnauthorized: false } : modes['verify-ca']!()),
    'verify-ca': () => ({ ...ca(), checkServerIdentity: () => undefined }),
    'verify-full': () => ca(),
  };
  const options = modes[mode];
  if (!options) throw new Problem('usage', `PGSSLMODE is "${mode}": use one of ${Object.keys(modes).join(', ')}.`);
  return options();
}

/** The same for every pooler and every version: the process id that it gives a client at login is its own invention, not that of a server. */
async function refusePooler(
  client: pg.Client,
  parameters: ReadonlyMap<string, string>,
  proxying: Proxying,
  environment: PostgresEnvironment,
  database: string,
): Promise<void> {
  const told = parameters.get('pgbouncer.pool_mode');
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { processID } = client as unknown as { processID: number | null };
  if (told === undefined && rows[0]?.pid === processID) return;
  const what =
    told === undefined ? 'a pooler or proxy' : `PgBouncer ${parameters.get('pgbouncer.version') ?? ''} in ${told} mode`.replace('  ', ' ');
  if (proxying === 'allow-session-proxy') {
    if (told === 'session' || (told === undefined && !(await sharesServers(client, environment, database)))) return;
    throw new Problem(
      'refused',
      `${address(environment)} is ${what} that does not keep one server for each client. Give PostgreSQL's own host and port.`,
    );
  }
  throw new Problem(
    'refused',
    `${address(environment)} is ${what}, not PostgreSQL. Through a pooler a dump may be wrong without an error, and its settings stay behind for others. ` +
      `Give PostgreSQL's own host and port in PGHOST and PGPORT.` +
      (told === undefined ? ' If this is a proxy that keeps one server for each session, set BACKUP_ALLOW_SESSION_PROXY=yes.' : ''),
  );
}

/** Whether another client is given the server of this one while this one is still connected. */
async function sharesServers(client: pg.Client, environment: PostgresEnvironment, database: string): Promise<boolean> {
  const pidOf = async (of: pg.Client) => (await of.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  const others: pg.Client[] = [];
  try {
    const seen = new Set([await pidOf(client)]);
    for (let other = 0; other < 4; other++) {
      const { client: next } = await connect(environment, database);
      others.push(next);
      await next.query('begin');
      const pid = await pidOf(next);
      if (seen.has(pid) || seen.size !== new Set([...seen, await pidOf(client)]).size) return true;
      seen.add(pid);
    }
    return false;
  } finally {
    for (const other of others) await other.end().catch(() => undefined);
  }
}

function address(environment: PostgresEnvironment): string {
  return `${hostOf(environment)}:${environment.PGPORT ?? '5432'}`;
}

function connectionProblem(error: unknown, environment: PostgresEnvironment, database: string): Problem {
  if (error instanceof Problem) return error;
  const { code, message } = (error instanceof AggregateError ? (error.errors[0] as Error) : error) as Error & { code?: string };
  const where = `PostgreSQL at ${address(environment)}`;
  const user = userOf(environment);
  const told: Readonly<Record<string, () => Problem>> = {
    '3D000': () => new Problem('missing', `${where} has no database ${database}.`, { cause: error }),
    '28P01': () => new Problem('failed', `${where} refuses the password of ${user}: look at the file in PGPASSFILE.`, { cause: error }),
    '28000': () => new Problem('failed', `${where} does not let ${user} in: ${message}.`, { cause: error }),
    ECONNREFUSED: () =>
      new Problem('failed', `Nothing answers at ${address(environment)}: is PostgreSQL running, and are PGHOST and PGPORT right?`, {
        cause: error,
      }),
  };
  const problem = told[code ?? ''];
  if (problem) return problem();
  if (/client password must be a (non-empty )?string/.test(message)) {
    return new Problem(
      'usage',
      `${where} asks for the password of ${user}, and none was found: name a file in PGPASSFILE that has a line for it and that only its owner may read.`,
      { cause: error },
    );
  }
  return new Problem('failed', `Could not connect to ${where} as ${user}, database ${database}: ${message.replace(/\.$/, '')}.`, {
    cause: error,
  });
}
