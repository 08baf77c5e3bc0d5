import { describe, expect, test } from 'vitest';
import { textsOf } from '../../src/evaluate/text.ts';
import { textView } from '../../src/sites/tag-kind.ts';
import type { StaticText } from '../../src/sql/static-text.ts';
import { walk } from '../../src/syntax/walk.ts';
import { findingsOf, worldOf } from '../support/analyse.ts';
import { parse } from '../support/parse.ts';

/** Written as a template: constants as they are, holes as `${source:role}`. */
function written({ parts }: StaticText): string {
  return parts.map((part) => (part.kind === 'constant' ? part.value : `\${${part.label}:${part.role}}`)).join('');
}

/** The texts that the first argument of the call of `send` can have. */
function texts(code: string): string[] {
  const file = parse(code);
  let found: StaticText[] | undefined;
  walk(file.ast, (node) => {
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'send') return;
    found = textsOf({ node: node.arguments[0]!, file }, textView(file, worldOf()));
  });
  if (!found) throw new Error('nothing calls `send`');
  return found.map(written);
}

describe('an expression comes down to its text', () => {
  test.each<[string, string, string]>([
    ['a string', `send('SELECT 1')`, 'SELECT 1'],
    ['a template without holes', 'send(`SELECT 1`)', 'SELECT 1'],
    ['a template with a hole', 'send(`SELECT ${x}`)', 'SELECT ${x:text}'],
    ['a constant', `const q = 'SELECT 1'; send(q)`, 'SELECT 1'],
    ['a constant declared below', `function f() { send(q) } const q = 'SELECT 1';`, 'SELECT 1'],
    ['a constant in a template', "const t = 'users'; send(`SELECT * FROM ${t}`)", 'SELECT * FROM users'],
    ['a number in a template', 'const n = 5; send(`SELECT ${n}`)', 'SELECT 5'],
    ['a concatenation', `const n = 'b'; send('a ' + n + ' c')`, 'a b c'],
    ['`concat`', `send('a '.concat('b', ' c'))`, 'a b c'],
    ['`join` with a separator', `send(['SET a = 1', 'SET b = 2'].join('; '))`, 'SET a = 1; SET b = 2'],
    ['`join` without one', `send(['a', 'b'].join())`, 'a,b'],
    ['`join` of a constant list', `const list = ['a', 'b']; send(list.join(' '))`, 'a b'],
    ['`+=`', `let q = 'SELECT 1'; q += ' FROM t'; send(q)`, 'SELECT 1 FROM t'],
    ['`+=` on an empty start', `let q = ''; q += 'SELECT 1'; q += ' FROM t'; send(q)`, 'SELECT 1 FROM t'],
    ['`as const` and `satisfies`', `const q = ('SELECT 1' as const) satisfies string; send(q!)`, 'SELECT 1'],
    ['`trim`', `send(' SELECT 1 '.trim())`, ' SELECT 1 '],
    ['`String`', `send(String('SELECT 1'))`, 'SELECT 1'],
    ['a property of an object', `const Q = { get: 'SELECT 1' } as const; send(Q.get)`, 'SELECT 1'],
    ['a nested property', `const Q = { users: { get: 'SELECT 1' } }; send(Q.users.get)`, 'SELECT 1'],
    ['a property by its name in quotes', `const Q = { 'get-it': 'SELECT 1' }; send(Q['get-it'])`, 'SELECT 1'],
    ['a destructured property', `const { get } = { get: 'SELECT 1' }; send(get)`, 'SELECT 1'],
    ['an element of a destructured list', `const [, second] = ['a', 'b']; send(second)`, 'b'],
    ['a member of an enum', `enum Q { Get = 'SELECT 1' } send(Q.Get)`, 'SELECT 1'],
    ['a static field', `class Q { static readonly get = 'SELECT 1' } send(Q.get)`, 'SELECT 1'],
    ['a readonly field', `class R { private readonly get = 'SELECT 1'; f() { send(this.get) } }`, 'SELECT 1'],
    ['a private field', `class R { #get = 'SELECT 1'; f() { send(this.#get) } }`, 'SELECT 1'],
    ['a function with one return', `const q = () => 'SELECT 1'; send(q())`, 'SELECT 1'],
    ['a declared function', `function q() { return 'SELECT 1' } send(q())`, 'SELECT 1'],
    ['a function with a parameter', 'const q = (t) => `SELECT * FROM ${t}`; send(q("users"))', 'SELECT * FROM users'],
    ['a function of a function', 'const a = (x) => `[${x}]`; const b = (x) => a(x + "!"); send(b("v"))', '[v!]'],
    ['`await`', `async function f() { send(await 'SELECT 1') }`, 'SELECT 1'],
    ['`String.raw`', 'send(String.raw`a\\nb`)', 'a\\nb'],
    ['a template of `dedent`', "import dedent from 'dedent'; send(dedent`SELECT 1`)", 'SELECT 1'],
  ])('%s', (_, code, text) => {
    expect(texts(code)).toEqual([text]);
  });
});

