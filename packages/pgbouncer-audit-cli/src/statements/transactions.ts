import type { LoggedStatement } from './log-entry.ts';

/** More sessions than one log shows at once; the one that was silent for the longest is forgotten first. */
const maxSessions = 50_000;

export type SeenContext = 'in' | 'out' | 'unknown';

interface SessionState {
  readonly state: SeenContext;
  readonly transaction?: string;
}

/**
 * Follows each session through a log: after BEGIN a statement is in a transaction, after COMMIT or ROLLBACK in none. A session whose beginning the
 * log does not have is not known until then. Where a log leaves BEGIN out (log_statement = mod, a least duration), it never shows a COMMIT either.
 */
export class Transactions {
  readonly #sessions = new Map<string, SessionState>();
  #hasBegin = false;

  /** The context that the statement ran in; BEGIN and COMMIT themselves are in none. */
  of({ sql, session, transaction }: LoggedStatement): SeenContext {
    if (session === undefined) return 'unknown';
    const before = this.#sessions.get(session);
    const word =
      /^\s*(?:--[^\n]*\n\s*|\/\*[^]*?\*\/\s*)*(begin|start\s+transaction|commit|end|rollback(?!\s+(?:work\s+|transaction\s+)?to\b)|abort)\b/i.exec(
        sql.slice(0, 400),
      )?.[1];
    let state: SeenContext = before?.state ?? 'unknown';
    let context = state;
    if (word !== undefined) {
      const begins = /^(?:begin|start)/i.test(word);
      this.#hasBegin ||= begins;
      state = begins ? 'in' : 'out';
      context = 'out';
    } else if (
      state !== 'in' &&
      this.#hasBegin &&
      transaction !== undefined &&
      before?.transaction !== undefined &&
      transaction !== before.transaction
    ) {
      // Another transaction than before, and no BEGIN: the statement is one of its own.
      context = state = 'out';
    }
    this.#sessions.delete(session);
    this.#sessions.set(session, { state, ...(transaction !== undefined && { transaction }) });
    if (this.#sessions.size > maxSessions) this.#sessions.delete(this.#sessions.keys().next().value!);
    return context;
  }
}
