import type { Range } from '../place.ts';
import type { PolicyPart } from './policies.ts';

/** A value in a statement: a constant, a hole of the text (index into its parts), a parameter written as `$1`, or something computed by SQL. */
export type SqlValue =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'hole'; readonly part: number }
  | { readonly kind: 'parameter'; readonly number: number }
  | { readonly kind: 'computed' };

/**
 * What a statement does that matters behind a pooler. `range` is the source range of the words that say it, `head` is
 * those words as written, on one line and shortened: what a squiggle covers, and what a message names.
 */
interface FactBase {
  readonly range: Range;
  readonly head: string;
  /** Set when the fact stands in a `DO` block (`do`): it happens when the block runs, in the block's transaction. */
  readonly inside?: 'do';
}

/** `SET`, `RESET`, `set_config()`, `SET ROLE`, `SET TRANSACTION`, ... */
export interface SettingFact extends FactBase {
  readonly kind: 'setting';
  /**
   * `session` outlives the transaction, `local` ends with it, `transaction` is `SET TRANSACTION`/`SET CONSTRAINTS` (this transaction only),
   * `unknown` is `set_config()` whose third argument could not be read.
   */
  readonly scope: 'session' | 'local' | 'transaction' | 'unknown';
  /** Lower-case parameter name as PostgreSQL knows it (`timezone`, `client_encoding`, `search_path`, `role`, `session_authorization`, `constraints`, `transaction`, `session characteristics`, `all`); absent when it is a hole. */
  readonly name?: string;
  readonly via: 'SET' | 'RESET' | 'set_config' | 'SET CONSTRAINTS';
  /** `RESET x`, `RESET ALL`, `SET x TO DEFAULT`, `SET ROLE NONE`. */
  readonly reset: boolean;
  readonly values: readonly SqlValue[];
  /** For set_config() with `$n` as its first or third argument: which values decide name and scope. */
  readonly nameParameter?: number;
  readonly scopeParameter?: number;
  /** For SET: the range of the keyword `SET` itself. For set_config(): the range of the third argument. The place a suggestion edits. */
  readonly scopeRange?: Range;
  /** Range of the `SESSION` keyword, when written. */
  readonly sessionRange?: Range;
  /** `SET SESSION CHARACTERISTICS`, `SET TRANSACTION`: the modes set, lower case (`isolation level`, `read only`, `deferrable`). */
  readonly modes?: readonly string[];
}

export interface TransactionFact extends FactBase {
  readonly kind: 'transaction';
  readonly command:
    'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback to' | 'prepare' | 'commit prepared' | 'rollback prepared';
}

export interface AdvisoryLockFact extends FactBase {
  readonly kind: 'advisory-lock';
  readonly level: 'session' | 'transaction';
  readonly operation: 'lock' | 'try' | 'unlock' | 'unlock all';
  /** The function's name as written, without its schema. */
  readonly function: string;
  /** Range of the function's name alone. */
  readonly nameRange?: Range;
}

export interface NotificationFact extends FactBase {
  readonly kind: 'listen' | 'unlisten' | 'notify';
  readonly channel?: string;
}

export interface PreparedStatementFact extends FactBase {
  readonly kind: 'prepare' | 'execute' | 'deallocate';
  /** Absent for `DEALLOCATE ALL` and for a hole. */
  readonly name?: string;
  readonly all?: boolean;
}

export interface DiscardFact extends FactBase {
  readonly kind: 'discard';
  readonly target: 'all' | 'plans' | 'sequences' | 'temp';
}

/** `LOAD`, and functions that leave something loaded or connected in the session. */
export interface LoadFact extends FactBase {
  readonly kind: 'load';
  readonly what: 'LOAD' | 'setseed' | 'dblink_connect';
}

export interface CursorFact extends FactBase {
  readonly kind: 'cursor';
  readonly name: string;
  readonly hold: boolean;
  /** Range of the words `WITH HOLD`. */
  readonly holdRange?: Range;
}

