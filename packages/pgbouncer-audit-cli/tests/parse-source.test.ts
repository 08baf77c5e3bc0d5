import { createRequire } from 'node:module';
import { parse } from '@typescript-eslint/parser';
import { describe, expect, test } from 'vitest';
import { isParseFailure, parseSource } from '../src/parse-source.ts';

/** A tree without what only one of the parsers has. */
function shape(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) =>
      [
        'parent',
        'loc',
        'start',
        'end',
        'comments',
        'tokens',
        'hashbang',
        'declare',
        'definite',
        'optional',
        'override',
        'readonly',
      ].includes(key) ||
      value === null ||
      value === false
        ? undefined
        : typeof value === 'bigint'
          ? String(value)
          : value,
    ),
  );
}

const typescript = [
  'import pg, { type Pool as P } from "pg";',
  'export class Users<T> extends Base<T> implements I {',
  '  constructor(private readonly db: P, @Inject() public name = "x") { super(); }',
  '  @Column({ a: 1 }) declare id?: string;',
  '  static #count = 0;',
  '  get all() { return this.db!.query<T>(`select ${1}`, [] as const) satisfies unknown; }',
  '}',
  'const a = (b?.c)!.d?.[e]?.<string>();',
  'export default await import("./x");',
  'enum E { A = 1 }',
  'declare module "m" { export const x: unique symbol; }',
].join('\n');

describe('the tree', () => {
  test.each([
    ['TypeScript', 'a.ts', typescript],
    ['text beyond the basic plane', 'a.ts', 'const s = "😀é", t = sql`SET 😀 ${s}`; f(t);'],
    ['JSX', 'a.tsx', 'const a = <A b={1} {...c}>x{d}</A>;'],
    ['JavaScript', 'a.mjs', 'for await (const a of b) { a ??= b ** 2n; } label: while (1) break label;'],
  ])('of %s is the one that ESLint sees with @typescript-eslint/parser', (_, path, text) => {
    const ours = parseSource(path, text);
    if (isParseFailure(ours)) throw new Error(ours.error);
    const theirs = parse(text, { range: true, sourceType: 'module', ecmaFeatures: { jsx: /x$/.test(path) } });
    expect(shape(ours.ast.body)).toEqual(shape(theirs.body));
  });

  test('has parents, and scopes that know imports and parameters', () => {
    const source = parseSource('a.ts', 'import { db } from "./db";\nexport const f = (id: number) => db.get(id);');
    if (isParseFailure(source)) throw new Error(source.error);
    expect(source.ast.body[0]!.parent).toBe(source.ast);
    expect(source.scopes.scopes.flatMap((scope) => scope.variables.map(({ name }) => name))).toEqual(
      expect.arrayContaining(['db', 'f', 'id']),
    );
  });

  test('is made of CommonJS that returns at the top', () => {
    expect(parseSource('a.cjs', 'if (x) return;\nmodule.exports = 1;')).toHaveProperty('ast');
  });
});

describe('what cannot be parsed gives a reason', () => {
  test('a syntax error, with its line', () => {
    expect(parseSource('a.ts', 'const a = 1;\nconst = 2;')).toEqual({ error: expect.any(String), line: 2 });
  });

  test('an extension that is not of this language', () => {
    expect(parseSource('a.py', '')).toEqual({ error: '`.py` is not an extension of JavaScript or TypeScript' });
  });

  test.each([
    ['a list of data', `export default [${'"x",'.repeat(50_000)}];`],
    ['a dictionary', `export default {${Array.from({ length: 20_000 }, (_, i) => `"k${i}": "what? yes"`).join(',\n')}};`],
    ['one long text', `export const text = \`${'SELECT 1\n'.repeat(5_000)}\`;`],
    ['a thousand steps', `export const a = b${'.c()'.repeat(900)};`],
  ])('%s is long, and not deep', (_, text) => {
    expect(parseSource('a.ts', text)).toHaveProperty('ast');
  });

  const depth = 20_000;
  test.each([
    ['brackets', '('.repeat(depth) + ')'.repeat(depth)],
    ['arrays', '['.repeat(depth) + ']'.repeat(depth)],
    ['templates', '`${'.repeat(depth) + '}`'.repeat(depth)],
    ['arrow functions', `${'a=>'.repeat(depth)}1`],
    ['conditions', `${'a?b:'.repeat(depth)}1`],
    ['else if', `${'if(a);else '.repeat(depth)};`],
    ['assignments', `${'a='.repeat(depth)}1`],
    ['calls', `a${'.b()'.repeat(depth)}`],
    ['sums', `a = 1${'+1'.repeat(depth)}`],
    ['elements', '<a>'.repeat(depth) + '</a>'.repeat(depth)],
  ])('%s nested 20,000 deep, which would end the process', (_, text) => {
    expect(parseSource('a.tsx', text)).toEqual({ error: 'nested too deeply to be parsed' });
  });
});

test('the files of the parser that are loaded are there, and give what its entry gives', async () => {
  const { parseSync } = await import('oxc-parser');
  const require = createRequire(import.meta.url);
  expect(require.resolve('oxc-parser/src-js/bindings.js')).toBeTruthy();
  expect(require.resolve('oxc-parser/src-js/wrap.js')).toBeTruthy();
  const text = 'export const a = 12n + Number(/x/u.exec(String(b))); // why\n';
  const { program, comments } = parseSync('a.ts', text, {
    lang: 'ts',
    astType: 'ts',
    range: true,
    preserveParens: false,
    sourceType: 'module',
  });
  const parsed = parseSource('a.ts', text);
  if (isParseFailure(parsed)) throw new Error(parsed.error);
  expect(shape(parsed.ast)).toEqual(shape(program));
  expect(parsed.ast.comments!.map(({ value }) => value)).toEqual(comments.map(({ value }) => value));
});
