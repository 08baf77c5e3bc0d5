import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lint, parsers } from './support/lint.ts';
import { makeProject } from './support/project.ts';
import { setUpRules } from '../../core/tests/support/set-up-rules.ts';

const project = makeProject();
afterAll(() => {
  project.remove();
});

const client = "import { Pool } from 'pg';\nconst pool = new Pool({ connectionString: process.env.DATABASE_URL });\n";

/** Texts that no rule may fail on, and what the rules find in them. */
const texts: Readonly<Record<string, { readonly code: string; readonly finds: readonly string[] }>> = {
  'an empty file': { code: '', finds: [] },
  'a file of one comment': { code: '// SET statement_timeout through pg', finds: [] },
  'a file with a hashbang': { code: `#!/usr/bin/env node\n${client}await pool.query('SET jit = off');`, finds: ['no-session-set'] },
  'a file with a byte order mark': { code: `\uFEFF${client}await pool.query('SET jit = off');`, finds: ['no-session-set'] },
  'line ends of Windows': { code: `${client}await pool.query('SET jit = off');`.replaceAll('\n', '\r\n'), finds: ['no-session-set'] },
  'line ends that only JavaScript knows': { code: `${client}\u2028await pool.query('SET jit = off');\u2029`, finds: ['no-session-set'] },
  'a query without an argument': { code: `${client}await pool.query();`, finds: [] },
  'a query of everything but text': {
    code: `${client}await pool.query(1, null); await pool.query(...args); await pool.query([]);`,
    finds: [],
  },
  'an empty statement': { code: `${client}await pool.query(''); await pool.query(';;;'); await pool.query('  -- nothing');`, finds: [] },
  'SQL that ends in the middle': {
    code: `${client}await pool.query("SET a = 'x"); await pool.query('SELECT $$ SET'); await pool.query('/* SET');`,
    finds: [],
  },
  'a null character': { code: `${client}await pool.query('SELECT 1\\0; SELECT 2');`, finds: [] },
  'half of a surrogate pair': { code: `${client}await pool.query("SELECT '\\uD83D'; SET jit = off");`, finds: ['no-session-set'] },
  'constants in a circle': {
    code: `${client}const a = b + ''; const b = a + ''; await pool.query(a); await pool.query(\`\${b}\`);`,
    finds: [],
  },
  'functions in a circle': {
    code: `${client}const f = () => g(); const g = () => f(); await f().query('SELECT 1'); await pool.query(f());`,
    finds: [],
  },
  'a client made of itself': { code: `${client}let db = db.connect(); db = await db; await db.query('SELECT 1');`, finds: [] },
  'names of the prototype': {
    code: `${client}await pool.constructor('SELECT 1'); await pool.__proto__.query('SELECT 1'); await pool['toString']();`,
    finds: [],
  },
  'a tag without text': {
    code: "import postgres from 'postgres';\nconst sql = postgres('', { prepare: false });\nawait sql``; await sql`${1}`; await sql`\\unicode`;",
    finds: [],
  },
  'a template with a thousand holes': {
    code: `import postgres from 'postgres';\nconst sql = postgres(process.env.URL, { prepare: false });\nawait sql\`INSERT INTO t VALUES (${Array.from({ length: 1000 }, () => '${x}').join(', ')})\`;`,
    finds: [],
  },
  'a text of a megabyte': { code: `${client}await pool.query('SELECT 1${' '.repeat(1_000_000)}');`, finds: [] },
  'a concatenation of many parts': { code: `${client}await pool.query('SELECT 1'${" + ', 1'".repeat(200)});`, finds: [] },
  'parentheses nested in SQL': { code: `${client}await pool.query('SELECT ${'('.repeat(5000)}1${')'.repeat(5000)}');`, finds: [] },
  'syntax of every kind': {
    code: `${client}label: for await (const { a = 1, ...rest } of x ?? y) { switch (a) { default: break label } }
      class A { static { pool.query('SELECT 1'); } #p = 1; get [a]() { return new.target?.b } static async *gen() { yield* x } }
      export default class extends A { constructor() { super(); super.m?.() } }
      export * as ns from 'x'; const n = 1; export { n as 'string name' }; import.meta.url; var { b = async () => await import('y') } = {}; x ||= y &&= 1n ** 2n;`,
    finds: [],
  },
};

describe.each(Object.keys(parsers) as (keyof typeof parsers)[])('no rule fails, read by the parser %s, on', (parser) => {
  it.each(Object.entries(texts))('%s', (_name, { code, finds }) => {
    const found = lint(code, { filename: join(project.folder, 'src/file.js'), parser });
    expect(found.map(({ hazard }) => hazard).filter((hazard) => !setUpRules.has(hazard))).toEqual(finds);
  });
});
