import { readClientNotation } from './client-notation.ts';
import { doBlockFacts } from './do-block.ts';
import { functionFact } from './function-facts.ts';
import { grammar, type Parsed } from './grammar.ts';
import { descendants, type Node, tagOf } from './parse-tree.ts';
import { Reading, type Found } from './reading.ts';
import type { Script, Statement } from './script.ts';
import { AssembledText, formsByRole, FramedText, RewrittenText, wholeOf, type Form, type SqlText, type Window } from './sql-text.ts';
import { starOf, statementFacts } from './statement-facts.ts';
import { storedFacts } from './unset-setting-facts.ts';
import type { HolePart, StaticText } from './static-text.ts';
import { beginningFacts, callFacts } from './unread.ts';
import { afterBlanks, looksLikeSql, mayHoldFact } from './vocabulary.ts';

export interface ReadOptions {
  /** The text is known to be a piece of a statement: it is read for its function calls, never as a `SET` of its own. */
  readonly fragment?: boolean;
  /** The text is an expression that is stored in the schema: what it reads matters to whoever evaluates it, and to nobody now. */
  readonly stored?: boolean;
  /** Read by the grammar even where no word of it needs that: for the number of its statements. */
  readonly always?: boolean;
}

/**
 * Reads a text with PostgreSQL's own grammar.
 *
 * A text without any word that a fact needs is not given to the grammar: it has no statements then, and `isSql` says
 * only that it begins as SQL does. Otherwise `isSql` says that the grammar has read it, or that its holes are what keeps
 * the grammar from it. A text such as `reset password` is SQL in this sense: whether it reaches a database is for the
 * caller to know.
 *
 * @param text constants and holes; `part` in the result is an index into `text.parts`
 * @returns statements and facts with UTF-16 ranges of the source
 */
export function readScript(text: StaticText, options: ReadOptions = {}): Script {
  // A hole of raw text may end a statement.
  const constants = text.parts.map((part) => (part.kind === 'constant' ? part.value : isRaw(part) ? ';' : ' ')).join('');
  const firstValue = text.parts.findIndex((part) => part.kind === 'hole' && part.role === 'value');
  const hasRawHoles = text.parts.some((part) => part.kind === 'hole' && isRaw(part));
  const isOpaque = text.parts.some((part) => part.kind === 'hole') && /^[\s;]*$/.test(constants);
  const isFragment = options.fragment ?? false;
  const script = (statements: readonly Statement[], isSql: boolean, isPiece = isFragment): Script => ({
    statements,
    completeness: isOpaque ? 'opaque' : hasRawHoles || statements.some(({ tag }) => tag === 'unparsed') ? 'partial' : 'full',
    ...(firstValue >= 0 && { firstValue }),
    isSql,
    isFragment: isPiece,
  });

  if (isOpaque || (!options.always && !mayHoldFact(constants))) return script([], !isOpaque && !isFragment && looksLikeSql(constants));
  if (options.stored) return script(readStored(text), false, true);
  if (isFragment) return script(readFragment(text, ['', ...fragmentFrames]) ?? [], false);

  const whole = fit(text, wholeOf(text));
  if (typeof whole === 'object') return script(statementsOf(whole), whole.parsed.statements.length > 0);

  const pieces = windows(text);
  if (pieces.length === 1 && whole === 'rejected') {
    // What UPDATE takes behind it, and the grammar does not take as a `SET` of its own, is a piece of an UPDATE.
    const assignments = /^\s*set\b/i.test(constants) ? readFragment(text, ['UPDATE t ']) : undefined;
    if (assignments !== undefined) return script(assignments, false, true);
    // Almost any words follow on SELECT as names: only what a piece of a statement calls makes it one.
    const fragment = readFragment(text, fragmentFrames);
    if (fragment?.some(({ facts }) => facts.length > 0)) return script(fragment, false, true);
  }

  const statements = pieces.flatMap((piece) => readPiece(text, piece, pieces.length > 1));
  if (statements.some(({ tag, facts }) => tag !== 'unparsed' || facts.length > 0)) return script(statements, true);
  // What was too much for the grammar may be PostgreSQL; what the grammar has read and rejected is not.
  return whole === 'refused' ? script(statements, looksLikeSql(constants)) : script([], false);
}

