import type { TSESTree } from '@typescript-eslint/types';
import type { Range } from '../place.ts';
import type { ClientOptions, OptionValue } from '../sites/site.ts';
import { returnedExpressions } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { calleeOf } from './callee.ts';
import { type Located, meaningOf, origin } from './meaning.ts';
import { textsOf, type TextView } from './text.ts';

/** The keys under which drivers take a connection string. */
const urlKeys: readonly string[] = ['connectionString', 'url', 'connection', 'uri', 'dsn', 'datasourceUrl', 'host'];

const noOptions: ClientOptions = { properties: new Map(), open: false };

/** Objects looked at for one argument; what lies beyond is open. Bounds the work on objects that hold themselves, or one another many times over. */
const maxObjects = 200;

/**
 * Reads the arguments of a constructor: a connection string, an options object, or both, through constants and spreads.
 * Keys of a URL's query string are options too, as the drivers treat them.
 */
export function optionsOf(values: readonly TSESTree.Node[], view: TextView): ClientOptions {
  return values.reduce<ClientOptions>(
    (options, node) =>
      joined(options, argumentOptions({ node, file: view.file }, { ...view, argument: [node.range[0], node.range[1]], read: [] })),
    noOptions,
  );
}

/** The argument that is read: where an option is said to stand that is written in another file. */
interface OptionsView extends TextView {
  readonly argument: Range;
  /** The objects read so far. */
  readonly read: TSESTree.Node[];
}

function argumentOptions(at: Located, view: OptionsView): ClientOptions {
  const there = origin(at, view.world.semantics);
  switch (there.node.type) {
    case 'ObjectExpression':
      return objectOptions(there as Located<TSESTree.ObjectExpression>, '', view);
    case 'Literal':
      return typeof there.node.value === 'string' ? urlOptions(at, view) : noOptions;
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return noOptions;
    case 'CallExpression': {
      const fn = calleeOf(there as Located<TSESTree.CallExpression>, view.world.semantics);
      const objects = fn
        ? returnedExpressions(fn.node)
            .map((node) => unwrap(node))
            .filter((node) => node.type === 'ObjectExpression')
        : [];
      if (objects.length > 0) return objects.map((node) => objectOptions({ node, file: fn!.file }, '', view)).reduce(joined);
      return urlOptions(at, view);
    }
    default:
      return urlOptions(at, view);
  }
}

function objectOptions(at: Located<TSESTree.ObjectExpression>, prefix: string, view: OptionsView): ClientOptions {
  if (view.read.push(at.node) > maxObjects) return { ...noOptions, open: true };
  let options = noOptions;
  for (const property of at.node.properties) {
    if (property.type === 'SpreadElement') {
      const spread = origin({ node: property.argument, file: at.file }, view.world.semantics);
      // `...(condition && { .. })`, `...(condition ? { .. } : {})`: the properties may be there.
      const objects = alternatives(spread.node).filter((node) => node.type === 'ObjectExpression');
      if (objects.length === 0) options = { ...options, open: true };
      for (const node of objects) options = joined(options, { ...objectOptions({ node, file: spread.file }, prefix, view) });
      continue;
    }
    const name = propertyName(property);
    if (name === undefined) {
      options = { ...options, open: true };
      continue;
    }
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const value = origin({ node: property.value, file: at.file }, view.world.semantics);
    if (value.node.type === 'ObjectExpression') {
      options = joined(options, objectOptions(value as Located<TSESTree.ObjectExpression>, path, view));
    }
    const here = at.file === view.file ? property.range : view.argument;
    const properties = new Map(options.properties).set(path, optionValue(property.value, value, [here[0], here[1]]));
    options = { ...options, properties };
    if (urlKeys.includes(name) && value.node.type !== 'ObjectExpression') {
      options = joined(options, urlOptions({ node: property.value, file: at.file }, view));
    }
  }
  return options;
}

function optionValue(node: TSESTree.Node, value: Located, range: readonly [number, number]): OptionValue {
  const inner = unwrap(value.node);
  const constant =
    inner.type === 'Literal' && typeof inner.value !== 'bigint' && !(inner.value instanceof RegExp)
      ? inner.value
      : inner.type === 'TemplateLiteral' && inner.expressions.length === 0
        ? inner.quasis[0]!.value.cooked
        : inner.type === 'UnaryExpression' && inner.operator === '!' && inner.argument.type === 'Literal'
          ? !inner.argument.value
          : undefined;
  if (inner.type === 'Identifier' && inner.name === 'undefined') return { range, node, known: true };
  return constant === undefined ? { range, node, known: false } : { range, node, constant, known: true };
}

function alternatives(node: TSESTree.Node): TSESTree.Node[] {
  const inner = unwrap(node);
  if (inner.type === 'ConditionalExpression') return [...alternatives(inner.consequent), ...alternatives(inner.alternate)];
  if (inner.type === 'LogicalExpression')
    return inner.operator === '&&' ? alternatives(inner.right) : [...alternatives(inner.left), ...alternatives(inner.right)];
  return [inner];
}

