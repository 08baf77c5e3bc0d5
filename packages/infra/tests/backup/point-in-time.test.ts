import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bench } from './support/bench.ts';
import { everythingArchived, openBenchWithPgBackRest, type PgBackRest } from './support/pgbackrest.ts';
import './support/patience.ts';

// The step beyond dumps, as docs/backup.md has it: its configuration and its commands, one after the other.

let bench: Bench;
let pgbackrest: PgBackRest;
let page: string;

beforeAll(async () => {
  ({ bench, pgbackrest, page } = await openBenchWithPgBackRest());
}, 300_000);
afterAll(() => bench?.stop());

describe('pgBackRest, as docs/backup.md has it', () => {
  it('brings a dropped table back, with the rows that were added since the full backup', async () => {
    const block = /```sh\n(pgbackrest --stanza=main stanza-create.*?)```/s.exec(page)![1]!;
    const commands = block
      .split('\n')
      .filter((line) => line.startsWith('pgbackrest '))
      .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!).slice(1));
    const restore = commands.pop()!;
    expect(commands).toHaveLength(4);
    expect(restore).toContain('--type=time');

    const database = await bench.newDatabase('physical');
    for (const command of commands) await pgbackrest.run(...command);
    await bench.sql(database, `insert into t select i, 'later' from generate_series(2001, 2100) i`);
    const all = 'select count(*)::int, md5(string_agg(t::text, null order by id)) from t';
    const before = await bench.sql(database, all);
    const [moment] = await bench.sql<{ time: string }>(database, `select pg_sleep(1.1), clock_timestamp()::text as time`);
    await bench.sql(database, 'select pg_sleep(1.1)');
    await bench.sql(database, 'drop table t');
    await everythingArchived(bench);

    await bench.postgres.stop();
    await pgbackrest.run(...restore.map((argument) => (argument.startsWith('--target=') ? `--target=${moment!.time}` : argument)));
    await bench.postgres.start();
    await expect
      .poll(async () => (await bench.sql<{ on: boolean }>('postgres', 'select pg_is_in_recovery() as on'))[0]!.on, { timeout: 60_000 })
      .toBe(false);
    expect(await bench.sql(database, all)).toEqual(before);
    expect(before).toMatchObject([{ count: 1100 }]);
  }, 240_000);
});
