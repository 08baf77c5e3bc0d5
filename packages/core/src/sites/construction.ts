import type { TSESTree } from '@typescript-eslint/types';
import type { Driver } from '../drivers/driver.ts';
import { drizzleCarriers } from '../drivers/drizzle.ts';
import { driverOfModule } from '../drivers/drivers.ts';
import { exportOf, isImportedFunction, type Located, meaningOf, propertyValue } from '../evaluate/meaning.ts';
import { optionsOf } from '../evaluate/options.ts';
import type { Evidence } from '../finding.ts';
import { label } from '../syntax/names.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import { place, rootOf } from './place-of.ts';
import { isStatedDirect, reachOf } from './reach.ts';
import type { ClientOptions, Handle, OptionValue } from './site.ts';
import { textView } from './tag-kind.ts';

/** A call or `new` that makes a client, with what it was given. */
export interface Construction {
  readonly handle: Handle;
  readonly options: ClientOptions;
  readonly driver: Driver;
  /** It emits `error` when an idle connection is lost, and nothing listens by itself. */
  readonly emitsError: boolean;
  /** It listens by itself, and what of that is lost behind the pooler. */
  readonly listens?: 'notifications' | 'time';
}

/**
 * Reads `new Pool(..)`, `postgres(..)`, `drizzle(..)` and the like.
 *
 * @returns `foreign` for a client of another database, `undefined` when the call makes no client
 */
export function construction(
  at: Located<TSESTree.CallExpression | TSESTree.NewExpression>,
  world: World,
): Construction | 'foreign' | undefined {
  const { node, file } = at;
  const exported = constructedExport(node, file, world);
  const driver = exported && driverOfModule(exported.module);
  const row = driver?.constructors.find((candidate) => candidate.called && candidate.name === exported!.name);
  if (!driver || !row || !exported) return undefined;
  const root = rootOf(file.path, node);
  const view = textView(file, world);
  const made = `\`${label(file.text, [node.range[0], Math.min(node.range[1], node.callee.range[1])], 40)}(..)\``;
  const version = world.packageVersion(packageOf(exported.module));
  const base = { confidence: 'certain', root, ...(version !== undefined && { version }) } as const;
  const evidence: Evidence = { text: `made by ${made}`, place: place(at) };
  if (driver.id === 'drizzle') return drizzleConstruction(at, exported.module, driver, base, evidence, world);
  const options = optionsOf(node.arguments, view);
  if (isForeignDialect(driver, options, node, file, world)) return 'foreign';
  const stated = declaredDirect(node, file, world);
  const given = givenPool(options, file, world);
  const reach = stated ? { reach: 'direct' as const, evidence: [] } : (given ?? reachOf(options, world.setup));
  const isOn = ({ when }: NonNullable<typeof row.listens>) => !when || when.some((name) => isSet(options.properties.get(name)));
  return {
    driver,
    options,
    emitsError: row.emitsError ?? false,
    ...(row.listens && isOn(row.listens) && { listens: row.listens.loses }),
    handle: { ...base, kind: row.makes, driver: driver.id, reach: reach.reach, options, evidence: [evidence, ...reach.evidence] },
  };
}

/** The pool that it takes its connections from: `new Kysely({ dialect: new PostgresDialect({ pool }) })`. */
function givenPool({ properties }: ClientOptions, file: Located['file'], world: World): Handle | undefined {
  const dialect = properties.get('dialect')?.node;
  const made = dialect && unwrap(dialect);
  const [options] = made?.type === 'NewExpression' ? made.arguments : [];
  // graphile-worker takes it as `pgPool`.
  const pool = options?.type === 'ObjectExpression' ? propertyValue(options, 'pool') : properties.get('pgPool')?.node;
  return pool && handleOf({ node: pool, file }, world);
}

function constructedExport(node: TSESTree.CallExpression | TSESTree.NewExpression, file: Located['file'], world: World) {
  const callee = unwrap(node.callee);
  // pg-promise: `const pgp = pgPromise(options); pgp(connection)`.
  const exported = exportOf(callee, file, world.semantics);
  if (exported) return exported;
  const inner = callee.type === 'CallExpression' ? callee : callee.type === 'Identifier' ? initialCall(callee, file, world) : undefined;
  const outer = inner && exportOf(inner.callee, file, world.semantics);
  return outer?.module === 'pg-promise' ? { module: outer.module, name: 'default()' } : undefined;
}

