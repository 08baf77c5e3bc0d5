import type { TSESTree } from '@typescript-eslint/types';
import type { Script } from '../sql/script.ts';
import type { StaticText } from '../sql/static-text.ts';
import type { CallPath, Confidence, Edit, Evidence } from '../finding.ts';
import type { Range } from '../place.ts';
import type { DriverId } from '../drivers/driver.ts';
import type { CheckoutCleanup } from './checkout-cleanup.ts';
import type { ClientUses } from './client-uses.ts';
import type { Consumption } from './cursor.ts';
import type { Loop } from './loop.ts';
import type { Parallel } from './parallel.ts';
import type { PerRequest } from './request-handler.ts';

/**
 * What a piece of code holds when it talks to PostgreSQL.
 * - `pool`: every call may use another connection.
 * - `client`: one client connection, checked out or dedicated. It does not pin a server connection: only a transaction does.
 * - `transaction`: given by the driver to the callback of a transaction.
 * - `http`: every call is a request of its own.
 * - `unknown`: a client of PostgreSQL, of which no more is known.
 */
export type HandleKind = 'pool' | 'client' | 'transaction' | 'http' | 'unknown';

export interface Handle {
  readonly kind: HandleKind;
  readonly driver: DriverId | 'unknown';
  /** Whether its connections go through the pooler. */
  readonly reach: 'pooled' | 'direct' | 'unknown';
  /** How sure it is that this is a PostgreSQL client of this kind. */
  readonly confidence: Confidence;
  /** From the use to the construction. */
  readonly evidence: readonly Evidence[];
  /** The handle this one is built on: Drizzle's client, the pool a client was checked out of, what a transaction was opened on. */
  readonly underlying?: Handle;
  /** Options the client was made with, where they could be read. */
  readonly options?: ClientOptions;
  /** Identity of the variable or construction, to tell one handle from another: two uses of one handle have the same. */
  readonly root?: string;
  /** It was passed in, so that whoever passed it may have begun a transaction on it. */
  readonly passedIn?: boolean;
  /** It is what an AsyncLocalStorage holds, where that holds anything. */
  readonly fromStore?: boolean;
  /** The version of the driver, as the lock file or `package.json` states it. */
  readonly version?: string;
}

/** A property of an options object or URL as far as the source tells it. */
export interface OptionValue {
  readonly range: Range;
  readonly node?: TSESTree.Node;
  /** The value when it is a constant; `undefined` when it cannot be known. */
  readonly constant?: string | number | boolean | null;
  readonly known: boolean;
}

export interface ClientOptions {
  /** By name; a nested object has dotted names (`connection.statement_timeout`). */
  readonly properties: ReadonlyMap<string, OptionValue>;
  /** A spread or an expression that could not be followed: other properties may exist. */
  readonly open: boolean;
  /** The connection string, or the host, is a parameter of the function: whose server it is, the caller knows. */
  readonly urlGiven?: boolean;
  /** The connection string, when it could be read at least in part. */
  readonly url?: StaticText;
  /** The environment variable (or expression) that the connection string comes from. */
  readonly urlSource?: string;
}

/**
 * Whether a statement runs inside a transaction that pins a server connection, and why that is believed. It is `mixed` where a caller in
 * sight passes no transaction, and others do, or may: what needs a transaction is as wrong for that caller as it is outside of any.
 */
export interface TransactionContext {
  readonly state: 'in' | 'out' | 'mixed' | 'unknown';
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** Where callers decide: the ways by which the statement is reached. */
  readonly paths?: readonly CallPath[];
}

interface SiteBase {
  /** It is repeated in its transaction, nobody knows how often. */
  readonly loop?: Loop;
  readonly node: TSESTree.Node;
  readonly range: Range;
  readonly handle: Handle;
  readonly context: TransactionContext;
  /** Transactions whose callback this site stands in, innermost first. */
  readonly frames: readonly TransactionFrame[];
  /** It is one of several that `Promise.all` starts at once. */
  readonly parallel?: Parallel;
}

/** A transaction opened by a callback of the driver, with the handle it was opened on and the one it gives. */
export interface TransactionFrame {
  readonly call: TSESTree.Node;
  readonly callback: TSESTree.Node;
  readonly on: Handle;
  /** The name of the callback's parameter; absent when it takes none. */
  readonly parameter?: string;
  /** The function that opens the transaction and runs the callback in it, without giving it the handle. */
  readonly wrapper?: string;
  /** True for a savepoint: opened on a transaction. */
  readonly nested: boolean;
}

/** SQL text that reaches a client. */
export interface QuerySite extends SiteBase {
  readonly kind: 'query';
  readonly text: StaticText;
  readonly script: Script;
  /** How it was sent, as far as it matters: a fragment inside a query builder has no statement of its own. */
  readonly part: 'statement' | 'fragment';
  /** Sent over the extended protocol because values are bound. */
  readonly parameters: boolean;
  /** The values bound by position, where the call lists them. */
  readonly values?: readonly TSESTree.Node[];
  /** In the connect hook of a pool. */
  readonly inConnectHook: boolean;
  readonly settlement: Settlement;
  /** It stands in a `finally` of its transaction's callback, so that its error would take the place of the real one. */
  readonly hidesError: boolean;
  /** False for a query that is never asked for its result, on a driver that sends it only then. */
  readonly sent: boolean;
  /** It stands in the file of a migration. */
  readonly migration?: { readonly tool: string; readonly outside: string };
  /** What becomes of the client on an error, where the query begins a transaction on one that the same function has checked out. */
  readonly cleanup?: CheckoutCleanup;
}

