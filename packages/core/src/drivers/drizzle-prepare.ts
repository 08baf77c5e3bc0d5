import type { Confidence } from '../finding.ts';

/** What a query of Drizzle is carried by. */
type Carrier = 'pg' | 'postgres.js';

/**
 * What `.prepare()` sends, by the version of Drizzle from which on it does so: read in the sources of 0.45.3, 0.45.4, 1.0.0-beta.1, beta.21, beta.24, rc.1, rc.4
 * and rc.5; 0.45.4 and rc.5 on the wire in the proofs of no-named-prepared-statement and postgres-js-prepare-option. A version that is sorted between
 * two that were read, and of which they differ, is not known.
 */
const namedFrom: readonly {
  readonly carrier: Carrier;
  readonly withName: boolean;
  readonly from: string;
  readonly before?: string;
  readonly not?: string;
}[] = [
  { carrier: 'pg', withName: true, from: '0.0.0' },
  // From here on it draws a name from the text and the types of its parameters.
  { carrier: 'pg', withName: false, from: '1.0.0-beta.24', not: '1.0.0-beta.21' },
  { carrier: 'postgres.js', withName: true, from: '0.45.4', before: '1.0.0-beta.0' },
  { carrier: 'postgres.js', withName: true, from: '1.0.0-beta.24', not: '1.0.0-beta.21' },
  { carrier: 'postgres.js', withName: false, from: '1.0.0-beta.24', not: '1.0.0-beta.21' },
];

/**
 * Whether `.prepare()` of Drizzle sends a named statement.
 *
 * @param version of drizzle-orm, as installed or as a range of `package.json` begins; `undefined` where nothing tells
 * @param withName whether it is given a name
 */
export function prepareIsNamed(carrier: Carrier, version: string | undefined, withName: boolean): Confidence | 'never' {
  const rows = namedFrom.filter((row) => row.carrier === carrier && row.withName === withName);
  if (rows.some(({ from }) => from === '0.0.0')) return 'certain';
  const at = version === undefined ? undefined : rankOf(version);
  if (!at) return 'possible';
  const isSince = (other: string): boolean => compare(at, rankOf(other)!) >= 0;
  if (rows.some(({ from, before }) => isSince(from) && (before === undefined || !isSince(before)))) return 'certain';
  return rows.some(({ from, not }) => not !== undefined && compare(at, rankOf(not)!) > 0 && !isSince(from)) ? 'possible' : 'never';
}

const phases = ['alpha', 'beta', 'rc'];

/** Numbers that sort as versions do: a release after its candidates. A build behind the number (`-rc.5-ab785fc`) is of that candidate. */
function rankOf(version: string): readonly number[] | undefined {
  const [, major, minor, patch = '0', phase, number = '0'] = /(\d+)\.(\d+)(?:\.(\d+))?(?:-([a-z]+)\.?(\d+)?)?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const stage = phase === undefined ? phases.length : phases.indexOf(phase);
  return [Number(major), Number(minor), Number(patch), stage, Number(number)];
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((number, index) => number !== other[index]);
  return at === -1 ? 0 : one[at]! - other[at]!;
}
