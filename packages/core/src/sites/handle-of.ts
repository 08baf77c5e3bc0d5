import type { TSESTree } from '@typescript-eslint/types';
import { driverOf, driverOfModule, isForeignModule } from '../drivers/drivers.ts';
import { classOf, type Field, fieldOf, memberOfClass } from '../evaluate/classes.ts';
import { calleeOf } from '../evaluate/callee.ts';
import { exportOf, type Located, type Meaning, meaningOf, propertyValue } from '../evaluate/meaning.ts';
import type { Evidence } from '../finding.ts';
import { isFunction, returnedExpressions } from '../syntax/functions.ts';
import { nodeAt } from '../syntax/node-at.ts';
import { dottedPath, label, propertyName } from '../syntax/names.ts';
import { walk } from '../syntax/walk.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { handleByName } from './handle-by-name.ts';
import { handleOfType } from './handle-of-type.ts';
import { construction } from './construction.ts';
import { callbackHandle } from './callback-handle.ts';
import { methodRow, operationOf } from './operation.ts';
import { place, rootOf } from './place-of.ts';
import { isStatedDirect, reachOfName } from './reach.ts';
import type { Handle, HandleKind } from './site.ts';

/** A handle, `other` where the expression is known to be something else than a PostgreSQL client, or nothing known. */
export type Answer = Handle | 'other' | undefined;

/**
 * The PostgreSQL client that an expression stands for, from its construction, its type, the call that passes it, or, where its
 * origin is out of sight, its name.
 */
export function handleOf(at: Located, world: World): Handle | undefined {
  const answer = answerOf(at, world);
  return answer === 'other' ? undefined : answer;
}

/** Like `handleOf`, and tells "something else" from "not known". */
export function answerOf(at: Located, world: World): Answer {
  const node = unwrapAwait(at.node);
  if (world.handles.has(node)) return world.handles.get(node);
  world.handles.set(node, undefined);
  const answer = stated({ node, file: at.file }, world) ?? resolve({ node, file: at.file }, world);
  world.handles.set(node, answer);
  return answer;
}

/** What the settings say of an expression. */
function stated(at: Located, world: World): Answer {
  const { clients, directClients } = world.setup;
  if (clients.length + directClients.length === 0) return undefined;
  if (at.node.type !== 'Identifier' && at.node.type !== 'MemberExpression') return undefined;
  const written = label(at.file.text, at.node.range, 80);
  const names = (list: readonly string[]) => list.some((name) => written === name || written.endsWith(`.${name}`));
  const direct = names(directClients);
  if (!direct && !names(clients)) return undefined;
  const known = resolve(at, world);
  const evidence: Evidence[] = [{ text: `\`${written}\` is named in the settings`, place: place(at) }];
  if (known && known !== 'other')
    return { ...known, ...(direct && { reach: 'direct' as const }), evidence: [...evidence, ...known.evidence] };
  return { kind: 'pool', driver: 'unknown', reach: direct ? 'direct' : 'pooled', confidence: 'certain', evidence, root: written };
}

function resolve(at: Located, world: World): Answer {
  const { node, file } = at;
  const other = (next: TSESTree.Node): Answer => answerOf({ node: next, file }, world);
  switch (node.type) {
    case 'Identifier':
      return identifier(at as Located<TSESTree.Identifier>, world);
    case 'MemberExpression':
      return member(at as Located<TSESTree.MemberExpression>, world);
    case 'CallExpression':
    case 'NewExpression':
      return call(at as Located<TSESTree.CallExpression | TSESTree.NewExpression>, world);
    case 'ConditionalExpression':
      return either(other(node.consequent), other(node.alternate));
    case 'LogicalExpression': {
      if (node.operator === '&&') return other(node.right);
      // What the store holds is a transaction on what is taken where it is empty.
      if (isFromStore({ node: node.left, file }, world)) return fromStore(specific(other(node.right)) ?? other(node.left));
      return either(other(node.left), other(node.right));
    }
    case 'AssignmentExpression':
      return node.operator === '=' ? other(node.right) : either(other(node.left), other(node.right));
    case 'SequenceExpression':
      return other(node.expressions.at(-1)!);
    case 'Literal':
    case 'TemplateLiteral':
    case 'ArrayExpression':
    case 'ObjectExpression':
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'TaggedTemplateExpression':
      return 'other';
    default:
      return undefined;
  }
}

