import { join, posix } from 'node:path';
import { type Evidence, reachOfSource, type Setup } from '@pgbouncer-audit/core';
import { existsSync, readdirSync, readFileSync } from '../files/view.ts';

/** Who runs a migration, and whether through the pooler. */
export interface MigrationRunner {
  readonly reach: 'pooled' | 'direct' | 'unknown';
  readonly evidence: readonly Evidence[];
}

/**
 * How the `.sql` file of a migration is run, by the layout of its folder: Drizzle's (`meta/_journal.json`) or Prisma's (`migration_lock.toml`).
 *
 * @param root absolute
 * @param file relative to it, with slashes
 * @returns `undefined` for SQL that is no migration of these for PostgreSQL: who runs it, and over which connection, cannot be seen
 */
export function migrationRunner(root: string, file: string, setup: Setup): MigrationRunner | undefined {
  const folder = posix.dirname(file);
  return drizzleRunner(root, folder, setup) ?? prismaRunner(root, posix.dirname(folder), setup);
}

function drizzleRunner(root: string, folder: string, setup: Setup): MigrationRunner | undefined {
  const journal = textOf(join(root, folder, 'meta', '_journal.json'));
  if (journal === undefined || !/"dialect"\s*:\s*"(?:postgresql|pg)"/.test(journal)) return undefined;
  for (const above of foldersAbove(folder)) {
    const name = namesIn(join(root, above)).find((each) =>
      /^drizzle(?:[.-][\w-]+)*\.config\.(?:[cm]?[jt]s|json)$|^drizzle\.config\.\w+$/.test(each),
    );
    if (name === undefined) continue;
    const config = posix.join(above, name);
    return runner('drizzle-kit', config, textOf(join(root, config)) ?? '', /\b(?:url|connectionString)\s*:\s*(.+)/, setup);
  }
  return { reach: 'pooled', evidence: [{ text: 'run by Drizzle' }] };
}

function prismaRunner(root: string, migrations: string, setup: Setup): MigrationRunner | undefined {
  const lock = textOf(join(root, migrations, 'migration_lock.toml'));
  if (lock === undefined || !/provider\s*=\s*"(?:postgresql|cockroachdb)"/.test(lock)) return undefined;
  const home = posix.dirname(migrations);
  for (const folder of [home, posix.join(home, 'schema')]) {
    for (const name of namesIn(join(root, folder)).filter((each) => each.endsWith('.prisma'))) {
      const schema = posix.join(folder, name);
      const text = textOf(join(root, schema)) ?? '';
      if (!/\bdatasource\b/.test(text)) continue;
      // Prisma Migrate uses directUrl where there is one.
      if (/^\s*directUrl\s*=/m.test(text))
        return { reach: 'direct', evidence: [{ text: `run by Prisma Migrate with the directUrl of ${schema}` }] };
      return runner('Prisma Migrate', schema, text, /^\s*url\s*=\s*(.+)$/m, setup);
    }
  }
  return { reach: 'pooled', evidence: [{ text: 'run by Prisma Migrate' }] };
}

function runner(tool: string, config: string, text: string, url: RegExp, setup: Setup): MigrationRunner {
  const match = url.exec(text);
  const source = match?.[1]?.trim();
  const said = source === undefined ? config : `\`${source.slice(0, 60)}\` of ${config}`;
  return { reach: source === undefined ? 'pooled' : reachOfSource(source, setup), evidence: [{ text: `run by ${tool} with ${said}` }] };
}

/** A folder and those above it, up to the root of the repository, nearest first. */
function foldersAbove(folder: string): string[] {
  const parts = folder.split('/');
  return [...parts.map((_, index) => parts.slice(0, parts.length - index).join('/')), '.'];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
