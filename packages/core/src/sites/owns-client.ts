import type { Handle } from './site.ts';

/** Whether Drizzle has made the client underneath by itself: `drizzle(url)`. A client that is passed in is judged where it is made. */
export function ownsClient(handle: Handle): boolean {
  return handle.driver === 'drizzle' && handle.underlying?.root === `${handle.root}:client`;
}
