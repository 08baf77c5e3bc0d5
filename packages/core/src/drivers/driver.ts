import type { HandleKind } from '../sites/site.ts';

/** The drivers and query layers whose behaviour on the wire is in a table. */
export type DriverId =
  | 'pg'
  | 'postgres.js'
  | 'drizzle'
  | 'neon'
  | 'vercel'
  | 'kysely'
  | 'knex'
  | 'prisma'
  | 'typeorm'
  | 'sequelize'
  | 'mikro-orm'
  | 'slonik'
  | 'pg-promise'
  | 'pg-listen'
  | 'pg-pubsub'
  | 'pg-boss'
  | 'graphile-worker'
  | 'postgraphile';

/** What a method (or a property, or a tagged template) of a handle does. */
export type Operation =
  /** Sends the SQL that argument `sql` holds; argument `values` binds parameters (`'rest'`: every argument behind the SQL). */
  | { readonly does: 'query'; readonly sql: number; readonly values?: number | 'rest' }
  /** Used as a template tag: holes are bound. */
  | { readonly does: 'tag' }
  /** Runs its callback in a transaction and passes it a handle of the kind `transaction`. */
  | { readonly does: 'transaction' }
  /** Sends its list of queries in one transaction. */
  | { readonly does: 'batch' }
  /** Opens (`begin`) or ends a transaction on this very handle. */
  | { readonly does: 'begin' | 'commit' | 'rollback' }
  /** Resolves to, or passes to its callback, a handle of the kind `client`. */
  | { readonly does: 'checkout' }
  /** Begins a chain whose `execute(callback)` runs in a transaction, or on one client. */
  | { readonly does: 'transaction chain' | 'checkout chain' }
  /** Makes a query without SQL text. */
  | { readonly does: 'builder' }
  /** Gives a handle that stands for the same connections. */
  | { readonly does: 'same' }
  /** Gives the handle of the driver underneath. */
  | { readonly does: 'underlying' }
  /** Makes the driver listen by itself. */
  | { readonly does: 'listen' }
  /** Registers a listener of the pool's events. */
  | { readonly does: 'on' };

/** An export that makes a handle. */
export interface ConstructorRow {
  /** `default`, an exported name, or a dotted path below one. */
  readonly name: string;
  readonly makes: HandleKind;
  /** False for an exported handle: `import { sql } from '@vercel/postgres'`. */
  readonly called: boolean;
  /** An emitter that says `error` when an idle connection is lost, and has no listener of its own: Node.js then ends the process. */
  readonly emitsError?: true;
  /** It listens by itself: always, or with one of these options. */
  readonly listens?: { readonly when?: readonly string[]; readonly loses: 'notifications' | 'time' };
}

export interface Driver {
  readonly id: DriverId;
  /** Modules whose exports make handles. */
  readonly modules: readonly string[];
  readonly constructors: readonly ConstructorRow[];
  /** Exported types of handles, and of their callbacks' parameters. */
  readonly types: Readonly<Record<string, HandleKind>>;
  /** By method name; the empty name is a call of the handle itself. */
  readonly methods: Readonly<Record<string, Operation>>;
  /** Names of options whose function runs when a connection is opened. */
  readonly connectHooks: readonly string[];
  /** Events of `on()` that hand out a connection. */
  readonly connectEvents: readonly string[];
  /** What the table was read in, or seen by. */
  readonly source: string;
}

/** Rows of the same operation, by the names that do it. */
export function methods(rows: readonly (readonly [Operation, string])[]): Record<string, Operation> {
  return Object.fromEntries(rows.flatMap(([operation, names]) => names.split(' ').map((name) => [name, operation] as const)));
}
