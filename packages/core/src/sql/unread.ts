import { functionFact, isReadFunction } from './function-facts.ts';
import { grammar } from './grammar.ts';
import { descendants } from './parse-tree.ts';
import { Reading, type Found } from './reading.ts';
import { FramedText, type SqlText } from './sql-text.ts';
import { statementFacts } from './statement-facts.ts';

/**
 * What the function calls of a stretch of SQL do that the grammar does not read as a whole: the scanner finds the calls,
 * and the grammar reads each of them alone.
 */
export function callFacts(reading: Reading): Found[] {
  const found: Found[] = [];
  for (let at = 0; at < reading.tokens.length; at++) {
    const name = reading.tokens[at]!;
    if (!isReadFunction(name.text) || !reading.has(at + 1, '(')) continue;
    if (reading.has(at - 1, '.') && !reading.has(at - 2, 'pg_catalog') && !name.text.startsWith('dblink')) continue;
    const close = closingBracket(reading, at + 1);
    const [start, end] = reading.span(at, close);
    found.push(...callAlone(reading.text, start, end, reading.inside));
    at = close;
  }
  return found;
}

const selectKeyword = 'SELECT ';

function callAlone(text: SqlText, start: number, end: number, inside: 'do' | undefined): Found[] {
  const call = new FramedText(selectKeyword, text, start, end);
  const parsed = grammar.parse(call.sql);
  if (parsed.outcome !== 'parsed') return [];
  const reading = new Reading(call, { start: 0, end: call.sql.length }, parsed.offset, inside);
  const found: Found[] = [];
  for (const node of descendants(parsed.statements[0])) {
    const fact = node.FuncCall && functionFact(node.FuncCall, reading);
    if (fact !== undefined) found.push({ at: fact.at - selectKeyword.length + start, fact: fact.fact });
  }
  return found;
}

function closingBracket(reading: Reading, open: number): number {
  let depth = 0;
  for (let at = open; at < reading.tokens.length; at++) {
    if (reading.has(at, '(')) depth++;
    if (reading.has(at, ')') && --depth === 0) return at;
  }
  return reading.tokens.length - 1;
}

/** How a statement begins whose beginning says what it does: the words up to the part that says no more, and what the grammar needs after them. */
const beginnings: readonly {
  readonly words: readonly (readonly string[])[];
  readonly upTo: readonly string[] | number;
  readonly ending: string;
}[] = [
  { words: [['set']], upTo: ['=', 'to'], ending: ' 0' },
  {
    words: [
      ['listen'],
      ['unlisten'],
      ['notify'],
      ['execute'],
      ['deallocate'],
      ['discard'],
      ['reset'],
      ['savepoint'],
      ['start', 'transaction'],
    ],
    upTo: 2,
    ending: '',
  },
  { words: [['begin'], ['commit'], ['rollback'], ['abort']], upTo: 1, ending: '' },
  { words: [['prepare']], upTo: 2, ending: ' AS SELECT' },
  { words: [['declare']], upTo: ['for'], ending: ' SELECT' },
  { words: [['load']], upTo: 1, ending: " ''" },
  {
    words: [
      ['create', 'temp', 'table'],
      ['create', 'temporary', 'table'],
    ],
    upTo: 4,
    ending: ' ()',
  },
  {
    words: [
      ['create', 'temp', 'table', 'if', 'not', 'exists'],
      ['create', 'temporary', 'table', 'if', 'not', 'exists'],
    ],
    upTo: 7,
    ending: ' ()',
  },
];

/**
 * What a statement does that the grammar cannot read because of its holes, going by its beginning. A hole must be a part
 * of that beginning or follow on it (or a `$1`, which cannot stand there), else the rest is known, and known not to be PostgreSQL.
 */
export function beginningFacts(reading: Reading): Found[] {
  for (const { words, upTo, ending } of beginnings) {
    if (!words.some((alternative) => reading.has(0, ...alternative))) continue;
    const last = typeof upTo === 'number' ? upTo - 1 : reading.tokens.findIndex(({ text }) => upTo.includes(text));
    const parameter = /^\$(\d+)$/.exec(reading.tokens[last + 1]?.text ?? '');
    if (last < 0 || (!reading.isUnknown(0, last + 1) && !parameter)) continue;
    const [start, end] = reading.span(0, last);
    const parsed = grammar.parse(reading.text.sql.slice(start, end) + ending);
    if (parsed.outcome !== 'parsed' || parsed.statements.length !== 1) continue;
    const offset = (location: number) => start + parsed.offset(location);
    const found = statementFacts(parsed.statements[0]!.stmt, new Reading(reading.text, { start, end }, offset, reading.inside));
    return found.map(({ at, fact }) => ({
      at,
      fact:
        fact.kind === 'setting' && fact.via === 'SET'
          ? { ...fact, values: [parameter ? { kind: 'parameter', number: Number(parameter[1]) } : { kind: 'computed' }] }
          : fact,
    }));
  }
  return [];
}
