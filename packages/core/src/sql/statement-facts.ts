import { functionFact } from './function-facts.ts';
import { descendants, nameParts, tagOf, type Node, type OnCommit, type RangeVar, type Tag } from './parse-tree.ts';
import type { Found, Reading } from './reading.ts';
import type { CursorFact, DiscardFact, Statement, TemporaryObjectFact, TransactionFact } from './script.ts';
import { settingFact } from './setting-facts.ts';
import { transactionlessFacts } from './transactionless-facts.ts';
import { storedFacts } from './unset-setting-facts.ts';
import { constantText } from './sql-value.ts';
import { isMadeUp } from './sql-text.ts';

/** What a statement does when it runs, in the order of the text. The block of a `DO` is read by `doBlockFacts`. */
export function statementFacts(statement: Node, reading: Reading): Found[] {
  const evaluates = runsItsExpressions.has(tagOf(statement));
  return [
    ...ownFacts(statement, reading),
    ...transactionlessFacts(statement, reading),
    ...(evaluates ? expressionFacts(statement, reading) : storedFacts(statement, reading)),
  ].sort((a, b) => a.at - b.at);
}

/** What the function calls, row locks and session views below a node do. */
function expressionFacts(root: Node, reading: Reading): Found[] {
  const found: Found[] = [];
  let locksRows = false;
  let writes = false;
  for (const node of descendants(root)) {
    if (node.FuncCall) found.push(...[functionFact(node.FuncCall, reading)].filter((fact) => fact !== undefined));
    if (node.RangeVar && sessionViews.has(node.RangeVar.relname)) found.push(...sessionView(node.RangeVar, reading));
    if (Object.hasOwn(node, 'lockingClause')) locksRows = true;
    if (node.InsertStmt || node.UpdateStmt || node.DeleteStmt || node.MergeStmt) writes = true;
    if (Object.hasOwn(node, 'intoClause')) found.push(...selectInto(node, reading));
  }
  return locksRows ? [...found, ...rowLocks(reading, writes)] : found;
}

/** A `*` of the result itself: not one of a subquery, nor a product, nor `count(*)`. */
export function starOf(statement: Node, reading: Reading): Pick<Statement, 'star'> {
  if (!returnsColumns.has(tagOf(statement))) return {};
  let depth = 0;
  for (const [at, { text }] of reading.tokens.entries()) {
    if (text === '(' || text === '[') depth++;
    if (text === ')' || text === ']') depth--;
    const follows = reading.tokens[at - 1]?.text ?? '';
    if (text !== '*' || depth !== 0 || !beforeStar.has(follows)) continue;
    const first = follows === '.' ? at - 2 : at;
    return { star: { range: reading.range(first, at), head: reading.text.written(...reading.span(first, at)) } };
  }
  return {};
}

const returnsColumns: ReadonlySet<Tag> = new Set(['DeleteStmt', 'InsertStmt', 'MergeStmt', 'SelectStmt', 'UpdateStmt'] as const);

const beforeStar: ReadonlySet<string> = new Set(['select', 'distinct', 'all', 'returning', ',', '.']);

/** In these the expressions are evaluated when the statement runs; in a view, a default or a policy they are only stored. */
const runsItsExpressions: ReadonlySet<Tag> = new Set([
  'CallStmt',
  'CopyStmt',
  'CreateTableAsStmt',
  'DeclareCursorStmt',
  'DeleteStmt',
  'ExecuteStmt',
  'InsertStmt',
  'MergeStmt',
  'SelectStmt',
  'UpdateStmt',
] as const);

type Readers = { readonly [T in Tag]?: (node: NonNullable<Node[T]>, reading: Reading) => readonly Found[] };

