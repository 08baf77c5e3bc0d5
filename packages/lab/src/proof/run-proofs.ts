import pLimit from 'p-limit';
import { RejectedRun } from '../bench/rejected-run.ts';
import { type Environment, specialEnvironments, standardEnvironments } from '../environments.ts';
import type { Lab } from '../lab.ts';
import type { Observation } from './observation.ts';
import type { Experiment, Proof } from './proof.ts';
import { proveHarness, runExperiment } from './run-experiment.ts';

/** An experiment, the hazard that it belongs to, and what was seen in each environment by id. */
export interface Outcome extends Pick<Experiment, 'shows' | 'driver' | 'variant'> {
  readonly hazard: string;
  readonly observed: Readonly<Record<string, Observation>>;
}

/**
 * Runs every experiment of the proofs in every environment that it is for.
 *
 * @param concurrently how many environments are up at a time
 * @throws RejectedRun where the harness did not bring about what an experiment is about
 */
export async function runProofs(lab: Lab, proofs: readonly Proof[], concurrently = 3): Promise<Outcome[]> {
  const planned = proofs.flatMap(({ hazard, experiments }) =>
    experiments.map((experiment) => ({ hazard, experiment, observed: new Map<string, Observation>() })),
  );
  const limit = pLimit(concurrently);
  await Promise.all(
    [...standardEnvironments, ...specialEnvironments].map((environment) =>
      limit(async () => {
        const due = planned.filter(({ experiment }) => runsIn(experiment, environment));
        if (due.length === 0) return;
        const running = await lab.start(environment);
        await proveHarness(running);
        for (const { hazard, experiment, observed } of due) {
          const observation = await runExperiment(experiment, running).catch((error: unknown) => {
            if (!(error instanceof RejectedRun)) throw error;
            throw new RejectedRun(`${hazard}, "${experiment.shows}" with ${experiment.driver} in ${environment.id}: ${error.message}`);
          });
          observed.set(environment.id, observation);
        }
        await running.stop();
      }),
    ),
  );
  return planned.map(({ hazard, experiment: { shows, driver, variant }, observed }) => ({
    hazard,
    shows,
    driver,
    variant,
    // In the order of the tables of environments, whatever finished first.
    observed: Object.fromEntries(
      [...standardEnvironments, ...specialEnvironments].flatMap(({ id }) => {
        const observation = observed.get(id);
        return observation ? [[id, observation]] : [];
      }),
    ),
  }));
}

/** Whether an experiment is run in an environment. */
export function runsIn({ also = [], only }: Pick<Experiment, 'also' | 'only'>, environment: Environment): boolean {
  return only ? only.includes(environment.id) : standardEnvironments.includes(environment) || also.includes(environment.id);
}
