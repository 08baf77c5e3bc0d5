import { type Command, type Taken, timed } from './timed.ts';

/** Several runs of one subject. */
export interface Measured {
  readonly runs: number;
  readonly wall: Spread;
  readonly cpu: Spread;
  readonly memory: number;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Runs subjects in turns, so that what else the machine does meets all of them alike; each once beforehand, so that files are in memory and programs
 * are loaded for all of them.
 */
export function measure(time: string, subjects: Readonly<Record<string, Command>>, rounds: number): Record<string, Measured> {
  const taken = new Map<string, Taken[]>(Object.keys(subjects).map((name) => [name, []]));
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      const run = timed(time, subject);
      if (round >= 0) taken.get(name)!.push(run);
    }
  }
  return Object.fromEntries(
    [...taken].map(([name, runs]) => [
      name,
      {
        runs: runs.length,
        wall: spread(runs.map(({ wall }) => wall)),
        cpu: spread(runs.map(({ cpu }) => cpu)),
        memory: Math.round(spread(runs.map(({ memory }) => memory)).median),
      },
    ]),
  );
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median: rounded(median), least: rounded(sorted[0]!), most: rounded(sorted.at(-1)!) };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
