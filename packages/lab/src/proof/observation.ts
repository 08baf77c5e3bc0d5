/** What an experiment saw. `saw` holds nothing that differs between two runs; numbers that do are in `measured`. */
export type Observation =
  /** The code did what its author meant. */
  | { readonly outcome: 'works'; readonly saw: string; readonly measured?: string }
  /** No error, and yet the wrong thing happened. */
  | { readonly outcome: 'silent'; readonly saw: string; readonly measured?: string }
  /** An error; `code` is the SQLSTATE, or the driver's own code where PostgreSQL never answered. */
  | { readonly outcome: 'error'; readonly code: string; readonly saw: string }
  /** It never came back. */
  | { readonly outcome: 'hang'; readonly saw: string };

export function works(saw: string, measured?: string): Observation {
  return { outcome: 'works', saw, ...(measured === undefined ? {} : { measured }) };
}

export function silent(saw: string, measured?: string): Observation {
  return { outcome: 'silent', saw, ...(measured === undefined ? {} : { measured }) };
}

/** `works` where nothing went wrong, else `silent` with what did. */
export function judged(wrong: readonly (string | false)[], saw: string): Observation {
  const reasons = wrong.filter((reason) => reason !== false);
  return reasons.length === 0 ? works(saw) : silent(reasons.join('; '));
}