/** Whether an expression is what an AsyncLocalStorage holds, or a part of it: a transaction that somebody up the call has begun. */
function isFromStore({ node, file }: Located, world: World, depth = 0): boolean {
  const inner = unwrapAwait(node);
  if (depth > 6) return false;
  if (inner.type === 'MemberExpression') return isFromStore({ node: inner.object, file }, world, depth + 1);
  if (inner.type === 'CallExpression') {
    const callee = unwrap(inner.callee);
    return callee.type === 'MemberExpression' && propertyName(callee) === 'getStore';
  }
  const meaning = inner.type === 'Identifier' ? meaningOf(inner, file, world.semantics) : undefined;
  return meaning?.kind === 'value' && isFromStore({ node: meaning.node, file: meaning.file }, world, depth + 1);
}

/** A handle in whose place there may be the transaction of a caller. */
function perhapsTransaction(answer: Answer): Answer {
  return answer && answer !== 'other' ? { ...answer, kind: 'unknown', passedIn: true } : answer;
}

/** What a store holds, or what is taken where it holds nothing. */
function fromStore(answer: Answer): Answer {
  const perhaps = perhapsTransaction(answer);
  return perhaps && perhaps !== 'other' ? { ...perhaps, fromStore: true } : perhaps;
}

/** One of two: where they differ in kind or reach, that is not known. */
function either(a: Answer, b: Answer): Answer {
  if (!a || a === 'other') return b && b !== 'other' ? b : (a ?? b);
  if (!b || b === 'other') return a;
  return { ...a, kind: a.kind === b.kind ? a.kind : 'unknown', reach: a.reach === b.reach ? a.reach : 'unknown' };
}

function step(at: Located, handle: Answer, root?: string): Answer {
  if (!handle || handle === 'other') return handle;
  return {
    ...handle,
    ...(root !== undefined && { root }),
    evidence: [{ text: `\`${label(at.file.text, at.node.range)}\``, place: place(at) }, ...handle.evidence],
  };
}

/** From file to file, on the way to where a client is made. */
const maxHops = 32;

function identifier(at: Located<TSESTree.Identifier>, world: World): Answer {
  const { node, file } = at;
  const meaning = meaningOf(node, file, world.semantics);
  const name = node.name;
  const direct = isStatedDirect(name, world.setup);
  const adjust = (answer: Answer): Answer => (direct && answer && answer !== 'other' ? { ...answer, reach: 'direct' } : answer);
  switch (meaning?.kind) {
    case 'import':
      return adjust(imported(meaning, at, world));
    case 'value': {
      const root = rootOf(meaning.file.path, meaning.declaration);
      const from = { node: meaning.node, file: meaning.file };
      const hop = meaning.file === file ? 0 : 1;
      // What so many files hand on has no origin that anyone could follow.
      if (world.hops.count + hop > maxHops) return adjust(handleByName(at, name, root, 'variable', world));
      world.hops.count += hop;
      const value =
        meaning.path.length === 0
          ? answerOf(from, world)
          : (alongPath(from, meaning.path, world) ?? decorated(meaning.declaration, meaning.file, world));
      world.hops.count -= hop;
      const declared = named(ownVariable(typed(meaning, world)), name);
      const answer = known(value) ?? known(assigned(meaning.assigned, meaning.file, world)) ?? declared ?? specific(value) ?? value;
      if (answer === 'other') return answer;
      if (answer) return adjust(step({ node: meaning.declaration, file: meaning.file }, answer, sameRoot(meaning, answer) ?? root));
      if (isKnownValue(from.node)) return undefined;
      return adjust(handleByName(at, name, root, 'variable', world));
    }
    case 'declared': {
      const root = rootOf(meaning.file.path, meaning.declaration);
      const answer = specific(assigned(meaning.assigned, meaning.file, world)) ?? named(ownVariable(typed(meaning, world)), name);
      if (answer) return adjust(step({ node: meaning.declaration, file: meaning.file }, answer, root));
      return adjust(handleByName(at, name, root, 'variable', world));
    }
    case 'parameter': {
      const root = rootOf(meaning.file.path, meaning.declaration);
      const passed = callbackHandle(meaning, world);
      const known =
        specific(passed) ??
        typed(meaning, world) ??
        // Whoever has a transaction passes it in the place of the default.
        (meaning.initial && perhapsTransaction(answerOf({ node: meaning.initial, file: meaning.file }, world)));
      const answer = passed === 'other' ? passed : named(known, name);
      if (answer) return adjust(step({ node: meaning.declaration, file: meaning.file }, answer, root));
      return adjust(handleByName(at, name, root, 'parameter', world));
    }
    case undefined:
      return adjust(handleByName(at, name, name, 'import', world));
    default:
      return 'other';
  }
}

