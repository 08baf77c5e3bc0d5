import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app.ts';
import { objectOf, plainText, programsFor, requireIdentities } from './archive.ts';
import { secondsSince } from './backup.ts';
import { runProgram, startProgram } from './child.ts';
import { durationText } from './format.ts';
import type { Manifest } from './manifest.ts';
import { identifier } from './postgres/conninfo.ts';
import { connectDirectly, type PostgresEnvironment } from './postgres/connection.ts';
import { countLargeObjects, countRows, schemaObjects } from './postgres/facts.ts';
import type { PostgresPrograms } from './postgres/programs.ts';
import { Problem, problemOf } from './problem.ts';
import { createDatabase, restoreDump } from './restore.ts';
import { createMissingRoles } from './roles.ts';
import { openScratch, requireRoom } from './scratch.ts';
import { noteState, type States } from './state.ts';
import { bestEffort } from './storage/bucket.ts';
import { type Backup, verdictFiles } from './storage/catalogue.ts';

export interface DrillReport {
  readonly name: string;
  /** RTO: from nothing to a server with the database in it. */
  readonly restoreSeconds: number;
  /** RPO: the age of the data at that moment. */
  readonly dataAgeSeconds: number;
  readonly tables: number;
  readonly rows: number;
  readonly schemaObjects: number;
  /** Whether `pg_amcheck` looked at tables and indexes. */
  readonly amcheck: boolean;
}

/**
 * Restores a backup into a PostgreSQL that exists for this purpose only, and holds what came out against the manifest: every object of the schema by
 * its definition, every table by its number of rows. Its server listens on a socket in a folder of its own and is gone afterwards.
 *
 * @throws Problem `damaged` where the restored database differs
 */
export async function drill(app: App, backup: Backup): Promise<DrillReport> {
  const { manifest } = backup;
  const { settings } = app;
  const note = async (state: Omit<States['drill'], 'name' | 'finishedAt'>) => {
    const finishedAt = (
      await app
        .bucket('write')
        .time()
        .catch(() => new Date())
    ).toISOString();
    const full = { name: manifest.name, finishedAt, ...state };
    await noteState(app.bucket('write'), settings.prefix, manifest.database, 'drill', full);
    if (state.outcome === 'done')
      await bestEffort(() => app.bucket('write').put(`${backup.folder}${verdictFiles.drilled}`, `${JSON.stringify(full, undefined, 1)}\n`));
  };
  try {
    const report = await restoreAndCompare(app, backup);
    await note({ outcome: 'done', restoreSeconds: report.restoreSeconds, dataAgeSeconds: report.dataAgeSeconds });
    app.log.say(
      `Drill with ${manifest.name} of ${manifest.database}: restored in ${durationText(report.restoreSeconds)}, data ${durationText(report.dataAgeSeconds)} old, ` +
        `${report.tables} tables with ${report.rows} rows and ${report.schemaObjects} objects of the schema as they were${report.amcheck ? ', pg_amcheck content' : ''}.`,
    );
    return report;
  } catch (error) {
    const problem = app.signal.aborted ? problemOf(app.signal.reason) : problemOf(error);
    await note({ outcome: problem.outcome, restoreSeconds: 0, dataAgeSeconds: 0, message: app.redact(problem.message) });
    throw problem;
  }
}

async function restoreAndCompare(app: App, backup: Backup): Promise<DrillReport> {
  const { manifest } = backup;
  const identities = requireIdentities(app, backup);
  const programs = await programsFor(app, backup);
  if (!programs.has('initdb') || !programs.has('postgres')) {
    throw new Problem(
      'refused',
      `A drill needs PostgreSQL ${programs.major} itself, and only its clients are here: install postgresql-${programs.major}.`,
    );
  }
  if (process.getuid?.() === 0)
    throw new Problem('refused', 'PostgreSQL does not run as root, so a drill does not either: run it as another user.');
  const scratch = await openScratch(app.settings.scratch);
  const stop = new AbortController();
  try {
    await requireRoom(scratch.path, manifest.server.databaseBytes * 1.2, 'a drill');
    const started = performance.now();
    const server = await startThrowaway(app, programs, scratch.path, manifest, stop.signal);
    try {
      await runDrill(app, backup, identities, server.environment);
      const restoreSeconds = secondsSince(started);
      const now = await app.bucket('read').time();
      const dataAgeSeconds = Math.max(0, (now.getTime() - Date.parse(manifest.snapshotAt)) / 1000);
      const compared = await compare(app, server.environment, manifest);
      const amcheck = await checkHeap(app, programs, server.environment);
      return { name: manifest.name, restoreSeconds, dataAgeSeconds, amcheck, ...compared };
    } finally {
      stop.abort();
      await server.ended.catch(() => undefined);
    }
  } finally {
    await scratch.remove();
  }
}

/** The name that the restored database has in a drill. */
const drilled = 'drill';

async function runDrill(app: App, backup: Backup, identities: readonly string[], environment: PostgresEnvironment): Promise<void> {
  const globals = await plainText(app, backup, objectOf(backup, 'globals'), identities, app.signal);
  const client = await connectDirectly(environment, 'postgres');
  try {
    await createMissingRoles(client, globals);
    await createDatabase(client, drilled, backup.manifest.properties, true);
  } finally {
    await client.end();
  }
  await restoreDump(app, environment, backup, identities, drilled, true);
}

interface Throwaway {
  readonly environment: PostgresEnvironment;
  readonly ended: Promise<void>;
}

