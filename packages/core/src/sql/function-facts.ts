import type { FunctionCall, Node } from './parse-tree.ts';
import { nameParts } from './parse-tree.ts';
import type { Found, Reading } from './reading.ts';
import type { AdvisoryLockFact, SettingFact, SqlValue } from './script.ts';
import { constantText, parameterNumber, sqlValue, truth } from './sql-value.ts';

interface Argument {
  readonly node: Node;
  /** Its name in `f(name => value)`. */
  readonly name: string | undefined;
  readonly span: readonly [start: number, end: number];
}

interface Call {
  readonly name: string;
  /** Tokens: the first of the (qualified) name, the last of it, and the closing bracket. */
  readonly first: number;
  readonly nameToken: number;
  readonly last: number;
  readonly arguments: readonly Argument[];
}

type FunctionReader = (call: Call, reading: Reading) => Found;

/** The functions that matter behind a pooler, in PostgreSQL's catalogue under these names. */
const functions: ReadonlyMap<string, FunctionReader> = new Map([
  ...[
    advisory('pg_advisory_lock', 'session', 'lock'),
    advisory('pg_advisory_lock_shared', 'session', 'lock'),
    advisory('pg_try_advisory_lock', 'session', 'try'),
    advisory('pg_try_advisory_lock_shared', 'session', 'try'),
    advisory('pg_advisory_unlock', 'session', 'unlock'),
    advisory('pg_advisory_unlock_shared', 'session', 'unlock'),
    advisory('pg_advisory_unlock_all', 'session', 'unlock all'),
    advisory('pg_advisory_xact_lock', 'transaction', 'lock'),
    advisory('pg_advisory_xact_lock_shared', 'transaction', 'lock'),
    advisory('pg_try_advisory_xact_lock', 'transaction', 'try'),
    advisory('pg_try_advisory_xact_lock_shared', 'transaction', 'try'),
  ],
  ...(['currval', 'lastval', 'nextval', 'setval'] as const).map((name) => simple(name, { kind: 'sequence', function: name })),
  simple('setseed', { kind: 'load', what: 'setseed' }),
  simple('dblink_connect', { kind: 'load', what: 'dblink_connect' }),
  simple('dblink_connect_u', { kind: 'load', what: 'dblink_connect' }),
  ['current_setting', settingRead],
  ...[
    'pg_backend_pid',
    'pg_my_temp_schema',
    'pg_listening_channels',
    'current_schema',
    'current_schemas',
    'inet_client_addr',
    'inet_client_port',
    'txid_current',
    'txid_current_if_assigned',
    'pg_current_xact_id',
    'pg_current_xact_id_if_assigned',
  ].map((name) => simple(name, { kind: 'session-read', what: name })),
  ['pg_notify', notification],
  ['set_config', setConfig],
]);

/** Extensions are installed in any schema. */
const anySchema: ReadonlySet<string> = new Set(['dblink_connect', 'dblink_connect_u']);

export function isReadFunction(name: string): boolean {
  return functions.has(name);
}

/** What a function call of a statement does; undefined for the functions that do not matter here. */
export function functionFact(node: FunctionCall, reading: Reading): Found | undefined {
  const names = nameParts(node.funcname);
  const name = names.at(-1) ?? '';
  const read = functions.get(name);
  if (read === undefined) return undefined;
  if (names.length > 1 && names.at(-2) !== 'pg_catalog' && !anySchema.has(name)) return undefined;
  const call = locate(node, name, reading);
  return call && read(call, reading);
}

/** The tokens of a call, from the (qualified) name to the closing bracket. */
export function tokensOfCall(node: FunctionCall, reading: Reading): { readonly first: number; readonly last: number } | undefined {
  return locate(node, nameParts(node.funcname).at(-1) ?? '', reading);
}

/** What the arguments of `current_setting(name, missing_ok)` say; undefined for another function. */
export function currentSetting(
  node: Node,
  reading: Reading,
): { readonly call: FunctionCall; readonly name?: string; readonly missingOk: boolean } | undefined {
  const call = node.FuncCall;
  if (!call) return undefined;
  const names = nameParts(call.funcname);
  if (names.at(-1) !== 'current_setting' || (names.length > 1 && names.at(-2) !== 'pg_catalog')) return undefined;
  const [setting, missingOk] = locate(call, 'current_setting', reading)?.arguments ?? [];
  const name = setting && knownText(setting, reading)?.toLowerCase();
  return {
    call,
    ...(name !== undefined && { name }),
    missingOk: missingOk !== undefined && reading.text.unknown(...missingOk.span) === undefined && truth(missingOk.node) === true,
  };
}

