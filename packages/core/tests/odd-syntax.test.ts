import { describe, expect, test } from 'vitest';
import { analyse, findingsOf } from './support/analyse.ts';

const pool = `import { Pool } from 'pg'; const pool = new Pool();\n`;
const set = `pool.query('SET jit = off')`;

describe('a hazard is found in every corner of the language', () => {
  test.each<[string, string, string?]>([
    ['top-level await', `await ${set};`],
    ['`using`', `{ using handle = open(); ${set}; } async function f() { await using other = open(); }`],
    ['a decorated class', `@injectable() class R { @field() x = 1; @route('/') f(@param() p: string) { return ${set} } }`],
    ['a private method', `class R { #run() { return ${set} } f() { return this.#run() } static #n = 1; static { R.#n++; } }`],
    ['a static block', `class R { static { void ${set}; } }`],
    ['an accessor', `class R { accessor x = 1; get y() { return ${set} } set y(v) { } }`],
    ['a namespace', `namespace A.B { export const f = () => ${set} }`],
    ['a declared module', `declare module 'x' { export function f(): void } ${set}`],
    ['an enum with a computed member', `enum E { A = 1 << 2, B = 'b'.length, C = A | B } ${set}`],
    ['overloads', `function f(a: string): void; function f(a: number): void; function f(a: any) { ${set} }`],
    ['a generator', `function* g() { yield ${set}; yield* g() } async function* h() { for await (const x of g()) await ${set} }`],
    ['a labelled loop', `outer: for (;;) { for (const k in {}) { ${set}; break outer } }`],
    ['`switch`', `switch (x) { case 1: { ${set}; break } default: }`],
    ['destructuring with defaults', `const { a: { b: [c = ${set}] = [] } = {}, ...rest } = input;`],
    ['optional calls', `pool?.query?.('SET jit = off')`],
    ['a sequence', `(0, ${set})`],
    ['a computed member', `pool['query']('SET jit = off')`],
    ['an import with attributes', `import data from './data.json' with { type: 'json' }; ${set}`],
    ['`import =` and `export =`', `import fs = require('node:fs'); ${set}`],
    [
      'a type with everything',
      `type T<in out A extends readonly unknown[]> = { [K in keyof A as \`x\${string & K}\`]?: A[K] extends infer U ? U : never } & typeof import('x'); ${set}`,
    ],
    [
      'an assertion function',
      `function ok(x: unknown): asserts x is string { ${set} } abstract class Q { abstract f(): void; declare y: string }`,
    ],
    ['a tagged template with a bad escape', `tag\`\\unicode \\xerxes\`; ${set}`],
    ['numbers, patterns and big integers', `const n = 1_000n, r = /[/\\]]+(?<year>\\d{4})/dgiu; ${set}`],
    ['`new.target` and `import.meta`', `function F() { new.target; import.meta.url; ${set} }`],
    [
      'names that objects have of themselves',
      `const constructor = 1, __proto__ = 2, hasOwnProperty = 3, toString = 4; ${set}; toString.valueOf(); db.constructor('SET x'); db.__proto__.query('SET x')`,
    ],
    [
      'a component',
      `export const View = () => <><Form.Item on={() => ${set}} {...props}>{/* SET */ 'SET x = 1'}</Form.Item></>;`,
      '/app/src/view.tsx',
    ],
  ])('%s', (_, code, path) => {
    expect(findingsOf(pool + code, path === undefined ? {} : { path })).toContainEqual('no-session-set: SET jit');
  });
});