describe('what can be one of several is each of them', () => {
  test.each<[string, string, string[]]>([
    ['a conditional', `send(on ? 'SET a = 1' : 'RESET a')`, ['SET a = 1', 'RESET a']],
    ['a conditional hole', "send(`SET ${local ? 'LOCAL ' : ''}a = 1`)", ['SET LOCAL a = 1', 'SET a = 1']],
    ['`??`', `send(given ?? 'SELECT 1')`, ['${given:text}', 'SELECT 1']],
    ['`&&` in a template', "send(`SELECT 1${all && ' FOR UPDATE'}`)", ['SELECT 1 FOR UPDATE', 'SELECT 1']],
    ['a variable assigned later', `let q = 'SELECT 1'; if (x) q = 'SELECT 2'; send(q)`, ['SELECT 1', 'SELECT 2']],
    ['a variable declared without a value', `let q; if (x) q = 'a'; else q = 'b'; send(q)`, ['a', 'b']],
    ['a loop over a list', `for (const q of ['a', 'b']) send(q)`, ['a', 'b']],
    ['a loop over a constant list', `const all = ['a', 'b']; for (const q of all) send(q)`, ['a', 'b']],
    ['a template in a loop', "for (const t of ['a', 'b']) send(`DROP TABLE ${t}`)", ['DROP TABLE a', 'DROP TABLE b']],
    ['`map` over a list', `['a', 'b'].map((q) => send(q))`, ['a', 'b']],
    ['`forEach` over a constant list', `const all = ['a', 'b']; all.forEach((q) => send(q))`, ['a', 'b']],
  ])('%s', (_, code, expected) => {
    expect(texts(code).toSorted()).toEqual(expected.toSorted());
  });
});

describe('what cannot be known is a hole', () => {
  test.each<[string, string, string]>([
    ['a parameter', 'function f(q) { send(q) }', '${q:text}'],
    ['a parameter with a default value', `function f(q = 'SELECT 1') { send(q) }`, '${q:text}'],
    ['a call out of sight', 'send(build())', '${build():text}'],
    ['a part of a concatenation', `send('SELECT ' + column)`, 'SELECT ${column:text}'],
    ['a function of several returns', `function q(x) { if (x) return 'a'; return 'b' } send(q(1))`, '${q(1):text}'],
    ['a generator', `function* q() { return 'a' } send(q())`, '${q():text}'],
    ['a field that is assigned to', `class R { get = 'SELECT 1'; f() { this.get = other; send(this.get) } }`, '${this.get:text}'],
    ['a property behind a spread', `const Q = { get: 'a', ...more }; send(Q.get)`, '${Q.get:text}'],
    ['an imported constant', `import { q } from './q'; send(q)`, '${q:text}'],
    ['a spread in a joined list', `send(['a', ...more].join(';'))`, 'a;${more:text}'],
    ['a tag of a query language', 'import gql from "graphql-tag"; send(gql`query { a }`)', '${gql`query { a }`:text}'],
    ['`null`', 'send(null)', '${null:text}'],
  ])('%s', (_, code, text) => {
    expect(texts(code)).toEqual([text]);
  });
});

