import { parse } from 'dotenv';
import type { Variable } from './facts.ts';

/** Reads the variables of a `.env` file as dotenv does, with their lines. */
export function readEnvFile(file: string, text: string): Variable[] {
  const lines = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const name = /^\s*(?:export\s+)?([\w.-]+)\s*[=:]/.exec(line)?.[1];
    // Of several lines the last one holds.
    if (name !== undefined) lines.set(name, index + 1);
  }
  return Object.entries(parse(text)).map(([name, value]) => ({ name, value, origin: { file, line: lines.get(name) ?? 1 } }));
}
