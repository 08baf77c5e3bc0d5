import type { Outcome } from './problem.ts';
import { type Bucket, bestEffort } from './storage/bucket.ts';
import { stateKey } from './storage/layout.ts';

// The outcome of the last work of each kind lies in the bucket, so that it survives restarts and counts wherever a command was run.

export interface States {
  readonly run: {
    readonly outcome: Outcome | 'running';
    readonly name: string;
    readonly startedAt: string;
    readonly finishedAt?: string;
    readonly durationSeconds?: number;
    readonly message?: string;
    /** Of the server that the lock is on. */
    readonly systemIdentifier: string;
  };
  readonly success: {
    readonly name: string;
    readonly finishedAt: string;
    readonly durationSeconds: number;
    readonly storedBytes: number;
    readonly databaseBytes: number;
    readonly tables: number;
    readonly rows: number | null;
  };
  readonly verification: {
    readonly outcome: Outcome;
    readonly name: string;
    readonly finishedAt: string;
    readonly durationSeconds: number;
    /** `sums` where the backup is encrypted and no key is at hand. */
    readonly depth: 'full' | 'sums';
    readonly message?: string;
  };
  readonly drill: {
    readonly outcome: Outcome;
    readonly name: string;
    readonly finishedAt: string;
    /** RTO: from nothing to a server with the restored database. */
    readonly restoreSeconds: number;
    /** RPO: how old the data was when it was there again. */
    readonly dataAgeSeconds: number;
    readonly message?: string;
  };
  readonly retention: {
    readonly outcome: Outcome;
    readonly finishedAt: string;
    readonly removed: number;
    readonly kept: number;
    /** Older than they should be, and still there, other than those that the floor keeps. */
    readonly overdue: number;
    readonly message?: string;
  };
}

export type StateKind = keyof States;

/** The last outcome, or undefined where there is none that can be read. */
export async function readState<K extends StateKind>(
  bucket: Bucket,
  prefix: string,
  database: string,
  kind: K,
): Promise<States[K] | undefined> {
  const text = await bucket.text(stateKey(prefix, database, kind));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as States[K];
  } catch {
    return undefined;
  }
}

export async function writeState<K extends StateKind>(
  bucket: Bucket,
  prefix: string,
  database: string,
  kind: K,
  state: States[K],
): Promise<void> {
  await bucket.put(stateKey(prefix, database, kind), `${JSON.stringify(state, undefined, 1)}\n`);
}

/** Writes an outcome where it must not turn success into failure, nor hide the failure that it is about. */
export async function noteState<K extends StateKind>(
  bucket: Bucket,
  prefix: string,
  database: string,
  kind: K,
  state: States[K],
): Promise<void> {
  await bestEffort(() => writeState(bucket, prefix, database, kind, state));
}