function initialCall(callee: TSESTree.Identifier, file: Located['file'], world: World): TSESTree.CallExpression | undefined {
  if (isImportedFunction(callee, file, world.semantics)) return undefined;
  const meaning = meaningOf(callee, file, world.semantics);
  if (meaning?.kind !== 'value' || meaning.path.length > 0) return undefined;
  const init = unwrapAwait(meaning.node);
  return init.type === 'CallExpression' ? init : undefined;
}

function packageOf(module: string): string {
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Whether the variable that holds the client, or the settings, call it direct. */
function declaredDirect(node: TSESTree.Node, file: Located['file'], world: World): boolean {
  if (world.setup.directClients.length === 0) return false;
  return (
    isStatedDirect(file.path.replace(/\.\w+$/, ''), world.setup) ||
    isStatedDirect(file.text.slice(node.range[0], node.range[1]), world.setup)
  );
}

/** Knex, TypeORM, Sequelize, Kysely and MikroORM speak to several databases: the options say to which. */
function isForeignDialect(
  driver: Driver,
  options: ClientOptions,
  node: TSESTree.CallExpression | TSESTree.NewExpression,
  file: Located['file'],
  world: World,
): boolean {
  const key = { knex: 'client', typeorm: 'type', sequelize: 'dialect' }[driver.id as string];
  const dialect = key && options.properties.get(key)?.constant;
  if (typeof dialect === 'string' && !/^(pg|postgres|postgresql|pgnative|aurora-postgres|cockroachdb)$/.test(dialect)) return true;
  const url = options.url?.parts[0];
  if (url?.kind === 'constant' && /^(mysql|mariadb|sqlite|file|mssql|mongodb):/.test(url.value)) return true;
  if (driver.id !== 'kysely') return false;
  const written = options.properties.get('dialect')?.node;
  const made = written && unwrap(written);
  const exported = made?.type === 'NewExpression' ? exportOf(made.callee, file, world.semantics) : undefined;
  return exported !== undefined && /mysql|sqlite|mssql|libsql|d1|planetscale|pglite/i.test(exported.name);
}

/** Whether an option is there, and not known to be off. */
function isSet(option: OptionValue | undefined): boolean {
  return option !== undefined && !(option.known && !option.constant);
}

/** Whether `drizzle(..)` was given where to connect to, rather than something that may be a client. */
function isOwn({ url, urlSource, properties }: ClientOptions): boolean {
  return properties.has('connection') || url?.parts[0]?.kind === 'constant' || /ur[li]|dsn|conn|string|env\b/i.test(urlSource ?? '');
}

/** `drizzle(client)`, `drizzle(url)`, `drizzle({ client })`, `drizzle({ connection })`. */
function drizzleConstruction(
  at: Located<TSESTree.CallExpression | TSESTree.NewExpression>,
  module: string,
  driver: Driver,
  base: { readonly confidence: 'certain'; readonly root: string; readonly version?: string },
  evidence: Evidence,
  world: World,
): Construction | undefined {
  const carrier = drizzleCarriers[module];
  if (carrier === undefined || carrier === 'foreign') return undefined;
  const { node, file } = at;
  const [first] = node.arguments;
  const object = first && unwrap(first);
  const passed = object?.type === 'ObjectExpression' ? (propertyValue(object, 'client') ?? propertyValue(object, 'session')) : first;
  const passedClient = object?.type === 'ObjectExpression' && passed !== undefined;
  const client = passed && handleOf({ node: passed, file }, world);
  const options = client?.options ?? optionsOf(node.arguments.slice(0, 2), textView(file, world));
  const reach = client ? { reach: client.reach, evidence: client.evidence } : reachOf(options, world.setup);
  const made: Handle = {
    kind: carrier === 'http' ? 'http' : 'pool',
    driver: carrier === 'http' ? 'neon' : carrier,
    reach: reach.reach,
    confidence: 'certain',
    evidence: [evidence, ...reach.evidence],
    options,
    // What is passed in was made elsewhere, known or not.
    ...(!client && !passedClient ? { root: `${base.root}:client` } : client?.root !== undefined && { root: client.root }),
  };
  const underlying = client && client.driver !== 'unknown' ? client : made;
  return {
    driver,
    options,
    // `drizzle(url)` makes a pool of its own; a client that is passed in is looked at where it is made.
    emitsError: !client && !passedClient && isOwn(options) && (carrier === 'pg' || carrier === 'neon' || carrier === 'vercel'),
    // A transaction of the client given to `drizzle(client)` is not Drizzle's: each call takes what the client is.
    handle: {
      ...base,
      kind: carrier === 'http' ? 'http' : underlying.kind,
      driver: 'drizzle',
      reach: reach.reach,
      options,
      underlying,
      evidence: [evidence, ...reach.evidence],
    },
  };
}