function isRaw({ role }: HolePart): boolean {
  return role === 'text' || role === 'unknown';
}

/** A text that the grammar accepts, and what it made of it. */
interface Fit {
  readonly text: SqlText;
  readonly parsed: Parsed;
}

/** No text of a repository that the grammar accepts at all was seen to need more. */
const mostAttempts = 32;

/** Finds a form for each hole with which the grammar takes a text, first with the client's marks as they are. */
function fit(text: StaticText, window: Window, frame = ''): Fit | 'rejected' | 'refused' {
  const asItIs = fitHoles(text, window, frame, (sql) => sql);
  return asItIs === 'rejected' && hasClientNotation(text) ? fitHoles(text, window, frame, readClientNotation) : asItIs;
}

function hasClientNotation({ parts }: StaticText): boolean {
  return parts.some((part) => part.kind === 'constant' && readClientNotation(part.value) !== part.value);
}

/** Where the grammar stops, the hole before gets its next form; a hole without any left leaves the turn to its neighbour. */
function fitHoles(text: StaticText, window: Window, frame: string, read: (sql: string) => string): Fit | 'rejected' | 'refused' {
  const forms = new Map<number, Form>();
  const tried = new Map<number, number>();
  const formsOf = (part: number) => {
    const hole = text.parts[part];
    return hole?.kind === 'hole' ? formsByRole[hole.role] : [];
  };
  text.parts.forEach((_, part) => {
    const [first] = formsOf(part);
    if (first !== undefined) forms.set(part, first);
  });

  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const assembled = new AssembledText(text, forms, window);
    const sql = read(assembled.sql);
    const readable = sql === assembled.sql ? assembled : new RewrittenText(assembled, sql);
    const parsed = grammar.parse(frame + sql);
    if (parsed.outcome === 'refused') return 'refused';
    if (parsed.outcome === 'parsed') return { text: frame === '' ? readable : new FramedText(frame, readable), parsed };

    const next = assembled.suspects(parsed.at - frame.length).find((part) => (tried.get(part) ?? 0) + 1 < formsOf(part).length);
    if (next === undefined) break;
    const form = (tried.get(next) ?? 0) + 1;
    tried.set(next, form);
    forms.set(next, formsOf(next)[form]!);
  }
  return 'rejected';
}

function statementsOf({ text, parsed }: Fit): Statement[] {
  return parsed.statements.map(({ stmt, stmt_location = 0, stmt_len }) => {
    const end = stmt_len ? parsed.offset(stmt_location + stmt_len) : text.sql.length;
    const span = trimmed(text.sql, parsed.offset(stmt_location), end);
    const reading = new Reading(text, span, parsed.offset);
    return {
      ...statement(
        tagOf(stmt),
        usesTables(stmt),
        text,
        span,
        stmt.DoStmt ? doBlockFacts(stmt.DoStmt, reading) : statementFacts(stmt, reading),
      ),
      ...starOf(stmt, reading),
    };
  });
}

/** Whether a statement reads or writes a table, a view, or a query of its own in WITH. */
function usesTables(stmt: Node): boolean {
  for (const node of descendants(stmt)) if (node.RangeVar) return true;
  return false;
}

function statement(tag: string, tables: boolean, text: SqlText, span: { start: number; end: number }, found: readonly Found[]): Statement {
  const facts = [...found].sort((a, b) => a.at - b.at).map(({ fact }) => fact);
  return { tag, usesTables: tables, range: text.range(span.start, span.end), facts };
}

/** A statement's span without the blanks and comments around it. */
function trimmed(sql: string, start: number, end: number): { start: number; end: number } {
  const first = Math.min(afterBlanks(sql, start), end);
  return { start: first, end: first + sql.slice(first, end).trimEnd().length };
}

