import { createRequire } from 'node:module';
import { extname } from 'node:path';
import type { SourceFile } from '@pgbouncer-audit/core';
import { pushChildren } from '@pgbouncer-audit/core/walk';
import { analyze, type ScopeManager } from '@typescript-eslint/scope-manager';
import type { TSESTree } from '@typescript-eslint/types';
import type { ParseResult } from 'oxc-parser';
import { mayOverflow } from './may-overflow.ts';

/** Why a text could not be made into a tree. `line` is 1-based. */
export interface ParseFailure {
  readonly error: string;
  readonly line?: number;
}

type Lang = 'ts' | 'tsx' | 'jsx' | 'dts';

/** Plain JavaScript is read as JSX: the two differ in nothing that valid JavaScript can hold. */
const langs: Readonly<Record<string, Lang>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'jsx',
  '.mjs': 'jsx',
  '.cjs': 'jsx',
  '.jsx': 'jsx',
};

/** The extensions of the files that `parseSource` reads, each with its dot. */
export const sourceExtensions: readonly string[] = Object.keys(langs);

/** The scope analysis was seen to overflow the stack at 3,000 levels. */
const maxDepth = 2_000;

const require = createRequire(import.meta.url);

/**
 * Makes the tree and the scopes of one source text: ESTree as `@typescript-eslint` shapes it, with `range`s in UTF-16
 * offsets and `parent` links. `oxc-parser` makes the tree; where no binding of it loads, `@typescript-eslint/parser`.
 * The parsers are loaded with the first call.
 *
 * @param path decides the dialect by its extension; it is not opened
 * @param text without a byte order mark
 * @returns the file, or why it could not be read; never throws for a text
 */
export function parseSource(path: string, text: string): SourceFile | ParseFailure {
  const lang = langs[extname(path).toLowerCase()];
  if (!lang) return { error: `\`${extname(path) || path}\` is not an extension of JavaScript or TypeScript` };
  try {
    // The parser written in JavaScript throws where the native one would take the process with it.
    const oxc = mayOverflow(text) ? undefined : loadOxc();
    const parsed = oxc ? parseWithOxc(oxc, path, text, lang) : parseWithTypeScript(path, text, lang);
    if ('error' in parsed) return parsed;
    linkParents(parsed);
    // Many files are read for their exports only, and need no scopes.
    let scopes: ScopeManager | undefined;
    return {
      path,
      text,
      ast: parsed,
      get scopes() {
        return (scopes ??= analyze(parsed, { sourceType: 'module', lib: [] }));
      },
    };
  } catch (cause) {
    // Parsers and the scope analysis are recursive: a nesting of thousands of levels overflows their stack.
    if (cause instanceof RangeError) return { error: 'nested too deeply to be parsed' };
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}

export function isParseFailure(result: SourceFile | ParseFailure): result is ParseFailure {
  return 'error' in result;
}

type Oxc = Pick<typeof import('oxc-parser'), 'parseSync'>;

function loadOxc(): Oxc | undefined {
  try {
    return withoutVisitor() ?? (require('oxc-parser') as Oxc);
  } catch {
    return undefined;
  }
}

/** The parser's entry does no more for `parseSync`, but brings a visitor along, which takes as long to load as the parser itself. */
function withoutVisitor(): Oxc | undefined {
  try {
    const { parseSync } = require('oxc-parser/src-js/bindings.js') as Oxc;
    const { wrap } = require('oxc-parser/src-js/wrap.js') as { readonly wrap: (result: ParseResult) => ParseResult };
    return { parseSync: (path, text, options) => wrap(parseSync(path, text, options)) };
  } catch {
    // Another release may have its files elsewhere.
    return undefined;
  }
}

function parseWithOxc(oxc: Oxc, path: string, text: string, lang: Lang): TSESTree.Program | ParseFailure {
  const options = { lang, astType: 'ts', range: true, preserveParens: false } as const;
  let result = oxc.parseSync(path, text, { ...options, sourceType: 'module' });
  if (result.errors.length > 0) {
    // CommonJS may return at the top level and use names that modules reserve.
    const script = oxc.parseSync(path, text, { ...options, sourceType: 'commonjs' });
    if (script.errors.length < result.errors.length) result = script;
  }
  const program = result.program as unknown as TSESTree.Program;
  const error = result.errors.find(({ severity }) => (severity as string) === 'Error');
  // A tree comes with errors that a type checker would report too; without a tree the error was one of syntax.
  if (error && program.body.length === 0) {
    const start = error.labels[0]?.start;
    return { error: error.message, ...(start !== undefined && { line: lineAt(text, start) }) };
  }
  program.comments = result.comments.map(({ type, value, start, end }) => ({ type, value, range: [start, end] }) as TSESTree.Comment);
  return program;
}

function parseWithTypeScript(path: string, text: string, lang: Lang): TSESTree.Program | ParseFailure {
  const parser = require('@typescript-eslint/parser') as typeof import('@typescript-eslint/parser');
  try {
    return parser.parse(text, {
      filePath: path,
      range: true,
      loc: true,
      comment: true,
      sourceType: 'module',
      ecmaFeatures: { jsx: lang === 'tsx' || lang === 'jsx' },
    });
  } catch (cause) {
    const { message, lineNumber } = cause as { message: string; lineNumber?: number };
    if (message.includes('call stack')) throw new RangeError(message);
    return { error: message, ...(lineNumber !== undefined && { line: lineNumber }) };
  }
}

/**
 * Sets `parent` on every node. Keeps its own stack, so that a deep tree cannot overflow the engine's.
 *
 * @throws RangeError for a tree that would overflow it later, where it is walked by recursion
 */
function linkParents(program: TSESTree.Program): void {
  const stack: TSESTree.Node[] = [program];
  const depths: number[] = [0];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const depth = depths.pop()! + 1;
    if (depth > maxDepth) throw new RangeError('too deep');
    const first = stack.length;
    pushChildren(node, stack);
    for (let at = first; at < stack.length; at++) {
      stack[at]!.parent = node;
      depths.push(depth);
    }
  }
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