function locate({ location, args = [] }: FunctionCall, name: string, reading: Reading): Call | undefined {
  const first = reading.indexAt(location);
  if (first < 0) return undefined;
  const nameToken = reading.endOfName(first);
  if (!reading.has(nameToken + 1, '(')) return undefined;
  const { close, spans } = splitArguments(reading, nameToken + 1);
  return {
    name,
    first,
    nameToken,
    last: close,
    arguments: args.map((node, index) => ({
      node: node.NamedArgExpr?.arg ?? node,
      name: node.NamedArgExpr?.name,
      span: spans[index] ?? reading.span(nameToken + 1, close),
    })),
  };
}

function splitArguments(reading: Reading, open: number): { close: number; spans: (readonly [number, number])[] } {
  const spans: (readonly [number, number])[] = [];
  let depth = 0;
  let first = open + 1;
  for (let at = open; at < reading.tokens.length; at++) {
    const { text } = reading.tokens[at]!;
    if (text === '(' || text === '[') depth++;
    if (text === ')' || text === ']') depth--;
    if (depth === 0 || (depth === 1 && text === ',')) {
      // `name => value`: the value is what can be edited and read.
      if (reading.has(first + 1, '=>') || reading.has(first + 1, ':=')) first += 2;
      if (at > first) spans.push(reading.span(first, at - 1));
      first = at + 1;
    }
    if (depth === 0) return { close: at, spans };
  }
  return { close: reading.tokens.length - 1, spans };
}

function simple(name: string, fact: Parameters<Reading['found']>[2]): [string, FunctionReader] {
  return [name, (call, reading) => reading.found(call.first, call.last, fact)];
}

function advisory(name: string, level: AdvisoryLockFact['level'], operation: AdvisoryLockFact['operation']): [string, FunctionReader] {
  return [
    name,
    (call, reading) =>
      reading.found(call.first, call.last, {
        kind: 'advisory-lock',
        level,
        operation,
        function: nameAsWritten(call, reading),
        nameRange: reading.range(call.nameToken),
      }),
  ];
}

function nameAsWritten(call: Call, reading: Reading): string {
  const written = reading.text.written(...reading.span(call.nameToken, call.nameToken));
  return written.startsWith('"') ? call.name : written;
}

function notification(call: Call, reading: Reading): Found {
  const channel = call.arguments[0] && knownText(call.arguments[0], reading);
  return reading.found(call.first, call.last, { kind: 'notify', ...(channel !== undefined && { channel }) });
}

/** `current_setting(setting_name text, missing_ok boolean)` */
function settingRead(call: Call, reading: Reading): Found {
  const parameter = call.arguments[0] && knownText(call.arguments[0], reading)?.toLowerCase();
  return reading.found(call.first, call.last, {
    kind: 'session-read',
    what: 'current_setting',
    ...(parameter !== undefined && { parameter }),
  });
}

/** `set_config(setting_name text, new_value text, is_local boolean)` */
function setConfig(call: Call, reading: Reading): Found {
  const argument = (position: number, name: string) =>
    call.arguments.find((each, index) => (each.name ?? (index === position ? name : undefined)) === name);
  const name = argument(0, 'setting_name');
  const value = argument(1, 'new_value');
  const isLocal = argument(2, 'is_local');
  const known = name && knownText(name, reading)?.toLowerCase();
  return reading.found(call.first, call.last, {
    kind: 'setting',
    via: 'set_config',
    scope: scopeOf(isLocal, reading),
    ...(known !== undefined && { name: known }),
    reset: false,
    values: value ? [valueOf(value, reading)] : [],
    ...writtenParameter('nameParameter', name, reading),
    ...writtenParameter('scopeParameter', isLocal, reading),
    ...(isLocal && { scopeRange: reading.text.range(...isLocal.span) }),
  });
}

function scopeOf(isLocal: Argument | undefined, reading: Reading): SettingFact['scope'] {
  if (isLocal === undefined || reading.text.unknown(...isLocal.span) !== undefined) return 'unknown';
  const local = truth(isLocal.node);
  if (local === undefined) return 'unknown';
  return local ? 'local' : 'session';
}

/** A `$n` of the text itself, not one that stands for a hole. */
function writtenParameter<K extends string>(key: K, argument: Argument | undefined, reading: Reading): { [P in K]?: number } {
  const number = argument && reading.text.unknown(...argument.span) === undefined ? parameterNumber(argument.node) : undefined;
  return (number === undefined ? {} : { [key]: number }) as { [P in K]?: number };
}

function valueOf({ node, span }: Argument, reading: Reading): SqlValue {
  return sqlValue(node, span, reading.text);
}

function knownText({ node, span }: Argument, reading: Reading): string | undefined {
  if (reading.text.unknown(...span) !== undefined) return undefined;
  return constantText(node.TypeCast?.arg ?? node);
}
