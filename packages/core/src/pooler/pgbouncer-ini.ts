/** One `key = value` of a configuration file of PgBouncer. */
export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface IniProblem {
  /** A line that PgBouncer does not take, or an included file that could not be read here. */
  readonly kind: 'refused' | 'include';
  readonly file: string;
  readonly line: number;
  /** A sentence without a full stop. */
  readonly message: string;
}

/** How deep PgBouncer follows `%include`. */
const maxIncludes = 10;

/**
 * Reads a configuration file as PgBouncer does: `;` and `#` start a comment only at the start of a line, a value ends
 * with its line, names that need it are in double quotes, `%include` reads another file in place.
 * Like PgBouncer it stops at the first line that it does not understand.
 *
 * @param file name for entries and problems
 * @param include the text of a file that `%include` names, and the name it has; `undefined` when it cannot be read
 */
export function readIni(
  file: string,
  text: string,
  include: (from: string, name: string) => { file: string; text: string } | undefined,
): { entries: readonly IniEntry[]; problems: readonly IniProblem[] } {
  const entries: IniEntry[] = [];
  const problems: IniProblem[] = [];
  let section = '';

  const read = (at: string, content: string, depth: number): void => {
    for (const [index, raw] of content
      .replace(/^\uFEFF/, '')
      .split('\n')
      .entries()) {
      const line = raw.trim();
      const place = { file: at, line: index + 1 };
      if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;

      const included = /^%include\s+(.+)$/.exec(line)?.[1];
      if (included !== undefined) {
        const target = depth < maxIncludes ? include(at, included) : undefined;
        if (target) read(target.file, target.text, depth + 1);
        else problems.push({ kind: 'include', ...place, message: `\`%include ${included}\` could not be read` });
        continue;
      }
      const heading = /^\[([^\]]*)\]/.exec(line)?.[1];
      if (heading !== undefined) {
        section = heading;
        continue;
      }
      const entry = /^(?:"((?:[^"]|"")*)"|([\w.*-]+))[ \t]*=[ \t]*(.*)$/.exec(line);
      if (!entry) {
        problems.push({ kind: 'refused', ...place, message: 'PgBouncer would refuse this line' });
        return;
      }
      entries.push({ section, key: entry[1]?.replaceAll('""', '"') ?? entry[2]!, value: entry[3]!, ...place });
    }
  };
  read(file, text, 0);
  return { entries, problems };
}

/**
 * The parameters of a connection string of `[databases]` and `[users]`: `host=a port=5432 password='it''s'`.
 * What does not fit the form is left out.
 */
export function connectionParameters(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [, key, quoted, plain] of value.matchAll(/(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([^\s']*))/g)) {
    parameters.set(key!, quoted?.replaceAll("''", "'") ?? plain ?? '');
  }
  return parameters;
}

/**
 * Where the file of an `%include` may lie. PgBouncer takes a relative name from its working directory, which no file tells, and an absolute
 * one from the machine that it runs on: the folder of the including file is tried.
 *
 * @param from path of the including file, with `/`
 */
export function pathsOfInclude(from: string, name: string): readonly string[] {
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
  const base = name.slice(name.lastIndexOf('/') + 1);
  return [...new Set([`${folder}${name.replace(/^(?:\.?\/)+/, '')}`, `${folder}${base}`])];
}
