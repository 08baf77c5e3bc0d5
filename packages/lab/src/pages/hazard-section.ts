import { specialEnvironments, standardEnvironments } from '../environments.ts';
import type { Observation } from '../proof/observation.ts';
import type { Proof } from '../proof/proof.ts';
import type { Outcome } from '../proof/run-proofs.ts';
import { placesOf, sentence } from '../results/narrative.ts';
import type { Results } from '../results/results.ts';
import { poolerVersions } from '../servers/pooler-versions.ts';
import { columns, columnsWithSpecial, worstByColumn } from './columns.ts';
import { capitalised, code, driverName, escaped } from './words.ts';

/** The section of a hazard's page that is written from the results. */
const sectionTitle = 'What really happens';

/** Pieces of code that are named for one thing that was seen; the table of the whole has the others. */
const namedAtMost = 4;

/** Things that were seen in the same places, and are told one by one. */
const seenAtMost = 5;

/**
 * What the lab saw of a hazard, short enough to be read: what happens where, what the controls do, and that the fix works.
 *
 * @returns the lines of the section, Markdown, its heading included
 */
export function hazardSection({ hazard, source }: Proof, { versions, outcomes }: Results): string[] {
  const own = outcomes.filter((outcome) => outcome.hazard === hazard);
  if (own.length === 0) return [`## ${sectionTitle}`, '', source ?? 'Not run.'];
  const of = (variant: Outcome['variant']) => own.filter((outcome) => outcome.variant === variant);
  const across = own.some(({ observed }) => Object.keys(observed).some(isSpecial)) ? columnsWithSpecial : columns;
  const poolers = Object.values(versions.pgbouncer).join(', ');
  return [
    `## ${sectionTitle}`,
    '',
    `Seen with PgBouncer ${poolers} and PostgreSQL ${versions.postgresql.join(' and ')}, by \`fixtures/hazards/${hazard}/proof.ts\`: the worst that each kind of code did, in transaction mode and in the controls.`,
    '',
    `| code | ${across.map(({ title }) => title).join(' | ')} |`,
    `| --- | ${across.map(() => '---').join(' | ')} |`,
    ...rows.flatMap(({ variant, title }) => {
      const found = of(variant);
      return found.length > 0 ? [`| ${title} | ${worstByColumn(found, across).join(' | ')} |`] : [];
    }),
    '',
    ...broken(of('bad')),
    '',
    ...working('The fix', of('fix')),
    ...working('Similar and safe', of('safe')),
    ...(source ? ['', source] : []),
    '',
    '`mps=0` is `max_prepared_statements = 0`. `docs/compatibility.md` has every run.',
  ];
}

const rows: readonly { readonly variant: Outcome['variant']; readonly title: string }[] = [
  { variant: 'bad', title: 'bad' },
  { variant: 'fix', title: 'the fix' },
  { variant: 'safe', title: 'similar and safe' },
];

/** What bad code did: a list of what was seen for each set of places. */
function broken(outcomes: readonly Outcome[]): string[] {
  const places = new Map<string, Map<string, { readonly what: Observation; readonly by: Outcome[] }>>();
  for (const outcome of outcomes) {
    for (const { what, ids } of failuresOf(outcome)) {
      const where = inWords(ids);
      const seen = places.get(where) ?? new Map<string, { what: Observation; by: Outcome[] }>();
      places.set(where, seen);
      const group = seen.get(wording(what));
      if (group) group.by.push(outcome);
      else seen.set(wording(what), { what, by: [outcome] });
    }
  }
  return [...places].flatMap(([where, seen]) => {
    const lines = [...seen.values()].map(({ what, by }) => `${capitalised(escaped(sentence(what)))}. ${codesOf(by)}.`);
    const more = lines.length - seenAtMost;
    return [
      `- ${where}:`,
      ...lines.slice(0, seenAtMost).map((line) => `  - ${line}`),
      ...(more > 0 ? [`  - And ${more} more of the kind.`] : []),
    ];
  });
}

