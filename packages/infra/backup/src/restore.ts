import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type pg from 'pg';
import type { App } from './app.ts';
import { feed, objectOf, plainContent, plainText, programsFor, requireIdentities } from './archive.ts';
import { secondsSince } from './backup.ts';
import { startProgram } from './child.ts';
import { bytesText, durationText } from './format.ts';
import type { DatabaseProperties } from './manifest.ts';
import { conninfo, identifier, literal } from './postgres/conninfo.ts';
import type { PostgresEnvironment } from './postgres/connection.ts';
import { serverFacts } from './postgres/facts.ts';
import { Problem, problemOf } from './problem.ts';
import { createMissingRoles, missingRoles, roleStatements } from './roles.ts';
import { requireRoom } from './scratch.ts';
import { bestEffort } from './storage/bucket.ts';
import type { Backup } from './storage/catalogue.ts';
import { readDirectory, verifyBackup } from './verify.ts';

export interface RestoreOptions {
  /** The name of the database that is made. */
  readonly into: string;
  /** Whether an existing database of that name may be replaced. It takes two words on the command line. */
  readonly replace: boolean;
  /** Whether roles that are missing are made. Without, every object belongs to the role that restores. */
  readonly roles: boolean;
  readonly dryRun: boolean;
}

/** What a restore is going to do. */
export interface RestorePlan {
  readonly backup: string;
  readonly into: string;
  readonly replaces: boolean;
  readonly newRoles: readonly string[];
}

/**
 * Restores a backup. It is restored under a name of its own and renamed when it is complete, so that no database of the wanted name is ever half
 * restored, and one that is replaced stays until its successor is there.
 *
 * @throws Problem; then everything is as it was before
 */
export async function restoreBackup(app: App, backup: Backup, options: RestoreOptions): Promise<RestorePlan> {
  const { manifest } = backup;
  const { log } = app;
  const started = performance.now();
  if (Buffer.byteLength(options.into) > 63)
    throw new Problem('usage', `The name ${options.into} is longer than the 63 bytes that PostgreSQL keeps.`);
  const identities = requireIdentities(app, backup);
  const maintenance = await maintenanceConnection(app, options.into);
  const temporary = `pg_backup_restoring_${randomBytes(6).toString('hex')}`;
  try {
    const facts = await serverFacts(maintenance);
    if (facts.major < manifest.server.major) {
      throw new Problem(
        'refused',
        `The backup is of PostgreSQL ${manifest.server.major} and the server is ${facts.major}: a dump goes into the same or a newer version only.`,
      );
    }
    const exists = await databaseExists(maintenance, options.into);
    if (exists && !options.replace) {
      throw new Problem(
        'refused',
        `The database ${options.into} exists: choose another name with --into, or replace it with --overwrite --yes-really.`,
      );
    }
    await requireRoomOnServer(app, maintenance, manifest.server.databaseBytes);
    const globals = await plainText(app, backup, objectOf(backup, 'globals'), identities, app.signal);
    const newRoles = options.roles ? [...(await missingRoles(maintenance, roleStatements(globals)))] : [];
    const plan: RestorePlan = { backup: manifest.name, into: options.into, replaces: exists, newRoles };
    if (options.dryRun) return plan;

    await verifyBackup(app, backup);
    if (options.roles && newRoles.length > 0) {
      log.say(`Roles that were missing and are made: ${(await createMissingRoles(maintenance, globals)).join(', ')}.`);
    }
    log.say(`Restoring ${manifest.name} of ${manifest.database} as ${options.into}.`);
    await createDatabase(maintenance, temporary, manifest.properties, options.roles);
    try {
      await restoreDump(app, app.environment, backup, identities, temporary, options.roles);
      await renameInto(maintenance, temporary, options.into, exists);
    } catch (error) {
      await bestEffort(() => maintenance.query(`drop database if exists ${identifier(temporary)} with (force)`));
      throw app.signal.aborted ? problemOf(app.signal.reason) : error;
    }
    await bestEffort(async () => await withDatabase(app, options.into, (client) => client.query('analyze')));
    log.say(`Database ${options.into} is restored, as of ${manifest.snapshotAt}, in ${durationText(secondsSince(started))}.`);
    return plan;
  } finally {
    await maintenance.end().catch(() => undefined);
  }
}

/** A connection to a database that is not the one that comes or goes. */
async function maintenanceConnection(app: App, target: string): Promise<pg.Client> {
  for (const database of ['postgres', 'template1']) {
    if (database === target) continue;
    try {
      return await app.connect(database);
    } catch (error) {
      if (!(error instanceof Problem) || error.outcome !== 'missing') throw error;
    }
  }
  throw new Problem('failed', 'The server has neither a database postgres nor template1 to connect to.');
}

