import type { TSESTree } from '@typescript-eslint/types';
import type { ClientFact, Coverage } from '../analysis.ts';
import { calleeOf } from '../evaluate/callee.ts';
import { exportOf, type Located, origin, propertyOf, propertyValue } from '../evaluate/meaning.ts';
import { optionsOf } from '../evaluate/options.ts';
import { textOfFile } from '../evaluate/file-text.ts';
import { isOpaque, textsOf } from '../evaluate/text.ts';
import { prepareIsNamed } from '../drivers/drizzle-prepare.ts';
import { weaker } from '../finding.ts';
import type { Range } from '../place.ts';
import type { SourceFile } from '../source-file.ts';
import { readScript } from '../sql/read-script.ts';
import type { StaticText } from '../sql/static-text.ts';
import { mayHoldFact } from '../sql/vocabulary.ts';
import { bareParameter, enclosingBody, type FunctionNode, isFunction } from '../syntax/functions.ts';
import { label, propertyName } from '../syntax/names.ts';
import { variableOf } from '../syntax/scope.ts';
import { unwrap, unwrapAwait, wrapped } from '../syntax/unwrap.ts';
import { walk } from '../syntax/walk.ts';
import type { World } from '../world.ts';
import { bindValues } from './bind-values.ts';
import { builderRoot } from './builder-root.ts';
import { checkoutCleanupOf } from './checkout-cleanup.ts';
import { contextOf, withReachOfCallers } from './context.ts';
import { consumptionOf, streamMade } from './cursor.ts';
import { loopOf } from './loop.ts';
import { clientUsesOf } from './client-uses.ts';
import { externalWaitOf } from './external-wait.ts';
import { forwardOf } from './forward.ts';
import { frameOf, framesOf, inConnectHook } from './frames.ts';
import { connectionLimit } from './connection-limit.ts';
import { construction } from './construction.ts';
import { answerOf, handleOf } from './handle-of.ts';
import { hidesError } from './hides-error.ts';
import { writesHazardWords } from './writes-hazard-words.ts';
import { type HandleOperation, methodRow, operationOf } from './operation.ts';
import { defaultPoolOf, type HandedPool, handedPoolOf, passesTransaction, poolQueryOf } from './pool-query.ts';
import { addOption, removeProperty } from './option-edits.ts';
import { parallelOf } from './parallel.ts';
import { isOneOff, perRequestOf } from './request-handler.ts';
import { rowLockOf } from './row-lock.ts';
import { namesPooler, reachOf } from './reach.ts';
import { migrationLockOf } from './migration-lock.ts';
import { isPostgresOnly } from './postgres-only.ts';
import { chainEnd, isSent, settlementOf } from './settlement.ts';
import type { Handle, NamedStatementSite, Site, TransactionContext } from './site.ts';
import { startupParameters } from './startup-parameters.ts';
import { subjectOf } from './subject-of.ts';
import { tagKind, textView } from './tag-kind.ts';

/** Where the code of a file meets PostgreSQL. */
export interface Extraction {
  readonly sites: readonly Site[];
  readonly clients: readonly ClientFact[];
  readonly coverage: Coverage;
  readonly opaqueSites: readonly Range[];
}

/** Finds every place of a file where text reaches a PostgreSQL client, or where one is made. */
export function extract(file: SourceFile, world: World): Extraction {
  const extraction = new Extractor(file, world);
  walk(file.ast, (node) => {
    extraction.visit(node);
  });
  return extraction;
}

/** Names of methods that take SQL, whatever the object is: tried when the text can only be PostgreSQL's. */
const sinks =
  /^(query|execute|exec|raw|run|sql|unsafe|none|one|oneOrNone|many|manyOrNone|any|\$?(execute|query)Raw(Unsafe)?|\w*(Query|Sql|SQL|Raw))$/;

/** Drivers whose queries are sent only when somebody asks for the result. */
const lazy: ReadonlySet<string> = new Set(['drizzle', 'kysely', 'postgres.js', 'knex', 'prisma']);
/** Methods of Prisma's models. */
const models = /^(create|update|delete|upsert|find|count|aggregate|groupBy)\w*$/;

class Extractor implements Extraction {
  readonly sites: Site[] = [];
  readonly clients: ClientFact[] = [];
  readonly coverage = { sites: 0, partial: 0, opaque: 0 };
  readonly opaqueSites: Range[] = [];
  private readonly file: SourceFile;
  private readonly world: World;
  private readonly readsSettings: boolean;

  constructor(file: SourceFile, world: World) {
    this.file = file;
    this.world = world;
    this.readsSettings = /current_setting/i.test(file.text);
  }

  visit(node: TSESTree.Node): void {
    if (node.type === 'Property' && !node.computed && propertyName(node) === 'dbCredentials') this.drizzleKit(node);
    if (node.type === 'TaggedTemplateExpression') this.tag(node);
    else if (node.type === 'CallExpression') this.call(node);
    else if (node.type === 'NewExpression') this.construct(node);
    if (node.type === 'CallExpression' || node.type === 'NewExpression') this.externalWait(node);
  }