/** A parameter known by its type only: its name may say that it is no pooled connection. */
function named(answer: Answer, name: string): Answer {
  const reach = answer && answer !== 'other' && answer.options === undefined ? reachOfName(name) : undefined;
  return answer && answer !== 'other' && reach ? { ...answer, reach } : answer;
}

/** A variable declared with the type of a database holds the database: nobody passes a transaction into it. */
function ownVariable(answer: Answer): Answer {
  if (!answer || answer === 'other' || answer.kind !== 'unknown' || answer.driver !== 'drizzle') return answer;
  return { ...answer, kind: 'pool', passedIn: false };
}

/** A handle whose origin was seen, rather than taken for one by its name. */
function known(answer: Answer): Handle | undefined {
  return answer && answer !== 'other' && answer.confidence === 'certain' ? answer : undefined;
}

function specific(answer: Answer): Handle | undefined {
  return answer === 'other' ? undefined : answer;
}

/** Another name for a variable that has an identity of its own: `const q = sql`. */
function sameRoot(meaning: Extract<Meaning, { kind: 'value' }>, answer: Answer): string | undefined {
  const init = unwrapAwait(meaning.node);
  return answer && answer !== 'other' && (init.type === 'Identifier' || init.type === 'MemberExpression') && meaning.path.length === 0
    ? answer.root
    : undefined;
}

function typed(
  meaning: { readonly annotation?: TSESTree.TypeNode; readonly file: Located['file']; readonly path?: readonly (string | number)[] },
  world: World,
): Answer {
  if (!meaning.annotation) return undefined;
  return handleOfType({ node: meaning.annotation, file: meaning.file }, meaning.path ?? [], world);
}

function assigned(values: readonly TSESTree.Node[], file: Located['file'], world: World): Answer {
  for (const node of values) {
    const answer = answerOf({ node, file }, world);
    if (answer) return answer;
  }
  return undefined;
}

/** True for what certainly is not a client that something out of sight made. */
function isKnownValue(node: TSESTree.Node): boolean {
  return isFunction(node) || node.type === 'ClassExpression';
}

function imported(meaning: Extract<Meaning, { kind: 'import' }>, at: Located<TSESTree.Identifier>, world: World): Answer {
  if (isForeignModule(meaning.module)) return 'other';
  const driver = driverOfModule(meaning.module);
  if (driver) {
    const row = driver.constructors.find((constructor) => !constructor.called && constructor.name === meaning.name);
    if (row) {
      const evidence = [{ text: `\`${meaning.name}\` of \`${meaning.module}\``, place: place(at) }];
      return {
        kind: row.makes,
        driver: driver.id,
        reach: 'pooled',
        confidence: 'certain',
        evidence,
        root: `${meaning.module}:${meaning.name}`,
      };
    }
    return 'other';
  }
  if (/^(drizzle-orm|kysely|slonik|pg-|node:|@types\/)/.test(meaning.module)) return 'other';
  return handleByName(
    at,
    meaning.name === 'default' || meaning.name === '*' ? at.node.name : meaning.name,
    `${meaning.module}:${meaning.name}`,
    'import',
    world,
    meaning.module,
  );
}

