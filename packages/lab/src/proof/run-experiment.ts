import { type Bench, openBench } from '../bench/bench.ts';
import { Hang, within } from '../bench/hang.ts';
import { RejectedRun } from '../bench/rejected-run.ts';
import { settingOf } from '../bench/subject.ts';
import type { RunningEnvironment } from '../running-environment.ts';
import type { Observation } from './observation.ts';
import type { Experiment } from './proof.ts';

/** The part of an experiment that can be run. */
export type Runnable = Pick<Experiment, 'run' | 'unmoved'>;

/**
 * Runs an experiment once.
 *
 * @throws RejectedRun where the harness did not bring about what the experiment is about: its outcome would mean nothing
 */
export async function runExperiment(experiment: Runnable, running: RunningEnvironment): Promise<Observation> {
  const bench = await openBench(running);
  try {
    const observation = await withLimit(observe(experiment, bench));
    if (bench.moves === 0 && experiment.unmoved === undefined) {
      throw new RejectedRun('No change of server connection was brought about, and the experiment does not say that it needs none.');
    }
    return observation;
  } finally {
    await bench.close();
  }
}

/** Far more than any experiment needs: those that are about waiting set a limit of their own. */
const limit = 30_000;

async function withLimit(observation: Promise<Observation>): Promise<Observation> {
  try {
    return await within(limit, 'the experiment', observation);
  } catch (error) {
    if (error instanceof Hang)
      throw new RejectedRun(`The experiment did not end in ${limit / 1000} seconds, and does not say that it may hang.`);
    throw error;
  }
}

async function observe(experiment: Runnable, bench: Bench): Promise<Observation> {
  try {
    return await experiment.run(bench);
  } catch (error) {
    if (error instanceof Hang) return { outcome: 'hang', saw: error.message };
    const answer = databaseError(error);
    if (answer === undefined) throw error;
    return { outcome: 'error', code: answer.code, saw: steady(answer.message) };
  }
}

/** The error of the database or the driver behind what a query builder wrapped; undefined where it is none, such as a mistake in an experiment. */
function databaseError(error: unknown): { code: string; message: string } | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof RejectedRun) return undefined;
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && !code.startsWith('ERR_')) return { code, message: current.message };
    if (current.message === poolTimeout) return { code: 'pg-pool timeout', message: current.message };
  }
  return undefined;
}

/** What pg-pool says when `connectionTimeoutMillis` is over; it gives this error no code. */
const poolTimeout = 'timeout exceeded when trying to connect';

/** A message without what a driver or the lab drew by lot: statement names, ports. */
function steady(message: string): string {
  return message.replaceAll(/"[a-z0-9]{7,}\d"/g, '"…"').replaceAll(/127\.0\.0\.1:\d+/g, 'the pooler');
}

/**
 * Holds the harness itself against what is certain: a plain SET leaks behind a transaction pool, and nowhere else.
 *
 * @throws RejectedRun where it does not come out so: no outcome of this environment would mean anything
 */
export async function proveHarness(running: RunningEnvironment): Promise<void> {
  const bench = await openBench(running);
  try {
    const client = await bench.pg();
    const next = await bench.pg();
    await bench.share(client, next);
    await client.query("set work_mem = '7MB'");
    const leaked = (await settingOf(next, 'work_mem')) === '7MB';
    if (leaked !== (running.environment.mode === 'transaction')) {
      throw new RejectedRun(
        `In ${running.environment.id} a plain SET is ${leaked ? '' : 'not '}leaked: the harness does not do what it says.`,
      );
    }
  } finally {
    await bench.close();
  }
}
