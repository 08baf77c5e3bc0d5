import type { TSESTree } from '@typescript-eslint/types';
import type { Located } from '../evaluate/meaning.ts';
import { type CallPath, type Confidence, confidences, type Evidence, weaker } from '../finding.ts';
import { label } from '../syntax/names.ts';
import { place } from './place-of.ts';
import type { Handle, TransactionContext } from './site.ts';

/** A call of a function, the handle that it passes, and whether a transaction is open on that one. */
export interface CallerSaid {
  readonly given: Handle;
  readonly context: TransactionContext;
  readonly call: Located<TSESTree.CallExpression>;
}

/** How many ways without a transaction are listed, where there is none with one. */
const maxPaths = 10;

/**
 * What the callers of a function say together. One who certainly passes no transaction makes the function wrong for certain, whatever the
 * others do: a statement that needs one is sent without.
 *
 * @param callers `undefined` for one that passes what could not be seen
 * @param complete whether these are all of them
 * @returns `undefined` where they say nothing
 */
export function contextByCallers(callers: readonly (CallerSaid | undefined)[], complete: boolean): TransactionContext | undefined {
  const without = callers.filter((said) => said && isWithout(said.context)) as CallerSaid[];
  const within = callers.filter((said) => said && isWithin(said.context)) as CallerSaid[];
  const isClear = complete && callers.every((said) => said && said.context.state !== 'unknown');
  if (without.length === 0) {
    if (!isClear || within.length === 0) return undefined;
    return {
      state: 'in',
      confidence: 'certain',
      evidence: [{ text: 'every caller passes a transaction' }],
      paths: pathsOf(within.slice(0, 1), 'in').slice(0, 1),
    };
  }
  const confidence = without.map(confidenceWithout).reduce(stronger);
  const paths = without
    .toSorted((a, b) => rank(confidenceWithout(b)) - rank(confidenceWithout(a)))
    .flatMap((said) => pathsOf([said], 'out'));
  if (within.length === 0 && isClear)
    return { state: 'out', confidence, evidence: [{ text: 'no caller passes a transaction' }], paths: paths.slice(0, maxPaths) };
  const text = `${without.length} of ${callers.length} ${complete ? 'callers' : 'callers in sight'} ${without.length === 1 ? 'passes' : 'pass'} no transaction${within.length > 0 ? `, ${within.length} ${within.length === 1 ? 'does' : 'do'}` : ''}`;
  const shown = within.length > 0 ? [...paths.slice(0, 1), ...pathsOf(within, 'in').slice(0, 1)] : paths.slice(0, maxPaths);
  return { state: 'mixed', confidence, evidence: [{ text }], paths: shown };
}

function isWithout({ state, paths }: TransactionContext): boolean {
  return state === 'out' || (state === 'mixed' && paths !== undefined);
}

/** A caller who is called in both ways passes both on. */
function isWithin({ state, paths }: TransactionContext): boolean {
  return state === 'in' || (state === 'mixed' && (paths ?? []).some((path) => path.transaction === 'in'));
}

function confidenceWithout({ given, context }: CallerSaid): Confidence {
  return weaker(given.confidence, context.confidence);
}

function stronger(a: Confidence, b: Confidence): Confidence {
  return weaker(a, b) === a ? b : a;
}

function rank(confidence: Confidence): number {
  return confidences.indexOf(confidence);
}

/** The ways that lead through calls, each with its last step. */
function pathsOf(callers: readonly CallerSaid[], transaction: CallPath['transaction']): CallPath[] {
  return callers.flatMap(({ given, context, call }) => {
    const last = step(call, transaction);
    const before = (context.paths ?? []).filter((path) => path.transaction === transaction);
    if (before.length > 0) return before.map((path) => ({ transaction, steps: [...path.steps, last] }));
    return [{ transaction, steps: [...given.evidence.toReversed().filter(distinct), last] }];
  });
}

function step({ node, file }: Located, transaction: CallPath['transaction']): Evidence {
  const text = `\`${label(file.text, node.range, 50)}\` ${transaction === 'in' ? 'is called in a transaction' : 'is called without a transaction'}`;
  return { text, place: place({ node, file }) };
}

/** One place may be a link of the chain twice, by two names. */
function distinct({ text, place }: Evidence, index: number, all: readonly Evidence[]): boolean {
  return all.findIndex((other) => other.text === text && JSON.stringify(other.place) === JSON.stringify(place)) === index;
}
