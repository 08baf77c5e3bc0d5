/** What the prefix of a line tells. */
export type PrefixReader = (prefix: string) => {
  readonly user?: string;
  readonly database?: string;
  readonly session?: string;
  readonly transaction?: string;
};

/** What an escape of log_line_prefix looks like in a line. */
const escapes: Readonly<Record<string, string>> = {
  u: '(?<user>[^\\s,\\]\\[=:()]*?)',
  d: '(?<database>[^\\s,\\]\\[=:()]*?)',
  t: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S+?',
  m: '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d+ \\S+?',
  r: '[^\\s()]*(?:\\(\\d+\\))?',
  p: '(?<pid>\\d+)',
  c: '(?<session>[\\da-f]+\\.[\\da-f]+)',
  v: '(?<transaction>[\\d/]*)',
  '%': '%',
  q: '',
};

/** Where the common prefixes have them: `user=app,db=shop`, `app@shop`, `[4711]`. */
const common = {
  user: /\buser=([^\s,]+)|\b([\w-]+)@[\w-]+/,
  database: /\b(?:db|database)=([^\s,]+)|\b[\w-]+@([\w-]+)/,
  session: /\b([\da-f]{8}\.[\da-f]+)\b|\[(\d+)(?:-\d+)?\]|\bpid=(\d+)/,
  transaction: /\b(?:vxid|v?xact)=(\d+\/\d+)/,
};

/**
 * Reads the prefixes of lines.
 *
 * @param prefix log_line_prefix as PostgreSQL has it; where it is not known, or does not fit a line, the common ones are tried
 */
export function prefixReader(prefix: string | undefined): PrefixReader {
  const pattern = prefix === undefined ? undefined : patternOf(prefix);
  return (line) => {
    const groups = pattern?.exec(line)?.groups;
    if (!groups) return byCommon(line);
    const { user, database, session, pid, transaction } = groups;
    const id = session ?? pid;
    return { ...(user && { user }), ...(database && { database }), ...(id && { session: id }), ...(transaction && { transaction }) };
  };
}

function patternOf(prefix: string): RegExp {
  const seen = new Set<string>();
  const body = prefix.trimEnd().replace(/%(-?\d*)([a-zA-Z%])|[^%]+|%/g, (text, _width: string | undefined, letter: string | undefined) => {
    if (letter === undefined) return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
    const escape = Object.hasOwn(escapes, letter) && !seen.has(letter) ? escapes[letter]! : '.*?';
    seen.add(letter);
    return `\\s*${escape}\\s*`;
  });
  return new RegExp(`^${body}\\s*$`);
}

function byCommon(line: string): ReturnType<PrefixReader> {
  const found = (pattern: RegExp): string | undefined =>
    pattern
      .exec(line)
      ?.slice(1)
      .find((each) => each !== undefined);
  const [user, database, session, transaction] = [common.user, common.database, common.session, common.transaction].map(found);
  return { ...(user && { user }), ...(database && { database }), ...(session && { session }), ...(transaction && { transaction }) };
}
