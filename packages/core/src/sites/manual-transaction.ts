import type { TSESTree } from '@typescript-eslint/types';
import { calleeOf } from '../evaluate/callee.ts';
import { textsOf } from '../evaluate/text.ts';
import type { SourceFile } from '../source-file.ts';
import { readScript } from '../sql/read-script.ts';
import { enclosingBody, enclosingFunctions } from '../syntax/functions.ts';
import { words } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { forwardOf } from './forward.ts';
import { answerOf, handleOf } from './handle-of.ts';
import { operationOf } from './operation.ts';
import type { Handle } from './site.ts';
import { textView } from './tag-kind.ts';

/** A place where a transaction is begun or ended by hand, on one handle. */
export interface TransactionMarker {
  readonly node: TSESTree.Node;
  readonly body: TSESTree.Node;
  readonly root: string;
  readonly opens: boolean;
  /** It stands in a `catch` or `finally`, or behind an `if`: it does not run on the way through. */
  readonly aside: boolean;
}

/**
 * Whether a handle is between BEGIN and COMMIT where `node` stands: `in`, `out`, or `undefined` where the transaction is begun in
 * another function, or not by hand at all (`none`).
 */
export function pinnedBy(handle: Handle, node: TSESTree.Node, file: SourceFile, world: World): 'in' | 'out' | 'elsewhere' | 'none' {
  if (handle.root === undefined) return 'none';
  const markers = markersOf(file, world).filter((marker) => marker.root === handle.root);
  if (markers.length === 0) return 'none';
  const bodies = new Set<TSESTree.Node>([file.ast, ...enclosingFunctions(node)]);
  const relevant = markers.filter((marker) => bodies.has(marker.body));
  if (relevant.length === 0) return 'elsewhere';
  let open = false;
  for (const marker of relevant) {
    if (marker.node.range[0] >= node.range[0]) break;
    // A ROLLBACK in a catch ends the transaction only for what follows inside that catch.
    if (!marker.opens && marker.aside && !shareBlock(marker.node, node)) continue;
    open = marker.opens;
  }
  return open ? 'in' : 'out';
}

function shareBlock(marker: TSESTree.Node, node: TSESTree.Node): boolean {
  for (let at: TSESTree.Node | undefined = marker; at; at = at.parent) {
    if (isAside(at)) return at.range[0] <= node.range[0] && node.range[1] <= at.range[1];
  }
  return false;
}

function isAside(node: TSESTree.Node): boolean {
  if (node.type === 'CatchClause') return true;
  const parent = node.parent;
  if (parent?.type === 'TryStatement') return parent.finalizer === node;
  return parent?.type === 'IfStatement' && parent.test !== node;
}

/** Every BEGIN, COMMIT and ROLLBACK by hand in a file, in the order of the source. */
function markersOf(file: SourceFile, world: World): readonly TransactionMarker[] {
  const known = world.markers.get(file);
  if (known) return known;
  // While they are being collected nothing is known to be open.
  world.markers.set(file, []);
  const markers: TransactionMarker[] = [];
  if (/begin|start\s*transaction/i.test(file.text)) {
    walk(file.ast, (node) => {
      const found =
        node.type === 'CallExpression'
          ? markerOfCall(node, file, world)
          : node.type === 'TaggedTemplateExpression'
            ? markerOfTag(node, file, world)
            : undefined;
      if (!found?.root) return;
      let aside = false;
      const body = enclosingBody(node);
      for (let at: TSESTree.Node | undefined = node; at && at !== body; at = at.parent) aside ||= isAside(at);
      markers.push({ node, body, root: found.root, opens: found.opens, aside });
    });
  }
  world.markers.set(file, markers);
  return markers;
}

interface Found {
  readonly root: string | undefined;
  readonly opens: boolean;
}