async function startThrowaway(
  app: App,
  programs: PostgresPrograms,
  folder: string,
  manifest: Manifest,
  stop: AbortSignal,
): Promise<Throwaway> {
  const [data, socket] = [join(folder, 'data'), join(folder, 's')];
  await mkdir(socket);
  await chmod(folder, 0o700);
  // The role that initdb makes is the grantor of memberships in the backup, so it bears the same name.
  const superuser = manifest.properties.bootstrapRole;
  const { encoding, collate, ctype } = manifest.properties;
  await runProgram(
    programs.path('initdb'),
    [
      `--pgdata=${data}`,
      `--username=${superuser}`,
      '--auth=trust',
      '--no-sync',
      '--no-instructions',
      `--encoding=${encoding}`,
      `--lc-collate=${collate}`,
      `--lc-ctype=${ctype}`,
    ],
    app.environment,
    app.signal,
  ).catch((error: unknown) => {
    const { message } = problemOf(error);
    const hint = /invalid locale name/.test(message) ? ` The locale ${collate} of the database is not installed here.` : '';
    throw new Problem('failed', `${message}${hint}`, { cause: error });
  });
  const settings = {
    listen_addresses: '',
    port: 5432,
    unix_socket_directories: socket,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    autovacuum: 'off',
    max_wal_size: '4GB',
    maintenance_work_mem: '256MB',
    max_locks_per_transaction: 256,
  };
  const server = startProgram(
    programs.path('postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { PATH: app.environment.PATH, LC_ALL: 'C.UTF-8', LD_LIBRARY_PATH: app.environment.LD_LIBRARY_PATH },
    stop,
    // At once: there is nothing to keep.
    'SIGQUIT',
  );
  server.stdin.end();
  server.stdout.resume();
  const environment = {
    PATH: app.environment.PATH,
    LD_LIBRARY_PATH: app.environment.LD_LIBRARY_PATH,
    PGHOST: socket,
    PGPORT: '5432',
    PGUSER: superuser,
    PGSSLMODE: 'disable',
    LC_ALL: 'C.UTF-8',
  };
  let ended: unknown;
  server.done.then(
    () => (ended = new Problem('failed', 'The server of the drill ended.')),
    (error: unknown) => (ended = error),
  );
  for (let tries = 0; tries < 600; tries++) {
    app.signal.throwIfAborted();
    if (ended) throw ended as Error;
    try {
      await (await connectDirectly(environment, 'postgres')).end();
      return { environment, ended: server.done };
    } catch {
      await sleep(100);
    }
  }
  throw new Problem('failed', 'The server of the drill did not come up within a minute.');
}

/** @throws Problem `damaged` with the first differences */
async function compare(
  app: App,
  environment: PostgresEnvironment,
  manifest: Manifest,
): Promise<Pick<DrillReport, 'tables' | 'rows' | 'schemaObjects'>> {
  const client = await connectDirectly(environment, drilled);
  try {
    await client.query(`set search_path = pg_catalog; set datestyle = iso; set timezone = 'UTC'`);
    const [schema, rows, largeObjects] = [
      await schemaObjects(client),
      await countRows(client, app.signal),
      await countLargeObjects(client),
    ];
    const differences = [
      ...differing(
        new Map(manifest.schema.map(({ kind, name, digest }) => [`${kind} ${name}`, digest])),
        new Map(schema.map(({ kind, name, digest }) => [`${kind} ${name}`, digest])),
      ),
      ...(manifest.rows === null ? [] : differing(rowMap(manifest.rows), rowMap(rows))),
      ...(largeObjects === manifest.largeObjects
        ? []
        : [`large objects: ${manifest.largeObjects} in the backup, ${largeObjects} restored`]),
    ];
    if (differences.length > 0) {
      const more = differences.length > 5 ? ` and ${differences.length - 5} more` : '';
      throw new Problem(
        'damaged',
        `${manifest.name} of ${manifest.database} does not restore to what it was: ${differences.slice(0, 5).join('; ')}${more}.`,
      );
    }
    return { tables: rows.length, rows: rows.reduce((sum, table) => sum + table.rows, 0), schemaObjects: schema.length };
  } finally {
    await client.end();
  }
}

function rowMap(rows: NonNullable<Manifest['rows']>): Map<string, string> {
  return new Map(rows.map(({ schema, table, rows: count }) => [`table ${identifier(schema)}.${identifier(table)}`, `${count} rows`]));
}

function differing(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): string[] {
  const missing = [...expected].flatMap(([name, value]) => {
    const other = found.get(name);
    if (other === value) return [];
    return [
      other === undefined
        ? `${name} is missing`
        : /rows$/.test(value)
          ? `${name} has ${other} and not ${value}`
          : `${name} is defined differently`,
    ];
  });
  return [...missing, ...[...found.keys()].filter((name) => !expected.has(name)).map((name) => `${name} was not in the backup`)];
}

/** Where it is there: whether tables and B-tree indexes are sound and every row is in its indexes. */
async function checkHeap(app: App, programs: PostgresPrograms, environment: PostgresEnvironment): Promise<boolean> {
  if (!programs.has('pg_amcheck')) return false;
  const client = await connectDirectly(environment, drilled);
  const { rowCount } = await client.query(`select from pg_available_extensions where name = 'amcheck'`).finally(() => client.end());
  if (rowCount === 0) return false;
  await runProgram(
    programs.path('pg_amcheck'),
    [`--database=${drilled}`, '--install-missing', '--heapallindexed', '--no-password'],
    environment,
    app.signal,
  ).catch((error: unknown) => {
    throw new Problem('damaged', `The restored database is not sound: ${problemOf(error).message}`, { cause: error });
  });
  return true;
}
