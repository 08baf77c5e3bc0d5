import { readScript, type ReadOptions } from '../../src/sql/read-script.ts';
import type { Fact, Script } from '../../src/sql/script.ts';
import type { ConstantPart, HolePart, HoleRole, StaticText } from '../../src/sql/static-text.ts';

/** A static text as a template literal would give it: `${label}` is raw text, `${label:value}` has another role. */
export function template(source: string): StaticText {
  const parts: (ConstantPart | HolePart)[] = [];
  let at = 0;
  const constantUpTo = (end: number) => {
    if (end > at) parts.push({ kind: 'constant', value: source.slice(at, end), range: [at, end] });
  };
  for (const match of source.matchAll(/\$\{(\w+)(?::(\w+))?\}/g)) {
    const [all, label = '', role = 'text'] = match;
    constantUpTo(match.index);
    parts.push({ kind: 'hole', role: role as HoleRole, label, range: [match.index + 2, match.index + all.length - 1] });
    at = match.index + all.length;
  }
  constantUpTo(source.length);
  return { parts, at: [0, source.length] };
}

/** A fact with the words of the source that its ranges cover. */
export type SpokenFact = Omit<Fact, 'range'> & { readonly words: string };

export function read(source: string, options?: ReadOptions): Script {
  return readScript(template(source), options);
}

export function factsOf(source: string, options?: ReadOptions): SpokenFact[] {
  return read(source, options)
    .statements.flatMap(({ facts }) => facts)
    .map(({ range, ...fact }) => ({ ...fact, words: source.slice(...range) }));
}