const readers: Readers = {
  VariableSetStmt: (node, reading) => [settingFact(node, reading)],
  ConstraintsSetStmt: (_node, reading) => [
    reading.found(0, 1, {
      kind: 'setting',
      via: 'SET CONSTRAINTS',
      scope: 'transaction',
      name: 'constraints',
      reset: false,
      values: [],
      scopeRange: reading.range(0),
    }),
  ],
  VariableShowStmt: (node, reading) => [
    whole(
      reading,
      reading.isUnknown(1, 9)
        ? { kind: 'session-read', what: 'SHOW' }
        : { kind: 'session-read', what: node.name.toLowerCase(), parameter: node.name.toLowerCase() },
    ),
  ],
  TransactionStmt: (node, reading) => {
    const command = transactionCommands[node.kind];
    return command === undefined ? [] : [whole(reading, { kind: 'transaction', command })];
  },
  ListenStmt: (node, reading) => [reading.found(0, 1, { kind: 'listen', ...knownAs('channel', node.conditionname, reading) })],
  UnlistenStmt: (node, reading) => [reading.found(0, 1, { kind: 'unlisten', ...knownAs('channel', node.conditionname, reading) })],
  NotifyStmt: (node, reading) => [reading.found(0, 1, { kind: 'notify', ...knownAs('channel', node.conditionname, reading) })],
  PrepareStmt: (node, reading) => [reading.found(0, 1, { kind: 'prepare', ...knownAs('name', node.name, reading) })],
  ExecuteStmt: (node, reading) => [reading.found(0, 1, { kind: 'execute', ...knownAs('name', node.name, reading) })],
  DeallocateStmt: (node, reading) => [
    whole(reading, {
      kind: 'deallocate',
      ...(node.isall ? { all: true } : knownAs('name', node.name, reading, reading.has(1, 'prepare') ? 2 : 1)),
    }),
  ],
  DiscardStmt: (node, reading) => {
    const target = discardTargets[node.target];
    return target === undefined ? [] : [whole(reading, { kind: 'discard', target })];
  },
  LoadStmt: (_node, reading) => [whole(reading, { kind: 'load', what: 'LOAD' })],
  LockStmt: (_node, reading) => [reading.found(0, reading.endOfName(reading.has(1, 'table') ? 2 : 1), { kind: 'row-lock', table: true })],
  DeclareCursorStmt: (node, reading) => [cursor(node, reading)],
  CreateStmt: (node, reading) => temporaryRelation(node.relation, 'table', node.oncommit, reading),
  CreateTableAsStmt: (node, reading) => [
    ...temporaryRelation(node.into.rel, 'table', node.into.onCommit, reading),
    ...(node.query.ExecuteStmt ? ownFacts(node.query, reading.from(reading.find(0, 'execute'))) : []),
  ],
  ViewStmt: (node, reading) => temporaryRelation(node.view, 'view', undefined, reading),
  CreateSeqStmt: (node, reading) => temporaryRelation(node.sequence, 'sequence', undefined, reading),
  CreateFunctionStmt: (node, reading) => temporaryFunction(nameParts(node.funcname), reading),
  DropStmt: (node, reading) =>
    temporaryKinds.has(node.removeType)
      ? [whole(reading, { kind: 'drop', names: node.objects.map(objectName).filter((name) => !isMadeUp(name)) })]
      : [],
  ExplainStmt: (node, reading) => (runsWhatItExplains(node) ? statementFacts(node.query, reading.from(afterExplain(reading))) : []),
};

function ownFacts(statement: Node, reading: Reading): readonly Found[] {
  const tag = tagOf(statement);
  const read = readers[tag] as ((node: Node[Tag], reading: Reading) => readonly Found[]) | undefined;
  return read?.(statement[tag], reading) ?? [];
}

const transactionCommands: Readonly<Record<string, TransactionFact['command']>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback to',
  TRANS_STMT_PREPARE: 'prepare',
  TRANS_STMT_COMMIT_PREPARED: 'commit prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback prepared',
};

const discardTargets: Readonly<Record<string, DiscardFact['target']>> = {
  DISCARD_ALL: 'all',
  DISCARD_PLANS: 'plans',
  DISCARD_SEQUENCES: 'sequences',
  DISCARD_TEMP: 'temp',
};

const commitActions: Readonly<Record<OnCommit, TemporaryObjectFact['onCommit']>> = {
  ONCOMMIT_NOOP: 'unspecified',
  ONCOMMIT_PRESERVE_ROWS: 'preserve',
  ONCOMMIT_DELETE_ROWS: 'delete rows',
  ONCOMMIT_DROP: 'drop',
};

/** What can be temporary, of all that can be dropped. */
const temporaryKinds: ReadonlySet<string> = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_SEQUENCE', 'OBJECT_FUNCTION']);

const sessionViews: ReadonlySet<string> = new Set(['pg_prepared_statements', 'pg_cursors']);

function whole(reading: Reading, fact: Parameters<Reading['found']>[2]): Found {
  return reading.found(0, reading.tokens.length - 1, fact);
}

/** The name of a channel or statement under its key, if it is known and not a hole. */
function knownAs<Key extends string>(key: Key, name: string | undefined, reading: Reading, token = 1): { [K in Key]?: string } {
  return name === undefined || reading.isUnknown(token) ? {} : ({ [key]: name } as { [K in Key]?: string });
}

