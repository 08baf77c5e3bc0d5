import { describe, expect, test } from 'vitest';
import { LiteralScanner } from '../src/prefilter/literal-scanner.ts';

/** What is found, as `literal@offset`. */
function found(literals: readonly string[], text: string): string[] {
  const all: string[] = [];
  new LiteralScanner(literals).scan(text, (literal, start) => {
    all.push(`${literals[literal]}@${start}`);
    return false;
  });
  return all.sort();
}

/** What a search for each literal alone finds. */
function expected(literals: readonly string[], text: string): string[] {
  return literals
    .flatMap((literal) => {
      const offsets: string[] = [];
      const lower = text.toLowerCase();
      for (let at = lower.indexOf(literal.toLowerCase()); at !== -1; at = lower.indexOf(literal.toLowerCase(), at + 1)) {
        offsets.push(`${literal}@${at}`);
      }
      return offsets;
    })
    .sort();
}

describe('every literal is found, wherever it stands', () => {
  test.each<[string, string[], string]>([
    ['none', ['set'], 'nothing of it'],
    ['at the start and at the end', ['set'], 'set and reset'],
    ['in any case of its letters', ['set'], 'SET Set sEt'],
    ['inside another one', ['listen', 'unlisten', 'list'], 'UNLISTEN listens'],
    ['overlapping another one', ['abab', 'bab', 'ab'], 'ababab'],
    ['behind the start of another one', ['reset', 'set'], 'rereset ressset'],
    ['that is the start of another one', ['tx', 'txIf'], 'txif tx'],
    ['among characters that are no ASCII', ['set'], 'Größe\u2028set 日本set\u{1F600}set'],
    ['with signs in it', ['.sql"', '_lock(', '$'], 'a.sql"b_lock($'],
  ])('%s', (_, literals, text) => {
    expect(found(literals, text)).toEqual(expected(literals, text));
  });

  test('in texts made of the pieces of literals', () => {
    const literals = ['set', 'reset', 'tx', 'trx', 'transact', 'transaction', 'act', 'tent', 'tenant'];
    const pieces = ['s', 'se', 'set', 're', 't', 'tr', 'x', 'trans', 'act', 'ion', 'ten', 'ant', ' ', 'TX'];
    let state = 7;
    const next = (): number => (state = (state * 48_271) % 2_147_483_647);
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 40 }, () => pieces[next() % pieces.length]).join('');
      expect(found(literals, text), text).toEqual(expected(literals, text));
    }
  });
});

test('a scan ends where it is told to', () => {
  let calls = 0;
  const ended = new LiteralScanner(['a']).scan('aaa', () => ++calls === 2);
  expect([ended, calls]).toEqual([true, 2]);
});