export interface TemporaryObjectFact extends FactBase {
  readonly kind: 'temporary';
  readonly object: 'table' | 'view' | 'sequence' | 'function';
  readonly name?: string;
  readonly onCommit: 'drop' | 'preserve' | 'delete rows' | 'unspecified';
}

/** `DROP TABLE x`: what undoes a temporary object. */
export interface DropFact extends FactBase {
  readonly kind: 'drop';
  readonly names: readonly string[];
}

/** `currval()`, `lastval()`, `nextval()`. */
export interface SequenceFact extends FactBase {
  readonly kind: 'sequence';
  readonly function: 'currval' | 'lastval' | 'nextval' | 'setval';
}

/** `FOR UPDATE` and friends, `LOCK TABLE`. */
export interface RowLockFact extends FactBase {
  readonly kind: 'row-lock';
  readonly table: boolean;
  /** The same statement writes as well, in a WITH or around the locking query. */
  readonly writes?: boolean;
}

/** `current_setting()`, `SHOW x`, `pg_backend_pid()` and other reads of the session. */
export interface SessionReadFact extends FactBase {
  readonly kind: 'session-read';
  readonly what: string;
  /** The lower-case name of the parameter that `SHOW` and `current_setting()` read; absent when it is a hole. */
  readonly parameter?: string;
}

/** A statement that PostgreSQL refuses in a transaction block. */
export interface TransactionlessFact extends FactBase {
  readonly kind: 'transactionless';
}

/**
 * `current_setting(name, true)` of a parameter that nobody has to set, used so that it matters whether an unset one is NULL or an empty
 * string. Only in what is stored and evaluated later: a policy, a function, a view, a default.
 */
export interface UnsetSettingFact extends FactBase {
  readonly kind: 'unset-setting';
  /** Absent when it is a hole. */
  readonly name?: string;
  readonly use: 'cast' | 'null test' | 'coalesce';
  /** What a `cast` makes of it, such as `uuid`. */
  readonly type?: string;
  /** The call stands in the source as it is here, so that words can be put around it. */
  readonly isWritten: boolean;
  /** The policy whose expression it stands in. */
  readonly policy?: PolicyPart;
}

export type Fact =
  | SettingFact
  | TransactionFact
  | AdvisoryLockFact
  | NotificationFact
  | PreparedStatementFact
  | DiscardFact
  | LoadFact
  | CursorFact
  | TemporaryObjectFact
  | DropFact
  | SequenceFact
  | RowLockFact
  | SessionReadFact
  | TransactionlessFact
  | UnsetSettingFact;

export type FactKind = Fact['kind'];

export interface Statement {
  /** PostgreSQL's parse-node tag (`VariableSetStmt`, `SelectStmt`), or `unparsed` where the grammar could not read it. */
  readonly tag: string;
  readonly range: Range;
  /** It reads or writes tables: what a function call in it does is of use to the statement itself. */
  readonly usesTables: boolean;
  /** The `*` of `SELECT *` or `RETURNING *`: the columns of the result are those that the table has when it is planned. */
  readonly star?: { readonly range: Range; readonly head: string };
  /** In the order of the text. */
  readonly facts: readonly Fact[];
}

/** A text after PostgreSQL's own parser has read it. */
export interface Script {
  readonly statements: readonly Statement[];
  /**
   * - `full`: every word of the text is known.
   * - `partial`: it has holes of raw text, or a part that the grammar could not read.
   * - `opaque`: it is nothing but a hole.
   */
  readonly completeness: 'full' | 'partial' | 'opaque';
  /** The index of the first part that is a bound value, if any: such a text goes over the extended protocol, which takes one statement only. */
  readonly firstValue?: number;
  /** False when no reading of the text is PostgreSQL: prose, another dialect, a fragment. */
  readonly isSql: boolean;
  /** It is a fragment of a statement (`WHERE ..`, `SET a = 1` of an UPDATE), read as an expression for its function calls only. */
  readonly isFragment: boolean;
}
