import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Setup } from '@pgbouncer-audit/core';
import { explain } from '../discover/read-text.ts';
import { UsageError } from '../errors.ts';
import type { AuditResult } from '../result.ts';
import { toolName, toolVersion } from '../tool.ts';
import { Collected } from './collect.ts';
import { readLog } from './read-log.ts';
import { readStatStatements } from './read-stat-statements.ts';
import type { StatementsResult } from './statements-result.ts';
import { Transactions } from './transactions.ts';

export interface StatementsOptions {
  /** A URL of PostgreSQL, or the path of a log. */
  readonly source: string;
  readonly cwd: string;
  readonly setup: Setup;
  readonly timeout: number;
  readonly logLinePrefix?: string;
  /** Only what these users have sent. */
  readonly users?: readonly string[];
  /** An audit whose findings are joined. */
  readonly audited?: Pick<AuditResult, 'findings'>;
}

/**
 * Judges what a server has run.
 *
 * @throws UsageError where the source cannot be read
 */
export async function statements(options: StatementsOptions): Promise<StatementsResult> {
  const collected = new Collected(options.setup);
  const wanted = (user: string | undefined): boolean => !options.users || (user !== undefined && options.users.includes(user));
  const notes: string[] = [];
  let source: StatementsResult['source'];
  let damaged: number | undefined;
  if (/^postgres(?:ql)?:\/\//.test(options.source)) {
    source = { kind: 'pg_stat_statements', name: 'pg_stat_statements' };
    const { hidden } = await readStatStatements(options.source, options.timeout, (seen) => wanted(seen.user) && collected.add(seen));
    notes.push(
      'pg_stat_statements does not tell whether a statement ran in a transaction, nor whether it came through the pooler: findings that rest on it are possible only.',
    );
    if (hidden > 0) notes.push(`${hidden} statements of other users could not be seen. Grant the user pg_read_all_stats.`);
  } else {
    const path = fileOf(options);
    const log = readLog(path, options.logLinePrefix);
    const transactions = new Transactions();
    let withoutSession = false;
    try {
      for await (const entry of log.statements()) {
        const context = transactions.of(entry);
        withoutSession ||= entry.session === undefined;
        const { sql, named, user, database } = entry;
        if (wanted(user))
          collected.add({
            sql,
            named,
            context,
            calls: 1,
            ...(user !== undefined && { user }),
            ...(database !== undefined && { database }),
          });
      }
    } catch (cause) {
      throw new UsageError(`\`${options.source}\` could not be read to its end: ${explain(cause)}.`);
    }
    source = { kind: log.format, name: options.source };
    damaged = log.damaged;
    if (collected.seen === 0)
      notes.push(
        'No statement was found. PostgreSQL writes them with log_statement = all or log_min_duration_statement = 0, and in English with lc_messages = C.',
      );
    if (withoutSession)
      notes.push(
        'Lines name no process or session, so that it is not known what ran in a transaction. Give --log-line-prefix, or log with %p or %c.',
      );
  }
  const { findings, coverage } = collected.judged(options.audited);
  return {
    kind: 'statements',
    schemaVersion: 1,
    tool: { name: toolName, version: toolVersion },
    source,
    coverage: { ...coverage, ...(damaged !== undefined && { damaged }) },
    findings,
    notes,
  };
}

function fileOf({ source, cwd }: StatementsOptions): string {
  const path = resolve(cwd, source);
  if (!existsSync(path)) throw new UsageError(`\`${source}\` is neither a URL of PostgreSQL (postgres://..) nor a file. Give one of them.`);
  if (!statSync(path).isFile()) throw new UsageError(`\`${source}\` is not a file. Give the log of PostgreSQL.`);
  return path;
}