async function withDatabase<T>(app: App, database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await app.connect(database);
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function databaseExists(client: pg.Client, database: string): Promise<boolean> {
  return (await client.query('select from pg_database where datname = $1', [database])).rowCount === 1;
}

/** Where the data of the server can be seen from here, it must have room for the database; elsewhere it is said that nobody looked. */
async function requireRoomOnServer(app: App, client: pg.Client, bytes: number): Promise<void> {
  const { rows } = await client.query<{ folder: string | null }>(`select setting as folder from pg_settings where name = 'data_directory'`);
  const folder = rows[0]?.folder;
  const here = /^(\/|localhost$|127\.|::1$)/.test(app.environment.PGHOST ?? 'localhost');
  if (folder && here && existsSync(folder)) return requireRoom(folder, bytes, 'the database');
  app.log.say(`The free space of the server cannot be seen from here; the database took ${bytesText(bytes)}.`);
}

/** Makes a database as the one in the backup was. */
export async function createDatabase(client: pg.Client, name: string, properties: DatabaseProperties, roles: boolean): Promise<void> {
  const { encoding, collate, ctype, localeProvider, locale, icuRules, owner, connectionLimit, comment, settings, grants } = properties;
  const major = (await serverFacts(client)).major;
  const provider = { c: 'libc', i: 'icu', b: 'builtin' }[localeProvider];
  const icu =
    localeProvider === 'i' && locale !== null
      ? ` icu_locale ${literal(locale)}${icuRules === null ? '' : ` icu_rules ${literal(icuRules)}`}`
      : '';
  const builtin = localeProvider === 'b' && locale !== null ? ` builtin_locale ${literal(locale)}` : '';
  const database = identifier(name);
  await client.query(
    `create database ${database} template template0 encoding ${literal(encoding)} lc_collate ${literal(collate)} lc_ctype ${literal(ctype)}` +
      (major >= 15 && provider !== undefined ? ` locale_provider ${provider}${icu}${builtin}` : ''),
  );
  if (comment !== null) await client.query(`comment on database ${database} is ${literal(comment)}`);
  if (connectionLimit !== -1) await client.query(`alter database ${database} connection limit ${connectionLimit}`);
  for (const { role, setting } of settings) {
    if (role !== '' && !roles) continue;
    await client.query(`alter ${role === '' ? '' : `role ${identifier(role)} in `}database ${database} set ${assignment(setting)}`);
  }
  if (!roles) return;
  await client.query(`alter database ${database} owner to ${identifier(owner)}`);
  if (grants === null) return;
  await client.query(`revoke all on database ${database} from public`);
  for (const { grantee, privilege, grantable } of grants) {
    const to = grantee === '' ? 'public' : identifier(grantee);
    await client.query(`grant ${privilege} on database ${database} to ${to}${grantable ? ' with grant option' : ''}`);
  }
}

/** `name=value` of the catalog as a `SET`: some values are lists of names, which are quoted one by one. */
function assignment(setting: string): string {
  const at = setting.indexOf('=');
  const [name, value] = [setting.slice(0, at), setting.slice(at + 1)];
  const lists = ['search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'];
  if (!lists.includes(name)) return `${identifier(name)} to ${literal(value)}`;
  const names = [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
  return `${name} to ${names.length === 0 ? "''" : names.map(literal).join(', ')}`;
}

/** Puts the dump into a database that is empty. Any error ends it. */
export async function restoreDump(
  app: App,
  environment: PostgresEnvironment,
  backup: Backup,
  identities: readonly string[],
  database: string,
  roles: boolean,
): Promise<void> {
  const programs = await programsFor(app, backup);
  const args = [
    `--dbname=${conninfo(database)}`,
    '--exit-on-error',
    '--no-password',
    '--no-tablespaces',
    ...(roles ? [] : ['--no-owner', '--no-privileges']),
  ];
  const start = (...more: string[]) => startProgram(programs.path('pg_restore'), [...args, ...more], environment, app.signal);
  try {
    if (backup.manifest.dump.format === 'custom') {
      await feed(start(), plainContent(app, backup, objectOf(backup, 'dump'), identities, app.signal));
    } else {
      await readDirectory(app, backup, identities, (folder) => start(`--jobs=${app.settings.jobs}`, folder).done);
    }
  } catch (error) {
    const { message, outcome } = problemOf(error);
    const role = /role "(.+?)" does not exist/.exec(message)?.[1];
    throw role === undefined
      ? error
      : new Problem(outcome, `${message} The role ${role} is not in the backup either: make it, or restore with --no-roles.`);
  }
}

/** Gives the restored database its name, at once with taking the name from the one that it replaces. */
async function renameInto(client: pg.Client, temporary: string, target: string, replaces: boolean): Promise<void> {
  const [made, wanted] = [identifier(temporary), identifier(target)];
  if (!replaces) {
    await client.query(`alter database ${made} rename to ${wanted}`);
    return;
  }
  const old = identifier(`${temporary}_old`);
  // Its clients would keep it from being renamed, and new ones would come.
  await client.query(`alter database ${wanted} allow_connections false`);
  try {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [target]);
    for (let tries = 0; ; tries++) {
      try {
        await client.query(`begin; alter database ${wanted} rename to ${old}; alter database ${made} rename to ${wanted}; commit`);
        break;
      } catch (error) {
        await client.query('rollback');
        if (tries >= 20 || (error as { code?: string }).code !== '55006') throw error;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
  } catch (error) {
    await client.query(`alter database ${wanted} allow_connections true`);
    throw error;
  }
  await client.query(`drop database ${old} with (force)`);
}
