// `npm run bench` in packages/infra: what pg-backup and the common ways of backing PostgreSQL up to S3 take, on the same database in the same run, in
// turns. The S3 server speaks HTTPS, which pgBackRest insists on. Ratios carry over to other machines; seconds do not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackage } from '../../lab/src/servers/debian-packages.ts';
import { lentTo } from '../../lab/src/servers/server-account.ts';
import type { Environment } from '../tests/backup/support/bench.ts';
import { everythingArchived, openBenchWithPgBackRest } from '../tests/backup/support/pgbackrest.ts';

const rounds = Number(process.argv[2] ?? 3);
const rows = Number(process.argv[3] ?? 1_500_000);

interface Taken {
  readonly seconds: number;
  /** The sum of what the processes took at the same time, at its highest. */
  readonly megabytes: number;
}

const { bench, pgbackrest } = await openBenchWithPgBackRest();
try {
  // Before there is anything to archive: both take the same lock.
  await pgbackrest.run('--stanza=main', 'stanza-create');
  const database = await bench.newDatabase(
    'bench',
    `create table a as select i, md5(i::text) v, now() t, jsonb_build_object('n', i, 'name', 'customer ' || i, 'tags', array['a', 'b']) j from generate_series(1, ${rows}) i; alter table a add primary key (i)`,
  );
  const [size] = await bench.sql<{ bytes: string; text: string }>(
    database,
    `select pg_database_size('bench') as bytes, pg_size_pretty(pg_database_size('bench')) as text`,
  );
  const environment = await bench.newBucket('bench');
  const rclone = join(await debianPackage('rclone', 'bookworm'), 'usr/bin/rclone');
  const outside: Environment = {
    ...environment,
    ...(process.env.HOME !== undefined && { HOME: process.env.HOME }),
    RCLONE_CONFIG_B_TYPE: 's3',
    RCLONE_CONFIG_B_PROVIDER: 'Minio',
    RCLONE_CONFIG_B_ENDPOINT: bench.s3.endpoint,
    RCLONE_CONFIG_B_ACCESS_KEY_ID: bench.s3.accessKey,
    RCLONE_CONFIG_B_SECRET_ACCESS_KEY: bench.s3.secretKey,
    AWS_ACCESS_KEY_ID: bench.s3.accessKey,
    AWS_SECRET_ACCESS_KEY: bench.s3.secretKey,
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  const shell = (command: string) => () => measure(outside, 'bash', ['-o', 'pipefail', '-c', command]);
  const own = (...more: string[]) => {
    const settings = { ...environment, ...Object.fromEntries(more.map((setting) => setting.split('=') as [string, string])) };
    return () => measure(settings, process.execPath, [join(bench.folder.path, 'pg-backup.mjs'), 'backup', '--no-verify', database]);
  };
  const pgDump = join(environment.BACKUP_PG_BIN!, 'pg_dump');
  const aws = await measure(outside, 'aws', ['--version']).then(
    () => true,
    () => false,
  );
  const subjects: Record<string, () => Promise<Taken>> = {
    'pg_dump -Fc | rclone rcat': shell(
      `${pgDump} -Fc ${database} | ${rclone} --config '' --ca-cert ${bench.s3.caFile} rcat b:bench/peer/rclone`,
    ),
    ...(aws && {
      'pg_dump | gzip | aws s3 cp -': shell(
        `${pgDump} ${database} | gzip | aws --ca-bundle ${bench.s3.caFile} --endpoint-url ${bench.s3.endpoint} s3 cp - s3://bench/peer/aws`,
      ),
    }),
    'pg-backup': own(),
    'pg-backup, rows not counted': own('BACKUP_ROW_COUNTS=no'),
    'pg-backup, gzip:1': own('BACKUP_COMPRESSION=gzip:1'),
    'pg-backup, directory, 2 jobs': own('BACKUP_FORMAT=directory'),
    // The whole server, with the files as they are.
    'pgBackRest, full': () => {
      const { command, args } = pgbackrest.as('--stanza=main', '--type=full', 'backup');
      return measure(outside, command, args);
    },
  };
  await everythingArchived(bench);
  const taken = Object.fromEntries(Object.keys(subjects).map((name) => [name, [] as Taken[]]));
  for (let round = 0; round < rounds; round++) for (const [name, subject] of Object.entries(subjects)) taken[name]!.push(await subject());
  const seconds = (name: string) => median(taken[name]!.map((one) => one.seconds));
  const base = seconds('pg_dump -Fc | rclone rcat');
  console.log(
    `\n${bench.s3.product}, PostgreSQL ${bench.postgres.version}, a database of ${size!.text}; median of ${rounds} rounds${aws ? '' : '; no aws here'}:`,
  );
  for (const [name, all] of Object.entries(taken)) {
    const rate = Number(size!.bytes) / 1e6 / seconds(name);
    const peak = Math.max(...all.map(({ megabytes }) => megabytes));
    console.log(
      `${seconds(name).toFixed(1).padStart(7)} s ${(seconds(name) / base).toFixed(2).padStart(6)} x ${rate.toFixed(0).padStart(5)} MB/s ${peak.toFixed(0).padStart(5)} MB  ${name}`,
    );
  }
} finally {
  await bench.stop();
}

async function measure(environment: Environment, command: string, args: readonly string[]): Promise<Taken> {
  const lent = lentTo({ uid: process.getuid!(), gid: process.getgid!() }, { command, args }, 'KILL');
  const started = performance.now();
  const child = spawn(lent.command, lent.args, { env: { ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  let peak = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, residentOf(child.pid!));
  }, 100);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${said.join('').slice(-500)}`);
  return { seconds: (performance.now() - started) / 1000, megabytes: peak / 1e6 };
}

/** What a process and those that it started hold in memory, in bytes. */
function residentOf(root: number): number {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(fields[1]), bytes: Number(fields[21]) * 4096 }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
  const family = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of processes) {
      if (!family.has(parent) || family.has(pid)) continue;
      family.add(pid);
      grown = true;
    }
  }
  return processes.filter(({ pid }) => family.has(pid)).reduce((sum, { bytes }) => sum + bytes, 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
