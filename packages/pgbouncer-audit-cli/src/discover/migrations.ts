import { join, posix } from 'node:path';
import { type Evidence, type MigrationTool, reachOfSource, type Setup } from '@pgbouncer-audit/core';
import { existsSync, readdirSync, readFileSync } from '../files/view.ts';
import { once } from '../once.ts';
import { dependencyRange, foldersAbove, type Packages } from './packages.ts';

/** Who runs a migration, how, and whether through the pooler. */
export interface MigrationRunner {
  readonly tool: MigrationTool;
  readonly reach: 'pooled' | 'direct' | 'unknown';
  readonly evidence: readonly Evidence[];
}

const drizzle: MigrationTool = {
  name: 'Drizzle',
  // One transaction around all pending files; each is cut at the mark (drizzle-orm, `migrator.js` and `pg-core/dialect.js`).
  transaction: 'in',
  separator: '--> statement-breakpoint',
  outside: 'Drizzle cannot do without: run the statement by hand, over a direct connection',
};

const prisma: MigrationTool = {
  name: 'Prisma Migrate',
  // The file is one text of the simple protocol: a transaction if it holds several statements, none if it holds one.
  transaction: 'out',
  outside: 'Give it a migration of its own',
};

/** What runs `.sql` files that are numbered, by the package that does so. What is said of each was read in its source. */
const tools: readonly {
  readonly package: string;
  readonly tool: MigrationTool;
  /** A comment in the file that turns the transaction off. */
  readonly turnsOff?: RegExp;
  /** Files that it takes, beside numbered ones. */
  readonly files?: RegExp;
}[] = [
  {
    package: 'node-pg-migrate',
    // `sqlMigration.js` hands a file to pgm.sql(); only JavaScript can call pgm.noTransaction().
    tool: { name: 'node-pg-migrate', transaction: 'in', outside: 'Write it as a JavaScript migration that calls pgm.noTransaction()' },
  },
  {
    package: 'postgres-migrations',
    tool: {
      name: 'postgres-migrations',
      transaction: 'in',
      outside: 'Give it a file of its own with the comment `-- postgres-migrations disable-transaction`',
    },
    turnsOff: /-- postgres-migrations disable-transaction/,
  },
  {
    package: 'graphile-migrate',
    tool: { name: 'graphile-migrate', transaction: 'in', outside: 'Give it a file of its own that begins with `--! no-transaction`' },
    turnsOff: /^--! no-transaction\b/m,
    files: /^current(?:\/|\.sql$)|\/current(?:\/|\.sql$)/,
  },
  {
    package: 'db-migrate',
    tool: { name: 'db-migrate', transaction: 'in', outside: 'Give it a migration of its own, and run that with --non-transactional' },
  },
  {
    package: 'knex',
    // Knex runs JavaScript, which reads the file and passes it to knex.raw().
    tool: { name: 'Knex', transaction: 'in', outside: 'Give it a migration of its own, with `exports.config = { transaction: false }`' },
  },
];

/** A folder of numbered files that a program of the repository, psql or another tool runs. */
const unseen: MigrationTool = {
  name: 'what runs this file',
  transaction: 'unknown',
  outside: 'Give it a file of its own, and run that without a transaction',
};

/** Drizzle reads the files that its journal names, and no other of the folder. */
const unlisted: MigrationRunner = {
  tool: unseen,
  reach: 'unknown',
  evidence: [{ text: 'the journal of Drizzle does not list this file, so Drizzle does not run it; what does is not seen' }],
};

/** Packages that say that a project speaks to PostgreSQL. */
const postgresPackages = [
  'pg',
  'postgres',
  'pg-promise',
  'slonik',
  '@neondatabase/serverless',
  '@vercel/postgres',
  'postgres-migrations',
  'db-migrate-pg',
];