  private at<N extends TSESTree.Node>(node: N): Located<N> {
    return { node, file: this.file };
  }

  private tag(node: TSESTree.TaggedTemplateExpression): void {
    const tag = unwrap(node.tag);
    if (tag.type === 'MemberExpression') {
      const name = propertyName(tag) ?? '';
      const handle =
        name === '$executeRaw' || name === '$queryRaw' || name === 'sql' ? handleOf(this.at(tag.object), this.world) : undefined;
      if (handle && methodRow(handle, name)?.does === 'tag') return this.query(handle, node, node, undefined);
    }
    if (tag.type !== 'Identifier' && tag.type !== 'MemberExpression') return;
    if (!tagKind(tag, this.file, this.world)) return;
    const handle = handleOf(this.at(tag), this.world);
    if (handle && methodRow(handle, '')?.does === 'tag' && !this.isPiece(node)) {
      const reader = postgresCursor(handle, node);
      if (reader) this.cursor(handle, reader, label(this.file.text, [reader.callee.range[0], reader.range[1]], 40));
      // A tag of unknown origin may make a fragment that is executed elsewhere: `db.execute(sql`..`)` reports it there.
      if (handle.driver !== 'unknown' || isAwaited(node)) return this.query(handle, node, node, undefined);
    }
    this.fragment(node);
  }

  /** True for a template in a hole of another one: the outer one reads it. */
  private isPiece(node: TSESTree.Node): boolean {
    for (let at: TSESTree.Node = node; at.parent && !at.parent.type.endsWith('Statement') && !isFunction(at.parent); at = at.parent) {
      if (at.parent.type === 'TemplateLiteral' && at.parent.parent?.type === 'TaggedTemplateExpression')
        return tagKind(at.parent.parent.tag, this.file, this.world) !== undefined;
    }
    return false;
  }

  /** A piece of SQL inside a query builder: read for its function calls. */
  private fragment(node: TSESTree.TaggedTemplateExpression): void {
    if (!mayHoldFact(node.quasi.quasis.map((quasi) => quasi.value.raw).join(' ')) || this.isPiece(node)) return;
    const builder = this.builderAround(node);
    if (!builder) return;
    this.query(builder, node, node, undefined, 'fragment');
  }

  /** The handle of the query builder whose argument a node is, at any depth. */
  private builderAround(node: TSESTree.Node): Handle | undefined {
    for (let at: TSESTree.Node = node; at.parent && !at.parent.type.endsWith('Statement') && !isFunction(at.parent); at = at.parent) {
      const call = at.parent;
      if (call.type !== 'CallExpression' || call.callee === at) continue;
      const root = builderRoot(call, this.file, this.world);
      if (root) return root;
    }
    return undefined;
  }