describe('a hostile file is analysed without an error', () => {
  const nested = (open: string, inner: string, close: string, levels = 300) => open.repeat(levels) + inner + close.repeat(levels);
  test.each<[string, string]>([
    ['nothing', ''],
    ['blocks in blocks', nested('{', set, '}')],
    ['functions in functions', nested('(() => {', set, '})();')],
    ['conditionals in conditionals', `pool.query(${nested('a ? ', `'SET jit = off'`, ` : 'RESET jit'`)})`],
    ['brackets in brackets', `pool.query(${nested('(', `'SET jit = off'`, ')')})`],
    ['calls in calls', nested('pool.query(', 'x', ')')],
    ['members of members', `pool${'.a'.repeat(300)}.query('SET jit = off')`],
    ['a chain of calls', `pool${'.query("SET jit = off")'.repeat(300)}`],
    ['templates in templates', `pool.query(${nested('`a${', `'x'`, '}`')})`],
    ['transactions in transactions', nested('db.transaction(async (tx) => {', `await tx.execute('SET jit = off');`, '});', 100)],
    ['objects in objects', `pool.query(${nested('{ text: ', `'SET jit = off'`, ' }')})`],
    [
      'a chain of constants',
      `${Array.from({ length: 300 }, (_, i) => `const a${i + 1} = a${i};`).join('\n')} const a0 = pool; a300.query('SET jit = off')`,
    ],
    ['a constant that is itself', `const a = a; a.query('SET jit = off'); pool.query(a)`],
    ['constants in a circle', `const a = b, b = c, c = a; a.query('SET jit = off'); pool.query(b)`],
    ['functions in a circle', `const a = () => b(); const b = () => a(); a().query('SET jit = off'); pool.query(a())`],
    ['classes in a circle', `class A extends B { x = new B() } class B extends A { y = new A() } new A().x.y.x.y.query('SET jit = off')`],
    ['a class of itself', `class A extends A { a = this.a; f() { this.a.query('SET jit = off') } }`],
    [
      'types in a circle',
      `type A = B; type B = A | C; interface C extends A { db: A } function f(x: A, { db }: C) { x.query('SET jit = off'); db.query('SET jit = off') }`,
    ],
    ['a callback that is passed to itself', `const run = (w) => run((x) => w(x)); run((client) => client.query('SET jit = off'))`],
    ['helpers in a circle', `const a = (w) => b(w); const b = (w) => a(w); a((client) => client.query('SET jit = off'))`],
    ['a parameter that is its own default', `function f(db = db) { db.query('SET jit = off') }`],
    ['an object that spreads itself', `const o = { ...o, text: 'SET jit = off' }; pool.query(o); new Pool(o)`],
    ['an object that holds itself', `const o = { o, p: { o } }; pool.query(o); new Pool(o)`],
    [
      'objects that hold one another twice over',
      `${Array.from({ length: 40 }, (_, i) => `const o${i} = { ...o${i + 1}, ...o${i + 1}, a: o${i + 1}, b: o${i + 1} };`).join('\n')} const o40 = {}; new Pool(o0); pool.query(o0)`,
    ],
    [
      'types that name one another twice over',
      `${Array.from({ length: 40 }, (_, i) => `type T${i} = T${i + 1} | T${i + 1} & T${i + 1};`).join('\n')} type T40 = Pool; function f(x: T0) { x.query('SET jit = off') }`,
    ],
    [
      'constants that name one another twice over',
      `${Array.from({ length: 40 }, (_, i) => `const c${i} = on ? c${i + 1} : c${i + 1} ?? { ...c${i + 1} };`).join('\n')} const c40 = pool; c0.query('SET jit = off'); pool.query(c0); new Pool({ connectionString: c0 })`,
    ],
    [
      'functions that call one another twice over',
      `${Array.from({ length: 40 }, (_, i) => `const f${i} = (w) => { f${i + 1}(w); return f${i + 1}((x) => w(x)) };`).join('\n')} const f40 = (w) => w(pool); f0((client) => client.query('SET jit = off')); f0('SET jit = off')`,
    ],
    [
      'classes that hold one another twice over',
      `${Array.from({ length: 40 }, (_, i) => `class C${i} extends C${i + 1} { a = new C${i + 1}(); b = this.a; c = this.b }`).join('\n')} class C40 { a = pool } new C0().c.c.c.c.c.c.c.query('SET jit = off')`,
    ],
    ['a list that holds itself', `const l = [...l, l]; for (const q of l) pool.query(q); pool.query(l.join(';'))`],
    ['calls without arguments', `pool.query(); pool.connect(); pool.on(); db.transaction(); db.execute(); sql.unsafe(); client.prepare()`],
    ['spread arguments', `pool.query(...args); new Pool(...args); db.transaction(...args); sql.begin(...args); pool.on(...args)`],
    [
      'SQL that is no SQL',
      "pool.query('SET'); pool.query(';;;'); pool.query('\\0'); pool.query(`$$`); pool.query('DO $$ BEGIN'); pool.query(\"SET x = '\")",
    ],
    ['half a surrogate pair', `pool.query('SET jit = off \\uD83D')`],
  ])('%s', (_, code) => {
    expect(() => analyse(pool + code)).not.toThrow();
  });
});
