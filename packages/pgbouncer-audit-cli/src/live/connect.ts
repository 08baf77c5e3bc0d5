import type { Client, ClientConfig } from 'pg';
import { UsageError } from '../errors.ts';
import { redact } from '../redact.ts';

/** What a connection is for, and how long it may take. */
export interface ConnectOptions {
  /** How messages call it: `the admin console`. */
  readonly name: string;
  readonly timeout: number;
}

/** What went wrong by the code of the system, TLS or PostgreSQL, and what to do next. */
const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there. Check host and port',
  ENOTFOUND: 'the host name is not known. Check the host',
  EAI_AGAIN: 'the host name could not be resolved. Check the host, and the network',
  ETIMEDOUT: 'it does not answer. Check host, port and firewalls',
  ECONNRESET:
    'the connection was closed. Check whether the port is that of PgBouncer or PostgreSQL, and whether it wants TLS (?sslmode=require)',
  EHOSTUNREACH: 'the host cannot be reached. Check the network',
  '28P01': 'the password is wrong, or the user is not known',
  '28000': 'the user may not log in from here',
  '3D000': 'the database does not exist',
  '53300': 'there are too many connections already',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate signs itself. Give its authority with ?sslrootcert=FILE',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate has an authority that is not known here. Give it with ?sslrootcert=FILE',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate has an authority that is not known here. Give it with ?sslrootcert=FILE',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

/**
 * Opens a connection, runs `work`, and closes it whatever happens.
 *
 * @throws UsageError that says what went wrong and what to do, without the password
 */
export async function connected<T>(url: string, options: ConnectOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  let client: Client;
  try {
    client = new pg.Client(configOf(url, options));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`The URL of ${options.name} cannot be read: ${redact(messageOf(cause))}.`);
  }
  // A connection that breaks later fails the query that waits for it, too.
  client.on('error', () => undefined);
  const late = { timer: undefined as NodeJS.Timeout | undefined };
  try {
    const timeout = new Promise<never>((_, reject) => {
      late.timer = setTimeout(
        () =>
          reject(
            new UsageError(`${capital(options.name)} did not answer within ${options.timeout} s. Raise --timeout, or check host and port.`),
          ),
        options.timeout * 1000,
      );
    });
    const all = (async () => {
      await client.connect();
      return work(client);
    })();
    return await Promise.race([all, timeout]);
  } catch (cause) {
    throw cause instanceof UsageError ? cause : new UsageError(explainFailure(cause, options));
  } finally {
    clearTimeout(late.timer);
    // A server that does not answer does not answer the farewell either.
    await Promise.race([client.end().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }
}

function configOf(url: string, { name, timeout }: ConnectOptions): ClientConfig {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new UsageError(`The URL of ${name} is none of PostgreSQL. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE.`);
  }
  return {
    connectionString: url,
    connectionTimeoutMillis: timeout * 1000,
    query_timeout: timeout * 1000,
    application_name: 'pgbouncer-audit',
  };
}

function explainFailure(cause: unknown, { name }: ConnectOptions): string {
  const { code, errors } = cause as { code?: string; errors?: readonly unknown[] };
  const known = causes[code ?? ''] ?? causes[(errors?.[0] as { code?: string } | undefined)?.code ?? ''];
  const message = redact(messageOf(cause)).replace(/\.$/, '');
  if (known) return `Cannot talk to ${name}: ${known}. It said: ${message}.`;
  return `Cannot talk to ${name}: ${message}.${/SSL/.test(message) ? ' Take sslmode out of the URL, or set up TLS there.' : ''}`;
}

export function messageOf(cause: unknown): string {
  const inner = (cause as { errors?: readonly unknown[] }).errors?.[0] ?? cause;
  return inner instanceof Error ? inner.message.split('\n')[0]! : String(inner);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
