import type { TSESTree } from '@typescript-eslint/types';
import { type StreamRow, streamOf } from '../drivers/streams.ts';
import { exportOf } from '../evaluate/meaning.ts';
import type { SourceFile } from '../source-file.ts';
import { argumentOf, isFunction } from '../syntax/functions.ts';
import { propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait, wrapped } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';

/**
 * How a cursor is read.
 * - `slow`: something else is awaited between two rows, or they go to whoever reads as fast as he likes.
 * - `unclosed`: in pieces, and nothing closes it.
 * - `quick`: to its end, one row after the other.
 * - `unknown`: somewhere else.
 */
export type Consumption = 'slow' | 'unclosed' | 'quick' | 'unknown';

/** The package's row for the `new Cursor(..)` that a query is. */
export function streamMade(argument: TSESTree.Node, file: SourceFile, world: World): StreamRow | undefined {
  const node = unwrap(argument);
  const made = node.type === 'Identifier' ? initOf(node, file) : node;
  if (made?.type !== 'NewExpression' && made?.type !== 'CallExpression') return undefined;
  const exported = exportOf(made.callee, file, world.semantics);
  return exported && streamOf(exported.module, exported.name);
}

function initOf(name: TSESTree.Identifier, file: SourceFile): TSESTree.Node | undefined {
  const [definition] = variableOf(name, file)?.defs ?? [];
  return definition?.type === 'Variable' && definition.node.init ? unwrap(definition.node.init) : undefined;
}

/** @param cursor the call that gives the cursor or stream: `client.query(new Cursor(..))`, `` sql`..`.cursor(100) `` */
export function consumptionOf(cursor: TSESTree.Node, file: SourceFile): Consumption {
  const node = awaited(cursor);
  const direct = useOf(node, file);
  if (direct) return direct;
  const declarator = node.parent;
  if (declarator?.type !== 'VariableDeclarator' || declarator.id.type !== 'Identifier') return 'unknown';
  const uses = (variableOf(declarator.id, file)?.references ?? []).map((reference) => wrapped(reference.identifier));
  let found: Consumption = 'unknown';
  let closes = /using$/.test(declarator.parent.kind);
  let reads = false;
  for (const use of uses) {
    const how = useOf(use, file);
    if (how === 'slow') return 'slow';
    if (how) found = how;
    const member = use.parent?.type === 'MemberExpression' && use.parent.object === use ? use.parent : undefined;
    const name = member && propertyName(member);
    if (name === 'read') reads = true;
    else if (name === 'close' || name === 'destroy') closes = true;
    // Whoever is given the cursor may close it.
    else if (!member && !use.parent?.type.endsWith('Declarator') && !how) closes = true;
  }
  return reads && !closes ? 'unclosed' : found;
}

function awaited(node: TSESTree.Node): TSESTree.Node {
  const outer = wrapped(node);
  return outer.parent?.type === 'AwaitExpression' ? awaited(outer.parent) : outer;
}

/** What a place where the cursor stands does with it, where that is reading it. */
function useOf(use: TSESTree.Node, file: SourceFile): Consumption | undefined {
  const parent = use.parent;
  if (parent?.type === 'ForOfStatement' && parent.await && parent.right === use) return waits(parent.body, file) ? 'slow' : 'quick';
  const member = parent?.type === 'MemberExpression' && parent.object === use ? parent : undefined;
  const call = member && wrapped(member).parent;
  // `stream.pipe(response)`: as fast as the client of the client reads.
  if (member && call?.type === 'CallExpression' && propertyName(member) === 'pipe')
    return isResponse(call.arguments[0], file) ? 'slow' : 'unknown';
  const position = argumentOf(use);
  if (position?.call.callee.type === 'Identifier' && position.call.callee.name === 'pipeline')
    return position.call.arguments.some((argument) => isResponse(argument, file)) ? 'slow' : 'unknown';
  return undefined;
}

function isResponse(node: TSESTree.Node | undefined, file: SourceFile): boolean {
  return node !== undefined && /^(res|response|reply(\.raw)?|ctx\.res|socket)$/.test(file.text.slice(node.range[0], node.range[1]));
}

/** Whether a loop's body awaits something. */
function waits(body: TSESTree.Node, file: SourceFile): boolean {
  let found = false;
  walk(body, (node) => {
    if (found || isFunction(node)) return false;
    if (node.type === 'AwaitExpression') {
      const call = unwrapAwait(node);
      // Waiting for one's own buffers is not waiting for others.
      const written = file.text.slice(call.range[0], Math.min(call.range[1], call.range[0] + 60));
      found = !/\.(write|push|drain|once)\(|^once\(/.test(written);
    }
    return !found;
  });
  return found;
}
