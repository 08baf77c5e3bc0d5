import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';
import { debianPostgres, isInstalled } from '../../../lab/src/servers/postgresql.ts';
import { type Program, unpackedProgram } from '../../../lab/src/servers/unpacked-program.ts';
import type { Pooler, Stack } from './servers.ts';

/** What happened to the transactions of a load while something was done to the stack. */
export interface Losses {
  /** The client was told that they committed. */
  readonly committed: number;
  /** They failed before `COMMIT` was sent: the client knows that nothing is stored. */
  readonly failed: number;
  /** They failed after `COMMIT` was sent: the client cannot know. */
  readonly unknown: number;
  /** Of the unknown ones, those that are stored. */
  readonly unknownStored: number;
  /** The client was told that they committed, and they are not stored. */
  readonly lost: number;
  /** Attempts to connect that failed. */
  readonly refused: number;
  /** Between two commits, whoever the client, in milliseconds. */
  readonly longestPause: number;
}

const clients = 8;
/** Commits before and after the fault. */
const enough = 150;

/**
 * Sends transactions through PgBouncer, does something to the stack in the middle, and counts.
 *
 * @param fault what is done; the load goes on meanwhile, and until it has committed as often again
 */
export async function countLosses(stack: Stack, pooler: Pooler, fault: () => Promise<unknown>): Promise<Losses> {
  const owner = await stack.postgres.connect('app');
  await owner.query('drop table if exists ledger; create table ledger (entry text primary key); grant insert on ledger to orders');
  await owner.end();

  const committed: string[] = [];
  const unknown: string[] = [];
  let [failed, refused, longestPause, lastCommit, stopped] = [0, 0, 0, performance.now(), false];

  const work = async (number: number) => {
    let client: pg.Client | undefined;
    for (let count = 0; !stopped; count++) {
      const entry = `${number}-${count}`;
      if (!client) {
        client = pooler.client('orders', 'orders-1');
        try {
          await client.connect();
        } catch {
          refused++;
          client = undefined;
          await sleep(50);
          continue;
        }
      }
      let sent = false;
      try {
        await client.query('begin');
        await client.query('insert into ledger values ($1)', [entry]);
        sent = true;
        const { command } = await client.query('commit');
        // A COMMIT of a transaction that had failed is answered with ROLLBACK.
        if (command !== 'COMMIT') throw new Error(command);
        committed.push(entry);
        longestPause = Math.max(longestPause, performance.now() - lastCommit);
        lastCommit = performance.now();
      } catch {
        if (sent) unknown.push(entry);
        else failed++;
        void client.end().catch(() => undefined);
        client = undefined;
      }
    }
    await client?.end().catch(() => undefined);
  };
  const workers = Array.from({ length: clients }, (_, number) => work(number));
  const commits = async (count: number) => {
    for (const goal = committed.length + count; committed.length < goal;) await sleep(10);
  };
  await commits(enough);
  await fault();
  await commits(enough);
  stopped = true;
  await Promise.all(workers);

  const reader = await stack.postgres.connect('app');
  const { rows } = await reader.query<{ entry: string }>('select entry from ledger');
  await reader.end();
  const stored = new Set(rows.map(({ entry }) => entry));
  return {
    committed: committed.length,
    failed,
    unknown: unknown.length,
    unknownStored: unknown.filter((entry) => stored.has(entry)).length,
    lost: committed.filter((entry) => !stored.has(entry)).length,
    refused,
    longestPause: Math.round(longestPause),
  };
}

/** What pgbench says of its own clients, which do not connect again. */
export interface BenchLosses {
  readonly processed: number;
  readonly failed: number;
  readonly abortedClients: number;
}

/** Runs pgbench for four seconds through PgBouncer, and does something to the stack in the middle. */
export async function countBenchLosses(stack: Stack, pooler: Pooler, fault: () => Promise<unknown>): Promise<BenchLosses> {
  const { command, args } = await pgbench();
  const script = await stack.folder.file(`pgbench-${pooler.port}.sql`, 'begin;\nselect 1;\nselect 2;\ncommit;\n');
  const options = [
    '--no-vacuum',
    '--client=4',
    '--time=4',
    `--file=${script}`,
    '--host=127.0.0.1',
    `--port=${pooler.port}`,
    '--username=orders',
    'app',
  ];
  const child = spawn(command, [...args, ...options], { env: { PGPASSWORD: 'orders-1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const ended = once(child, 'close');
  await sleep(1500);
  await fault();
  await ended;
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? NaN);
  return {
    processed: number(/transactions actually processed: (\d+)/),
    failed: number(/failed transactions: (\d+)/),
    abortedClients: text.match(/client \d+ aborted/g)?.length ?? 0,
  };
}

async function pgbench(): Promise<Program> {
  const path = join(debianPostgres.programs, 'pgbench');
  if (isInstalled(debianPostgres)) return { command: join('/', path), args: [] };
  return unpackedProgram(await debianPackage(debianPostgres.package, debianPostgres.suite), path);
}

/** What is done to a stack under load, by what it is called; each ends with the PgBouncer that runs then. */
export const faults: Readonly<Record<string, (stack: Stack, pooler: Pooler) => Promise<Pooler>>> = {
  nothing: (_, pooler) => Promise.resolve(pooler),
  'PgBouncer is reloaded five times': async (_, pooler) => {
    for (let count = 0; count < 5; count++) {
      pooler.edit({ query_wait_timeout: 10 + count });
      pooler.signal('SIGHUP');
      await sleep(50);
    }
    return pooler;
  },
  'PgBouncer is stopped (SIGINT) and started': async (stack, pooler) => {
    pooler.signal('SIGINT');
    while (pooler.isRunning()) await sleep(10);
    return stack.startPooler({ listen_port: pooler.port });
  },
  'PgBouncer is killed and started': async (stack, pooler) => {
    await pooler.stop();
    return stack.startPooler({ listen_port: pooler.port });
  },
  'a server connection is killed': async (stack, pooler) => {
    const superuser = await stack.postgres.connect('app');
    await superuser.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'orders' limit 1");
    await superuser.end();
    return pooler;
  },
  'PostgreSQL crashes and is started': async (stack, pooler) => {
    await stack.postgres.stop();
    await stack.postgres.start();
    return pooler;
  },
};
