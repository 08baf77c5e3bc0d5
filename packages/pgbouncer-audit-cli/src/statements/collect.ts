import { analyseStatement, fingerprintOf, isRelevantStatement, type Setup, withoutConstants } from '@pgbouncer-audit/core';
import type { AuditResult, FindingResult } from '../result.ts';
import { redact } from '../redact.ts';
import type { StatementFinding, StatementsResult } from './statements-result.ts';
import type { SeenContext } from './transactions.ts';

/** How many different statements are kept; what comes after is counted. */
const maxStatements = 5_000;
/** How many users or databases are listed of one statement. */
const maxNames = 20;
const longestShown = 400;

export interface SeenStatement {
  readonly sql: string;
  readonly named: boolean;
  readonly context: SeenContext;
  readonly calls: number;
  readonly user?: string;
  readonly database?: string;
}

interface Kept {
  readonly sql: string;
  readonly fingerprint: string | undefined;
  readonly named: boolean;
  readonly context: SeenContext;
  calls: number;
  readonly users: Set<string>;
  readonly databases: Set<string>;
}

/** Gathers what a server has run, in bounded memory: a statement is kept once, and only if its words may matter. */
export class Collected {
  readonly #kept = new Map<string, Kept>();
  readonly #setup: Setup;
  /** Whether named statements can matter at all for this pooler. */
  readonly #named: boolean;
  seen = 0;
  leftOut = 0;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#named = analyseStatement('SELECT 1', { setup, context: contextOf('unknown'), named: true }).findings.length > 0;
  }

  add({ sql, named, context, calls, user, database }: SeenStatement): void {
    this.seen += calls;
    const matters = named && this.#named;
    if (!matters && !isRelevantStatement(sql)) return;
    const fingerprint = fingerprintOf(sql);
    const key = `${context} ${matters} ${fingerprint ?? sql.slice(0, 2_000)} ${settingNames(sql)}`;
    let kept = this.#kept.get(key);
    if (!kept) {
      if (this.#kept.size >= maxStatements) {
        this.leftOut++;
        return;
      }
      this.#kept.set(key, (kept = { sql, fingerprint, named: matters, context, calls: 0, users: new Set(), databases: new Set() }));
    }
    kept.calls += calls;
    if (user !== undefined && kept.users.size < maxNames) kept.users.add(user);
    if (database !== undefined && kept.databases.size < maxNames) kept.databases.add(database);
  }

  /** Judges everything that was kept, worst first. */
  judged(audited: Pick<AuditResult, 'findings'> | undefined): { findings: StatementFinding[]; coverage: StatementsResult['coverage'] } {
    const code = new Map<string, FindingResult[]>();
    for (const finding of audited?.findings ?? [])
      if (finding.statement !== undefined) code.set(finding.statement, [...(code.get(finding.statement) ?? []), finding]);
    const findings: StatementFinding[] = [];
    let unread = 0;
    for (const { sql, fingerprint, named, context, calls, users, databases } of this.#kept.values()) {
      const { findings: found, isRead } = analyseStatement(sql, { setup: this.#setup, context: contextOf(context), named });
      if (!isRead) unread++;
      const shown = withoutConstants(sql).replace(/\s+/g, ' ').trim();
      for (const { hazard, severity, confidence, dependsOn, message } of found) {
        findings.push({
          hazard,
          severity,
          confidence,
          ...(dependsOn && { dependsOn }),
          // Constants that a message quotes may be values of people.
          message: redact(message).replace(/'(?:[^'`]|'')*'(?=[^`]*`)/g, "'..'"),
          statement: redact(shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown),
          ...(fingerprint !== undefined && { fingerprint }),
          context,
          calls,
          users: [...users].sort(),
          databases: [...databases].sort(),
          code: (fingerprint === undefined ? [] : (code.get(fingerprint) ?? []))
            .filter((each) => each.hazard === hazard)
            .map(({ file, line, column }) => ({ file, line, column })),
        });
      }
    }
    const rank = { error: 0, warning: 1, info: 2 };
    return {
      findings: findings.toSorted(
        (a, b) =>
          Number(Boolean(a.dependsOn)) - Number(Boolean(b.dependsOn)) ||
          rank[a.severity] - rank[b.severity] ||
          b.calls - a.calls ||
          (a.hazard + a.statement < b.hazard + b.statement ? -1 : 1),
      ),
      coverage: { seen: this.seen, kept: this.#kept.size, unread, leftOut: this.leftOut },
    };
  }
}

/** Fingerprints do not tell `SET a` from `SET b` in every version: names of settings and functions keep them apart. */
function settingNames(sql: string): string {
  return /^\s*(?:re)?set\s+(?:session\s+|local\s+)?([\w.]+)/i.exec(sql.slice(0, 200))?.[0].toLowerCase().replace(/\s+/g, ' ').trim() ?? '';
}

function contextOf(state: SeenContext) {
  const why = {
    in: 'it ran after a BEGIN of its session',
    out: 'it ran outside of a transaction',
    unknown: 'whether it ran in a transaction is not known',
  };
  return { state, confidence: state === 'unknown' ? ('possible' as const) : ('certain' as const), evidence: [{ text: why[state] }] };
}