/** `CURSOR_OPT_HOLD` of PostgreSQL's parsenodes.h. */
const withHoldOption = 0x0020;

function cursor({ portalname, options }: NonNullable<Node['DeclareCursorStmt']>, reading: Reading): Found {
  const hold = (options & withHoldOption) !== 0;
  const words = reading.find(2, 'with', 'hold');
  const keyword = reading.find(2, 'cursor');
  const name = reading.isUnknown(1) ? reading.text.written(...reading.span(1, 1)) : portalname;
  const fact: Omit<CursorFact, 'range' | 'head'> = {
    kind: 'cursor',
    name,
    hold,
    ...(hold && { holdRange: reading.range(words, words + 1) }),
  };
  return reading.found(0, hold ? words + 1 : keyword, fact);
}

function temporaryRelation(
  relation: RangeVar,
  object: TemporaryObjectFact['object'],
  onCommit: OnCommit | undefined,
  reading: Reading,
): Found[] {
  if (relation.relpersistence !== 't' && relation.schemaname !== 'pg_temp') return [];
  const name = reading.indexAt(relation.location);
  const last = reading.endOfName(name);
  return [reading.found(startOfDefinition(name, reading), last, temporary(object, relation.relname, reading.isUnknown(last), onCommit))];
}

function temporaryFunction(names: readonly string[], reading: Reading): Found[] {
  if (names.length < 2 || names[0] !== 'pg_temp') return [];
  const last = reading.endOfName(reading.find(0, 'pg_temp'));
  return [reading.found(0, last, temporary('function', names.at(-1) ?? '', reading.isUnknown(last)))];
}

function temporary(
  object: TemporaryObjectFact['object'],
  name: string,
  isUnknown: boolean,
  onCommit: OnCommit = 'ONCOMMIT_NOOP',
): Omit<TemporaryObjectFact, 'range' | 'head'> {
  return { kind: 'temporary', object, ...(!isUnknown && { name }), onCommit: commitActions[onCommit] };
}

/** `CREATE TEMP TABLE x` begins at CREATE, `SELECT .. INTO TEMP x` at INTO. */
function startOfDefinition(name: number, reading: Reading): number {
  for (let at = name; at > 0; at--) if (reading.has(at, 'into') || reading.has(at, 'create')) return at;
  return 0;
}

function selectInto(node: object, reading: Reading): Found[] {
  const { intoClause } = node as { intoClause: { rel: RangeVar; onCommit?: OnCommit } };
  return temporaryRelation(intoClause.rel, 'table', intoClause.onCommit, reading);
}

function sessionView(view: RangeVar, reading: Reading): Found[] {
  if (view.schemaname !== undefined && view.schemaname !== 'pg_catalog') return [];
  const name = reading.indexAt(view.location);
  return name < 0 ? [] : [reading.found(name, reading.endOfName(name), { kind: 'session-read', what: view.relname })];
}

const rowLockWords = [
  ['for', 'update'],
  ['for', 'no', 'key', 'update'],
  ['for', 'share'],
  ['for', 'key', 'share'],
];

function rowLocks(reading: Reading, writes: boolean): Found[] {
  return reading.tokens.flatMap((_token, at) =>
    rowLockWords
      .filter((words) => reading.has(at, ...words))
      .map((words) => reading.found(at, at + words.length - 1, { kind: 'row-lock', table: false, ...(writes && { writes }) })),
  );
}

/** The unqualified name of a dropped object. */
function objectName(object: Node): string {
  const names = object.List?.items ?? object.ObjectWithArgs?.objname ?? [object];
  return nameParts(names).at(-1) ?? '';
}

/** Only `EXPLAIN ANALYZE` runs the statement. */
function runsWhatItExplains({ options = [] }: NonNullable<Node['ExplainStmt']>): boolean {
  const analyze = options.findLast(({ DefElem }) => DefElem?.defname === 'analyze')?.DefElem;
  if (analyze === undefined) return false;
  const value = analyze.arg;
  return value === undefined || !/^(?:false|off|0)$/i.test(value.String?.sval ?? constantText(value) ?? '');
}

function afterExplain(reading: Reading): number {
  let at = 1;
  if (reading.has(at, '(')) return reading.find(at, ')') + 1;
  while (reading.has(at, 'analyze') || reading.has(at, 'analyse') || reading.has(at, 'verbose')) at++;
  return at;
}
