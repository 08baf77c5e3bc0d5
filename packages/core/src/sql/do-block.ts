import { grammar } from './grammar.ts';
import { callFacts } from './unread.ts';
import type { Node } from './parse-tree.ts';
import { Reading, type Found } from './reading.ts';
import { DetachedText, RewrittenText, type SqlText } from './sql-text.ts';
import { statementFacts } from './statement-facts.ts';

/**
 * What the block of a `DO` statement does. The block is cut at PL/pgSQL's own words and semicolons by PostgreSQL's
 * scanner, and each SQL statement in it is read by PostgreSQL's grammar. libpg-query's PL/pgSQL parser is not asked: it
 * gives line numbers where ranges are needed, and refuses blocks with holes and with names that it cannot look up.
 */
export function doBlockFacts({ args }: NonNullable<Node['DoStmt']>, reading: Reading): Found[] {
  const option = (name: string) => args.find(({ DefElem }) => DefElem?.defname === name)?.DefElem;
  const body = option('as');
  const language = option('language')?.arg?.String?.sval ?? 'plpgsql';
  if (body === undefined || language !== 'plpgsql') return [];
  const token = reading.indexAt(body.location);
  if (token < 0) return [];
  const block = stringContent(token, body.arg?.String?.sval ?? '', reading);
  return blockFacts(block).map((found) => ({ at: block.isDetached ? reading.span(token, token)[0] : found.at, fact: found.fact }));
}

/** A text in a string constant, and where it stands. */
export interface Content {
  readonly text: SqlText;
  readonly start: number;
  readonly end: number;
  readonly isDetached: boolean;
}

