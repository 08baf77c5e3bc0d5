/** The nodes of PostgreSQL's parse tree that are read here, as libpg-query spells them. A field with its default value is left out. */

export interface ParseTree {
  readonly stmts?: readonly RawStatement[];
}

export interface RawStatement {
  readonly stmt: Node;
  /** UTF-8 bytes. */
  readonly stmt_location?: number;
  /** UTF-8 bytes; absent or 0 means up to the end of the text. */
  readonly stmt_len?: number;
}

/** A node under its tag: one of the fields is there. */
export interface Node {
  readonly String?: { readonly sval?: string };
  readonly List?: { readonly items?: readonly Node[] };
  readonly A_Const?: Constant;
  readonly A_Expr?: { readonly kind: string; readonly name?: readonly Node[]; readonly lexpr?: Node; readonly rexpr?: Node };
  readonly BoolExpr?: { readonly boolop: string; readonly args: readonly Node[] };
  readonly ColumnRef?: object;
  readonly ParamRef?: { readonly number?: number };
  readonly TypeCast?: {
    readonly arg: Node;
    readonly typeName?: { readonly names?: readonly Node[]; readonly arrayBounds?: readonly Node[] };
  };
  readonly NullTest?: { readonly arg: Node };
  readonly CoalesceExpr?: { readonly args: readonly Node[] };
  readonly SubLink?: { readonly subLinkType: string; readonly subselect: Node };
  readonly ResTarget?: { readonly val?: Node };
  readonly NamedArgExpr?: { readonly name: string; readonly arg: Node };
  readonly FuncCall?: FunctionCall;
  readonly DefElem?: { readonly defname: string; readonly arg?: Node; readonly location: number };
  readonly ObjectWithArgs?: { readonly objname: readonly Node[] };
  readonly RangeVar?: RangeVar;

  readonly AlterPolicyStmt?: PolicyStatement;
  readonly AlterSystemStmt?: object;
  readonly AlterTableCmd?: { readonly subtype: string; readonly def?: Node };
  readonly AlterTableStmt?: { readonly cmds: readonly Node[] };
  readonly CallStmt?: object;
  readonly ClusterStmt?: { readonly relation?: RangeVar };
  readonly ConstraintsSetStmt?: object;
  readonly CopyStmt?: object;
  readonly CreateFunctionStmt?: { readonly funcname: readonly Node[]; readonly options?: readonly Node[] };
  readonly CreatePolicyStmt?: PolicyStatement;
  readonly CreateSeqStmt?: { readonly sequence: RangeVar };
  readonly CreateTableSpaceStmt?: object;
  readonly CreatedbStmt?: object;
  readonly CreateStmt?: { readonly relation: RangeVar; readonly oncommit?: OnCommit };
  readonly CreateTableAsStmt?: { readonly query: Node; readonly into: IntoClause; readonly objtype: string };
  readonly DeallocateStmt?: { readonly name?: string; readonly isall?: boolean };
  readonly DeclareCursorStmt?: { readonly portalname: string; readonly options: number };
  readonly DeleteStmt?: object;
  readonly DiscardStmt?: { readonly target: string };
  readonly DoStmt?: { readonly args: readonly Node[] };
  readonly DropStmt?: { readonly objects: readonly Node[]; readonly removeType: string; readonly concurrent?: boolean };
  readonly DropTableSpaceStmt?: object;
  readonly DropdbStmt?: object;
  readonly ExecuteStmt?: { readonly name: string };
  readonly ExplainStmt?: { readonly query: Node; readonly options?: readonly Node[] };
  readonly IndexStmt?: { readonly concurrent?: boolean };
  readonly InsertStmt?: object;
  readonly ListenStmt?: { readonly conditionname: string };
  readonly LoadStmt?: object;
  readonly LockStmt?: object;
  readonly MergeStmt?: object;
  readonly NotifyStmt?: { readonly conditionname: string };
  readonly PartitionCmd?: { readonly concurrent?: boolean };
  readonly PrepareStmt?: { readonly name: string };
  readonly ReindexStmt?: { readonly kind: string; readonly params?: readonly Node[] };
  readonly SelectStmt?: { readonly targetList?: readonly Node[] };
  readonly TransactionStmt?: { readonly kind: string };
  readonly UnlistenStmt?: { readonly conditionname?: string };
  readonly UpdateStmt?: object;
  readonly VacuumStmt?: { readonly is_vacuumcmd?: boolean };
  readonly VariableSetStmt?: VariableSet;
  readonly VariableShowStmt?: { readonly name: string };
  readonly ViewStmt?: { readonly view: RangeVar };
}

export type Tag = keyof Node;

export interface Constant {
  readonly sval?: { readonly sval?: string };
  readonly ival?: { readonly ival?: number };
  readonly fval?: { readonly fval?: string };
  readonly boolval?: { readonly boolval?: boolean };
  readonly isnull?: boolean;
}

export interface FunctionCall {
  readonly funcname: readonly Node[];
  readonly args?: readonly Node[];
  readonly location: number;
}

/** `CREATE POLICY` and `ALTER POLICY`. */
export interface PolicyStatement {
  readonly policy_name: string;
  readonly table: RangeVar;
  readonly qual?: Node;
  readonly with_check?: Node;
}

export interface RangeVar {
  readonly schemaname?: string;
  readonly relname: string;
  /** `t` for temporary. */
  readonly relpersistence?: string;
  readonly location: number;
}

export type OnCommit = 'ONCOMMIT_NOOP' | 'ONCOMMIT_PRESERVE_ROWS' | 'ONCOMMIT_DELETE_ROWS' | 'ONCOMMIT_DROP';

export interface IntoClause {
  readonly rel: RangeVar;
  readonly onCommit?: OnCommit;
}

export interface VariableSet {
  readonly kind: 'VAR_SET_VALUE' | 'VAR_SET_DEFAULT' | 'VAR_SET_CURRENT' | 'VAR_SET_MULTI' | 'VAR_RESET' | 'VAR_RESET_ALL';
  readonly name?: string;
  readonly args?: readonly Node[];
  readonly is_local?: boolean;
}

/** The one tag that a node has, and what stands under it. */
export function tagOf(node: Node): Tag {
  return Object.keys(node)[0] as Tag;
}

/** Every node below a value, without recursion: a tree may be deeper than the stack. */
export function* descendants(root: unknown): Generator<Node> {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) yield value;
    for (const child of Object.values(value)) pending.push(child);
  }
}

/** The parts of a name such as `pg_catalog.set_config`. */
export function nameParts(nodes: readonly Node[]): string[] {
  return nodes.map((node) => node.String?.sval ?? '');
}
