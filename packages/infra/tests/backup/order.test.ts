import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../lab/src/servers/free-port.ts';
import { backupFolder, manifestFile, timeOf } from '../../backup/src/storage/layout.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import './support/patience.ts';

let bench: Bench;
let database: string;

beforeAll(async () => {
  bench = await openBench();
  database = await bench.newDatabase('ordered');
}, 240_000);
afterAll(() => bench?.stop());

const names = async (environment: Environment): Promise<string[]> =>
  (await bench.run(environment, 'list', '--database', database)).stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[1]!);

/** A manifest in the bucket whose name was given so many seconds from now, with the last of all names of that second. */
async function nameFromTheFuture({ BACKUP_S3_BUCKET }: Environment, seconds: number): Promise<string> {
  const time = new Date(Date.now() + seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${time}-ffffffff`;
  const Key = `${backupFolder('main', database, name)}${manifestFile}`;
  await bench.client.send(new PutObjectCommand({ Bucket: BACKUP_S3_BUCKET, Key, Body: '{}' }));
  return name;
}

const oneAfter = (name: string) => new Date(timeOf(name)!.getTime() + 1000);

describe('the names of backups', () => {
  it('tell their order where several are made in one second', async () => {
    const environment = await bench.newBucket();
    const taken = await nameFromTheFuture(environment, 5);
    const made: string[] = [];
    for (let count = 0; count < 4; count++) {
      const { stdout, stderr, code } = await bench.run(environment, 'backup', '--no-verify', database);
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/WARNING/) });
      made.push(stdout.trim());
    }
    expect(timeOf(made[0]!)).toEqual(oneAfter(taken));
    expect([taken, ...made]).toEqual([taken, ...made].sort());
    expect(new Set(made.map((name) => name.slice(0, 16))).size, 'seconds').toBe(made.length);
    expect(await names(environment)).toEqual([taken, ...made]);
  });

  it('tell it where the clock of the S3 server was set back by a day, which is told as well', async () => {
    const environment = await bench.newBucket();
    const taken = await nameFromTheFuture(environment, 86_400);
    const { stdout, stderr, code } = await bench.run(environment, 'backup', database);
    expect(code).toBe(0);
    expect(timeOf(stdout.trim())).toEqual(oneAfter(taken));
    expect(stderr).toMatch(/is named after a time to come.*the clock of the S3 server was wrong then, or is now/);
    const restored = await bench.run(environment, 'restore', '--dry-run', '--database', database, '--into', 'x');
    expect(restored.stdout).toMatch(`Would restore ${stdout.trim()} `);
  });

  it('tell it where one run began first and got the lock last', async () => {
    const environment = await bench.newBucket();
    const held = await heldConnections(bench.postgres.port);
    const first = await bench.start({ ...environment, PGPORT: String(held.port) }, 'backup', '--no-verify', database);
    await held.arrived;
    const second = await bench.run(environment, 'backup', '--no-verify', database);
    expect(second).toMatchObject({ code: 0 });
    held.release();
    const late = await first.ended;
    expect(late).toMatchObject({ code: 0 });
    expect(await names(environment)).toEqual([second.stdout.trim(), late.stdout.trim()]);
    await held.stop();
  });

  it('of other databases and of what is no backup decide nothing', async () => {
    const environment = await bench.newBucket();
    const other = backupFolder('main', 'ordered_not', '20990101T000000Z-ffffffff');
    const strange = backupFolder('main', database, '20990101T000000Z-ffffffff').replace('2099/01/01', '2099/01/02');
    for (const Key of [`${other}${manifestFile}`, `${strange}${manifestFile}`, `main/${database}/2099/readme.txt`])
      await bench.client.send(new PutObjectCommand({ Bucket: environment.BACKUP_S3_BUCKET, Key, Body: 'x' }));
    const { stdout } = await bench.run(environment, 'backup', '--no-verify', database);
    expect(Math.abs(timeOf(stdout.trim())!.getTime() - Date.now())).toBeLessThan(120_000);
  });
});

/** Stands before PostgreSQL, and hands connections on when it is told to. */
async function heldConnections(target: number) {
  let release = () => {};
  let arrive = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    sockets.push(client.on('error', () => undefined));
    arrive();
    void released.then(() => {
      const onward = connect(target, '127.0.0.1').on('error', () => undefined);
      sockets.push(onward);
      client.pipe(onward).pipe(client);
    });
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    arrived,
    release,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
