/** A statement that a log shows, with what the line tells of it. */
export interface LoggedStatement {
  readonly sql: string;
  /** It was executed as a named statement of the protocol. */
  readonly named: boolean;
  readonly user?: string;
  readonly database?: string;
  /** What tells one server connection from another: the session's id, else the process. */
  readonly session?: string;
  /** The virtual transaction it ran in. */
  readonly transaction?: string;
}

/**
 * The statement of a message of PostgreSQL: `statement: ..` of log_statement, `execute NAME: ..` of the extended protocol, both also behind
 * `duration: .. ms` of log_min_duration_statement. `parse` and `bind` come before an `execute`, and are not counted.
 */
export function statementOf(message: string): Pick<LoggedStatement, 'sql' | 'named'> | undefined {
  const match = /^(?:duration: [\d.]+ ms {2})?(?:statement: |execute (fetch from )?([^:]*): )/.exec(message);
  if (!match || match[1] !== undefined) return undefined;
  const name = match[2]?.split('/')[0];
  return { sql: message.slice(match[0].length), named: name !== undefined && name !== '<unnamed>' };
}
