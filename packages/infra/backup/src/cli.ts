import { Command, InvalidArgumentError, Option } from 'commander';
import type { App } from './app.ts';
import { makeBackup, programVersion } from './backup.ts';
import { drill } from './drill.ts';
import { bytesText, counted, durationText } from './format.ts';
import { exitCodes, Problem, problemOf } from './problem.ts';
import { restoreBackup } from './restore.ts';
import { prune } from './retention.ts';
import { serve } from './serve.ts';
import { variables } from './settings.ts';
import { type Backup, catalogue, chooseBackup, databasesIn, openBackup, type Wanted } from './storage/catalogue.ts';
import { verifyBackup } from './verify.ts';

/** What the commands need of the process. */
export interface Host {
  /** Reads the settings; called by a command only, so that `--help` needs none. */
  openApp(): App;
  print(line: string): void;
}

interface ChoiceOptions {
  readonly database?: string;
  readonly at?: Date;
}

/** The command line. Its actions throw {@link Problem}. */
export function commandLine(host: Host): Command {
  const program = new Command('pg-backup')
    .description('Backups of PostgreSQL in S3, made directly, verified by reading them, proven by restoring them.')
    .version(programVersion)
    .helpCommand(false)
    .showHelpAfterError('(--help tells what there is)')
    .addHelpText('after', `\n${settingsHelp()}\n\n${exitHelp()}`);
  const dryRun = new Option('--dry-run', 'say what would be done, and do nothing');
  const databaseOption = new Option('--database <name>', 'the database; not needed where BACKUP_DATABASES names one');

  program
    .command('backup')
    .description('back databases up: those named, else those of BACKUP_DATABASES; each is read back afterwards')
    .argument('[databases...]', 'their names')
    .option('--no-verify', 'do not read the backup back')
    .option('--prune', 'remove old backups afterwards; where that fails the backup is a success all the same')
    .addOption(dryRun)
    .action(async (names: string[], options: { verify: boolean; prune?: boolean; dryRun?: boolean }) => {
      const app = host.openApp();
      await forEach(databasesFor(app, names), async (database) => {
        if (options.dryRun) {
          const { folder, server, databaseBytes, dump } = await makeBackup(app, database, true);
          host.print(
            `Would back up ${database} (PostgreSQL ${server}, ${bytesText(databaseBytes)}; ${dump}) to a folder such as ${folder}`,
          );
          return;
        }
        const { name } = await makeBackup(app, database);
        if (options.verify) await verifyBackup(app, await open(app, database, { kind: 'name', name }));
        if (options.prune)
          await prune(app, database, false).catch((error: unknown) => app.log.warn(`Old backups stay: ${problemOf(error).message}`));
        host.print(name);
      });
    });

  program
    .command('verify')
    .description('read a backup back: sums of every byte, and the whole dump through pg_restore')
    .argument('[backup]', 'its name, or latest', 'latest')
    .addOption(databaseOption)
    .option('--all', 'every backup of the database, the newest first')
    .action(async (name: string, options: ChoiceOptions & { all?: boolean }) => {
      const app = host.openApp();
      const database = databaseFor(app, options);
      if (!options.all) {
        await verifyBackup(app, await open(app, database, wanted(name, options)));
        return;
      }
      const entries = (await catalogue(app.bucket('read'), app.settings.prefix, database)).filter(({ manifest }) => manifest).reverse();
      if (entries.length === 0) chooseBackup(entries, { kind: 'latest' }, database);
      await forEach(
        entries,
        async (entry) => void (await verifyBackup(app, await openBackup(app.bucket('read'), app.settings.prefix, database, entry))),
      );
    });

  program
    .command('drill')
    .description('restore a backup into a throw-away PostgreSQL, compare it with what was backed up, and time it')
    .argument('[backup]', 'its name, or latest', 'latest')
    .addOption(databaseOption)
    .action(async (name: string, options: ChoiceOptions) => {
      const app = host.openApp();
      const report = await drill(app, await open(app, databaseFor(app, options), wanted(name, options)));
      host.print(JSON.stringify(report));
    });

  program
    .command('restore')
    .description('restore a backup into a new database; it gets its name when it is complete')
    .argument('[backup]', 'its name, or latest', 'latest')
    .addOption(databaseOption)
    .option('--at <time>', 'the newest backup from before this time, such as 2026-11-24T03:00:00Z', time)
    .option('--into <name>', 'the name of the new database; default: that of the old one')
    .option('--overwrite', 'replace a database of that name, when the new one is complete; only together with --yes-really')
    .option('--yes-really', 'the second word that --overwrite needs')
    .option('--no-roles', 'make no roles; everything belongs to the role that restores')
    .addOption(dryRun)
    .action(
      async (
        name: string,
        options: ChoiceOptions & { into?: string; overwrite?: boolean; yesReally?: boolean; roles: boolean; dryRun?: boolean },
      ) => {
        if (Boolean(options.overwrite) !== Boolean(options.yesReally)) {
          throw new Problem('usage', 'To replace a database give both --overwrite and --yes-really.');
        }
        const app = host.openApp();
        const database = databaseFor(app, options);
        const into = options.into ?? database;
        const backup = await open(app, database, wanted(name, options));
        const replace = options.overwrite === true;
        const plan = await restoreBackup(app, backup, { into, replace, roles: options.roles, dryRun: options.dryRun === true });
        if (!options.dryRun) return;
        const roles = plan.newRoles.length > 0 ? `, after making the roles ${plan.newRoles.join(', ')}` : '';
        host.print(`Would restore ${plan.backup} as ${plan.into}${plan.replaces ? ', replacing the database of that name' : ''}${roles}`);
      },
    );

  program
    .command('list')
    .description('the backups that there are')
    .addOption(new Option('--database <name>', 'of one database only'))
    .option('--json', 'one JSON object for each')
    .action(async (options: ChoiceOptions & { json?: boolean }) => {
      const app = host.openApp();
      const { prefix } = app.settings;
      const bucket = app.bucket('read');
      const databases = options.database === undefined ? await databasesIn(bucket, prefix) : [options.database];
      const now = await bucket.time();
      for (const database of databases) {
        for (const { name, time: at, bytes, check, drilled, manifest } of await catalogue(bucket, prefix, database)) {
          if (options.json) {
            host.print(JSON.stringify({ database, name, time: at.toISOString(), bytes, complete: manifest !== undefined, check, drilled }));
          } else {
            const age = durationText((now.getTime() - at.getTime()) / 1000);
            const state = manifest ? `${check}${drilled ? ', drilled' : ''}` : 'incomplete: not a backup';
            host.print([database, name, `${age} old`, bytesText(bytes), state].join('\t'));
          }
        }
      }
    });

  program
    .command('prune')
    .description('remove backups that are older than BACKUP_KEEP_DAYS, and what dead runs left; the newest good ones stay')
    .addOption(new Option('--database <name>', 'of one database only'))
    .addOption(dryRun)
    .action(async (options: ChoiceOptions & { dryRun?: boolean }) => {
      const app = host.openApp();
      await forEach(databasesFor(app, options.database === undefined ? [] : [options.database]), async (database) => {
        const { removed, kept, leftovers } = await prune(app, database, options.dryRun === true);
        const verb = options.dryRun ? 'would be removed' : 'removed';
        host.print(`${database}: ${counted(removed.length, 'backup')} ${verb}, ${kept} kept, ${counted(leftovers, 'leftover')} ${verb}`);
      });
    });

  program
    .command('serve')
    .description('stay: make backups and drills on schedule, remove old ones, answer /metrics and /healthz')
    .action(() => serve(host.openApp()));

  return program;
}