/** The files that say how the migrations beside them are run: read once, however many migrations there are. */
interface Beside {
  /** Absolute. */
  readonly root: string;
  text(path: string): string | undefined;
  names(folder: string): readonly string[];
  /** The migrations that a journal of Drizzle lists; `undefined` where it cannot be read. */
  listed(journal: string): ReadonlySet<unknown> | undefined;
}

/**
 * Tells how the `.sql` file of a migration is run: by the layout of its folder (Drizzle's `meta/_journal.json`, Prisma's `migration_lock.toml`), or
 * by the tool that the project has installed, if the file is numbered and lies below a folder for migrations.
 *
 * @param root absolute
 * @returns a function of a file, relative to the root and with slashes; it gives `undefined` for SQL that is no migration for PostgreSQL: who
 *   runs it, and over which connection, cannot be seen
 */
export function migrationRunners(root: string, setup: Setup, packages: Packages): (file: string) => MigrationRunner | undefined {
  const beside: Beside = {
    root,
    text: once((path) => textOf(join(root, path))),
    names: once((folder) => namesIn(join(root, folder))),
    listed: once(listedIn),
  };
  return (file) => migrationRunner(file, beside, setup, packages);
}

function migrationRunner(file: string, beside: Beside, setup: Setup, packages: Packages): MigrationRunner | undefined {
  const folder = posix.dirname(file);
  const journal = beside.text(posix.join(folder, 'meta', '_journal.json'));
  if (journal !== undefined) {
    if (!/"dialect"\s*:\s*"(?:postgresql|pg)"/.test(journal)) return undefined;
    return (beside.listed(journal)?.has(posix.basename(file, '.sql')) ?? true) ? drizzleRunner(folder, beside, setup) : unlisted;
  }
  // Drizzle 1.0 gives each migration a folder, with what the schema then is beside it.
  const snapshot = posix.basename(file) === 'migration.sql' ? textOf(join(beside.root, folder, 'snapshot.json')) : undefined;
  if (snapshot !== undefined)
    return /"dialect"\s*:\s*"(?:postgres|postgresql|pg)"/.test(snapshot) ? drizzleRunner(folder, beside, setup) : undefined;
  const migrations = posix.dirname(folder);
  const lock = beside.text(posix.join(migrations, 'migration_lock.toml'));
  if (lock !== undefined)
    return /provider\s*=\s*"(?:postgresql|cockroachdb)"/.test(lock) ? prismaRunner(migrations, beside, setup) : undefined;
  if (isCustomOfDrizzle(folder, file, packages)) return drizzleRunner(folder, beside, setup);
  return numberedRunner(file, beside, setup, packages);
}

/** Of a journal that cannot be read all files are taken to be listed. */
function listedIn(journal: string): ReadonlySet<unknown> | undefined {
  try {
    const { entries } = JSON.parse(journal) as { entries?: unknown };
    return Array.isArray(entries) ? new Set(entries.map((entry) => (entry as { tag?: unknown } | null)?.tag)) : undefined;
  } catch {
    return undefined;
  }
}

/** A migration that was written by hand has no snapshot: the configuration above it, or the folder beside it, says whose it is. */
function isCustomOfDrizzle(folder: string, file: string, packages: Packages): boolean {
  if (posix.basename(file) !== 'migration.sql' || !/^\d{14}_/.test(posix.basename(folder))) return false;
  const manifests = foldersAbove(file).flatMap((above) => packages.manifest(above) ?? []);
  const uses = (name: string) => manifests.some((manifest) => dependencyRange(manifest, name) !== undefined);
  return uses('drizzle-orm') && !uses('prisma') && !uses('@prisma/client') && postgresPackages.some(uses);
}

