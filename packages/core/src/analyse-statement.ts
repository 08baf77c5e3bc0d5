import type { TSESTree } from '@typescript-eslint/types';
import { findingsOf } from './analyse-file.ts';
import type { Finding } from './finding.ts';
import type { Setup } from './setup.ts';
import type { Handle, NamedStatementSite, QuerySite, TransactionContext } from './sites/site.ts';
import { grammar } from './sql/grammar.ts';
import { readScript } from './sql/read-script.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

export interface AnalyseStatementOptions {
  readonly setup: Setup;
  /** Whether it ran inside a transaction, and how that is known. */
  readonly context: TransactionContext;
  /** Sent as a named protocol-level statement. */
  readonly named: boolean;
}

export interface StatementAnalysis {
  readonly findings: readonly Finding[];
  /** False for what PostgreSQL's grammar does not take: a text that was cut off, say. */
  readonly isRead: boolean;
}

/** What is about how code gets its handle, of which a statement that was seen on a server says nothing. */
const aboutCode: ReadonlySet<string> = new Set(['no-manual-transaction-on-pool', 'no-set-parameter-hole']);

/** Whether a statement may have findings at all, from its words: what may not is not worth being kept. */
export function isRelevantStatement(sql: string): boolean {
  return mayHoldFact(sql);
}

/**
 * Judges a statement that a server has run: from `pg_stat_statements`, with `$1` in the place of its constants, or from a log.
 *
 * @param sql one statement, or several that were sent as one string
 */
export function analyseStatement(sql: string, { setup, context, named }: AnalyseStatementOptions): StatementAnalysis {
  const range = [0, sql.length] as const;
  const text = { parts: [{ kind: 'constant', value: sql, range }], at: range } as const;
  const script = readScript(text);
  const node = { type: 'Program', range: [0, sql.length] } as unknown as TSESTree.Node;
  const handle: Handle = {
    kind: context.state === 'in' ? 'transaction' : 'client',
    driver: 'pg',
    reach: 'pooled',
    confidence: 'certain',
    evidence: [],
  };
  const query: QuerySite = {
    kind: 'query',
    node,
    range,
    text,
    script,
    part: 'statement',
    parameters: false,
    inConnectHook: false,
    settlement: 'awaited',
    hidesError: false,
    sent: true,
    frames: [],
    handle,
    context,
  };
  const statement: NamedStatementSite = { kind: 'named-statement', node, range, frames: [], handle, context, by: 'pg name', label: sql };
  const findings = findingsOf(named ? [query, statement] : [query], setup, 'statement').filter(({ hazard }) => !aboutCode.has(hazard));
  return { findings, isRead: script.isSql };
}

/** The same for statements that differ in their constants only: libpg_query's fingerprint. `undefined` for what is no SQL. */
export function fingerprintOf(sql: string): string | undefined {
  return grammar.fingerprint(sql);
}

/** The statement with `$1` in the place of every constant, so that no value is left in it. */
export function withoutConstants(sql: string): string {
  return grammar.normalize(sql) ?? sql.replace(/'(?:[^']|'')*'?|\$(\w*)\$[^]*?(?:\$\1\$|$)|\b\d+(?:\.\d+)?\b/g, '?');
}
