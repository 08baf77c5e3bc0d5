import type { Measured } from './measure.ts';
import type { Ratio } from './scenarios.ts';

/** What one run of the benchmark gave. */
export interface Results {
  readonly day: string;
  readonly machine: string;
  readonly scenarios: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly id: string;
  readonly title: string;
  readonly on: string;
  readonly measured: Readonly<Record<string, Measured>>;
  readonly ratios: readonly Ratio[];
}

/** The medians of two subjects, divided. */
export function valueOf({ of, to }: Ratio, { measured }: ScenarioResult): number {
  return measured[of]!.wall.median / measured[to]!.wall.median;
}

/** Whether a ratio is what it was meant to be; `undefined` where nothing was meant. */
export function isMet(ratio: Ratio, result: ScenarioResult): boolean | undefined {
  const value = valueOf(ratio, result);
  if (!ratio.target) return undefined;
  return 'atMost' in ratio.target ? value <= ratio.target.atMost : value >= ratio.target.atLeast;
}
