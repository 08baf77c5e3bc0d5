import { specialEnvironments, standardEnvironments } from '../environments.ts';
import type { Observation } from '../proof/observation.ts';
import type { Outcome } from '../proof/run-proofs.ts';

export interface Column {
  readonly title: string;
  readonly ids: readonly string[];
}

/** The columns of a table of outcomes; the controls of one kind share a column, since a claim is about all of them. */
export const columns: readonly Column[] = [
  ...standardEnvironments.filter(({ mode }) => mode === 'transaction').map(({ id }) => ({ title: id, ids: [id] })),
  { title: 'session mode', ids: standardEnvironments.filter(({ mode }) => mode === 'session').map(({ id }) => id) },
  { title: 'direct', ids: ['direct'] },
];

/** The same, and one for the configurations that only some experiments are about. */
export const columnsWithSpecial: readonly Column[] = [...columns, { title: 'other', ids: specialEnvironments.map(({ id }) => id) }];

/** An observation as a cell shows it: `ok`, **silent**, an error's code, **hang**. */
export function kindOf(observation: Observation): string {
  switch (observation.outcome) {
    case 'works':
      return 'ok';
    case 'silent':
      return '**silent**';
    case 'error':
      return `\`${observation.code}\``;
    case 'hang':
      return '**hang**';
  }
}

/** Worst first: what nobody notices, what never ends, what says so itself. */
const severities = ['silent', 'hang', 'error', 'works'] as const satisfies readonly Observation['outcome'][];

/** The cells of the worst that any of the outcomes saw, by column; `·` where none was run. */
export function worstByColumn(outcomes: readonly Pick<Outcome, 'observed'>[], across: readonly Column[]): string[] {
  return across.map(({ ids }) => {
    const seen = outcomes.flatMap(({ observed }) => ids.flatMap((id) => observed[id] ?? []));
    const worst = severities.find((outcome) => seen.some((observation) => observation.outcome === outcome));
    const kinds = new Set(seen.filter(({ outcome }) => outcome === worst).map(kindOf));
    return kinds.size === 0 ? '·' : [...kinds].sort().join(', ');
  });
}
