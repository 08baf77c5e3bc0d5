import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { debianPackage } from '../../../../lab/src/servers/debian-packages.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { lentTo } from '../../../../lab/src/servers/server-account.ts';
import { type Program, unpackedProgram } from '../../../../lab/src/servers/unpacked-program.ts';
import { certificateFiles } from '../../support/monitoring/exporters.ts';
import { type Bench, openBench } from './bench.ts';
import { startS3 } from './s3.ts';

const run = promisify(execFile);

/** pgBackRest as Debian packages it, run as the servers' account. */
export interface PgBackRest {
  /** A script that PostgreSQL can call by its path. */
  readonly path: string;
  /** The program as that account. */
  as(...args: readonly string[]): Program;
  run(...args: readonly string[]): Promise<string>;
  /** Reads its configuration from this text from now on. */
  configure(text: string): Promise<void>;
}

/** The script that runs it. */
const pathOf = (folder: RunFolder) => join(folder.path, 'pgbackrest-here');

/** @param passfile with the password of the superuser, who connects by the socket */
async function unpackPgBackRest(folder: RunFolder, passfile: string): Promise<PgBackRest> {
  const root = await folder.folder('pgbackrest', await debianPackage('pgbackrest', 'bookworm'));
  const { command, args } = await unpackedProgram(root, 'usr/bin/pgbackrest');
  const configuration = join(folder.path, 'pgbackrest.conf');
  const path = pathOf(folder);
  // It starts itself again by the name that it was called by.
  const script = `#!/bin/sh\nexport PGBACKREST_CONFIG=${configuration} PGPASSFILE=${passfile}\nexec ${command} --argv0 "$0" ${args.join(' ')} "$@"\n`;
  await writeFile(path, script, { mode: 0o755 });
  const as = (...more: readonly string[]) => lentTo(folder.account, { command: path, args: more }, 'KILL');
  return {
    path,
    as,
    async run(...more) {
      const { command: program, args: all } = as(...more);
      const { stdout } = await run(program, all, { maxBuffer: 16 * 1024 * 1024 });
      return stdout;
    },
    async configure(text) {
      await folder.file('pgbackrest.conf', text);
    },
  };
}

/**
 * A configuration as docs/backup.md has it, with the values of this run in the place of those that are meant to be replaced.
 *
 * @param page the text of docs/backup.md
 * @throws where the page lacks a setting, so that what was tried is what is written
 */
function documentedConfiguration(page: string, values: Readonly<Record<string, string>>): string {
  const block = /```ini\n# \/etc\/pgbackrest\/pgbackrest\.conf[^\n]*\n(.*?)```/s.exec(page)?.[1];
  if (block === undefined) throw new Error('docs/backup.md has no pgbackrest.conf');
  const lines = Object.entries(values).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`The pgbackrest.conf of docs/backup.md has no ${name}`);
    return text.replace(line, () => `${name}=${value}`);
  }, block);
  if (lines.includes('…')) throw new Error(`Not every placeholder was replaced: ${lines}`);
  return lines;
}

/** PostgreSQL that archives with pgBackRest to an S3 server with HTTPS, all as docs/backup.md has it but for names and paths. */
export async function openBenchWithPgBackRest(): Promise<{ bench: Bench; pgbackrest: PgBackRest; page: string }> {
  const page = await readFile(new URL('../../../../../docs/backup.md', import.meta.url), 'utf8');
  const documented = documentedPostgresSettings(page);
  const bench = await openBench({
    startS3: async (folder) => {
      const tls = await certificateFiles(folder, 'tls', new Date(Date.now() - 3_600_000), new Date(Date.now() + 86_400_000));
      return startS3(folder, tls);
    },
    settings: (folder) => ({
      ...documented,
      archive_command: documented.archive_command!.replace(/^pgbackrest/, pathOf(folder)),
      full_page_writes: 'on',
      unix_socket_directories: folder.path,
    }),
  });
  const { folder, s3, postgres } = bench;
  const pgbackrest = await unpackPgBackRest(folder, await bench.secretFile('pgbackrest', `*:*:*:postgres:${postgres.password}\n`));
  await bench.client.send(new CreateBucketCommand({ Bucket: 'physical' }));
  const configuration = documentedConfiguration(page, {
    'repo1-s3-endpoint': s3.endpoint,
    'repo1-s3-bucket': 'physical',
    'repo1-s3-key': s3.accessKey,
    'repo1-s3-key-secret': s3.secretKey,
    'repo1-storage-ca-file': s3.caFile!,
    'repo1-cipher-pass': 'of-this-run-alone',
    'spool-path': await folder.folder('pgbackrest-spool'),
    'pg1-path': join(folder.path, 'postgresql'),
  });
  const here = [`lock-path=${folder.path}/pgbackrest-lock`, `log-path=${folder.path}`, 'log-level-console=warn'].join('\n');
  const reached = [`pg1-port=${postgres.port}`, `pg1-socket-path=${folder.path}`, 'pg1-user=postgres'].join('\n');
  await pgbackrest.configure(`${configuration.replace('[global]', `[global]\n${here}`)}\n${reached}\n`);
  return { bench, pgbackrest, page };
}

/** Resolves when the archive has all that was written until now: what it does not have cannot be replayed. */
export async function everythingArchived(bench: Bench): Promise<void> {
  const [last] = await bench.sql<{ file: string }>('postgres', 'select pg_walfile_name(pg_switch_wal()) as file');
  for (let archived = ''; archived < last!.file; await sleep(200)) {
    const [row] = await bench.sql<{ file: string | null }>('postgres', 'select last_archived_wal as file from pg_stat_archiver');
    archived = row!.file ?? '';
  }
}

function documentedPostgresSettings(page: string): Readonly<Record<string, string>> {
  const block = /```ini\n# postgresql\.conf\n(.*?)```/s.exec(page)?.[1];
  if (block === undefined) throw new Error('docs/backup.md has no settings for postgresql.conf');
  return Object.fromEntries([...block.matchAll(/^(\w+) = '?(.*?)'?$/gm)].map(([, name, value]) => [name!, value!]));
}