function markerOfCall(node: TSESTree.CallExpression, file: SourceFile, world: World): Found | undefined {
  const callee = unwrap(node.callee);
  if (callee.type === 'Identifier') {
    // A helper of that name that takes the client: `await begin(client)`.
    const [first] = node.arguments;
    const command = /^(begin|start|commit|rollback|abort|end)(transaction|tx|trx)?$/i.exec(callee.name)?.[1]?.toLowerCase();
    if (!command) return markerOfForward(node, file, world);
    if (!first || first.type === 'SpreadElement') return undefined;
    const handle = answerOf({ node: first, file }, world);
    return handle && handle !== 'other' ? { root: handle.root, opens: command === 'begin' || command === 'start' } : undefined;
  }
  if (callee.type !== 'MemberExpression') return undefined;
  const operation = quick(node, file) ? operationOf(node, file, world) : undefined;
  switch (operation?.operation.does) {
    case 'begin':
    case 'commit':
    case 'rollback':
      return { root: operation.handle.root, opens: operation.operation.does === 'begin' };
    case 'query': {
      const argument = node.arguments[operation.operation.sql];
      return argument && ofText(argument, operation.handle, file, world);
    }
    case undefined:
      return markerOfForward(node, file, world);
    default:
      return undefined;
  }
}

/** A function of the repository that sends on the text it is given: `await query('BEGIN')`, `await run(client, 'COMMIT')`. */
function markerOfForward(node: TSESTree.CallExpression, file: SourceFile, world: World): Found | undefined {
  const index = node.arguments.findIndex(
    ({ type, range }) => (type === 'Literal' || type === 'TemplateLiteral') && transactionWords.test(file.text.slice(range[0], range[1])),
  );
  const argument = node.arguments[index];
  const fn = argument && calleeOf({ node, file }, world.semantics);
  const forward = fn && forwardOf(fn, index, world);
  const passed = forward?.parameter === undefined ? undefined : node.arguments[forward.parameter];
  const handle = forward?.handle ?? (passed && handleOf({ node: passed, file }, world));
  return handle && argument && ofText(argument, handle, file, world);
}

const transactionWords = /\b(begin|start\s+transaction|commit|rollback|end|abort)\b/i;

/** Cheap: whether a call can be one at all. */
function quick(node: TSESTree.CallExpression, file: SourceFile): boolean {
  const callee = unwrap(node.callee) as TSESTree.MemberExpression;
  const name = callee.property.type === 'Identifier' ? callee.property.name : '';
  if (words(name).some((word) => word === 'transaction' || word === 'commit' || word === 'rollback' || word === 'begin')) return true;
  const [argument] = node.arguments;
  if (!argument) return false;
  if (argument.type === 'Identifier' || argument.type === 'MemberExpression')
    return argument.type === 'Identifier' ? /^[A-Z_]+$|begin|commit|rollback/i.test(argument.name) : true;
  return /begin|start\s+transaction|commit|rollback|\bend\b|abort/i.test(file.text.slice(argument.range[0], argument.range[1]));
}

function markerOfTag(node: TSESTree.TaggedTemplateExpression, file: SourceFile, world: World): Found | undefined {
  if (!/begin|start\s+transaction|commit|rollback|\bend\b|abort/i.test(node.quasi.quasis[0]!.value.raw)) return undefined;
  const handle = answerOf({ node: node.tag, file }, world);
  return handle && handle !== 'other' ? ofText(node, handle, file, world) : undefined;
}

function ofText(argument: TSESTree.Node, handle: Handle, file: SourceFile, world: World): Found | undefined {
  const [text] = textsOf({ node: argument, file }, textView(file, world));
  if (!text) return undefined;
  let last: Found | undefined;
  for (const statement of readScript(text).statements) {
    for (const fact of statement.facts) {
      if (fact.kind !== 'transaction' || fact.inside) continue;
      if (fact.command === 'begin') last = { root: handle.root, opens: true };
      if (fact.command === 'commit' || fact.command === 'rollback' || fact.command === 'prepare')
        last = { root: handle.root, opens: false };
    }
  }
  return last;
}
