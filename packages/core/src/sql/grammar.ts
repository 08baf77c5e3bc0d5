import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { ParseTree, RawStatement } from './parse-tree.ts';

/** PostgreSQL's grammar is linear in the text: one mebibyte takes it about a second. */
const longestText = 1 << 20;

/** Deeper brackets than any written SQL has, and far fewer than exhaust the stack of the WebAssembly instance. */
const deepestNesting = 400;

export interface Parsed {
  readonly outcome: 'parsed';
  readonly statements: readonly RawStatement[];
  /** Turns a location of the tree (UTF-8 bytes) into a UTF-16 offset of the text. */
  readonly offset: (location: number) => number;
}

/** PostgreSQL's grammar says no; `at` is the UTF-16 offset where it stopped. */
export interface Rejected {
  readonly outcome: 'rejected';
  readonly at: number;
}

/** Too long, too deeply nested, or more than the parser could bear: nothing is known about the text. */
export interface Refused {
  readonly outcome: 'refused';
}

/** A stretch of a scanned text, in its UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One token of PostgreSQL's scanner, which a comment is not. */
export interface Token extends Span {
  /** `word` is a keyword or an identifier, quoted or not. */
  readonly kind: 'word' | 'string' | 'other';
  /** As written; a word without quotes in lower case. */
  readonly text: string;
}

/** TypeScript describes WebAssembly in its DOM library only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** The part of libpg-query's Emscripten module that is used here. */
interface LibPgQuery {
  instantiateWasm(imports: object, done: (instance: { readonly exports: object }) => void): object;
  print(): void;
  printErr(): void;
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  getValue(pointer: number, type: 'i32'): number;
  UTF8ToString(pointer: number): string;
  _wasm_parse_query_raw(sql: number): number;
  _wasm_free_parse_result(result: number): void;
  _wasm_scan(sql: number): number;
  _wasm_fingerprint(sql: number): number;
  _wasm_normalize_query(sql: number): number;
  _wasm_free_string(pointer: number): void;
}

/**
 * The only way to libpg-query's files. `__filename` is what a CommonJS bundle of this module has, `import.meta.url` what
 * ESM has; a bundler may leave either of them empty in the other format. The package must stay external to a bundle.
 */
function requireFromHere(): NodeJS.Require {
  return createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
}

/**
 * PostgreSQL's own parser and scanner, libpg-query, compiled to WebAssembly. Its public API can only be loaded
 * asynchronously, which neither an ESLint rule nor `require()` can wait for; the Emscripten factory's `instantiateWasm`
 * hook lets the module be instantiated synchronously, at the first text. No text makes it throw; it throws only where
 * libpg-query's files are missing.
 */
class Grammar {
  #compiled: object | undefined;
  #instance: LibPgQuery | undefined;

  /** Reads statements. */
  parse(sql: string): Parsed | Rejected | Refused {
    if (!parserCanBear(sql)) return { outcome: 'refused' };
    return this.#guarded(sql, (library, pointer) => {
      const result = library._wasm_parse_query_raw(pointer);
      // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
      const error = library.getValue(result + 8, 'i32');
      // struct PgQueryError { char *message, *funcname, *filename; int lineno, cursorpos; ... }, the last in characters from 1
      const stoppedAt = error === 0 ? 0 : library.getValue(error + 16, 'i32');
      const tree = error === 0 ? library.UTF8ToString(library.getValue(result, 'i32')) : undefined;
      library._wasm_free_parse_result(result);
      if (tree === undefined) return { outcome: 'rejected', at: afterCharacters(sql, Math.max(0, stoppedAt - 1)) };
      const { stmts = [] } = JSON.parse(tree) as ParseTree;
      return { outcome: 'parsed', statements: stmts, offset: offsetsOfBytes(sql) };
    });
  }

  /** Splits a text into tokens; none where the scanner cannot read it, as with a quoted string without end. */
  scan(sql: string): readonly Token[] | undefined {
    if (!scannerCanBear(sql)) return undefined;
    return this.scanWithComments(sql)?.tokens ?? [];
  }

  /** Splits a text into tokens and the comments between them; undefined where the scanner cannot read it. */
  scanWithComments(sql: string): { readonly tokens: readonly Token[]; readonly comments: readonly Span[] } | undefined {
    if (!scannerCanBear(sql)) return undefined;
    const scanned = this.#guarded(sql, (library, pointer) => {
      const result = library._wasm_scan(pointer);
      const answer = library.UTF8ToString(result);
      library._wasm_free_string(result);
      return answer.startsWith('{') ? ((JSON.parse(answer) as ScanResult).tokens ?? []) : undefined;
    });
    if (scanned === undefined || 'outcome' in scanned) return undefined;
    const offset = offsetsOfBytes(sql);
    const tokens: Token[] = [];
    const comments: Span[] = [];
    for (const token of scanned) {
      const [start, end] = [offset(token.start), offset(token.end)];
      if (token.tokenName === 'SQL_COMMENT' || token.tokenName === 'C_COMMENT') comments.push({ start, end });
      else tokens.push(tokenOf(sql, start, end, token));
    }
    return { tokens, comments };
  }

  /** The same for texts that differ in their constants only; undefined for what is no SQL. */
  fingerprint(sql: string): string | undefined {
    const answer = this.#answer(sql, '_wasm_fingerprint');
    return answer !== undefined && /^[\da-f]{16}$/.test(answer) ? answer : undefined;
  }

  /** A text with `$1` in the place of its constants; undefined for what is no SQL. */
  normalize(sql: string): string | undefined {
    // An answer that is an error has no mark of its own: what the grammar rejects is not asked about.
    return this.parse(sql).outcome === 'parsed' ? this.#answer(sql, '_wasm_normalize_query') : undefined;
  }

  #answer(sql: string, ask: '_wasm_fingerprint' | '_wasm_normalize_query'): string | undefined {
    if (!parserCanBear(sql)) return undefined;
    const answer = this.#guarded(sql, (library, pointer) => {
      const result = library[ask](pointer);
      const text = library.UTF8ToString(result);
      library._wasm_free_string(result);
      return text;
    });
    return typeof answer === 'string' ? answer : undefined;
  }

  /** Runs one call of the library. What it throws is not about SQL (the stack ran out, it aborted), and it may not work again afterwards. */
  #guarded<Result>(sql: string, call: (library: LibPgQuery, sql: number) => Result): Result | Refused {
    try {
      return withQuickCompiler(() => this.#call(sql, call));
    } catch (error) {
      if (this.#instance === undefined) throw error;
      this.#instance = undefined;
      return { outcome: 'refused' };
    }
  }

  #call<Result>(sql: string, call: (library: LibPgQuery, sql: number) => Result): Result {
    this.#instance ??= this.#instantiate();
    const library = this.#instance;
    // The library reads a C string: it would stop at the first NUL.
    const bytes = Buffer.from(sql.replaceAll('\0', ' '), 'utf8');
    const pointer = library._malloc(bytes.length + 1);
    library.HEAPU8.set(bytes, pointer);
    library.HEAPU8[pointer + bytes.length] = 0;
    const result = call(library, pointer);
    library._free(pointer);
    return result;
  }

  #instantiate(): LibPgQuery {
    const require = requireFromHere();
    this.#compiled ??= new WebAssembly.Module(readFileSync(require.resolve('libpg-query/wasm/libpg-query.wasm')));
    const compiled = this.#compiled;
    const library = {
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(compiled, imports);
        done(instance);
        return instance.exports;
      },
      // What it prints are assertions about itself.
      print() {},
      printErr() {},
    } as LibPgQuery;
    const create = require('libpg-query/wasm/libpg-query.js') as (module: LibPgQuery) => Promise<unknown>;
    // The promise settles when the run time has prepared files and terminals, of which the parser uses none.
    void create(library);
    return library;
  }
}