describe("holes of Drizzle's tag", () => {
  const drizzle = `import { sql } from 'drizzle-orm';`;
  test.each<[string, string, string]>([
    ['`sql.raw` is pasted in', "send(sql`SET x = ${sql.raw('1')}`)", 'SET x = 1'],
    ['`sql.raw` of what is not known is raw text', 'send(sql`SET x = ${sql.raw(v)}`)', 'SET x = ${v:text}'],
    ['a whole `sql.raw`', "send(sql.raw('SET x = 1'))", 'SET x = 1'],
    ['`sql.identifier`', 'send(sql`SET ROLE ${sql.identifier(role)}`)', 'SET ROLE ${sql.identifier(role):identifier}'],
    ['`sql.placeholder`', "send(sql`SELECT ${sql.placeholder('id')}`)", "SELECT ${sql.placeholder('id'):value}"],
    ['`sql.join`', 'send(sql.join([sql`SELECT 1`, sql`SELECT 2`], sql`; `))', 'SELECT 1; SELECT 2'],
    ['`sql.join` in a hole', 'send(sql`SELECT ${sql.join([sql`a`, sql`b`], sql`, `)}`)', 'SELECT a, b'],
    ['a template in a hole', 'send(sql`SELECT ${sql`now()`}`)', 'SELECT now()'],
    ['a constant template in a hole', 'const now = sql`now()`; send(sql`SELECT ${now}`)', 'SELECT now()'],
    ['a constant string in a hole is a bound value', "const id = 'SET x'; send(sql`SELECT ${id}`)", 'SELECT ${id:value}'],
    ['a string in a hole is a bound value', "send(sql`SELECT ${'a'}`)", "SELECT ${'a':value}"],
    ['a string by its type', 'function f(id: string) { send(sql`SELECT ${id}`) }', 'SELECT ${id:value}'],
    ['what may be a table or a value', 'send(sql`SELECT * FROM ${users}`)', 'SELECT * FROM ${users:unknown}'],
    ['an alias of the tag', 'const q = sql; send(q`SELECT 1`)', 'SELECT 1'],
    ['a function that returns a template', 'const f = (s) => sql`SET x = ${sql.raw(s)}`; send(f("1"))', 'SET x = 1'],
    ['`append`', 'send(sql`SELECT 1`.append(sql` FOR UPDATE`))', 'SELECT 1 FOR UPDATE'],
  ])('%s', (_, code, text) => {
    expect(texts(`${drizzle} ${code}`)).toEqual([text]);
  });

  test('the tag by another name', () => {
    expect(texts("import { sql as q } from 'drizzle-orm'; send(q`SELECT ${q.raw('1')}`)")).toEqual(['SELECT 1']);
  });

  test('a conditional between templates is both', () => {
    expect(texts(`${drizzle} send(sql\`SELECT 1\${all ? sql\` FOR UPDATE\` : sql\`\`}\`)`)).toEqual(['SELECT 1 FOR UPDATE', 'SELECT 1']);
  });
});

describe("holes of postgres.js' tag", () => {
  const client = `import postgres from 'postgres'; const sql = postgres();`;
  test.each<[string, string, string]>([
    ['a hole is bound', 'send(sql`SELECT ${id}`)', 'SELECT ${id:value}'],
    ['`sql(name)` quotes an identifier', 'send(sql`SET ROLE ${sql(role)}`)', 'SET ROLE ${sql(role):identifier}'],
    ['a fragment', 'send(sql`SELECT ${sql`now()`}`)', 'SELECT now()'],
    ['`sql.unsafe` is pasted in', "send(sql`SET x = ${sql.unsafe('1')}`)", 'SET x = 1'],
    ['`sql.json` is bound', 'send(sql`SELECT ${sql.json(x)}`)', 'SELECT ${sql.json(x):value}'],
  ])('%s', (_, code, text) => {
    expect(texts(`${client} ${code}`)).toEqual([text]);
  });
});

describe('pg-format', () => {
  test('`%I` is an identifier, `%L` and `%s` are pasted in', () => {
    const code = `import format from 'pg-format'; send(format('SET ROLE %I; SET x = %L; %s', role, value, rest))`;
    expect(texts(code)).toEqual(['SET ROLE ${role:identifier}; SET x = ${value:text}; ${rest:text}']);
  });

  test('`%%` is a percent sign, and takes no argument', () => {
    expect(texts(`import format from 'pg-format'; send(format('SELECT 5 %% 2, %L', v))`)).toEqual(['SELECT 5 % 2, ${v:text}']);
  });

  test('`format` of another module is not known', () => {
    expect(texts(`import { format } from 'node:util'; send(format('SET %s', v))`)).toEqual(["${format('SET %s', v):text}"]);
  });
});