/** An expression of SQL that is stored in the schema, and evaluated by whoever uses the table: a policy of Drizzle's `pgPolicy()`. */
export interface StoredExpressionSite extends SiteBase {
  readonly kind: 'stored-expression';
  readonly script: Script;
}

/**
 * What becomes of the promise of a query.
 * - `awaited`: or passed on to someone who may await it.
 * - `floating`: nobody waits for it.
 * - `deferred`: it is made in a callback that runs later: a timer, an event, `forEach(async ..)`.
 */
export type Settlement = 'awaited' | 'floating' | 'deferred';

/** A query sent as a named, protocol-level prepared statement. */
export interface NamedStatementSite extends SiteBase {
  readonly kind: 'named-statement';
  /** `prepare()` of Drizzle, `name` of node-postgres, `{ prepare: true }` of postgres.js. */
  readonly by: 'drizzle prepare' | 'pg name' | 'postgres.js prepare';
  readonly label: string;
  /** Of `prepare()` of Drizzle: whether its version sends a name. */
  readonly isNamed?: Confidence | 'never';
  /** Leaves the name out, where it is written in the call. */
  readonly unname?: Edit;
  /** The name, where it is a constant. */
  readonly name?: string;
  /** A part of the name is only known when the code runs. */
  readonly varies?: boolean;
  /** What it runs, on one line: the text, or the code that builds it. */
  readonly statement?: string;
  /** Of a query that Drizzle builds: what it does to which table, as far as the code shows it. */
  readonly subject?: string;
  /** What it runs, where that is a text that could be read. */
  readonly script?: Script;
}

/** A transaction opened through the driver: `db.transaction(cb)`, `sql.begin(cb)`. */
export interface TransactionSite extends SiteBase {
  readonly kind: 'transaction';
  readonly method: string;
  readonly frame?: TransactionFrame;
}

/** A query built and sent by an API that takes no SQL text: `db.insert(..)`, `db.query.users.findMany()`. */
export interface BuilderSite extends SiteBase {
  readonly kind: 'builder';
  readonly label: string;
  readonly settlement: Settlement;
  /** `.for('update')`, `.forUpdate()`: it locks the rows that it reads. */
  readonly rowLock?: Range;
  /** The function that sends it, where it is a call of that function which stands here. */
  readonly through?: string;
  /** The function that the handle is given to, and that sends the query; `range` is the argument. */
  readonly handedTo?: {
    readonly label: string;
    /** Its name in `{ db }`, where it stands for both key and value. */ readonly shorthand?: string;
  };
  /** False for a builder that is never awaited: it is a description of a query, and sends nothing. */
  readonly sent: boolean;
}

/** `sql.listen(..)`, `sql.subscribe(..)`: the driver listens by itself. */
export interface SubscriptionSite extends SiteBase {
  readonly kind: 'subscription';
  readonly method: string;
  /** What is lost behind the pooler: the notifications, or only the time until the library asks by itself. */
  readonly loses: 'notifications' | 'time';
}

/** The handle of a transaction leaves its callback: returned, stored, or passed to a call that nobody waits for. */
export interface EscapeSite extends SiteBase {
  readonly kind: 'escape';
  readonly how: 'returned' | 'stored' | 'passed';
}

/** A client is made: `new Pool(..)`, `postgres(..)`, `drizzle(..)`. */
export interface ConstructionSite extends SiteBase {
  readonly kind: 'construction';
  readonly options: ClientOptions;
  readonly label: string;
  /** It emits `error` when an idle connection is lost, which ends a process that does not listen. */
  readonly emitsError: boolean;
  readonly uses: ClientUses;
  /** It is made again for each request, and left open. */
  readonly perRequest?: PerRequest;
  /** The one variable of a statement that declares it, and where the statement ends. */
  readonly declared?: { readonly name: string; readonly end: number };
  /** In a test, a script or a migration: a program that ends, and that somebody looks at. */
  readonly isOneOff: boolean;
  /** Switches the named statements of postgres.js off, where its options are written in the call. */
  readonly switchPrepareOff?: Edit;
}

/** The connection that drizzle-kit is given, in its configuration. */
export interface MigrationConfigSite extends SiteBase {
  readonly kind: 'migration-config';
  /** Where the connection string comes from, as written, secrets removed. */
  readonly label: string;
  /** How sure it is that this is the pooler: a host or a name says so, or nothing speaks against it. */
  readonly certainty: Confidence;
}

/** A call in the callback of a transaction that waits for something other than the database. Its handle is what the transaction was opened on. */
export interface ExternalWaitSite extends SiteBase {
  readonly kind: 'external-wait';
  readonly label: string;
  /** Goes on with "waits for". */
  readonly waitsFor: string;
  /** The wait is in a function that stands elsewhere. */
  readonly through: boolean;
}

/** A library takes an advisory lock of the session, to migrate. */
export interface MigrationLockSite extends SiteBase {
  readonly kind: 'migration-lock';
  readonly label: string;
}

/** A query whose rows are read in pieces. */
export interface CursorSite extends SiteBase {
  readonly kind: 'cursor';
  readonly label: string;
  readonly consumption: Consumption;
}

export type Site =
  | MigrationConfigSite
  | StoredExpressionSite
  | CursorSite
  | QuerySite
  | NamedStatementSite
  | TransactionSite
  | BuilderSite
  | SubscriptionSite
  | EscapeSite
  | ConstructionSite
  | MigrationLockSite
  | ExternalWaitSite;
