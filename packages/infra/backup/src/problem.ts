/** How the program ends; part of its interface, printed by `--help` and documented in docs/backup.md. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'failed: nothing was published, deleted or replaced; earlier backups are as they were' },
  usage: { code: 2, meaning: 'a mistake in the call or in the settings' },
  locked: { code: 3, meaning: 'another run holds the lock of this database' },
  refused: { code: 4, meaning: 'refused, because it would not be safe' },
  damaged: { code: 5, meaning: 'a backup is damaged, or did not restore to what it should be' },
  missing: { code: 6, meaning: 'there is no such backup, database or bucket' },
  interrupted: { code: 7, meaning: 'interrupted by a signal; cleaned up as after a failure' },
} as const;

export type Outcome = keyof typeof exitCodes;

/** Something that went wrong and that a person can act on. Anything else that is thrown is a defect of the program. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly outcome: Outcome;
  /** Sentences: what happened, and what to do next. */
  constructor(outcome: Outcome, message: string, options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}

/** The problem that an error is to the person who runs the program. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AggregateError && error.errors.length > 0) return problemOf(error.errors[0]);
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
  if (code === 'ENOSPC')
    return new Problem('failed', `The disk is full: ${message}. Make room, or name another folder in BACKUP_SCRATCH.`, { cause: error });
  return new Problem('failed', message, { cause: error });
}