/** What an outcome saw where it did not work, with the environments that saw it. */
function failuresOf({ observed }: Outcome): { readonly what: Observation; readonly ids: readonly string[] }[] {
  const failures = new Map<string, { readonly what: Observation; readonly ids: string[] }>();
  for (const [id, what] of Object.entries(observed)) {
    if (what.outcome === 'works') continue;
    const known = failures.get(wording(what));
    if (known) known.ids.push(id);
    else failures.set(wording(what), { what, ids: [id] });
  }
  return [...failures.values()];
}

/** What makes two observations the same line: not the numbers that no two runs agree on. */
function wording(observation: Observation): string {
  const { measured: _, ...rest } = observation as Observation & { measured?: string };
  return JSON.stringify(rest);
}

function working(title: string, outcomes: readonly Outcome[]): string[] {
  if (outcomes.length === 0) return [];
  const observations = outcomes.flatMap(({ observed }) => Object.values(observed));
  const worked = observations.filter(({ outcome }) => outcome === 'works').length;
  const runs = worked === observations.length ? `in all ${worked} runs` : `in ${worked} of ${observations.length} runs`;
  return [`- ${title} worked ${runs}. ${codesOf(outcomes)}.`];
}

/** The pieces of code that outcomes are about, and the drivers that ran them. */
function codesOf(outcomes: readonly Outcome[]): string {
  const codes = [...new Set(outcomes.map(({ shows }) => shows))];
  const drivers = [...new Set(outcomes.map(({ driver }) => driverName(driver)))];
  const more = codes.length - namedAtMost;
  const named = codes.slice(0, namedAtMost).map(code).join('; ');
  return `${named}${more > 0 ? `; and ${more} more` : ''} (${drivers.join(', ')})`;
}

const transaction = standardEnvironments.filter(({ mode }) => mode === 'transaction');

interface NamedSet {
  readonly ids: readonly string[];
  readonly words: string;
}

/** Sets of environments that have a name; the largest first. */
const wide: readonly NamedSet[] = [
  { ids: standardEnvironments.map(({ id }) => id), words: 'everywhere, without a pooler too' },
  {
    ids: standardEnvironments.filter(({ mode }) => mode !== 'direct').map(({ id }) => id),
    words: 'behind PgBouncer in any mode and version',
  },
  { ids: transaction.map(({ id }) => id), words: 'in transaction mode, every version' },
];

/** Sets that have a name, where the versions as a whole do not say it. */
const narrow: readonly NamedSet[] = [
  {
    ids: transaction.filter(({ maxPreparedStatements }) => maxPreparedStatements === 0).map(({ id }) => id),
    words: 'in transaction mode without prepared statements (1.18, or `max_prepared_statements = 0`)',
  },
  {
    ids: transaction.filter(({ maxPreparedStatements }) => maxPreparedStatements > 0).map(({ id }) => id),
    words: 'in transaction mode with prepared statements (the default from 1.24 on)',
  },
  { ids: standardEnvironments.filter(({ mode }) => mode === 'session').map(({ id }) => id), words: 'in session mode' },
];

/** Whether an environment is one of the configurations that only some experiments are about. */
function isSpecial(id: string): boolean {
  return specialEnvironments.some((environment) => environment.id === id);
}

/** Environments in as few words as say which. */
function inWords(ids: readonly string[]): string {
  const words: string[] = [];
  let rest = [...ids];
  const say = (set: readonly string[], name: string) => {
    words.push(name);
    rest = rest.filter((id) => !set.includes(id));
  };
  for (const { ids: set, words: name } of wide) if (set.every((id) => rest.includes(id))) say(set, name);
  const whole = poolerVersions.filter(({ version }) => transactionIds(version).every((id) => rest.includes(id)));
  // A version that has no prepared statements to switch off says more with its like.
  if (whole.some(({ maxPreparedStatements }) => maxPreparedStatements > 0)) {
    const versions = whole.map(({ version }) => version);
    say(versions.flatMap(transactionIds), `PgBouncer ${versions.join(', ')} in transaction mode`);
  }
  for (const { ids: set, words: name } of narrow) if (set.every((id) => rest.includes(id))) say(set, name);
  if (rest.length > 0) words.push(placesOf(rest));
  return `**${capitalised(words.join('; '))}**`;
}

function transactionIds(version: string): string[] {
  return transaction.filter((environment) => environment.version === version).map(({ id }) => id);
}