const storedFrame = 'SELECT ';

/** Reads an expression for what matters when it is evaluated later. */
function readStored(text: StaticText): Statement[] {
  const fitting = fit(text, wholeOf(text), storedFrame);
  if (typeof fitting === 'string' || fitting.parsed.statements.length !== 1) return [];
  const { text: framed, parsed } = fitting;
  const span = { start: 0, end: framed.sql.length };
  const { stmt } = parsed.statements[0]!;
  return [
    statement(
      tagOf(stmt),
      false,
      framed,
      { start: storedFrame.length, end: span.end },
      storedFacts(stmt, new Reading(framed, span, parsed.offset)),
    ),
  ];
}

/** Beginnings of statements that some piece of a statement can follow on. */
const fragmentFrames = [
  'SELECT ',
  'SELECT 1 ',
  'SELECT 1 FROM t ',
  'SELECT 1 WHERE true ',
  'UPDATE t ',
  'INSERT INTO t DEFAULT VALUES ',
  'DELETE FROM t ',
];

/** Reads a piece of a statement for its function calls; undefined when it is no piece of any. */
function readFragment(text: StaticText, frames: readonly string[]): Statement[] | undefined {
  for (const frame of frames) {
    const fitting = fit(text, wholeOf(text), frame);
    if (typeof fitting === 'string' || fitting.parsed.statements.length !== 1) continue;
    const [{ stmt }] = fitting.parsed.statements as [{ stmt: object }];
    const span = { start: 0, end: fitting.text.sql.length };
    const reading = new Reading(fitting.text, span, fitting.parsed.offset);
    const calls = [...descendants(stmt)]
      .map((node) => node.FuncCall && functionFact(node.FuncCall, reading))
      .filter((found) => found !== undefined);
    return [statement('fragment', true, fitting.text, { start: frame.length, end: span.end }, calls)];
  }
  return undefined;
}

/** The stretches of a text between its top-level semicolons. */
function windows(text: StaticText): Window[] {
  const { from, to } = wholeOf(text);
  const assembled = new AssembledText(text, new Map());
  const tokens = assembled.sql.includes(';') ? (grammar.scan(readClientNotation(assembled.sql)) ?? []) : [];
  const semicolons = tokens.filter((token) => token.text === ';').map((token) => assembled.placeOf(token.end));
  const bounds = [from, ...semicolons, to];
  return bounds.slice(1).map((end, index) => ({ from: bounds[index]!, to: end }));
}

/** Reads one of several statements, or the one that a text consists of. */
function readPiece(text: StaticText, window: Window, isOneOfMany: boolean): Statement[] {
  const fitting = isOneOfMany ? fit(text, window) : 'rejected';
  if (typeof fitting === 'object') return statementsOf(fitting);

  const assembled = new AssembledText(text, new Map(), window);
  const sql = readClientNotation(assembled.sql);
  const readable = sql === assembled.sql ? assembled : new RewrittenText(assembled, sql);
  const span = trimmed(sql, 0, sql.length);
  if (sql.slice(span.start, span.end).trim() === '') return [];
  const reading = new Reading(readable, span, (location) => location);
  return [statement('unparsed', false, readable, span, unreadFacts(reading))];
}

/** Statements that evaluate the functions they call. */
const callers: ReadonlySet<string> = new Set(['select', 'with', 'insert', 'update', 'delete', 'merge', 'call', 'copy', 'values']);

/** What the grammar refuses for all that is known of it is not PostgreSQL, and does nothing. */
function unreadFacts(reading: Reading): Found[] {
  if (reading.text.unknown(reading.start, reading.end) === undefined) return [];
  const first = reading.tokens[0]?.text ?? '';
  const callsFunctions = callers.has(first) || reading.isUnknown(0);
  return [...beginningFacts(reading), ...(callsFunctions ? callFacts(reading) : [])];
}
