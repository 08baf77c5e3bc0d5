import type { Node } from './parse-tree.ts';
import type { SqlValue } from './script.ts';
import type { SqlText } from './sql-text.ts';

/** A value of the parse tree; `span` is where it stands in the text. */
export function sqlValue(node: Node, span: readonly [start: number, end: number], text: SqlText): SqlValue {
  const value = withoutCasts(node);
  const unknown = text.unknown(...span);
  if (unknown !== undefined) {
    const isAll = unknown.start <= span[0] && span[1] <= unknown.end;
    const isSimple = value.A_Const !== undefined || value.ColumnRef !== undefined || value.ParamRef !== undefined;
    return unknown.part !== undefined && (isAll || isSimple) ? { kind: 'hole', part: unknown.part } : { kind: 'computed' };
  }
  if (value.ParamRef) return { kind: 'parameter', number: value.ParamRef.number ?? 0 };
  const constant = constantText(value);
  return constant === undefined ? { kind: 'computed' } : { kind: 'constant', text: constant };
}

/** The text of a constant, as `SET` or a function would be given it. */
export function constantText(node: Node): string | undefined {
  const constant = node.A_Const;
  if (constant === undefined) return undefined;
  if (constant.sval) return constant.sval.sval ?? '';
  if (constant.ival) return String(constant.ival.ival ?? 0);
  if (constant.fval) return constant.fval.fval ?? '';
  if (constant.boolval) return String(constant.boolval.boolval ?? false);
  return constant.isnull ? 'null' : undefined;
}

/** What a Boolean expression is, as far as its text says so (`true`, `'t'`, `1=1`, `not false`). */
export function truth(node: Node): boolean | undefined {
  const value = withoutCasts(node);
  if (value.A_Const?.boolval) return value.A_Const.boolval.boolval ?? false;
  if (value.A_Const?.sval) return booleanInput(value.A_Const.sval.sval ?? '');
  if (value.A_Const?.ival && node.TypeCast) return (value.A_Const.ival.ival ?? 0) !== 0;
  if (value.BoolExpr?.boolop === 'NOT_EXPR') {
    const negated = truth(value.BoolExpr.args[0]!);
    return negated === undefined ? undefined : !negated;
  }
  if (value.A_Expr?.kind === 'AEXPR_OP') return comparison(value.A_Expr);
  return undefined;
}

function comparison({ name = [], lexpr, rexpr }: NonNullable<Node['A_Expr']>): boolean | undefined {
  const left = lexpr && constantText(withoutCasts(lexpr));
  const right = rexpr && constantText(withoutCasts(rexpr));
  if (left === undefined || right === undefined) return undefined;
  const operator = name[0]?.String?.sval;
  if (operator === '=') return left === right;
  return operator === '<>' ? left !== right : undefined;
}

/** PostgreSQL's input of type boolean: a word, or an unambiguous beginning of it. */
function booleanInput(input: string): boolean | undefined {
  const word = input.trim().toLowerCase();
  if (/^(?:t|tr|tru|true|y|ye|yes|on|1)$/.test(word)) return true;
  return /^(?:f|fa|fal|fals|false|n|no|of|off|0)$/.test(word) ? false : undefined;
}

/** The number of the parameter an expression is, if it is one: `$3`, `$3::boolean`. */
export function parameterNumber(node: Node): number | undefined {
  return withoutCasts(node).ParamRef?.number;
}

function withoutCasts(node: Node): Node {
  let value = node;
  while (value.TypeCast !== undefined) value = value.TypeCast.arg;
  return value;
}
