import { readFileSync } from 'node:fs';

/** The text of a file of this package, as users copy it. */
export function shipped(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