  private call(node: TSESTree.CallExpression): void {
    if (this.construct(node)) return;
    const operation = operationOf(node, this.file, this.world);
    if (operation) return this.operation(node, operation);
    const callee = unwrap(node.callee);
    if (callee.type === 'Identifier' && callee.name.startsWith('migrate')) this.migration(node);
    if (node.arguments.length > 1 && this.readsSettings) this.policy(node);
    if (callee.type === 'MemberExpression') {
      const name = propertyName(callee);
      if (name === 'prepare') return this.prepare(node, callee);
      if (name === 'findFirst' || name === 'findMany') this.builder(node);
      if (name !== undefined && models.test(name)) return this.model(node, callee);
    }
    // `knex('orders')`
    if (callee.type === 'Identifier' && node.parent?.type === 'MemberExpression' && node.arguments[0]?.type === 'Literal') {
      const isOfUse = this.inFrame(node) || rowLockOf(chainEnd(node)) !== undefined;
      const handle = isOfUse ? handleOf(this.at(callee), this.world) : undefined;
      if (handle?.driver === 'knex' && !/\.\s*transacting\s*\(/.test(this.file.text.slice(node.range[1], chainEnd(node).range[1])))
        this.builderSite(node, handle);
    }
    this.forwarded(node, callee);
  }

  /** `prisma.order.create(..)` */
  private model(node: TSESTree.CallExpression, callee: TSESTree.MemberExpression): void {
    const model = unwrap(callee.object);
    if (model.type !== 'MemberExpression' || !this.inFrame(node)) return;
    const handle = handleOf(this.at(model.object), this.world);
    if (handle?.driver === 'prisma') this.builderSite(node, handle);
  }

  private construct(node: TSESTree.CallExpression | TSESTree.NewExpression): boolean {
    const lock = migrationLockOf(this.at(node), this.world);
    if (lock) {
      this.sites.push({
        kind: 'migration-lock',
        label: label(this.file.text, node.callee.range, 40),
        ...this.base(lock, node, node.callee),
      });
    }
    const made = construction(this.at(node), this.world);
    if (!made) return false;
    if (made === 'foreign') return true;
    const { handle, options, emitsError, listens } = made;
    if (listens) {
      const method = label(this.file.text, node.callee.range, 40);
      this.sites.push({ kind: 'subscription', method, loses: listens, ...this.base(handle, node, node.callee) });
    }
    const text = label(this.file.text, node.range).replace(/:\/\/[^@\s'"`]*@/g, '://***@');
    const perRequest = perRequestOf(this.at(node), this.world);
    const declared = declaredOf(node);
    const switchPrepareOff =
      handle.driver === 'postgres.js' && !options.properties.has('prepare') ? addOption(node, 'prepare: false', this.file) : undefined;
    this.sites.push({
      kind: 'construction',
      options,
      label: text,
      emitsError,
      uses: clientUsesOf(this.at(node), this.world),
      ...(perRequest && { perRequest }),
      ...(declared && { declared }),
      isOneOff: isOneOff(this.file.path),
      ...(switchPrepareOff && { switchPrepareOff }),
      ...this.base(handle, node, node),
    });
    const carrier = handle.driver === 'drizzle' && handle.underlying ? `drizzle over ${handle.underlying.driver}` : handle.driver;
    const connections = connectionLimit(handle, options, node.range);
    this.clients.push({
      driver: carrier,
      range: node.range,
      label: text,
      reach: handle.reach,
      evidence: handle.evidence,
      ...(connections && { connections }),
      ...(options.urlSource !== undefined && { urlSource: options.urlSource }),
      startupParameters: [...startupParameters(handle, options)].map(([name, option]) => ({
        name,
        range: option.range,
        inOptions: option.inOptions ?? false,
      })),
    });
    return true;
  }

  private operation(node: TSESTree.CallExpression, found: HandleOperation): void {
    const { operation, handle, method } = found;
    switch (operation.does) {
      case 'query': {
        const argument = found.sql ?? node.arguments[operation.sql];
        // `client.query((db) => db.select())` of a wrapper takes no SQL.
        if (!argument || argument.type === 'SpreadElement' || isFunction(unwrap(argument))) return;
        const stream = streamMade(argument, this.file, this.world);
        if (stream?.keepsPortal) this.cursor(handle, node, label(this.file.text, argument.range, 40));
        const rest = operation.values === 'rest' ? node.arguments.slice(1) : undefined;
        const list = typeof operation.values === 'number' ? node.arguments[operation.values] : undefined;
        this.query(handle, node, argument, rest ?? list);
        if (handle.driver === 'postgres.js' && method === 'unsafe') this.preparedUnsafe(node, handle);
        return;
      }
      case 'transaction': {
        const callback = node.arguments.findLast((argument) => isFunction(unwrap(argument)));
        const fn = callback && unwrap(callback);
        const frame = isFunction(fn) ? frameOf(fn, this.file, this.world) : undefined;
        if (node.arguments.length === 0 || node.arguments.some((argument) => unwrap(argument).type === 'ArrayExpression')) return;
        this.sites.push({ kind: 'transaction', method, ...this.base(handle, node, memberRange(node)), ...(frame && { frame }) });
        if (isFunction(fn)) this.escapes(fn);
        return;
      }
      case 'listen':
        this.sites.push({ kind: 'subscription', method, loses: 'notifications', ...this.base(handle, node, memberRange(node)) });
        return;
      case 'builder':
        // `db.select('SELECT ..')` of a wrapper out of sight takes SQL.
        if (handle.driver === 'unknown' && node.arguments[0] && this.holdsHazardWords(node.arguments[0]))
          return this.query(handle, node, node.arguments[0], node.arguments[1]);
        this.builderSite(node, handle);
        return;
      default:
    }
  }

  private cursor(handle: Handle, node: TSESTree.Node, text: string): void {
    this.sites.push({ kind: 'cursor', label: text, consumption: consumptionOf(node, this.file), ...this.base(handle, node, node) });
  }

  /** Ways in which the handle of a transaction outlives its callback. */
  private escapes(fn: FunctionNode): void {
    const [first] = fn.params;
    const name = first && bareParameter(first);
    if (name?.type !== 'Identifier') return;
    const handle = handleOf(this.at(name), this.world);
    if (handle?.kind !== 'transaction') return;
    for (const reference of variableOf(name, this.file)?.references ?? []) {
      const use = wrapped(reference.identifier);
      const how = escapeOf(use, fn, this.file);
      if (how) this.sites.push({ kind: 'escape', how, ...this.base(handle, use, use) });
    }
  }

  private builder(node: TSESTree.CallExpression): void {
    const handle = builderRoot(node, this.file, this.world);
    if (handle) this.builderSite(node, handle);
  }

  private builderSite(node: TSESTree.CallExpression, handle: Handle): void {
    const end = chainEnd(node);
    const rowLock = rowLockOf(end);
    if (!rowLock && !this.inFrame(node) && !this.inParallel(handle, node)) return;
    const frames = framesOf(node, this.file, this.world);
    this.sites.push({
      kind: 'builder',
      label: label(this.file.text, node.range),
      settlement: settlementOf(node, frames[0]?.callback),
      sent: isSent(node),
      ...(rowLock && { rowLock }),
      ...this.base(handle, end, objectRange(node)),
    });
  }

  /** Drizzle's `migrate(db, ..)` runs its files in one transaction on the database it is given. */
  private migration(node: TSESTree.CallExpression): void {
    const [database] = node.arguments;
    const exported = exportOf(node.callee, this.file, this.world.semantics);
    if (!database || exported?.name !== 'migrate' || !/^drizzle-orm\/.*\/migrator$/.test(exported.module)) return;
    const handle = handleOf(this.at(database), this.world);
    if (handle) this.sites.push({ kind: 'transaction', method: 'migrate', ...this.base(handle, node, node.callee) });
  }

  /** `dbCredentials` in the configuration of drizzle-kit, for PostgreSQL. */
  private drizzleKit(node: TSESTree.Property): void {
    const config = node.parent;
    if (
      config.type !== 'ObjectExpression' ||
      !/(?:^|[/\\])drizzle[\w.-]*\.config\.[cm]?[jt]s$|(?:^|[/\\])drizzle\.[\w.-]*config[\w.-]*$/.test(this.file.path)
    ) {
      const call = config.parent;
      const exported = call?.type === 'CallExpression' ? exportOf(call.callee, this.file, this.world.semantics) : undefined;
      if (exported?.module !== 'drizzle-kit') return;
    }
    const dialect =
      propertyValue(config as TSESTree.ObjectExpression, 'dialect') ?? propertyValue(config as TSESTree.ObjectExpression, 'driver');
    if (dialect?.type !== 'Literal' || !/^(?:postgresql|pg)$/.test(String(dialect.value))) return;
    const options = optionsOf([node.value], textView(this.file, this.world));
    const { reach, evidence } = reachOf(options, this.world.setup);
    const url = options.properties.get('url') ?? options.properties.get('connectionString') ?? options.properties.get('host');
    if (!url) return;
    const label = this.file.text.slice(url.range[0], url.range[1]).replace(/:\/\/[^@\s'"`]*@/g, '://***@');
    const handle: Handle = { kind: 'pool', driver: 'drizzle', reach, confidence: 'certain', evidence, options };
    this.sites.push({
      kind: 'migration-config',
      label: label.length > 60 ? `${label.slice(0, 59)}…` : label,
      certainty: evidence.length > 0 ? 'certain' : namesPooler(options.urlSource ?? '') ? 'likely' : 'possible',
      ...this.base(handle, node, url.range),
    });
  }

  /** Drizzle's `pgPolicy(name, { using, withCheck })`: drizzle-kit writes the expressions into a migration. */
  private policy(node: TSESTree.CallExpression): void {
    const exported = exportOf(node.callee, this.file, this.world.semantics);
    const options = node.arguments[1] && unwrap(node.arguments[1]);
    if (exported?.name !== 'pgPolicy' || exported.module !== 'drizzle-orm/pg-core' || options?.type !== 'ObjectExpression') return;
    const place = { file: this.file.path, range: node.callee.range };
    const handle: Handle = {
      kind: 'unknown',
      driver: 'drizzle',
      reach: 'pooled',
      confidence: 'certain',
      evidence: [{ text: 'a policy is evaluated for every query of its table', place }],
    };
    for (const name of ['using', 'withCheck']) {
      const expression = propertyValue(options, name);
      if (!expression) continue;
      for (const text of textsOf(this.at(expression), textView(this.file, this.world))) {
        const script = readScript(text, { stored: true });
        if (script.statements.some(({ facts }) => facts.length > 0))
          this.sites.push({ kind: 'stored-expression', script, ...this.base(handle, node, expression) });
      }
    }
  }

  /** `.prepare()` at the end of a Drizzle query. */
  private prepare(node: TSESTree.CallExpression, callee: TSESTree.MemberExpression): void {
    const object = origin(this.at(callee.object), this.world.semantics);
    const chain = unwrapAwait(object.node);
    if (chain.type !== 'CallExpression' || object.file !== this.file) return;
    const handle = builderRoot(chain, this.file, this.world);
    if (!handle || (handle.driver !== 'drizzle' && handle.driver !== 'unknown')) return;
    const subject = subjectOf(chain);
    this.sites.push({
      kind: 'named-statement',
      by: 'drizzle prepare',
      label: label(this.file.text, node.arguments[0]?.range ?? callee.property.range),
      isNamed: prepareIsNamed(
        handle.underlying?.driver === 'postgres.js' ? 'postgres.js' : 'pg',
        handle.version,
        node.arguments.length > 0,
      ),
      ...(node.arguments[0] && this.named(this.at(node.arguments[0]))),
      statement: onOneLine(this.file.text.slice(...chain.range)),
      ...(subject !== undefined && { subject }),
      ...this.base(handle, node, callee.property),
    });
  }

  /** What is known of the name of a statement. */
  private named(at: Located): Pick<NamedStatementSite, 'name' | 'varies'> {
    const texts = textsOf(at, textView(at.file, this.world));
    const [only] = texts;
    if (texts.length === 1 && only?.parts.every((part) => part.kind === 'constant'))
      return { name: only.parts.map((part) => (part.kind === 'constant' ? part.value : '')).join('') };
    // A name that is handed in as a whole may be a constant where it comes from.
    return texts.some((text) => !isOpaque(text) && text.parts.some((part) => part.kind === 'hole')) ? { varies: true } : {};
  }

  /** The statement that a text is, where it has one reading. */
  private statementOf(at: Located): Pick<NamedStatementSite, 'statement' | 'script'> {
    const texts = textsOf(at, textView(at.file, this.world));
    const [only] = texts;
    if (texts.length !== 1 || !only || isOpaque(only)) return {};
    const statement = onOneLine(only.parts.map((part) => (part.kind === 'constant' ? part.value : `\${${part.label}}`)).join(''));
    return { statement, script: readScript(only, { fragment: false, always: true }) };
  }

  /** `sql.unsafe(text, values, { prepare: true })`. */
  private preparedUnsafe(node: TSESTree.CallExpression, handle: Handle): void {
    const options = node.arguments[2] && origin(this.at(node.arguments[2]), this.world.semantics);
    const prepare = options?.node.type === 'ObjectExpression' ? propertyValue(options.node, 'prepare') : undefined;
    if (!prepare || (prepare.type === 'Literal' && prepare.value === false)) return;
    this.sites.push({
      kind: 'named-statement',
      by: 'postgres.js prepare',
      label: 'prepare',
      ...(node.arguments[0] && this.statementOf(this.at(node.arguments[0]))),
      ...this.base(handle, node, node.arguments[2]!),
    });
  }

  /** A text passed to a function of the repository that sends it on, or to a method whose object is out of sight. */
  private forwarded(node: TSESTree.CallExpression, callee: TSESTree.Node): void {
    this.reached(node, callee);
    const index = node.arguments.findIndex((argument) => this.holdsHazardWords(argument));
    const argument = node.arguments[index];
    if (!argument) return;
    const fn = calleeOf(this.at(node), this.world.semantics);
    if (fn) {
      const forward = forwardOf(fn, index, this.world);
      if (!forward) return;
      const handle =
        forward.handle ?? (node.arguments[forward.parameter!] && handleOf(this.at(node.arguments[forward.parameter!]!), this.world));
      const values = forward.values === undefined ? undefined : node.arguments[forward.values];
      if (handle) this.query(handle, node, argument, values, 'statement', forward.inTransaction);
      return;
    }
    const name = callee.type === 'MemberExpression' ? propertyName(callee) : callee.type === 'Identifier' ? callee.name : undefined;
    if (name === undefined || !sinks.test(name) || index > 1) return;
    if (callee.type === 'MemberExpression') {
      const object = unwrap(callee.object);
      // Tests and builders: `expect(..)`, `z.string()`, a console.
      if (object.type === 'Identifier' && /^(console|logger|log|expect|assert|z|jest|vi|t)$/.test(object.name)) return;
    }
    this.byVocabulary(node, argument, callee);
  }

  /** A call inside a transaction of a function that queries the pool by itself. */
  private reached(node: TSESTree.CallExpression, callee: TSESTree.Node): void {
    if (!this.inFrame(node)) return;
    const fn = calleeOf(this.at(node), this.world.semantics);
    if (!fn || passesTransaction(this.at(node), this.world)) return;
    const handed = handedPoolOf(this.at(node), fn, this.world);
    if (handed) return this.handed(node, callee, handed);
    const query = poolQueryOf(fn, this.world) ?? defaultPoolOf(this.at(node), fn, this.world);
    if (!query) return;
    const { handle, at } = query;
    const place = { file: at.file.path, range: [at.node.range[0], at.node.range[1]] as const };
    const evidence = [{ text: `it sends \`${label(at.file.text, at.node.range, 50)}\``, place }, ...handle.evidence];
    const base = this.base({ ...handle, evidence }, node, callee);
    this.sites.push({
      kind: 'builder',
      label: label(this.file.text, node.range),
      through: label(this.file.text, callee.range, 40),
      settlement: settlementOf(node, base.frames[0]?.callback),
      sent: isSent(node),
      ...base,
    });
  }

  /** A call inside a transaction that gives a pool to a function that queries it. */
  private handed(node: TSESTree.CallExpression, callee: TSESTree.Node, { handle, value, query }: HandedPool): void {
    const place = { file: query.file.path, range: [query.node.range[0], query.node.range[1]] as const };
    const evidence = [{ text: `it sends \`${label(query.file.text, query.node.range, 50)}\``, place }, ...handle.evidence];
    const base = this.base({ ...handle, evidence }, node, value);
    this.sites.push({
      kind: 'builder',
      label: label(this.file.text, node.range),
      handedTo: {
        label: label(this.file.text, callee.range, 40),
        ...(value.parent?.type === 'Property' && value.parent.shorthand && { shorthand: label(this.file.text, value.range) }),
      },
      settlement: settlementOf(node, base.frames[0]?.callback),
      sent: isSent(node),
      ...base,
    });
  }

  /** A call inside a transaction that waits for another service. */
  private externalWait(node: TSESTree.CallExpression | TSESTree.NewExpression): void {
    const [frame] = framesOf(node, this.file, this.world);
    const wait = frame && externalWaitOf(this.at(node), frame.callback, this.world);
    if (!wait) return;
    const { at, waitsFor } = wait;
    const through = at.node !== node;
    const place = { file: at.file.path, range: [at.node.range[0], at.node.range[1]] as const };
    const evidence = through ? [{ text: `\`${label(at.file.text, at.node.range, 50)}\` waits for ${waitsFor}`, place }] : [];
    const callee = node.type === 'CallExpression' ? node.callee : node;
    this.sites.push({
      kind: 'external-wait',
      label: label(this.file.text, callee.range, 50),
      waitsFor,
      through,
      ...this.base({ ...frame.on, evidence: [...evidence, ...frame.on.evidence] }, node, callee),
      context: { state: 'in', confidence: frame.on.confidence, evidence: [] },
    });
  }

  private holdsHazardWords(argument: TSESTree.Node): boolean {
    const node = unwrap(argument);
    switch (node.type) {
      case 'Literal':
        return typeof node.value === 'string' && mayHoldFact(node.value);
      case 'TemplateLiteral':
      case 'TaggedTemplateExpression':
      case 'BinaryExpression':
      case 'ConditionalExpression':
        return (
          mayHoldFact(this.file.text.slice(node.range[0] + (node.type === 'TemplateLiteral' ? 1 : 0), node.range[1])) ||
          writesHazardWords(node)
        );
      case 'Identifier':
      case 'MemberExpression': {
        const there = origin(this.at(node), this.world.semantics);
        return (
          there.node !== node &&
          (there.node.type === 'Literal' ||
            there.node.type === 'TemplateLiteral' ||
            there.node.type === 'TaggedTemplateExpression' ||
            there.node.type === 'CallExpression' ||
            there.node.type === 'BinaryExpression') &&
          writesHazardWords(there.node)
        );
      }
      default:
        return false;
    }
  }

  /** A text that only PostgreSQL understands, given to something that takes SQL. */
  private byVocabulary(node: TSESTree.CallExpression, argument: TSESTree.Node, callee: TSESTree.Node): void {
    if (callee.type === 'MemberExpression' && answerOf(this.at(callee.object), this.world) !== undefined) return;
    const texts = textsOf(this.at(argument), textView(this.file, this.world));
    if (!texts.some((text) => isPostgresOnly(readScript(text)))) return;
    const handle: Handle = {
      kind: 'unknown',
      driver: 'unknown',
      reach: 'pooled',
      confidence: 'possible',
      passedIn: true,
      evidence: [
        {
          text: `\`${label(this.file.text, callee.range, 40)}\` is taken for a PostgreSQL client by the SQL it is given`,
          place: { file: this.file.path, range: callee.range },
        },
      ],
    };
    this.query(handle, node, argument, undefined);
  }

  /** `sql.file('setup.sql')` of postgres.js: the argument is a path. */
  private textsOfFile(handle: Handle, node: TSESTree.Node, argument: TSESTree.Node): StaticText[] | undefined {
    if (handle.driver !== 'postgres.js' || node.type !== 'CallExpression') return undefined;
    const callee = unwrap(node.callee);
    if (callee.type !== 'MemberExpression' || propertyName(callee) !== 'file') return undefined;
    const at = [argument.range[0], argument.range[1]] as const;
    const value = textOfFile(this.at(argument), this.world.semantics);
    if (value !== undefined) return [{ at, parts: [{ kind: 'constant', value }] }];
    return [{ at, parts: [{ kind: 'hole', role: 'text', range: at, label: label(this.file.text, argument.range) }] }];
  }

  private query(
    handle: Handle,
    node: TSESTree.Node,
    argument: TSESTree.Node,
    values: TSESTree.Node | readonly TSESTree.Node[] | undefined,
    part: 'statement' | 'fragment' = 'statement',
    inTransaction = false,
  ): void {
    const { file, world } = this;
    let text: Located = this.at(argument);
    let bound = values;
    const config = configOf(text, world);
    if (config) {
      if (!config.text) return;
      text = config.text;
      bound = config.values ?? bound;
      if (config.name) {
        const name = config.name.file === file ? config.name.node : argument;
        // An object that is written elsewhere may be read by others.
        const isHere = config.name.node.parent?.parent === unwrap(argument);
        const unname = isHere ? removeProperty(config.name.node, file) : undefined;
        this.sites.push({
          kind: 'named-statement',
          by: 'pg name',
          label: label(config.name.file.text, config.name.node.range),
          ...(unname && { unname }),
          ...this.named(config.name),
          ...this.statementOf(text),
          ...this.base(handle, node, name),
        });
      }
    }
    const texts = this.textsOfFile(handle, node, argument) ?? textsOf(text, textView(file, world));
    this.count(texts, node);
    const list = bound && !Array.isArray(bound) ? origin(this.at(bound as TSESTree.Node), world.semantics).node : undefined;
    const elements = Array.isArray(bound)
      ? (bound as TSESTree.Node[])
      : list?.type === 'ArrayExpression'
        ? list.elements.filter((element) => element !== null)
        : undefined;
    const hasValues = elements ? elements.length > 0 : bound !== undefined && !isFunction(unwrap(bound as TSESTree.Node));
    let shared: ReturnType<Extractor['base']> | undefined;
    for (const candidate of texts) {
      const always = part === 'statement' && mayBeSeveral(candidate, hasValues);
      const script = bindValues(readScript(candidate, { fragment: part === 'fragment', always }), elements);
      const hasFacts = script.statements.some((statement) => statement.facts.length > 0) || (always && script.statements.length > 1);
      if (!hasFacts && !this.inFrame(node) && !this.inParallel(handle, node)) continue;
      const on = hasFacts ? withReachOfCallers(handle, node, file, world) : handle;
      const isRaised = handle.driver === 'unknown' && handle.confidence === 'possible' && isPostgresOnly(script);
      shared = this.base(isRaised ? { ...on, confidence: 'likely' } : on, node, argument);
      if (inTransaction)
        shared = {
          ...shared,
          context: { state: 'in', confidence: 'certain', evidence: [{ text: 'the function that sends it has begun a transaction' }] },
        };
      const isChecked = handle.kind === 'client' && handle.underlying?.kind === 'pool' && begins(script);
      const cleanup = isChecked ? checkoutCleanupOf(node, file) : undefined;
      this.sites.push({
        kind: 'query',
        text: candidate,
        script,
        part,
        parameters: hasValues || script.firstValue !== undefined,
        ...(elements && { values: elements }),
        inConnectHook: inConnectHook(node, file, world),
        settlement: settlementOf(node, shared.frames[0]?.callback),
        hidesError: hidesError(node, shared.frames[0]?.callback),
        sent: !lazy.has(handle.driver) || isSent(node),
        ...(cleanup && { cleanup }),
        ...shared,
      });
    }
  }

  private inFrame(node: TSESTree.Node): boolean {
    return framesOf(node, this.file, this.world).length > 0;
  }

  /** In a transaction that was begun elsewhere, and one of several that are sent at once. */
  private inParallel(handle: Handle, node: TSESTree.Node): boolean {
    return parallelOf(node, undefined, this.file) !== undefined && contextOf(handle, node, this.file, this.world).state === 'in';
  }

  private count(texts: readonly StaticText[], node: TSESTree.Node): void {
    this.coverage.sites += 1;
    if (texts.every((text) => isOpaque(text))) {
      this.coverage.opaque += 1;
      this.opaqueSites.push([node.range[0], node.range[1]]);
    } else if (texts.some((text) => text.parts.some((part) => part.kind === 'hole' && part.role === 'text'))) {
      this.coverage.partial += 1;
    }
  }

  private base(handle: Handle, node: TSESTree.Node, at: TSESTree.Node | Range) {
    const range = 'type' in at ? at.range : at;
    const frames = framesOf(node, this.file, this.world);
    const parallel = parallelOf(node, frames[0]?.callback, this.file);
    // A loop around a BEGIN by hand is one of transactions: only a callback says where its transaction begins.
    const loop = frames[0] && loopOf(node, frames[0].callback, this.file);
    const context = contextOf(handle, node, this.file, this.world);
    return {
      node,
      ...(loop && { loop }),
      range: [range[0], range[1]] as const,
      handle: asSureAsCallers(handle, context),
      context,
      frames,
      ...(parallel && { parallel }),
    };
  }
}

/** A parameter that only its name, or its type, says to be a client is one for certain where a caller certainly passes one. */
function asSureAsCallers(handle: Handle, { state, confidence, paths }: TransactionContext): Handle {
  const isKnown = paths !== undefined && (state === 'out' || state === 'mixed');
  return isKnown && weaker(handle.confidence, confidence) !== confidence ? { ...handle, confidence } : handle;
}

/** postgres.js: `` sql`..`.cursor(100) ``, whose rows come a piece at a time. */
function postgresCursor(handle: Handle, tag: TSESTree.Node): TSESTree.CallExpression | undefined {
  const member = wrapped(tag).parent;
  const call = member?.type === 'MemberExpression' && propertyName(member) === 'cursor' ? wrapped(member).parent : undefined;
  // With a callback the driver reads to the end, and closes.
  return handle.driver === 'postgres.js' && call?.type === 'CallExpression' && !call.arguments.some((each) => isFunction(unwrap(each)))
    ? call
    : undefined;
}

/** The variable of a statement that declares nothing but a client. */
function declaredOf(node: TSESTree.Node): { readonly name: string; readonly end: number } | undefined {
  const declarator = wrapped(node).parent;
  if (declarator?.type !== 'VariableDeclarator' || declarator.id.type !== 'Identifier') return undefined;
  const { parent } = declarator;
  if (parent.declarations.length !== 1) return undefined;
  const statement = parent.parent.type === 'ExportNamedDeclaration' ? parent.parent : parent;
  return { name: declarator.id.name, end: statement.range[1] };
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** node-postgres' `{ name, text, values }`, drizzle's and pg-promise's likewise. */
function configOf(
  at: Located,
  world: World,
): { readonly text?: Located; readonly name?: Located; readonly values?: TSESTree.Node } | undefined {
  const there = origin(at, world.semantics);
  let object: TSESTree.Node = there.node;
  // `new Cursor(text)`, `new PreparedStatement({ .. })`, `pgp.as(..)`
  if (object.type === 'NewExpression' && object.arguments[0]) object = unwrap(object.arguments[0]);
  if (object.type !== 'ObjectExpression') return undefined;
  const { file } = there;
  const config = { node: object, file };
  const value = (key: string) => propertyOf(config, key, world.semantics);
  const text = value('text') ?? value('sql') ?? value('query');
  const name = value('name');
  const values = value('values') ?? value('params') ?? value('bind');
  const named = name && !(name.node.type === 'Identifier' && name.node.name === 'undefined');
  return { ...(text && { text }), ...(named && { name }), ...(values && { values: values.node }) };
}

/** Whether a script leaves a transaction open that it has begun. */
function begins({ statements }: ReturnType<typeof readScript>): boolean {
  const commands = statements.flatMap(({ facts }) =>
    facts.flatMap((fact) => (fact.kind === 'transaction' && !fact.inside ? [fact.command] : [])),
  );
  return commands.includes('begin') && !commands.includes('commit') && !commands.includes('rollback');
}

/** Whether a text has a semicolon in its middle, and a value to be bound. */
function mayBeSeveral({ parts }: StaticText, hasValues: boolean): boolean {
  const isBound = hasValues || parts.some((part) => part.kind === 'hole' && (part.role === 'value' || part.role === 'unknown'));
  return isBound && /;\s*\w/.test(parts.map((part) => (part.kind === 'constant' ? part.value : '$')).join(''));
}

function isAwaited(node: TSESTree.Node): boolean {
  const parent = wrapped(node).parent;
  return parent?.type === 'AwaitExpression' || parent?.type === 'ReturnStatement' || (parent !== undefined && isFunction(parent));
}

/** How a use of a transaction's handle lets it out of the callback; `undefined` for a use that does not. */
function escapeOf(use: TSESTree.Node, fn: FunctionNode, file: SourceFile): 'returned' | 'stored' | 'passed' | undefined {
  const parent = use.parent;
  if (parent?.type === 'AssignmentExpression' && parent.right === use && parent.operator === '=') {
    if (parent.left.type === 'MemberExpression') return 'stored';
    const variable = parent.left.type === 'Identifier' ? variableOf(parent.left, file) : undefined;
    const declared = variable?.defs[0]?.name as TSESTree.Node | undefined;
    return declared && (declared.range[0] < fn.range[0] || declared.range[1] > fn.range[1]) ? 'stored' : undefined;
  }
  if (parent?.type === 'CallExpression' && (parent.arguments as TSESTree.Node[]).includes(use)) {
    return wrapped(parent).parent?.type === 'UnaryExpression' && (wrapped(parent).parent as TSESTree.UnaryExpression).operator === 'void'
      ? 'passed'
      : undefined;
  }
  let at = use;
  if (at.parent?.type === 'Property' && at.parent.value === at && at.parent.parent.type === 'ObjectExpression')
    at = wrapped(at.parent.parent);
  const isResult = (at.parent?.type === 'ReturnStatement' && enclosingBody(at) === fn) || at.parent === fn;
  return isResult ? 'returned' : undefined;
}

/** `sql.begin`, `db.transaction`: the callee of a call, as far as the method's name. */
function memberRange(node: TSESTree.CallExpression): Range {
  return [node.callee.range[0], node.callee.range[1]];
}

/** The object of the first call of a chain. */
function objectRange(node: TSESTree.CallExpression): Range {
  let at: TSESTree.Node = unwrap(node.callee);
  while (at.type === 'MemberExpression' || at.type === 'CallExpression') {
    const next: TSESTree.Node = unwrap(at.type === 'MemberExpression' ? at.object : at.callee);
    // `getDb().select()`: the call is what gives the handle.
    if (next.type === 'ThisExpression' || (at.type === 'CallExpression' && next.type === 'Identifier')) break;
    at = next;
    if (at.type === 'Identifier') break;
  }
  return [at.range[0], at.range[1]];
}
