import type { Client } from 'pg';
import { UsageError } from '../errors.ts';
import { connected, messageOf } from './connect.ts';

/** A row of an answer of the console: its columns differ from version to version, so that each is looked up by its name. */
export type Row = Readonly<Record<string, string | undefined>>;

/** What a running PgBouncer says of itself. */
export interface AdminAnswers {
  readonly version: string;
  readonly config: readonly Row[];
  readonly databases: readonly Row[];
  readonly pools: readonly Row[];
  readonly users: readonly Row[];
  readonly servers: readonly Row[];
}

/**
 * Asks the admin console of PgBouncer. It sends SHOW commands only.
 *
 * @throws UsageError where it cannot be reached, is no admin console, or the user may not use it
 */
export async function askAdminConsole(url: string, timeout: number): Promise<AdminAnswers> {
  return connected(withConsole(url), { name: 'the admin console of PgBouncer', timeout }, async (client) => {
    const version = await versionOf(client);
    const show = async (what: string): Promise<readonly Row[]> =>
      (await client.query<Record<string, unknown>>(`SHOW ${what}`)).rows.map(textRow);
    return {
      version,
      config: await show('CONFIG'),
      databases: await show('DATABASES'),
      pools: await show('POOLS'),
      users: await show('USERS'),
      servers: await show('SERVERS'),
    };
  });
}

/** The console is the database `pgbouncer`; a URL that names none means it. */
function withConsole(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.pathname === '' || parsed.pathname === '/') parsed.pathname = '/pgbouncer';
    return parsed.toString();
  } catch {
    return url;
  }
}

async function versionOf(client: Client): Promise<string> {
  try {
    const { rows } = await client.query<Record<string, string>>('SHOW VERSION');
    const said = Object.values(rows[0] ?? {})[0] ?? '';
    const version = /(\d+\.\d+(?:\.\d+)?)/.exec(said)?.[1];
    if (/pgbouncer/i.test(said) && version !== undefined) return version;
    throw new UsageError(
      `This is not the admin console of PgBouncer: it calls itself "${said.slice(0, 60)}". Give the URL with the database \`pgbouncer\`.`,
    );
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as { code?: string };
    if (code === '42704')
      throw new UsageError(
        'This is a database, and not the admin console of PgBouncer: it does not know SHOW VERSION. Give the URL with the database `pgbouncer`, such as postgres://USER@HOST:6432/pgbouncer.',
      );
    throw new UsageError(
      `The admin console does not answer SHOW VERSION: ${messageOf(cause)}. The user must be in admin_users or stats_users.`,
    );
  }
}

function textRow(row: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value === null || value === undefined ? undefined : typeof value === 'string' ? value : String(value as number),
    ]),
  );
}
