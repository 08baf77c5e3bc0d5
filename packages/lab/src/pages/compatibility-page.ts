import { fileURLToPath } from 'node:url';
import { specialEnvironments } from '../environments.ts';
import type { Observation } from '../proof/observation.ts';
import type { Proof } from '../proof/proof.ts';
import type { Outcome } from '../proof/run-proofs.ts';
import { placesOf, sentence } from '../results/narrative.ts';
import { formatted } from '../results/formatted.ts';
import type { Results } from '../results/results.ts';
import { columns, columnsWithSpecial, kindOf, worstByColumn } from './columns.ts';
import { capitalised, driverName, escaped } from './words.ts';

/** Where the page is kept, absolute. */
export const compatibilityFile = fileURLToPath(new URL('../../../../docs/compatibility.md', import.meta.url));

/**
 * The page that tells what every construct does behind every pooler.
 *
 * @returns Markdown, formatted as the workspace does
 */
export function compatibilityPage(proofs: readonly Proof[], results: Results): Promise<string> {
  const { versions } = results;
  const poolers = Object.values(versions.pgbouncer).join(', ');
  // A second version of a package has a number behind its name.
  const drivers = Object.entries(versions.drivers).map(([name, version]) => `${name.replace(/-\d+$/, '')} ${version}`);
  const head = [
    '<!-- Generated from packages/lab/results.json by `pnpm --filter @pgbouncer-audit/lab compatibility`. Do not edit. -->',
    '',
    '# Compatibility',
    '',
    `What code does behind PgBouncer ${poolers} in transaction mode, seen with PostgreSQL ${versions.postgresql.join(' and ')}, ${drivers.join(', ')}. ` +
      'Every cell is the result of a program in `fixtures/hazards/<hazard>/proof.ts` that was run with the real driver against the real servers; nothing here is quoted from documentation.',
    '',
    '| cell | means |',
    '| --- | --- |',
    '| ok | works |',
    '| **silent** | no error, and the wrong thing happened; the text below the table says what |',
    '| `26000` | fails with this SQLSTATE, or code of the driver |',
    '| **hang** | never comes back |',
    '| mixed | differs between the versions of that column; the text below the table says how |',
    '',
    '`mps=0` is `max_prepared_statements = 0`; without it the default of the version is in force (200 from 1.24 on, none in 1.18). ' +
      'Session mode, of every version, and a direct connection are controls: where `bad` code breaks there too, the cause is PgBouncer in any mode, PostgreSQL or the driver.',
    '',
    ...summary(proofs, results),
  ];
  const sections = proofs.flatMap((proof) =>
    section(
      proof,
      results.outcomes.filter(({ hazard }) => hazard === proof.hazard),
    ),
  );
  return formatted(compatibilityFile, [...head, ...sections].join('\n'));
}

/** A line for each hazard: the worst that its bad code did. */
function summary(proofs: readonly Proof[], { outcomes }: Results): string[] {
  const titles = columnsWithSpecial.map(({ title }) => title);
  return [
    '## Summary',
    '',
    'The worst that bad code of each hazard did, by version of PgBouncer in transaction mode, and in the controls. `other` is what only certain ' +
      'configurations show: a pool of one, parameters that are ignored, PostgreSQL 18. Every fix worked wherever it was run; a test holds that.',
    '',
    `| hazard | ${titles.join(' | ')} | drivers |`,
    `| --- | ${titles.map(() => '---').join(' | ')} | --- |`,
    ...proofs.map(({ hazard }) => {
      const own = outcomes.filter((outcome) => outcome.hazard === hazard);
      const bad = own.filter(({ variant }) => variant === 'bad');
      const drivers = [...new Set(own.map(({ driver }) => driverName(driver)))].sort().join(', ');
      return `| [${hazard}](#${hazard}) | ${worstByColumn(bad, columnsWithSpecial).join(' | ')} | ${drivers || 'not run, see its source'} |`;
    }),
    '',
  ];
}

function section({ hazard, claim, source }: Proof, outcomes: readonly Outcome[]): string[] {
  const lines = [`## ${hazard}`, '', claim, ''];
  if (source) lines.push(source, '');
  if (outcomes.length === 0) return lines;
  lines.push(
    `| | code | driver | ${columns.map(({ title }) => title).join(' | ')} |`,
    `| --- | --- | --- | ${columns.map(() => '---').join(' | ')} |`,
    ...outcomes.map((outcome) => {
      const cells = columns.map(({ ids }) => cell(ids.flatMap((id) => outcome.observed[id] ?? [])));
      return `| ${outcome.variant} | ${escaped(outcome.shows)} | ${outcome.driver} | ${cells.join(' | ')} |`;
    }),
    '',
    ...details(outcomes),
    '',
  );
  return lines;
}

function cell(observations: readonly Observation[]): string {
  const kinds = new Set(observations.map(kindOf));
  const [only] = kinds;
  if (only === undefined) return '·';
  return kinds.size === 1 ? only : 'mixed';
}

/** What was seen wherever something broke, and in special configurations; drivers that saw the same share a line. */
function details(outcomes: readonly Outcome[]): string[] {
  const special = new Set(specialEnvironments.map(({ id }) => id));
  const seen = new Map<string, { ids: string[]; drivers: Set<string>; shows: string; what: string }>();
  for (const { shows, driver, observed } of outcomes) {
    for (const [id, observation] of Object.entries(observed)) {
      if (observation.outcome === 'works' && !special.has(id)) continue;
      const what = sentence(observation);
      const key = `${shows}\0${what}`;
      const entry = seen.get(key) ?? { ids: [], drivers: new Set(), shows, what };
      if (!entry.ids.includes(id)) entry.ids.push(id);
      entry.drivers.add(driver);
      seen.set(key, entry);
    }
  }
  return [...seen.values()].map(
    ({ ids, drivers, shows, what }) =>
      `- ${escaped(shows)} (${[...drivers].join(', ')}). ${escaped(capitalised(placesOf(ids)))}: ${escaped(what)}.`,
  );
}