function drizzleRunner(folder: string, beside: Beside, setup: Setup): MigrationRunner {
  for (const above of [folder, ...foldersAbove(folder)]) {
    const name = beside
      .names(above)
      .find((each) => /^drizzle(?:[.-][\w-]+)*\.config\.(?:[cm]?[jt]s|json)$|^drizzle\.config\.\w+$/.test(each));
    if (name === undefined) continue;
    const config = posix.join(above, name);
    return runner(drizzle, 'drizzle-kit', config, beside.text(config) ?? '', /\b(?:url|connectionString)\s*:\s*(.+)/, setup);
  }
  return { tool: drizzle, reach: 'pooled', evidence: [{ text: 'run by Drizzle' }] };
}

function prismaRunner(migrations: string, beside: Beside, setup: Setup): MigrationRunner {
  const home = posix.dirname(migrations);
  for (const folder of [home, posix.join(home, 'schema')]) {
    for (const name of beside.names(folder).filter((each) => each.endsWith('.prisma'))) {
      const schema = posix.join(folder, name);
      const text = beside.text(schema) ?? '';
      if (!/\bdatasource\b/.test(text)) continue;
      // Prisma Migrate uses directUrl where there is one.
      if (/^\s*directUrl\s*=/m.test(text))
        return { tool: prisma, reach: 'direct', evidence: [{ text: `run by Prisma Migrate with the directUrl of ${schema}` }] };
      return runner(prisma, prisma.name, schema, text, /^\s*url\s*=\s*(.+)$/m, setup);
    }
  }
  return { tool: prisma, reach: 'pooled', evidence: [{ text: 'run by Prisma Migrate' }] };
}

function numberedRunner(file: string, { root }: Beside, setup: Setup, packages: Packages): MigrationRunner | undefined {
  if (!/(?:^|[/._-])migrat(?:ions?|e)(?:[/._-])/i.test(file)) return undefined;
  const manifests = foldersAbove(file).flatMap((folder) => packages.manifest(folder) ?? []);
  const uses = (name: string) => manifests.find((manifest) => dependencyRange(manifest, name) !== undefined);
  const row = tools.find((each) => uses(each.package));
  if (!/^[VU]?\d+\D/.test(posix.basename(file)) && !row?.files?.test(file)) return undefined;
  if (!postgresPackages.some(uses)) return undefined;
  if (!row) {
    const evidence = [{ text: 'a numbered file below a folder for migrations; what runs it is not seen' }];
    return { tool: unseen, reach: 'unknown', evidence };
  }
  const { tool, turnsOff } = row;
  const isOff = turnsOff?.test(textOf(join(root, file)) ?? '') ?? false;
  const script = uses(row.package)!;
  const named = urlVariable(script.text, row.package);
  const manifest = posix.join(script.folder, 'package.json');
  return {
    tool: isOff ? { ...tool, transaction: 'out' } : tool,
    reach: named === undefined ? 'pooled' : reachOfSource(named, setup),
    evidence: [
      {
        text:
          named === undefined ? `run by ${tool.name}, a dependency of ${manifest}` : `run by ${tool.name} with \`${named}\` of ${manifest}`,
      },
    ],
  };
}

/** The environment variable that a script of `package.json` passes to a tool, where it is not the tool's own `DATABASE_URL`. */
function urlVariable(manifest: string, tool: string): string | undefined {
  const script = manifest.split('\n').find((line) => line.includes(tool) && /DATABASE_URL=|-d\s|--database-url-var/.test(line));
  if (script === undefined) return undefined;
  return /(?:\s-d|--database-url-var)[\s=]+(\w+)/.exec(script)?.[1] ?? /DATABASE_URL=["'\\]*\$\{?(\w+)/.exec(script)?.[1];
}

function runner(tool: MigrationTool, name: string, config: string, text: string, url: RegExp, setup: Setup): MigrationRunner {
  const match = url.exec(text);
  const source = match?.[1]?.trim();
  const said = source === undefined ? config : `\`${source.slice(0, 60)}\` of ${config}`;
  const reach = source === undefined ? 'pooled' : reachOfSource(source, setup);
  return { tool, reach, evidence: [{ text: `run by ${name} with ${said}` }] };
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
