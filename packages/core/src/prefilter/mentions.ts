import { commandBegins } from './command-begins.ts';
import { LiteralScanner } from './literal-scanner.ts';
import { type Sign, signs } from './signs.ts';

/** What a text can hold: a hazard; one only where a call of it is of a PostgreSQL client; none. */
export type Mention = 'hazard' | 'call' | 'none';

/**
 * Whether a source text can hold a hazard at all: a scan of the text, before any parser. `none` means that `analyseFile` would find nothing
 * in it, save for a transaction wrapper out of sight of which no name, neither its own nor its parameter's, speaks of a transaction.
 *
 * @param scope `file` where nothing beyond the text is seen, `repository` where its statements and helpers may lie in other files
 */
export function mentionIn(text: string, scope: 'file' | 'repository'): Mention {
  const { scanner, literals, signsOf } = scopes[scope]();
  // A sign that holds for the text as a whole or not at all is asked for once.
  const failed = new Set<Sign>();
  let found: Mention = 'none';
  scanner.scan(text, (literal, start) => {
    for (const sign of signsOf[literal]!) {
      if ((found === 'call' && sign.call) || !holds(sign, text, start, literals[literal]!.length, failed)) continue;
      found = sign.call ? 'call' : 'hazard';
      if (found === 'hazard') return true;
    }
    return false;
  });
  return found;
}

/** Whether a source text can hold a hazard at all. */
export function mentions(text: string, scope: 'file' | 'repository'): boolean {
  return mentionIn(text, scope) !== 'none';
}

function holds(sign: Sign, text: string, start: number, length: number, failed: Set<Sign>): boolean {
  const { verify, also } = sign;
  if (sign.command && !(commandBegins(text, start) && isOfOneCase(text.slice(start, start + length)))) return false;
  if (failed.has(sign)) return false;
  if (verify) {
    verify.lastIndex = start;
    if (!verify.test(text)) return false;
  }
  if (sign.call && isCommented(text, start)) return false;
  if (!also || also.every((each) => each.test(text))) return true;
  failed.add(sign);
  return false;
}

/** Whether the line begins as those of a comment do: there the documentation of libraries calls what it documents. */
function isCommented(text: string, at: number): boolean {
  const before = at < 160 ? `\n${text.slice(0, at)}` : text.slice(at - 160, at);
  return /\n[ \t]*(?:\*(?!\/)|\/\/).*$/.test(before);
}

function isOfOneCase(word: string): boolean {
  return word === word.toLowerCase() || word === word.toUpperCase();
}

interface Scope {
  readonly literals: readonly string[];
  readonly scanner: LiteralScanner;
  /** By literal. */
  readonly signsOf: readonly (readonly Sign[])[];
}

const scopes: Readonly<Record<'file' | 'repository', () => Scope>> = {
  file: lazily(() => newScope(signs.filter(({ acrossFiles }) => !acrossFiles))),
  repository: lazily(() => newScope(signs)),
};

/** A table takes milliseconds to make, which whoever loads a plugin need not wait for. */
function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function newScope(all: readonly Sign[]): Scope {
  const literals = [...new Set(all.flatMap((sign) => sign.literals))];
  return {
    literals,
    scanner: new LiteralScanner(literals),
    signsOf: literals.map((literal) => all.filter((sign) => sign.literals.includes(literal))),
  };
}
