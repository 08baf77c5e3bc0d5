import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench } from '../src/bench/bench.ts';
import { preparedNames } from '../src/bench/wire-trace.ts';
import { environment, standardEnvironments } from '../src/environments.ts';
import type { Lab } from '../src/lab.ts';
import { openLab } from '../src/lab.ts';
import { works } from '../src/proof/observation.ts';
import { proveHarness, runExperiment } from '../src/proof/run-experiment.ts';
import type { RunningEnvironment } from '../src/running-environment.ts';
import pg from 'pg';

let lab: Lab;
let transaction: RunningEnvironment;
let session: RunningEnvironment;

beforeAll(async () => {
  lab = await openLab();
  transaction = await lab.start(environment('1.24'));
  session = await lab.start(environment('session 1.24'));
}, 180_000);

afterAll(() => lab.close());

/** The same servers, said to be in another mode than they are: rotation is expected where it cannot happen, or the other way about. */
const mistaken = (running: RunningEnvironment, id: string): RunningEnvironment => ({ ...running, environment: environment(id) });

describe('a run that proves nothing is rejected', () => {
  const moving = { run: async (bench: Awaited<ReturnType<typeof openBench>>) => (await bench.move(await bench.pg()), works('moved')) };
  const sharing = {
    run: async (bench: Awaited<ReturnType<typeof openBench>>) => (await bench.share(await bench.pg(), await bench.pg()), works('shared')),
  };

  test('when the experiment brought about no change of server connection', async () => {
    await expect(runExperiment({ run: () => Promise.resolve(works('nothing')) }, transaction)).rejects.toThrow(
      'No change of server connection',
    );
  });

  test('unless it says why it needs none', async () => {
    await expect(
      runExperiment({ unmoved: 'it is about the harness', run: () => Promise.resolve(works('nothing')) }, transaction),
    ).resolves.toEqual(works('nothing'));
  });

  test('when the pooler does not rotate although it should', async () => {
    await expect(runExperiment(moving, mistaken(session, '1.24'))).rejects.toThrow('No stranger was given server connection');
    await expect(runExperiment(sharing, mistaken(session, '1.24'))).rejects.toThrow('they should share one');
  });

  test('when a control rotates', async () => {
    await expect(runExperiment(moving, mistaken(transaction, 'session 1.24'))).rejects.toThrow('which a control never does');
    await expect(runExperiment(sharing, mistaken(transaction, 'session 1.24'))).rejects.toThrow('a control never shares');
  });

  test('when the client is kept on its server connection by an open transaction', async () => {
    const run = async (bench: Awaited<ReturnType<typeof openBench>>) => {
      const client = await bench.pg();
      await client.query('begin');
      await bench.move(client);
      return works('moved');
    };
    await expect(runExperiment({ run }, transaction)).rejects.toThrow('is the client in an open transaction?');
  });

  test('when a mistake in the experiment throws', async () => {
    const run = async () => Promise.reject(new TypeError('no such method'));
    await expect(runExperiment({ run, unmoved: 'it fails at once' }, transaction)).rejects.toThrow('no such method');
  });
});

describe('the known-bad control', () => {
  test('tells a transaction pool from a control', async () => {
    await proveHarness(transaction);
    await proveHarness(session);
  });

  test('rejects an environment that is not what it says', async () => {
    await expect(proveHarness(mistaken(session, '1.24'))).rejects.toThrow();
    await expect(proveHarness(mistaken(transaction, 'session 1.24'))).rejects.toThrow();
  });
});

test('an error of the database is an outcome, with its SQLSTATE', async () => {
  const run = async (bench: Awaited<ReturnType<typeof openBench>>) => (await (await bench.pg()).query('select 1 / 0'), works(''));
  await expect(runExperiment({ run, unmoved: 'it is about the error' }, transaction)).resolves.toEqual({
    outcome: 'error',
    code: '22012',
    saw: 'division by zero',
  });
});

test('the wire trace shows what the driver sends and what it is answered', async () => {
  const bench = await openBench(transaction);
  try {
    const trace = await bench.trace();
    const client = new pg.Client(trace.url);
    await client.connect();
    await client.query({ name: 'answer', text: 'select 42' });
    await client.query('select 1 / 0').catch(() => undefined);
    await client.end();
    expect(trace.messages[0]).toBe('> StartupMessage user app database ' + new URL(trace.url).pathname.slice(1) + ' client_encoding UTF8');
    expect(preparedNames(trace.messages)).toEqual([{ name: 'answer', text: 'select 42' }]);
    expect(trace.messages).toContain('< CommandComplete SELECT 1');
    expect(trace.messages).toContain('< ErrorResponse 22012');
  } finally {
    await bench.close();
  }
});

describe('a program of PostgreSQL itself', () => {
  test('is kept waiting where it says, on a server connection that is known', async () => {
    const bench = await openBench(transaction);
    try {
      let taken = 0;
      const { code, output } = await bench.tool('pg_dump', {
        args: ['--schema-only'],
        stop: {
          before: /^> Query BEGIN/,
          meanwhile: async (server) => {
            await bench.displace(server);
            taken = server;
          },
        },
      });
      expect({ code, taken: taken > 0, moves: bench.moves }).toEqual({ code: 0, taken: true, moves: 1 });
      expect(output.toString('utf8')).toContain('PostgreSQL database dump complete');
    } finally {
      await bench.close();
    }
  });

  test('that never sent the message it was to be stopped at proves nothing', async () => {
    const bench = await openBench(transaction);
    try {
      const stop = { before: /^> Query NEVER/, meanwhile: () => undefined };
      await expect(bench.tool('pg_dump', { stop })).rejects.toThrow('pg_dump sent no message');
    } finally {
      await bench.close();
    }
  });
});

test('every version runs in transaction mode, in session mode, and there is a direct connection', async () => {
  const { pgbouncer } = await lab.versions();
  const modes = (mode: string) => standardEnvironments.filter((candidate) => candidate.mode === mode).map(({ version }) => version);
  expect(new Set(modes('transaction'))).toEqual(new Set(Object.keys(pgbouncer)));
  expect(new Set(modes('session'))).toEqual(new Set(Object.keys(pgbouncer)));
  expect(modes('direct')).toHaveLength(1);
});