/** A name taken out of something by destructuring. */
function alongPath(from: Located, path: readonly (string | number)[], world: World): Answer {
  let at: Located | undefined = from;
  for (const [index, key] of path.entries()) {
    if (typeof key !== 'string' || !at) return undefined;
    const isLast = index === path.length - 1;
    const owner = isLast ? classOf(at, world.semantics) : undefined;
    const field = owner && fieldOf(owner, key, world.semantics);
    if (field) return fieldAnswer(field, at, key, world);
    const handle: Handle | undefined = handleOf(at, world);
    const operation = handle && methodOf(handle, key);
    if (isLast && handle && operation) return derived(handle, operation.does, at);
    at = memberLocation(at, key, world);
    if (isLast && at) return answerOf(at, world);
  }
  return undefined;
}

/** Where a property of an object gets its value: an object literal, a class field, what a function returns. */
function memberLocation(at: Located, key: string, world: World, depth = 0): Located | undefined {
  if (depth > 6) return undefined;
  const node = unwrapAwait(at.node);
  if (node.type === 'ObjectExpression') {
    const value = propertyValue(node, key);
    if (value) return { node: value, file: at.file };
    for (const property of node.properties) {
      if (property.type !== 'SpreadElement') continue;
      const spread = memberLocation({ node: property.argument, file: at.file }, key, world, depth + 1);
      if (spread) return spread;
    }
    return undefined;
  }
  if (node.type === 'Identifier') {
    const meaning = meaningOf(node, at.file, world.semantics);
    if (meaning?.kind === 'value' && meaning.path.length === 0)
      return memberLocation({ node: meaning.node, file: meaning.file }, key, world, depth + 1);
  }
  if (node.type === 'CallExpression') {
    const fn = calleeOf({ node, file: at.file }, world.semantics);
    for (const returned of fn ? returnedExpressions(fn.node) : []) {
      const found = memberLocation({ node: returned, file: fn!.file }, key, world, depth + 1);
      if (found) return found;
    }
  }
  return undefined;
}

function member(at: Located<TSESTree.MemberExpression>, world: World): Answer {
  const { node, file } = at;
  const name = propertyName(node);
  if (name === undefined) return undefined;
  const written = label(file.text, node.range, 80);
  // `import * as pg from 'pg'`, `pg.Pool`: an export, not a handle.
  const exported = exportOf(node, file, world.semantics);
  if (exported) {
    if (isForeignModule(exported.module)) return 'other';
    const driver = driverOfModule(exported.module);
    const row = driver?.constructors.find((constructor) => !constructor.called && constructor.name === exported.name);
    if (driver && row)
      return {
        kind: row.makes,
        driver: driver.id,
        reach: 'pooled',
        confidence: 'certain',
        evidence: [{ text: `\`${written}\``, place: place(at) }],
        root: `${exported.module}:${exported.name}`,
      };
    if (driver) return 'other';
  }
  const field = memberOfClass(at, world.semantics);
  if (field) return fieldAnswer(field, at, name, world);
  const kept = assignedMember(at);
  const keptAnswer = kept && answerOf(kept, world);
  if (kept && keptAnswer && keptAnswer !== 'other') return step(kept, keptAnswer, rootOf(kept.file.path, kept.node));
  const object = answerOf({ node: node.object, file }, world);
  if (object && object !== 'other') {
    const operation = methodOf(object, name);
    if (operation) return derived(object, operation.does, at);
    // `fastify.pg.tenant`, `db.primary`: a handle below a handle whose driver is not known.
    return object.driver === 'unknown' ? handleByName(at, name, `${object.root}.${name}`, 'field', world) : undefined;
  }
  const value = memberLocation({ node: node.object, file }, name, world);
  if (value) {
    const answer = answerOf(value, world);
    if (answer) return step(value, answer, rootOf(value.file.path, value.node));
  }
  const declared = parameterOf(node.object, file, world);
  if (declared?.annotation) {
    const answer = handleOfType({ node: declared.annotation, file: declared.file }, [...declared.path, name], world);
    if (answer) return step(at, answer, `${rootOf(declared.file.path, declared.declaration)}.${name}`);
  }
  if (object === 'other') return undefined;
  return decorated(node.property, file, world) ?? handleByName(at, name, memberRoot(at, world), 'field', world);
}