/** Does something for each; where it fails for one the others have their turn, and the worst problem is told at the end. */
async function forEach<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const problems: Problem[] = [];
  for (const item of items) {
    try {
      await action(item);
    } catch (error) {
      const problem = problemOf(error);
      if (items.length === 1 || problem.outcome === 'interrupted') throw error;
      problems.push(problem);
    }
  }
  if (problems.length === 0) return;
  const worst = problems.sort((a, b) => exitCodes[b.outcome].code - exitCodes[a.outcome].code)[0]!;
  throw new Problem(worst.outcome, problems.map(({ message }) => message).join('\n'));
}

async function open(app: App, database: string, choice: Wanted): Promise<Backup> {
  const bucket = app.bucket('read');
  const entries = await catalogue(bucket, app.settings.prefix, database);
  return openBackup(bucket, app.settings.prefix, database, chooseBackup(entries, choice, database));
}

function wanted(name: string, { at }: ChoiceOptions): Wanted {
  if (name !== 'latest' && at) throw new Problem('usage', 'Give the name of a backup, or a time, and not both.');
  return name !== 'latest' ? { kind: 'name', name } : at ? { kind: 'before', time: at } : { kind: 'latest' };
}

function databasesFor(app: App, named: readonly string[]): readonly string[] {
  const databases = named.length > 0 ? named : app.settings.databases;
  if (databases.length > 0) return databases;
  throw new Problem('usage', 'No database is named: give its name, or set BACKUP_DATABASES.');
}

function databaseFor(app: App, { database }: ChoiceOptions): string {
  if (database !== undefined) return database;
  const { databases } = app.settings;
  if (databases.length === 1) return databases[0]!;
  throw new Problem('usage', `Name the database with --database${databases.length > 0 ? `: one of ${databases.join(', ')}` : ''}.`);
}

function time(text: string): Date {
  const parsed = new Date(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(parsed.getTime()))
    throw new InvalidArgumentError('Give a time such as 2026-11-24T03:00:00Z.');
  return parsed;
}

function settingsHelp(): string {
  const rows = Object.values(variables).map(({ name, about, default: fallback }) => {
    const value = fallback === undefined ? 'required' : fallback === '' ? '' : `default: ${fallback}`;
    return `  ${name.padEnd(34)} ${about}${value ? ` (${value})` : ''}`;
  });
  return [
    'Settings are variables of the environment:',
    ...rows,
    '  PGHOST, PGPORT, PGUSER, PGPASSFILE, PGSSLMODE, PGSSLROOTCERT: PostgreSQL itself, never a pooler; as for its own programs.',
    'Secrets are read from files only.',
  ].join('\n');
}

function exitHelp(): string {
  return ['Exit codes:', ...Object.values(exitCodes).map(({ code, meaning }) => `  ${code}  ${meaning}`)].join('\n');
}
