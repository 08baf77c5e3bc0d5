import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { specialEnvironments, standardEnvironments } from '../environments.ts';
import type { Lab } from '../lab.ts';
import type { Observation } from '../proof/observation.ts';
import type { Outcome } from '../proof/run-proofs.ts';
import { formatted } from './formatted.ts';

/** What the last complete run saw; committed as `results.json`. */
export interface Results {
  /** Exact versions that ran: a record, not a promise. */
  readonly versions: {
    readonly postgresql: readonly string[];
    readonly pgbouncer: Readonly<Record<string, string>>;
    readonly drivers: Readonly<Record<string, string>>;
  };
  readonly outcomes: readonly Outcome[];
}

/** Where the results are kept, absolute. */
const resultsFile = fileURLToPath(new URL('../../results.json', import.meta.url));

/** An outcome as it is written: environments that saw the same are one line. */
interface WrittenOutcome extends Omit<Outcome, 'observed'> {
  readonly observed: readonly (Observation & { readonly in: readonly string[] })[];
}

/** Results of outcomes that were seen now. */
export async function resultsOf(lab: Lab, outcomes: readonly Outcome[]): Promise<Results> {
  // Not by require: postgres does not export its package.json.
  const manifest = (driver: string) => new URL(`../../node_modules/${driver}/package.json`, import.meta.url);
  const version = (driver: string) => (JSON.parse(readFileSync(manifest(driver), 'utf8')) as { version: string }).version;
  const drivers = Object.fromEntries(['pg', 'postgres', 'drizzle-orm', 'drizzle-orm-1'].map((driver) => [driver, version(driver)]));
  return { versions: { ...(await lab.versions()), drivers }, outcomes };
}

/** Reads the committed results. */
export async function readResults(): Promise<Results> {
  const { versions, outcomes } = JSON.parse(await readFile(resultsFile, 'utf8')) as Omit<Results, 'outcomes'> & {
    outcomes: WrittenOutcome[];
  };
  const order = [...standardEnvironments, ...specialEnvironments].map(({ id }) => id);
  return {
    versions,
    outcomes: outcomes.map(({ observed, ...about }) => ({
      ...about,
      observed: Object.fromEntries(
        observed
          .flatMap(({ in: ids, ...observation }) => ids.map((id): [string, Observation] => [id, observation]))
          .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)),
      ),
    })),
  };
}

/** Writes results to the file that is committed. */
export async function writeResults({ versions, outcomes }: Results): Promise<void> {
  await writeFile(resultsFile, await formatted(resultsFile, JSON.stringify({ versions, outcomes: outcomes.map(written) })));
}

function written({ observed, ...about }: Outcome): WrittenOutcome {
  const groups = new Map<string, Observation & { in: string[] }>();
  for (const [id, observation] of Object.entries(observed)) {
    const key = JSON.stringify(observation);
    const group = groups.get(key);
    if (group) group.in.push(id);
    else groups.set(key, { in: [id], ...observation });
  }
  return { ...about, observed: [...groups.values()] };
}

/** An observation without what two runs never agree on. */
export function comparable(observation: Observation): Observation {
  const { measured: _, ...rest } = observation as Observation & { measured?: string };
  return rest;
}
