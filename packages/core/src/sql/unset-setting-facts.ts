import { type Content, stringContent } from './do-block.ts';
import { currentSetting, tokensOfCall } from './function-facts.ts';
import { grammar } from './grammar.ts';
import { descendants, type Node, nameParts, type PolicyStatement } from './parse-tree.ts';
import { tableName } from './policies.ts';
import { Reading, type Found } from './reading.ts';
import { FramedText } from './sql-text.ts';
import { constantText } from './sql-value.ts';

/** What matters in the expressions that a statement only stores: of a policy, a view, a default, and in the body of a function. */
export function storedFacts(statement: Node, reading: Reading): Found[] {
  if (!/current_setting/i.test(reading.text.sql.slice(reading.start, reading.end))) return [];
  const policy = statement.CreatePolicyStmt ?? statement.AlterPolicyStmt;
  if (policy) return policyFacts(policy, comparisonsIn(statement, reading), reading);
  const body = statement.CreateFunctionStmt && functionBody(statement.CreateFunctionStmt, reading);
  return [...unsetSettingFacts(statement, reading), ...(body ? bodyFacts(body, reading) : [])];
}

function policyFacts({ policy_name: name, table, qual, with_check }: PolicyStatement, comparisons: Comparisons, reading: Reading): Found[] {
  return (
    [
      ['using', qual],
      ['with check', with_check],
    ] as const
  ).flatMap(([part, expression]) =>
    (expression ? unsetSettingFacts(expression, reading, comparisons) : []).map(({ at, fact }) => ({
      at,
      fact: { ...fact, policy: { table: tableName(table), name, part } },
    })),
  );
}

/** Types whose input takes an empty string, by PostgreSQL's names for them. */
const textual: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'char', 'name', 'citext', 'regclass', 'bytea', 'xml']);

/** What the comparisons below a node make harmless. */
interface Comparisons {
  /** `coalesce(current_setting(..), 'off') = 'on'` is false for '' and for NULL. */
  readonly harmless: ReadonlySet<Node>;
  /** Names of parameters that are compared with '' as well. */
  readonly withEmpty: ReadonlySet<string | undefined>;
}

function comparisonsIn(root: Node, reading: Reading): Comparisons {
  const harmless = new Set<Node>();
  const withEmpty = new Set<string | undefined>();
  for (const { A_Expr: expression } of descendants(root)) {
    const operator = expression?.name?.[0]?.String?.sval;
    if (expression?.kind !== 'AEXPR_OP' || !['=', '<>', '!='].includes(operator ?? '')) continue;
    const sides = [expression.lexpr, expression.rexpr];
    for (const [index, side] of sides.entries()) {
      const other = sides[1 - index];
      const constant = other && constantText(other);
      if (!side || constant === undefined) continue;
      const setting = settingRead(side.CoalesceExpr?.args[0] ?? side, reading);
      if (setting && constant === '') withEmpty.add(setting.name);
      if (side.CoalesceExpr && constant !== fallback(side.CoalesceExpr.args)) harmless.add(side);
    }
  }
  return { harmless, withEmpty };
}

/** The reads of unset parameters below a node, where NULL and '' make a difference. */
function unsetSettingFacts(root: Node, reading: Reading, { harmless, withEmpty } = comparisonsIn(root, reading)): Found[] {
  const found: Found[] = [];
  const report = (node: Node, use: 'cast' | 'null test' | 'coalesce', type?: string): void => {
    const setting = settingRead(node, reading);
    // A parameter without a dot is PostgreSQL's own, and has a value.
    if (!setting?.missingOk || withEmpty.has(setting.name) || (setting.name !== undefined && !setting.name.includes('.'))) return;
    const tokens = tokensOfCall(setting.call, reading);
    if (!tokens) return;
    found.push(
      reading.found(tokens.first, tokens.last, {
        kind: 'unset-setting',
        use,
        ...(setting.name !== undefined && { name: setting.name }),
        ...(type !== undefined && { type }),
        isWritten: isWritten(tokens, reading),
      }),
    );
  };
  for (const node of descendants(root)) {
    if (node.TypeCast) {
      const { arg, typeName } = node.TypeCast;
      const type = nameParts(typeName?.names ?? []).at(-1) ?? '';
      if (typeName?.arrayBounds || !textual.has(type)) report(arg, 'cast', `${type}${typeName?.arrayBounds ? '[]' : ''}`);
    }
    if (node.NullTest) report(node.NullTest.arg, 'null test');
    const [first] = node.CoalesceExpr?.args ?? [];
    if (first && !harmless.has(node) && !['', 'null'].includes(fallback(node.CoalesceExpr!.args) ?? '?')) report(first, 'coalesce');
  }
  return found;
}

