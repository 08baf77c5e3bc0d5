import { exportedHandlers, requestHooks, routeDecorators, routeMethods, serverModules, workersSigns } from '../drivers/request-handlers.ts';
import { exportOf, type Located, origin } from '../evaluate/meaning.ts';
import type { Confidence, Evidence } from '../finding.ts';
import { argumentOf, enclosingFunctions, type FunctionNode, nameOfFunction } from '../syntax/functions.ts';
import { label, propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { callsOf, clientUsesOf, isExported } from './client-uses.ts';
import { place } from './place-of.ts';

/** That a client is made again for each request. */
export interface PerRequest {
  /** What runs for each request, in words. */
  readonly handler: string;
  readonly confidence: Confidence;
  /** From the construction to the handler, where functions are between them. */
  readonly evidence: readonly Evidence[];
}

/** Functions that are followed from the construction to the handler. */
const maxDepth = 3;

/**
 * Whether a client is made for each request and left open: in a function that a framework calls for each, or in one that such a function
 * calls, without being kept for the next one or closed.
 */
export function perRequestOf(made: Located, world: World, depth = 0): PerRequest | undefined {
  const { node, file } = made;
  const functions = [...enclosingFunctions(node)];
  // On Workers a connection for each request is what the platform asks for.
  if (functions.length === 0 || isOneOff(file.path) || workersSigns.test(file.text)) return undefined;
  const uses = clientUsesOf(made, world);
  if (uses.kept || uses.closed) return undefined;
  for (const fn of functions) {
    const handler = handlerOf({ node: fn, file }, world);
    if (handler) return { ...handler, evidence: [] };
  }
  // A function without a name that is handed to something: a factory, a cache, a provider.
  const [fn] = functions;
  const calls = depth < maxDepth && fn ? callsOf({ node: fn, file }, world) : undefined;
  for (const call of calls ?? []) {
    const found = perRequestOf(call, world, depth + 1);
    if (!found) continue;
    const through: Evidence = { text: `\`${label(call.file.text, call.node.callee.range, 40)}\` is called there`, place: place(call) };
    return { ...found, evidence: [through, ...found.evidence] };
  }
  return undefined;
}

/** Whether a file is a test, a script or a migration, by its path: a program that ends, and that somebody looks at. */
export function isOneOff(path: string): boolean {
  return /(^|\/)(tests?|__tests__|__mocks__|spec|e2e|scripts?|seeds?|seeders|migrations?|benchmarks?|examples?|cli)\/|(^|[./-])(test|tests|spec|e2e|bench|stories|seed|migrate|migration|script|cli)\.[cm]?[jt]sx?$|(^|\/)(drizzle|knexfile|vitest|jest|playwright)[\w.-]*\.config\.[cm]?[jt]s$/i.test(
    path,
  );
}

type Handler = Omit<PerRequest, 'evidence'>;

/** What makes a function one that runs for each request. */
function handlerOf(fn: Located<FunctionNode>, world: World): Handler | undefined {
  return ofCall(fn, world) ?? ofDecorator(fn.node) ?? ofExport(fn);
}

/** The function is an argument: `app.get('/orders', async (req, res) => ..)`. */
function ofCall({ node: fn, file }: Located<FunctionNode>, world: World): Handler | undefined {
  const call = argumentOf(fn)?.call;
  if (call?.type !== 'CallExpression') return undefined;
  const callee = unwrap(call.callee);
  if (callee.type === 'Identifier' || callee.type === 'MemberExpression') {
    const exported = exportOf(callee, file, world.semantics);
    if (exported && /^(node:)?https?$/.test(exported.module) && /createServer$/.test(exported.name))
      return { handler: `\`${exported.name}\``, confidence: 'certain' };
    if (exported?.module === 'h3' && /^(define)?eventHandler$/i.test(exported.name))
      return { handler: 'an event handler of h3', confidence: 'certain' };
  }
  if (callee.type === 'Identifier' && /^(defineEventHandler|eventHandler)$/.test(callee.name))
    return { handler: 'an event handler of Nitro', confidence: 'likely' };
  if (callee.type !== 'MemberExpression') return undefined;
  const method = propertyName(callee) ?? '';
  const [first] = call.arguments;
  const text = first?.type === 'Literal' && typeof first.value === 'string' ? first.value : undefined;
  const isHook = (method === 'addHook' || method === 'on') && text !== undefined && requestHooks.test(text);
  const isRoute = routeMethods.test(method) && (text?.startsWith('/') || text === '*' || (method === 'use' && fn.params.length >= 2));
  if (!isHook && !isRoute) return undefined;
  const server = isServer({ node: callee.object, file }, world);
  if (!server && !/(app|router|server|fastify|api|routes?|instance)$/i.test(label(file.text, callee.object.range, 80))) return undefined;
  return {
    handler: `\`${label(file.text, [call.range[0], first ? first.range[1] : call.callee.range[1]], 50)}\``,
    confidence: server ? 'certain' : 'likely',
  };
}

/** Whether an object was made by a framework for servers. */
function isServer(at: Located, world: World): boolean {
  let node = unwrapAwait(origin(at, world.semantics).node);
  // `new Hono().get(..).post(..)`
  while (node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && !exportOf(node.callee, at.file, world.semantics))
    node = unwrapAwait(node.callee.object);
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false;
  const exported = exportOf(node.callee, at.file, world.semantics);
  return exported !== undefined && serverModules.test(exported.module);
}

function ofDecorator(fn: FunctionNode): Handler | undefined {
  const method = fn.parent;
  if (method?.type !== 'MethodDefinition') return undefined;
  for (const { expression } of method.decorators ?? []) {
    const name = expression.type === 'CallExpression' && expression.callee.type === 'Identifier' ? expression.callee.name : '';
    if (routeDecorators.test(name)) return { handler: `the method of a controller with \`@${name}()\``, confidence: 'likely' };
  }
  return undefined;
}

/** The function is exported under a name, from a file, that a framework looks for. */
function ofExport({ node: fn, file }: Located<FunctionNode>): Handler | undefined {
  const name = exportedName(fn, file);
  if (name === undefined) return undefined;
  const found = exportedHandlers.find((candidate) => candidate.file.test(file.path) && candidate.name.test(name));
  if (found) return { handler: found.what, confidence: 'likely' };
  // `export const handler = async (event) => ..`
  const [first] = fn.params;
  if (name === 'handler' && first?.type === 'Identifier' && /^_?event$/.test(first.name))
    return { handler: 'the handler of a function as a service', confidence: 'likely' };
  return undefined;
}

function exportedName(fn: FunctionNode, file: Located['file']): string | undefined {
  if (fn.parent.type === 'ExportDefaultDeclaration') return 'default';
  const name = nameOfFunction(fn);
  if (!name) return undefined;
  if (fn.parent.type === 'ExportNamedDeclaration' || isExported(name))
    return fn.parent.type === 'ExportNamedDeclaration' || fn.type !== 'FunctionDeclaration' ? name.name : undefined;
  const isDefault = (variableOf(name, file)?.references ?? []).some((use) => use.identifier.parent?.type === 'ExportDefaultDeclaration');
  return isDefault ? 'default' : undefined;
}
