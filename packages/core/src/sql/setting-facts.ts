import type { Node, VariableSet } from './parse-tree.ts';
import type { Found, Reading } from './reading.ts';
import type { SettingFact, SqlValue } from './script.ts';
import { constantText, sqlValue } from './sql-value.ts';

/** What a `SET` or `RESET` statement sets, and for how long. */
export function settingFact(node: VariableSet, reading: Reading): Found {
  const isReset = node.kind === 'VAR_RESET' || node.kind === 'VAR_RESET_ALL';
  return isReset ? resetStatement(node, reading) : setStatement(node, reading);
}

/** The grammar writes these in capitals. */
const specialNames: Readonly<Record<string, string>> = {
  TRANSACTION: 'transaction',
  'TRANSACTION SNAPSHOT': 'transaction',
  'SESSION CHARACTERISTICS': 'session characteristics',
};

/** Parameters that `SET` spells in words of their own. */
const spelledNames = [
  ['time', 'zone'],
  ['session', 'authorization'],
  ['session', 'characteristics'],
  ['transaction', 'snapshot'],
  ['xml', 'option'],
];

function resetStatement({ kind, name }: VariableSet, reading: Reading): Found {
  const known = kind === 'VAR_RESET_ALL' ? 'all' : name?.toLowerCase();
  const last = reading.tokens.length - 1;
  return reading.found(0, last, {
    kind: 'setting',
    via: 'RESET',
    scope: 'session',
    ...(known !== undefined && !reading.isUnknown(1, last) && { name: known }),
    reset: true,
    values: [],
  });
}

function setStatement(node: VariableSet, reading: Reading): Found {
  const isSpelled = (at: number) => spelledNames.some((words) => reading.has(at, ...words));
  const sessionKeyword = reading.has(1, 'session') && !isSpelled(1);
  const first = sessionKeyword || reading.has(1, 'local') ? 2 : 1;
  const last = isSpelled(first) ? first + 1 : reading.endOfName(first);
  const name = nameOf(node);
  const values = node.kind === 'VAR_SET_VALUE' ? valuesOf(node.args ?? [], last + 1, reading) : [];
  const modes = node.kind === 'VAR_SET_MULTI' ? modesOf(node, reading) : [];
  return reading.found(0, last, {
    kind: 'setting',
    via: 'SET',
    scope: scopeOf(node, first, reading),
    ...(name !== undefined && !reading.isUnknown(first, last) && { name }),
    reset: node.kind === 'VAR_SET_DEFAULT' || isRoleNone(name, values),
    values,
    scopeRange: reading.range(0),
    ...(sessionKeyword && { sessionRange: reading.range(1) }),
    ...(modes.length > 0 && { modes }),
  });
}

function nameOf({ name }: VariableSet): string | undefined {
  return name === undefined ? undefined : (specialNames[name] ?? name.toLowerCase());
}

function scopeOf({ name, is_local }: VariableSet, nameToken: number, reading: Reading): SettingFact['scope'] {
  // A hole between SET and the name may hold LOCAL.
  const [, setEnd] = reading.span(0, 0);
  const [nameStart] = reading.span(nameToken, nameToken);
  if (nameToken === 1 && reading.text.unknown(setEnd, nameStart) !== undefined) return 'unknown';
  if (name === 'TRANSACTION' || name === 'TRANSACTION SNAPSHOT') return 'transaction';
  return is_local ? 'local' : 'session';
}

function isRoleNone(name: string | undefined, values: readonly SqlValue[]): boolean {
  const [value] = values;
  return name === 'role' && value?.kind === 'constant' && value.text.toLowerCase() === 'none';
}

/** The values stand behind the name (and `=` or `TO`), with commas between them. */
function valuesOf(nodes: readonly Node[], from: number, reading: Reading): SqlValue[] {
  let first = reading.has(from, '=') || reading.has(from, 'to') ? from + 1 : from;
  return nodes.map((node) => {
    const comma = reading.find(first, ',');
    const end = comma < 0 ? reading.tokens.length : comma;
    const value = sqlValue(node, reading.span(first, end - 1), reading.text);
    first = end + 1;
    return value;
  });
}

const modeNames: Readonly<Record<string, readonly [off: string, on: string]>> = {
  transaction_isolation: ['isolation level', 'isolation level'],
  transaction_read_only: ['read write', 'read only'],
  transaction_deferrable: ['not deferrable', 'deferrable'],
};

function modesOf({ name, args = [] }: VariableSet, reading: Reading): string[] {
  if (name === 'TRANSACTION SNAPSHOT') return ['snapshot'];
  return args.flatMap(({ DefElem }) => {
    const mode = modeNames[DefElem?.defname ?? ''];
    const token = DefElem ? reading.indexAt(DefElem.location) : -1;
    if (mode === undefined || token < 0 || reading.isUnknown(token)) return [];
    return [mode[DefElem?.arg !== undefined && constantText(DefElem.arg) === '0' ? 0 : 1]];
  });
}
