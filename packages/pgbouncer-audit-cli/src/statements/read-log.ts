import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { record } from '../record.ts';
import { statementOf, type LoggedStatement } from './log-entry.ts';
import { prefixReader, type PrefixReader } from './log-line-prefix.ts';

export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog';

/** A longer entry is cut: no statement of people is longer, and memory stays bounded whatever the file holds. */
const longestEntry = 1 << 20;

export interface LogReader {
  /** Set once the first line was read. */
  readonly format: LogFormat;
  /** Entries that were cut, or could not be read. */
  readonly damaged: number;
  statements(): AsyncGenerator<LoggedStatement>;
}

/**
 * Reads the log of PostgreSQL as a stream: text with any log_line_prefix, CSV or JSON, plain or behind gzip.
 *
 * @param prefix log_line_prefix, where it is known; else what stands in the common prefixes is looked for
 */
export function readLog(path: string, prefix?: string): LogReader {
  const file = createReadStream(path);
  return readLogStream(path.endsWith('.gz') ? file.on('error', () => undefined).pipe(createGunzip()) : file, prefix);
}

/** Like `readLog`, for a stream. */
export function readLogStream(stream: Readable, prefix?: string): LogReader {
  const state = { format: 'stderr' as LogFormat, damaged: 0 };
  return {
    get format() {
      return state.format;
    },
    get damaged() {
      return state.damaged;
    },
    async *statements() {
      let reader: EntryReader | undefined;
      for await (const line of linesOf(stream, () => state.damaged++)) {
        if (!reader) {
          if (line.trim() === '') continue;
          state.format = formatOf(line);
          reader = readers[state.format](prefixReader(prefix), () => state.damaged++);
        }
        yield* reader.line(line);
      }
      if (reader) yield* reader.end();
    },
  };
}

function formatOf(line: string): LogFormat {
  if (line.startsWith('{')) return 'jsonlog';
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [\w+:-]+,/.test(line) ? 'csvlog' : 'stderr';
}

/** Lines of a stream, each cut at the longest: a file without line ends must not fill the memory. */
async function* linesOf(stream: Readable, cut: () => void): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isCut = false;
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!isCut) yield line.endsWith('\r') ? line.slice(0, -1) : line;
      isCut = false;
    }
    if (rest.length > longestEntry) {
      if (!isCut) {
        cut();
        yield rest.slice(0, longestEntry);
      }
      isCut = true;
      rest = '';
    }
  }
  if (rest !== '' && !isCut) yield rest;
}

interface EntryReader {
  line(line: string): Iterable<LoggedStatement>;
  end(): Iterable<LoggedStatement>;
}

const readers: Readonly<Record<LogFormat, (prefix: PrefixReader, damaged: () => void) => EntryReader>> = {
  jsonlog: (_, damaged) => ({ line: (line) => jsonEntry(line, damaged), end: () => [] }),
  csvlog: (_, damaged) => new CsvEntries(damaged),
  stderr: (prefix) => new TextEntries(prefix),
};

function jsonEntry(line: string, damaged: () => void): LoggedStatement[] {
  if (line.trim() === '') return [];
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = record(JSON.parse(line));
  } catch {
    damaged();
    return [];
  }
  const text = (key: string): string | undefined => {
    const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const said = statementOf(text('message') ?? '');
  return said
    ? [
        entryOf(said, {
          user: text('user'),
          database: text('dbname'),
          session: text('session_id') ?? text('pid'),
          transaction: text('vxid'),
        }),
      ]
    : [];
}

type Place = { readonly [Key in 'user' | 'database' | 'session' | 'transaction']?: string | undefined };

function entryOf(said: Pick<LoggedStatement, 'sql' | 'named'>, { user, database, session, transaction }: Place): LoggedStatement {
  return {
    ...said,
    ...(user && { user }),
    ...(database && { database }),
    ...(session && { session }),
    ...(transaction && { transaction }),
  };
}

/** Columns of csvlog, by PostgreSQL's documentation. */
const columns = { user: 1, database: 2, pid: 3, session: 5, transaction: 9, message: 13 } as const;

/** A record of CSV may go over several lines, as long as a quote is open. */
class CsvEntries implements EntryReader {
  #open: string[] = [];
  #length = 0;
  /** Whether a quote is open: a doubled one opens what it has closed. */
  #quoted = false;
  readonly #damaged: () => void;

  constructor(damaged: () => void) {
    this.#damaged = damaged;
  }

  *line(line: string): Generator<LoggedStatement> {
    for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) this.#quoted = !this.#quoted;
    this.#open.push(line);
    this.#length += line.length;
    if (this.#quoted && this.#length <= longestEntry) return;
    const text = this.#open.join('\n');
    const isWhole = !this.#quoted;
    this.#open = [];
    this.#length = 0;
    this.#quoted = false;
    const fields = isWhole ? fieldsOf(text) : undefined;
    if (!fields) return this.#damaged();
    const said = statementOf(fields[columns.message] ?? '');
    if (said)
      yield entryOf(said, {
        user: fields[columns.user],
        database: fields[columns.database],
        session: fields[columns.session] ?? fields[columns.pid],
        transaction: fields[columns.transaction],
      });
  }

  *end(): Generator<LoggedStatement> {
    if (this.#open.length > 0) this.#damaged();
  }
}

/** The fields of a record; `undefined` while a quote is open. */
function fieldsOf(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let end = at + 1;
      for (;;) {
        end = text.indexOf('"', end);
        if (end < 0) return undefined;
        if (text[end + 1] !== '"') break;
        end += 2;
      }
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const comma = text.indexOf(',', at);
      fields.push(text.slice(at, comma < 0 ? undefined : comma));
      at = comma < 0 ? text.length : comma;
    }
    if (text[at] !== ',') return fields;
    at++;
  }
}

/** Lines of text: an entry begins with its prefix and a severity, and its further lines with a tab. */
class TextEntries implements EntryReader {
  #entry: { message: string; readonly place: Place } | undefined;
  readonly #prefix: PrefixReader;

  constructor(prefix: PrefixReader) {
    this.#prefix = prefix;
  }

  *line(line: string): Generator<LoggedStatement> {
    if (line.startsWith('\t')) {
      if (this.#entry && this.#entry.message.length < longestEntry) this.#entry.message += `\n${line.slice(1)}`;
      return;
    }
    yield* this.end();
    const match = /^(.*?)\b(LOG|STATEMENT|DETAIL|ERROR|WARNING|NOTICE|INFO|HINT|CONTEXT|FATAL|PANIC|QUERY|LOCATION|DEBUG\d?): {2}/.exec(
      line,
    );
    // STATEMENT repeats what an error was about; DETAIL has the values of parameters.
    if (match?.[2] === 'LOG') this.#entry = { message: line.slice(match[0].length), place: this.#prefix(match[1]!) };
  }

  *end(): Generator<LoggedStatement> {
    const said = this.#entry && statementOf(this.#entry.message);
    if (said) yield entryOf(said, this.#entry!.place);
    this.#entry = undefined;
  }
}