/**
 * Has V8 compile with its quick compiler alone. The optimising one takes 0.4 seconds, and 90 MB to 500 MB by V8's version, on another thread for
 * functions that are then called for microseconds; a parse is no faster afterwards. V8 compiles a function when it is first called, so this holds for
 * every call; afterwards the flags are as they were for the other WebAssembly of the process, and for what Node keeps of compiled code. An engine
 * without such a flag ignores it.
 */
function withQuickCompiler<Result>(action: () => Result): Result {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  try {
    return action();
  } finally {
    setFlagsFromString('--wasm-tier-up');
    setFlagsFromString('--wasm-dynamic-tiering');
  }
}

/** One instance serves a process (or worker thread); nothing is read from disk before the first text. */
export const grammar = new Grammar();

interface ScanResult {
  readonly tokens?: readonly ScannedToken[];
}

interface ScannedToken {
  readonly start: number;
  readonly end: number;
  readonly tokenType: number;
  readonly tokenName: string;
  readonly keywordKind: number;
}

const isString: ReadonlySet<string> = new Set(['SCONST', 'USCONST']);
const uescapeString = 262;

function tokenOf(sql: string, start: number, end: number, { tokenType, tokenName, keywordKind }: ScannedToken): Token {
  const text = sql.slice(start, end);
  if (isString.has(tokenName) || tokenType === uescapeString) return { start, end, kind: 'string', text };
  if (keywordKind > 0 || /^[\p{L}_\u0080-\uffff]/u.test(text)) return { start, end, kind: 'word', text: text.toLowerCase() };
  return { start, end, kind: text.startsWith('"') ? 'word' : 'other', text };
}

/** How deep the brackets of a text (or whatever opens and closes) ever get; those in strings count too. */
function nesting(sql: string, marks: RegExp, opening: ReadonlySet<string>): number {
  let depth = 0;
  let deepest = 0;
  for (const [mark] of sql.matchAll(marks)) {
    depth += opening.has(mark) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const openingBrackets: ReadonlySet<string> = new Set(['(', '[']);
const openingComment: ReadonlySet<string> = new Set(['/*']);

function parserCanBear(sql: string): boolean {
  return scannerCanBear(sql) && nesting(sql, /[()[\]]/g, openingBrackets) <= deepestNesting;
}

/** The scanner begins a nested comment over and over. */
function scannerCanBear(sql: string): boolean {
  return sql.length <= longestText && nesting(sql, /\/\*|\*\//g, openingComment) <= deepestNesting;
}

/** The mapping from UTF-8 bytes of a text to its UTF-16 units. */
function offsetsOfBytes(sql: string): (byte: number) => number {
  if (Buffer.byteLength(sql, 'utf8') === sql.length) return (byte) => byte;
  const units: number[] = [];
  let unit = 0;
  for (const character of sql) {
    for (let bytes = Buffer.byteLength(character, 'utf8'); bytes > 0; bytes--) units.push(unit);
    unit += character.length;
  }
  return (byte) => units[byte] ?? sql.length;
}

function afterCharacters(sql: string, count: number): number {
  let unit = 0;
  for (const character of sql) {
    if (count-- <= 0) break;
    unit += character.length;
  }
  return unit;
}
