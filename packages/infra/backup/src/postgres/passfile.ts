import { readFileSync, statSync } from 'node:fs';
import { Problem } from '../problem.ts';

/** A line of a password file, taken apart. */
interface PassfileLine {
  readonly fields: readonly [host: string, port: string, database: string, user: string];
  readonly password: string;
}

/** The lines of a password file, in libpq's format: `host:port:database:user:password`, with `\` before a colon or a backslash. */
export function passfileLines(text: string): PassfileLine[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#')) return [];
    const parts =
      line.match(/(?:^|:)(?:[^:\\]|\\.)*/g)?.map((part, index) => (index === 0 ? part : part.slice(1)).replace(/\\(.)/g, '$1')) ?? [];
    const [host, port, database, user, password] = parts;
    return user === undefined || password === undefined ? [] : [{ fields: [host!, port!, database!, user] as const, password }];
  });
}

/**
 * The password of a connection, found as libpq finds it, so that this program and `pg_dump` log in alike.
 *
 * @returns undefined where the file has none for it, which is right where PostgreSQL asks for none
 * @throws Problem `usage` where the file cannot be read, or can be read by others, which libpq ignores without a word
 */
export function passwordFrom(file: string | undefined, wanted: PassfileLine['fields']): string | undefined {
  if (file === undefined || file === '') return undefined;
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new Problem('usage', `${file} (PGPASSFILE) may be read by others, so PostgreSQL's programs ignore it: chmod 600 it.`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('usage', `PGPASSFILE cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  const matches = ({ fields }: PassfileLine) => fields.every((field, index) => field === '*' || field === wanted[index]);
  return passfileLines(text).find(matches)?.password;
}