/** What a framework's object carries because the repository hung it there: `request.db`, `app.pg`. */
function decorated(name: TSESTree.Node, file: Located['file'], world: World): Answer {
  const there = world.semantics.definition({ file: file.path, range: [name.range[0], name.range[1]] });
  const source = there && world.semantics.source(there.file);
  const found = source && nodeAt(source.ast, there.range);
  if (!found || found === name) return undefined;
  const root = rootOf(source.path, found);
  const { parent } = found;
  if (parent?.type === 'TSPropertySignature' && parent.key === found) {
    const type = parent.typeAnnotation?.typeAnnotation;
    return type && step({ node: found, file: source }, handleOfType({ node: type, file: source }, [], world), root);
  }
  return step({ node: found, file: source }, specific(answerOf({ node: found, file: source }, world)), root);
}

/** What `globalForDb.pool` holds, by an assignment to it somewhere in the file: the way a pool is kept across reloads of its module. */
function assignedMember(at: Located<TSESTree.MemberExpression>): Located | undefined {
  const written = dottedPath(at.node);
  if (written === undefined || written.startsWith('this.')) return undefined;
  const assigns = new RegExp(`${written.replace(/[.$]/g, '\\$&')}\\s*(?:\\?\\?|\\|\\|)?=(?!=)`);
  if (!assigns.test(at.file.text)) return undefined;
  let found: Located | undefined;
  walk(at.file.ast, (node) => {
    if (found) return false;
    if (node.type === 'AssignmentExpression' && node.left !== at.node && dottedPath(node.left) === written)
      found = { node: node.right, file: at.file };
    return true;
  });
  return found;
}

/** What a field of a class holds, by its values, its type or its name. */
function fieldAnswer(field: Field, at: Located, name: string, world: World): Answer {
  const root = rootOf(field.file.path, field.declaration);
  const value = field.values.map((candidate) => answerOf(candidate, world)).find((answer) => answer !== undefined);
  const answer = specific(value) ?? (field.annotation && handleOfType({ node: field.annotation, file: field.file }, [], world)) ?? value;
  if (answer === 'other') return answer;
  if (answer) return step({ node: field.declaration, file: field.file }, named(answer, name), root);
  return handleByName(at, name, root, 'field', world);
}

function parameterOf(node: TSESTree.Node, file: Located['file'], world: World) {
  const inner = unwrap(node);
  if (inner.type !== 'Identifier') return undefined;
  const meaning = meaningOf(inner, file, world.semantics);
  return meaning?.kind === 'parameter' ? meaning : undefined;
}

function memberRoot(at: Located<TSESTree.MemberExpression>, world: World): string {
  let object: TSESTree.Node = at.node;
  while (object.type === 'MemberExpression') object = unwrap(object.object);
  const meaning = object.type === 'Identifier' ? meaningOf(object, at.file, world.semantics) : undefined;
  const base = meaning && 'declaration' in meaning ? rootOf(meaning.file.path, meaning.declaration) : '';
  return `${base}:${label(at.file.text, at.node.range, 120)}`;
}

/** The row of a method of a handle whose driver is known. */
function methodOf(handle: Handle, name: string) {
  return driverOf(handle.driver) && methodRow(handle, name);
}