/** A connection string, and the options in its query string. */
function urlOptions(at: Located, view: TextView): ClientOptions {
  const source = sourceOf(at, view);
  const [url] = textsOf(at, view);
  const properties = new Map<string, OptionValue>();
  const constant = url?.parts.map((part) => (part.kind === 'constant' ? part.value : '\u0000')).join('') ?? '';
  const query = constant.indexOf('?');
  if (/^\w+:\/\//.test(constant) || constant.startsWith('\u0000')) {
    for (const pair of query < 0 ? [] : constant.slice(query + 1).split('&')) {
      const [key, value = ''] = pair.split('=', 2);
      if (!key || key.includes('\u0000')) continue;
      const known = !value.includes('\u0000');
      const range = keyRange(url!.parts, pair) ?? url!.at;
      properties.set(`?${decode(key)}`, known ? { range, known, constant: decode(value) } : { range, known });
    }
  }
  for (const [key, option] of searchParams(at, view)) properties.set(key, option);
  const { given, open } = unseen(at, view);
  return { properties, open, ...(given && { urlGiven: true }), ...(url && { url }), ...(source !== undefined && { urlSource: source }) };
}

/** Whether an argument is a parameter of the function around it, and whether it may be an options object that is out of sight. */
function unseen(at: Located, view: TextView): { readonly given: boolean; readonly open: boolean } {
  let root = unwrap(at.node);
  const isName = root.type === 'Identifier';
  while (root.type === 'MemberExpression') root = unwrap(root.object);
  const meaning = root.type === 'Identifier' ? meaningOf(root, at.file, view.world.semantics) : undefined;
  const given = meaning?.kind === 'parameter';
  const name = isName && root.type === 'Identifier' ? root.name : '';
  return { given, open: (given || meaning?.kind === 'import') && isName && !/ur[li]|dsn|conn|string|address/i.test(name) };
}

/** `url.searchParams.set(key, value)`, where the connection string is `url.toString()` or `url.href`. */
function* searchParams(at: Located, view: TextView): Generator<[string, OptionValue]> {
  const node = unwrap(at.node);
  const member = node.type === 'CallExpression' && node.callee.type === 'MemberExpression' ? node.callee : node;
  if (member.type !== 'MemberExpression' || !/^(toString|href)$/.test(propertyName(member) ?? '') || member.object.type !== 'Identifier')
    return;
  if (at.file !== view.file) return;
  for (const reference of variableOf(member.object, at.file)?.references ?? []) {
    const params = reference.identifier.parent as TSESTree.Node | undefined;
    const set = params?.parent;
    const call = set?.parent;
    if (
      params?.type !== 'MemberExpression' ||
      propertyName(params) !== 'searchParams' ||
      set?.type !== 'MemberExpression' ||
      call?.type !== 'CallExpression'
    )
      continue;
    const [key, value] = call.arguments;
    if (!/^(set|append)$/.test(propertyName(set) ?? '') || key?.type !== 'Literal' || typeof key.value !== 'string' || !value) continue;
    const option = optionValue(value, origin({ node: value, file: at.file }, view.world.semantics), [call.range[0], call.range[1]]);
    yield [`?${key.value}`, option];
  }
}

function keyRange(
  parts: readonly {
    readonly kind: string;
    readonly value?: string;
    readonly range?: readonly [number, number];
    readonly offsets?: readonly number[];
  }[],
  pair: string,
) {
  for (const part of parts) {
    const at = part.value?.indexOf(pair) ?? -1;
    if (at < 0 || !part.range) continue;
    const from = part.offsets?.[at] ?? part.range[0] + at;
    return [from, part.offsets?.[at + pair.length] ?? from + pair.length] as const;
  }
  return undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The words that tell where a connection string comes from: the expression as written, and what it was made from. */
function sourceOf(at: Located, view: TextView, depth = 0): string | undefined {
  const { semantics } = view.world;
  const node = unwrap(at.node);
  if (node.type === 'Literal' || depth > 4) return undefined;
  const written = at.file.text.slice(node.range[0], Math.min(node.range[1], node.range[0] + 200));
  const below = (found: readonly Located[]): string => {
    const sources = found.flatMap((next) => sourceOf(next, view, depth + 1) ?? []);
    return sources.length > 0 ? sources.join(' ?? ') : written;
  };
  if (node.type === 'CallExpression') {
    const fn = calleeOf({ node, file: at.file }, semantics);
    return fn ? below(returnedExpressions(fn.node).map((returned) => ({ node: returned, file: fn.file }))) : written;
  }
  const meaning = node.type === 'Identifier' ? meaningOf(node, at.file, semantics) : undefined;
  if (meaning?.kind === 'value' && meaning.path.length === 0) return below([{ node: meaning.node, file: meaning.file }]);
  if (meaning?.kind === 'declared') return below(meaning.assigned.map((value) => ({ node: value, file: meaning.file })));
  return written;
}

function joined(a: ClientOptions, b: ClientOptions): ClientOptions {
  const url = b.url ?? a.url;
  const urlSource = b.urlSource ?? a.urlSource;
  return {
    properties: new Map([...a.properties, ...b.properties]),
    open: a.open || b.open,
    ...((a.urlGiven || b.urlGiven) && { urlGiven: true }),
    ...(url && { url }),
    ...(urlSource !== undefined && { urlSource }),
  };
}