describe('the squiggle lies under the word', () => {
  const pool = `import { Pool } from 'pg'; const pool = new Pool();\n`;
  /** Marks the expected range with « and ». */
  test.each<[string, string]>([
    ['a string', `pool.query('«SET jit» = off')`],
    ['a template', 'pool.query(`«SET jit» = off`)'],
    ['a template behind a line feed', 'pool.query(`\n  «SET jit» = off\n`)'],
    ['behind CRLF, which a template reads as a line feed', 'pool.query(`\r\n-- why\r\n  «SET jit» = off\r\n`)'],
    ['behind an escape', `pool.query('\\t\\u0020\\n«SET jit» = off')`],
    ['behind an escape in a template', 'pool.query(`\\n\\x20«SET jit» = off`)'],
    ['behind an escaped end of line', "pool.query('\\\n«SET jit» = off')"],
    ['behind an emoji', "pool.query('/* 🐘🐘 */ «SET jit» = off')"],
    ['behind an escaped emoji', "pool.query('/* \\u{1F418} */ «SET jit» = off')"],
    ['behind letters of several bytes', "pool.query('/* äöü 漢字 */ «SET jit» = off')"],
    ['with an escape inside the words', "pool.query('«SET\\tjit» = off')"],
    ['in a constant', `const q = '«SET jit» = off'; pool.query(q)`],
    ['in a concatenation', `pool.query('/* a */' + ' ' + '«SET jit» = off')`],
    ['behind a hole', 'pool.query(`SELECT ${x}; «SET jit» = off`)'],
    ['in a joined list', `pool.query(['SELECT 1', '«SET jit» = off'].join(';'))`],
    ['in the second of two statements', `pool.query('SELECT 1; «SET jit» = off')`],
    ['in the text of a query object', `pool.query({ text: '«SET jit» = off' })`],
    ['in `String.raw`, where a backslash is a letter', 'pool.query(String.raw`/* \\n */ «SET jit» = off`)'],
    ['in the argument of a function', 'const q = (s) => `/* 🐘 */ ${s}`; pool.query(q("«SET jit» = off"))'],
  ])('%s', (_, marked) => {
    const code = pool + marked.replace(/[«»]/g, '');
    const words = /«([^»]*)»/.exec(marked)![1];
    const start = pool.length + marked.indexOf('«');
    const found = findingsOf(code);
    expect(found).toEqual([`no-session-set: ${words}`]);
    expect(code.indexOf(words!, start)).toBe(start);
  });
});

describe('the work is bounded', () => {
  const pool = `import { Pool } from 'pg'; const pool = new Pool();`;

  test('functions that call each other several times over', () => {
    const body = (other: string) => `(n) => \`\${${other}(n)} \${${other}(n)} \${${other}(n)}\``;
    expect(texts(`const a = ${body('b')}; const b = ${body('c')}; const c = ${body('a')}; send(a(1))`).length).toBeGreaterThan(0);
  });

  test('a constant made of itself', () => {
    expect(texts('const a = b + "x"; const b = a + "y"; send(a)').length).toBeGreaterThan(0);
  });

  test('twenty conditionals in one template', () => {
    const holes = Array.from({ length: 20 }, (_, i) => `\${c${i} ? 'a' : 'b'}`).join('');
    expect(texts(`send(\`${holes}\`)`)).toHaveLength(16);
  });

  test('a chain of a thousand concatenations', () => {
    const code = `${pool} pool.query(${Array.from({ length: 1000 }, () => `'a '`).join(' + ')})`;
    expect(() => findingsOf(code)).not.toThrow();
  });

  test('three hundred appended lines', () => {
    const code = `${pool} let q = ''; ${Array.from({ length: 300 }, () => `q += 'SELECT 1;';`).join('\n')} pool.query(q)`;
    expect(findingsOf(code)).toEqual([]);
  });
});