/** The handle that a property or call of a handle gives. */
function derived(handle: Handle, does: string, at: Located): Answer {
  switch (does) {
    case 'same':
      return handle;
    case 'underlying':
      return handle.underlying ? step(at, handle.underlying) : { ...handle, driver: 'unknown' };
    case 'checkout': {
      const kind: HandleKind = handle.kind === 'transaction' || handle.kind === 'client' ? handle.kind : 'client';
      return step(at, { ...handle, kind, underlying: handle }, rootOf(at.file.path, at.node));
    }
    case 'tag':
    case 'query':
    case 'builder':
    case 'batch':
      return 'other';
    default:
      return undefined;
  }
}

/** Classes of the language and of its hosts, whose `delete`, `query` or `execute` is none of PostgreSQL's. */
const builtIn = /^(Weak)?(Map|Set)$|^(Array|Date|Error|EventTarget|FormData|Headers|Object|URL|URLSearchParams|WebSocket|Worker)$/;

function call(at: Located<TSESTree.CallExpression | TSESTree.NewExpression>, world: World): Answer {
  const { node, file } = at;
  const constructed = construction(at, world);
  if (constructed === 'foreign') return 'other';
  if (constructed) return constructed.handle;
  const callee = unwrap(node.callee);
  if (node.type === 'CallExpression') {
    const operation = operationOf(node, file, world);
    if (operation) {
      const answer = derived(operation.handle, operation.operation.does, at);
      if (operation.operation.does === 'begin' || operation.operation.does === 'transaction') {
        // `const trx = await knex.transaction()`, `await sequelize.transaction()`: no callback, the transaction itself.
        const hasCallback = node.arguments.some((argument) => isFunction(unwrap(argument)));
        return hasCallback
          ? 'other'
          : step(at, { ...operation.handle, kind: 'transaction', underlying: operation.handle }, rootOf(file.path, node));
      }
      if (answer) return answer;
    }
    const fn = calleeOf(at as Located<TSESTree.CallExpression>, world.semantics);
    if (fn) {
      const returned = returnedExpressions(fn.node).map((node) => ({ node, file: fn.file }));
      const hasStore = returned.some((each) => isFromStore(each, world));
      for (const each of returned) {
        const answer = answerOf(each, world);
        if (!answer || answer === 'other') continue;
        const given: Answer = answer.kind === 'transaction' ? { ...answer, kind: 'unknown' } : answer;
        return step(at, hasStore ? fromStore(given) : given);
      }
      const declared = fn.node.returnType?.typeAnnotation;
      const answer = declared && handleOfType({ node: declared, file: fn.file }, [], world);
      if (answer) return step(at, answer);
    }
  } else {
    const instance = classOf(at, world.semantics);
    const parent = instance?.node.superClass;
    const exported = parent && exportOf(parent, instance.file, world.semantics);
    const driver = exported && driverOfModule(exported.module);
    const row = driver?.constructors.find((candidate) => candidate.called && candidate.name === exported!.name);
    if (driver && row)
      return {
        kind: row.makes,
        driver: driver.id,
        reach: 'pooled',
        confidence: 'certain',
        evidence: [{ text: `\`${label(file.text, node.range)}\``, place: place(at) }],
        root: rootOf(file.path, node),
      };
    if (instance) return 'other';
    const made = exportOf(node.callee, file, world.semantics);
    if (made && isForeignModule(made.module)) return 'other';
    return node.callee.type === 'Identifier' && builtIn.test(node.callee.name) && !meaningOf(node.callee, file, world.semantics)
      ? 'other'
      : undefined;
  }
  const exported = exportOf(node.callee, file, world.semantics);
  if (exported && isForeignModule(exported.module)) return 'other';
  if (exported?.name === 'withReplicas' && exported.module.startsWith('drizzle-orm/pg-core') && node.arguments[0])
    return answerOf({ node: node.arguments[0], file }, world);
  const name = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' ? propertyName(callee) : undefined;
  if (name === undefined) return undefined;
  // `getDb()`, `useDatabase()`, `this.connection()`; a call with a callback gives what the callback gives.
  const [argument] = node.arguments;
  if (argument && isFunction(unwrap(argument))) return undefined;
  return handleByName(at, name, `${name}()`, 'call', world);
}