/** What stands in a string constant: in its place if it is written there unchanged, else detached from it. */
export function stringContent(token: number, value: string, reading: Reading): Content {
  const [start, end] = reading.span(token, token);
  const written = reading.text.sql.slice(start, end);
  const quote = /^(?:\$[^$]*\$|')/.exec(written)?.[0];
  if (quote !== undefined && written.slice(quote.length, -quote.length) === value) {
    return { text: reading.text, start: start + quote.length, end: end - quote.length, isDetached: false };
  }
  return { text: new DetachedText(value, reading.text.range(start, end)), start: 0, end: value.length, isDetached: true };
}

/** Words of which nothing but themselves must be passed for the next statement to begin. */
const openers: ReadonlySet<string> = new Set(['begin', 'declare', 'loop', 'else', 'exception']);

/** Words that begin a condition or a query, and the word that ends it. */
const conditions: ReadonlyMap<string, string> = new Map([
  ['if', 'then'],
  ['elsif', 'then'],
  ['elseif', 'then'],
  ['when', 'then'],
  ['case', 'then'],
  ['for', 'loop'],
  ['foreach', 'loop'],
  ['while', 'loop'],
]);

/** Statements that PL/pgSQL has under a word that SQL has too, or that are none of SQL. */
const notSql: ReadonlySet<string> = new Set([
  'end',
  'raise',
  'return',
  'get',
  'open',
  'close',
  'fetch',
  'move',
  'exit',
  'continue',
  'assert',
  'null',
]);

function blockFacts({ text, start, end }: Content): Found[] {
  const block = new Reading(text, { start, end }, (location) => location, 'do');
  // Unlike a statement's tokens, the block's keep their semicolons.
  const tokens = (grammar.scan(text.sql.slice(start, end)) ?? []).map((token) => ({
    ...token,
    start: token.start + start,
    end: token.end + start,
  }));
  const found: Found[] = [];
  let at = 0;
  while (at < tokens.length) {
    const { text: word } = tokens[at]!;
    if (word === ';' || openers.has(word)) {
      at++;
      continue;
    }
    if (word === '<<') {
      at += 3;
      continue;
    }
    const last = endOfSegment(tokens, at, conditions.get(word));
    const span = { start: tokens[at]!.start, end: tokens[last]?.start ?? end };
    found.push(...segmentFacts(word, span, block));
    at = last + 1;
  }
  return found;
}

/** The token that ends a segment: a semicolon, or the word that ends a condition. */
function endOfSegment(tokens: readonly { readonly text: string }[], from: number, word = ';'): number {
  let depth = 0;
  for (let at = from + 1; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    if (text === '(' || text === 'case') depth++;
    else if (text === ')' || (text === 'end' && depth > 0)) depth--;
    else if (text === ';' || (text === word && depth <= 0)) return at;
  }
  return tokens.length;
}

function segmentFacts(word: string, span: { start: number; end: number }, block: Reading): readonly Found[] {
  const { text } = block;
  const sql = text.sql.slice(span.start, span.end);
  if (word === 'execute') return dynamicFacts(new Reading(text, span, block.offset, 'do'));
  if (!conditions.has(word) && !notSql.has(word)) {
    // PERFORM is PL/pgSQL's SELECT; both words get the same room, so that offsets stay.
    const parsed = grammar.parse(word === 'perform' ? sql.replace(/^perform/i, 'SELECT ') : sql);
    if (parsed.outcome === 'parsed') {
      const [statement] = parsed.statements;
      return statement === undefined
        ? []
        : statementFacts(statement.stmt, new Reading(text, span, (location) => span.start + parsed.offset(location), 'do'));
    }
  }
  return callFacts(new Reading(text, span, block.offset, 'do'));
}

/** `EXECUTE 'SET ..'`, `EXECUTE format('SET %I ..', x)`, `EXECUTE 'SET ..' || x`: what the constants in it say. */
function dynamicFacts(reading: Reading): readonly Found[] {
  const isFormat = reading.has(1, 'format', '(');
  const first = isFormat ? 3 : 1;
  const token = reading.tokens[first];
  const calls = callFacts(reading);
  if (token?.kind !== 'string') return calls;
  const value = stringValue(token.text);
  if (value === undefined) return calls;
  if (!isFormat && reading.has(first + 1, '||')) return [...calls, ...scriptFacts(concatenation(reading, first), token.start)];
  const content = stringContent(first, value, reading);
  const text = isFormat ? new RewrittenText(content.text, formatMarksRead(content)) : content.text;
  return [...calls, ...scriptFacts({ ...content, text }, token.start)];
}

/** Reads a text that is run as SQL; `at` is where its facts are said to stand if they stand nowhere. */
function scriptFacts({ text, start, end, isDetached }: Content, at: number): Found[] {
  const parsed = grammar.parse(text.sql.slice(start, end));
  if (parsed.outcome !== 'parsed') return [];
  return parsed.statements.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    const first = start + parsed.offset(stmt_location);
    const span = { start: first, end: stmt_len ? start + parsed.offset(stmt_location + stmt_len) : end };
    const found = statementFacts(stmt, new Reading(text, span, (location) => start + parsed.offset(location), 'do'));
    return isDetached ? found.map(({ fact }) => ({ at, fact })) : found;
  });
}

function concatenation(reading: Reading, first: number): Content {
  let sql = '';
  let last = first;
  for (let at = first, isTerm = true; at < reading.tokens.length && !reading.has(at, 'using') && !reading.has(at, 'into'); at++) {
    const token = reading.tokens[at]!;
    last = at;
    if (token.text === '||') isTerm = true;
    else if (token.kind === 'string' && isTerm) sql += stringValue(token.text) ?? '';
    else if (isTerm) sql += 'hole_';
    if (token.text !== '||') isTerm = false;
  }
  return { text: new DetachedText(sql, reading.range(first, last)), start: 0, end: sql.length, isDetached: true };
}

/** `%I`, `%L` and `%s` of format(), read as names and constants of the same length. */
function formatMarksRead({ text, start, end }: Content): string {
  const marks = /%(?:\d+\$)?-?\d*[IsL]/g;
  const format = text.sql
    .slice(start, end)
    .replace(marks, (mark) => (mark.endsWith('L') && mark.length === 2 ? "''" : '_'.repeat(mark.length)));
  return text.sql.slice(0, start) + format + text.sql.slice(end);
}

/** The value of a string constant without escapes of the `E'..'` or `U&'..'` kind. */
function stringValue(written: string): string | undefined {
  if (written.startsWith("'")) return written.slice(1, -1).replaceAll("''", "'");
  const quote = /^\$[^$]*\$/.exec(written)?.[0];
  return quote === undefined ? undefined : written.slice(quote.length, -quote.length);
}
