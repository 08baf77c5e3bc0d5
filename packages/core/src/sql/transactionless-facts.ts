import { type Node, tagOf, type Tag } from './parse-tree.ts';
import type { Found, Reading } from './reading.ts';

/**
 * Statements that PostgreSQL refuses in a transaction block, with 25001 (`PreventInTransactionBlock` in its source). Each row says for which
 * of the statements of its kind that is so.
 */
const refused: { readonly [T in Tag]?: (node: NonNullable<Node[T]>) => boolean } = {
  IndexStmt: ({ concurrent }) => concurrent === true,
  DropStmt: ({ concurrent }) => concurrent === true,
  ReindexStmt: ({ kind, params = [] }) =>
    wholeDatabase.has(kind) || params.some(({ DefElem }) => DefElem?.defname === 'concurrently' && isOn(DefElem.arg)),
  VacuumStmt: ({ is_vacuumcmd }) => is_vacuumcmd === true,
  ClusterStmt: ({ relation }) => relation === undefined,
  AlterSystemStmt: () => true,
  AlterTableStmt: ({ cmds }) => cmds.some(({ AlterTableCmd }) => AlterTableCmd?.def?.PartitionCmd?.concurrent === true),
  CreatedbStmt: () => true,
  DropdbStmt: () => true,
  CreateTableSpaceStmt: () => true,
  DropTableSpaceStmt: () => true,
};

const wholeDatabase: ReadonlySet<string> = new Set(['REINDEX_OBJECT_SCHEMA', 'REINDEX_OBJECT_SYSTEM', 'REINDEX_OBJECT_DATABASE']);

/** How many words of a statement say what it is. */
const mostWords = 4;

/** Whether a statement is one that cannot run in a transaction block. */
export function transactionlessFacts(statement: Node, reading: Reading): Found[] {
  const tag = tagOf(statement);
  const isRefused = refused[tag] as ((node: Node[Tag]) => boolean) | undefined;
  if (!isRefused?.(statement[tag])) return [];
  const concurrently = reading.find(0, 'concurrently');
  const last = concurrently >= 0 ? concurrently : Math.min(keywords(reading), mostWords) - 1;
  return [reading.found(0, last, { kind: 'transactionless' })];
}

/** The number of words up to the first that is a name. */
function keywords(reading: Reading): number {
  const name = reading.tokens.findIndex(({ text }, index) => index > 0 && !ofTheCommand.has(text));
  return name < 0 ? reading.tokens.length : name;
}

const ofTheCommand: ReadonlySet<string> = new Set(['system', 'database', 'schema', 'tablespace', 'full', 'freeze', 'verbose', 'analyze']);

function isOn(value: Node | undefined): boolean {
  return value === undefined || !/^(?:false|off|0)$/i.test(value.String?.sval ?? '');
}
