import type { TSESTree } from '@typescript-eslint/types';
import type { Semantics } from './semantics.ts';
import type { Setup } from './setup.ts';
import type { Callers } from './sites/callers.ts';
import type { ClientUses } from './sites/client-uses.ts';
import type { ExternalWait } from './sites/external-wait.ts';
import type { PoolQuery } from './sites/pool-query.ts';
import type { TransactionContext, TransactionFrame } from './sites/site.ts';
import type { DatabaseHint } from './sites/file-hints.ts';
import type { TransactionMarker } from './sites/manual-transaction.ts';
import type { Answer } from './sites/handle-of.ts';
import type { SourceFile } from './source-file.ts';

/** Everything an analysis asks besides the file at hand, and what it has found out so far. */
export interface World {
  readonly setup: Setup;
  readonly semantics: Semantics;
  readonly packageVersion: (name: string) => string | undefined;
  /** Files that were entered, one from the other, on the way to where a client is made. */
  readonly hops: { count: number };
  /** Handles by expression; `undefined` also while one is being worked out, where a definition leads back to itself. */
  readonly handles: WeakMap<TSESTree.Node, Answer>;
  readonly hints: WeakMap<SourceFile, DatabaseHint>;
  readonly markers: WeakMap<SourceFile, readonly TransactionMarker[]>;
  /** By function; `undefined` for one that is no transaction's callback. */
  readonly frames: WeakMap<TSESTree.Node, TransactionFrame | undefined>;
  /** By function; `undefined` for one that sends nothing on a pool. */
  readonly poolQueries: WeakMap<TSESTree.Node, PoolQuery | undefined>;
  /** By the expression that makes the client. */
  readonly clientUses: WeakMap<TSESTree.Node, ClientUses>;
  /** By the root of a handle that came in as a parameter. */
  readonly callers: Map<string, Callers>;
  /** By the same; `undefined` also while it is being worked out. */
  readonly contextsByCallers: Map<string, TransactionContext | undefined>;
  /** By function; `undefined` for one that waits for nothing but the database. */
  readonly externalWaits: WeakMap<TSESTree.Node, ExternalWait | undefined>;
}

/** A world in which nothing is known yet. */
export function newWorld(given: Pick<World, 'setup' | 'semantics' | 'packageVersion'>): World {
  return {
    ...given,
    hops: { count: 0 },
    handles: new WeakMap(),
    hints: new WeakMap(),
    markers: new WeakMap(),
    frames: new WeakMap(),
    poolQueries: new WeakMap(),
    clientUses: new WeakMap(),
    callers: new Map(),
    contextsByCallers: new Map(),
    externalWaits: new WeakMap(),
  };
}
