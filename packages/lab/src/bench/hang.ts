import { setTimeout as sleep } from 'node:timers/promises';

/** Something did not come back in time. */
export class Hang extends Error {
  override readonly name = 'Hang';
}

/**
 * Waits for `promise`, but not for ever.
 *
 * @param milliseconds how long
 * @param what is waited for, in words
 * @throws Hang where it takes longer
 */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  const timeout = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timeout.signal }).then(() => {
    throw new Hang(what);
  });
  // A promise that nobody waits for any more may still reject, and so does the timer that is called off.
  promise.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timeout.abort();
  }
}