/** The constant that `coalesce(x, constant)` falls back to. */
function fallback(args: readonly Node[]): string | undefined {
  return args.length === 2 ? constantText(args[1]!) : undefined;
}

/** `current_setting(..)` itself, in a scalar subquery, or as text. */
function settingRead(node: Node, reading: Reading): ReturnType<typeof currentSetting> {
  const { SubLink, TypeCast } = node;
  if (TypeCast && !TypeCast.typeName?.arrayBounds && textual.has(nameParts(TypeCast.typeName?.names ?? []).at(-1) ?? ''))
    return settingRead(TypeCast.arg, reading);
  if (SubLink?.subLinkType === 'EXPR_SUBLINK') {
    const [target, ...others] = SubLink.subselect.SelectStmt?.targetList ?? [];
    return target?.ResTarget?.val && others.length === 0 ? settingRead(target.ResTarget.val, reading) : undefined;
  }
  return currentSetting(node, reading);
}

/** Whether the source has the call as the grammar has it: not in a string whose escapes were read. */
function isWritten({ first, last }: { readonly first: number; readonly last: number }, reading: Reading): boolean {
  const [start, end] = reading.span(first, last);
  const range = reading.text.range(start, end);
  return range[1] - range[0] === end - start;
}

function functionBody({ options = [] }: NonNullable<Node['CreateFunctionStmt']>, reading: Reading): Content | undefined {
  const option = (name: string) => options.find(({ DefElem }) => DefElem?.defname === name)?.DefElem;
  const language = option('language')?.arg?.String?.sval?.toLowerCase();
  const body = option('as');
  const value = body?.arg?.List?.items?.[0]?.String?.sval;
  if (body === undefined || value === undefined || (language !== 'sql' && language !== 'plpgsql')) return undefined;
  // The location is that of the word AS.
  const token = reading.indexAt(body.location) + 1;
  return reading.tokens[token]?.kind === 'string' ? stringContent(token, value, reading) : undefined;
}

/** Words that a body is cut at, coarsest first: only where the grammar does not read a piece as a whole is it cut further. */
const cuts: readonly ReadonlySet<string>[] = [
  new Set([';']),
  new Set(['begin', 'declare', 'loop']),
  new Set(['return', ':=', 'default', 'if', 'elsif']),
  new Set(['then', 'else', 'when']),
];

/** A piece of a body, read as a statement or as an expression. */
interface Piece {
  readonly root: Node;
  readonly reading: Reading;
  /** From offsets of the piece to offsets of the text. */
  readonly shift: number;
}

/** The reads in the body of a function. Where one of them is compared with '' the author has thought of it. */
function bodyFacts({ text, start, end, isDetached }: Content, outer: Reading): Found[] {
  const tokens = (grammar.scan(text.sql.slice(start, end)) ?? []).map((token) => ({
    ...token,
    start: token.start + start,
    end: token.end + start,
  }));
  const pieces: Piece[] = [];
  const read = (from: number, to: number, level: number): void => {
    const piece = text.sql.slice(from, to);
    if (!/current_setting/i.test(piece)) return;
    for (const frame of ['', 'SELECT ']) {
      // PERFORM is PL/pgSQL's SELECT, and RETURN QUERY has one behind it.
      const skipped = /^\s*(?:perform|query)\s/i.exec(piece)?.[0].length ?? 0;
      const framed = new FramedText(frame, text, from + skipped, to);
      const parsed = grammar.parse(framed.sql);
      if (parsed.outcome !== 'parsed') continue;
      const reading = new Reading(framed, { start: 0, end: framed.sql.length }, parsed.offset);
      pieces.push(...parsed.statements.map(({ stmt }) => ({ root: stmt, reading, shift: from + skipped - frame.length })));
      return;
    }
    const words = cuts[level];
    if (!words) return;
    const within = tokens.filter((token) => token.start >= from && token.end <= to && words.has(token.text));
    const bounds = [from, ...within.flatMap((token) => [token.start, token.end]), to];
    for (let index = 0; index + 1 < bounds.length; index += 2) read(bounds[index]!, bounds[index + 1]!, level + 1);
  };
  read(start, end, 0);

  const comparisons = pieces.map(({ root, reading }) => comparisonsIn(root, reading));
  const all: Comparisons = {
    harmless: new Set(comparisons.flatMap(({ harmless }) => [...harmless])),
    withEmpty: new Set(comparisons.flatMap(({ withEmpty }) => [...withEmpty])),
  };
  return pieces.flatMap(({ root, reading, shift }) =>
    unsetSettingFacts(root, reading, all).map(({ at, fact }) => ({ at: isDetached ? outer.start : at + shift, fact })),
  );
}
