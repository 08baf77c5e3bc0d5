import { describe, expect, it } from 'vitest';
import { readScript } from '../../src/sql/read-script.ts';
import { factsOf, read } from './template.ts';

type Expected = Partial<Record<string, unknown>>;

describe('holes', () => {
  it.each<[sql: string, fact: Expected]>([
    ['SET LOCAL app.x = ${v:value}', { scope: 'local', name: 'app.x', values: [{ kind: 'hole', part: 1 }] }],
    ["SET app.x = '${v}'", { name: 'app.x', values: [{ kind: 'hole', part: 1 }] }],
    ["SET app.x = 'a-${v}-b'", { values: [{ kind: 'hole', part: 1 }] }],
    ['SET search_path TO ${a:identifier}, ${b}, public', { values: [{ part: 1 }, { part: 3 }, { text: 'public' }] }],
    ['SET ROLE ${role:identifier}', { name: 'role', values: [{ part: 1 }] }],
    ['SET LOCAL ROLE "${role}"', { name: 'role', scope: 'local', values: [{ part: 1 }] }],
    ['SET ${scope} search_path = a', { scope: 'unknown', name: 'search_path' }],
    ["SET LOCAL x = ${a} || 'b'", { name: 'x', scope: 'local', values: [{ kind: 'computed' }] }],
    ["SELECT set_config('app.x', ${v:value}, true)", { name: 'app.x', values: [{ kind: 'hole', part: 1 }], scope: 'local' }],
    ["SELECT set_config('app.x', ${v:value}::text, true)", { values: [{ kind: 'hole', part: 1 }] }],
    ["SELECT set_config('app.x', coalesce(${v:value}, ''), true)", { values: [{ kind: 'computed' }] }],
    ["SELECT set_config('app.x', ${v:unknown}, true) ${rest:unknown}", { name: 'app.x', values: [{ kind: 'hole', part: 1 }] }],
    ['BEGIN ISOLATION LEVEL ${level}', { kind: 'transaction', command: 'begin' }],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION ${mode}', { name: 'session characteristics', scope: 'session' }],
    [
      'SELECT pg_advisory_lock(${k:value})',
      { kind: 'advisory-lock', words: 'pg_advisory_lock(${k:value})', head: 'pg_advisory_lock(${k})' },
    ],
    ['SELECT * FROM ${table} ${where} FOR UPDATE', { kind: 'row-lock' }],
    ['CREATE TEMP TABLE t ON COMMIT DROP AS ${query}', { kind: 'temporary', name: 't', onCommit: 'drop' }],
    ['CREATE TEMP TABLE t ${columns} ON COMMIT DROP', { kind: 'temporary', name: 't' }],
    ['DECLARE c CURSOR WITH HOLD FOR ${query}', { kind: 'cursor', name: 'c', hold: true }],
    ['EXPLAIN ANALYZE ${query:identifier}; RESET ALL', { name: 'all' }],
    ["INSERT INTO t ${rows:value} RETURNING nextval('s')", { kind: 'sequence' }],
    ["UPDATE t SET ${changes} WHERE a = ${v:value} RETURNING currval('s')", { kind: 'sequence' }],
    ['SELECT pg_advisory_lock(?), :name, $<other>', { kind: 'advisory-lock' }],
    ['SET x = ?', { name: 'x', values: [{ kind: 'computed' }] }],
  ])('in %s leave its facts readable', (sql, fact) => {
    expect(factsOf(sql)).toMatchObject([fact]);
    expect(read(sql)).toMatchObject({ isSql: true, isFragment: false });
  });

  it.each<[sql: string, missing: string]>([
    ['SET ${name} = 1', 'name'],
    ['SET app.${name} = 1', 'name'],
    ['RESET ${name}', 'name'],
    ["SELECT set_config(${name:value}, 'x', true)", 'name'],
    ['LISTEN ${channel}', 'channel'],
    ['LISTEN ${channel:value}', 'channel'],
    ['LISTEN "${channel}"', 'channel'],
    ['LISTEN ${a}-${b}', 'channel'],
    ['NOTIFY ${channel:identifier}', 'channel'],
    ["SELECT pg_notify(${channel:value}, 'x')", 'channel'],
    ['PREPARE ${name} AS ${query}', 'name'],
    ['EXECUTE ${name}(1)', 'name'],
    ['DEALLOCATE ${name}', 'name'],
    ['CREATE TEMP TABLE tmp_${id} (a int)', 'name'],
  ])('in %s make the %s unknown', (sql, missing) => {
    const [fact] = factsOf(sql);
    expect(fact).toBeDefined();
    expect(fact).not.toHaveProperty(missing);
  });

  it('are no names of dropped tables', () => {
    expect(factsOf('DROP TABLE tmp_${id}, b')).toMatchObject([{ names: ['b'] }]);
  });

  it('may hold statements of their own', () => {
    const script = read('BEGIN; ${body}; COMMIT');
    expect(script).toMatchObject({ completeness: 'partial', isSql: true });
    expect(script.statements.map(({ tag }) => tag)).toEqual(['TransactionStmt', 'TransactionStmt']);
  });

  it('that are the whole text leave nothing to read', () => {
    for (const sql of ['${query}', ' ${a} ${b};', '${v:value}'])
      expect(read(sql)).toMatchObject({ completeness: 'opaque', isSql: false, statements: [] });
  });

  it('of raw text make a text partial, bound values and identifiers do not', () => {
    expect(read('SET ROLE ${a}').completeness).toBe('partial');
    expect(read('SELECT nextval(${a:unknown})').completeness).toBe('partial');
    expect(read('SELECT nextval(${a:value}) FROM ${t:identifier}').completeness).toBe('full');
  });

  it('that are bound values are counted from the first', () => {
    expect(read('SELECT ${t:identifier}, ${v:value}').firstValue).toBe(3);
    expect(read('SELECT ${t:identifier}')).not.toHaveProperty('firstValue');
  });
});

describe('several statements', () => {
  it('are read each with its own range and tag', () => {
    const sql = ' SELECT 1 ;\n-- two\nSET x = 1;; ';
    const { statements } = read(sql);
    expect(statements.map(({ tag, range }) => [tag, sql.slice(...range)])).toEqual([
      ['SelectStmt', 'SELECT 1'],
      ['VariableSetStmt', 'SET x = 1'],
    ]);
  });

  it('are read alone where one of them is not PostgreSQL', () => {
    const sql = "CREATE TABLE t (a int) ENGINE = 'x;'; SET x = 1; SELECT ${a} ${b} FROM ) ; RESET ALL";
    const script = read(sql);
    expect(script.statements.map(({ tag }) => tag)).toEqual(['unparsed', 'VariableSetStmt', 'unparsed', 'VariableSetStmt']);
    expect(script).toMatchObject({ completeness: 'partial', isSql: true });
  });

  it('of a psql script are read around its meta-commands and data', () => {
    const sql = "\\restrict key\nSET a = 1;\nCOPY t (x) FROM stdin;\n1\tit's; SET b = 2;\n\\.\n\nSET c = 3;\n\\connect other\n";
    expect(factsOf(sql).map(({ words }) => words)).toEqual(['SET a', 'SET c']);
  });
});

describe('what is not PostgreSQL', () => {
  it.each([
    'SET up the pool',
    'Listen to your users',
    'Load more',
    'Execute order',
    'SET key value',
    'SET ${key} ${value}',
    'Begin the ${work}',
    'Notify users about ${event}',
    'SET @x = 1',
    'PRAGMA journal_mode = WAL',
    'BEGIN IMMEDIATE',
    'SHOW VARIABLES LIKE 1',
    'DROP TABLE `users`',
    "SET x = 'unterminated",
    'pg_advisory_lock is a function',
    'set_config',
    '',
    ' ; ',
    '-- SET x = 1',
  ])('%j is not SQL', (text) => {
    expect(read(text)).toMatchObject({ isSql: false, isFragment: false, statements: [] });
  });

  it('is told from what the grammar reads whole, be it prose', () => {
    // Whether such a text reaches a database is for its caller to know.
    for (const text of ['begin', 'reset password', 'show details']) expect(read(text)).toMatchObject({ isSql: true, completeness: 'full' });
  });
});

describe('texts without a word that a fact needs', () => {
  it.each([
    'SELECT * FROM users',
    '-- all\nselect 1',
    'INSERT INTO t VALUES (1)',
    'with x as (select 1) select * from x',
    'ALTER TABLE t ADD a int',
    '(select 1)',
  ])('%j is taken for SQL by how it begins, and not read further', (sql) => {
    expect(read(sql)).toMatchObject({ isSql: true, statements: [] });
  });

  it.each(['hello', 'Select', 'a = 1', 'where a = 1', 'created at'])('%j is not taken for SQL', (text) => {
    expect(read(text).isSql).toBe(false);
  });
});

describe('fragments', () => {
  it.each<[sql: string, words: string]>([
    ['pg_advisory_xact_lock(${k:value})', 'pg_advisory_xact_lock(${k:value})'],
    ['WHERE a = ${v:value} AND pg_try_advisory_lock(1)', 'pg_try_advisory_lock(1)'],
    ["a = 1, b = nextval('s')", "nextval('s')"],
    ["ORDER BY currval('s')", "currval('s')"],
    ["LEFT JOIN x ON x.a = current_setting('y')", "current_setting('y')"],
    ["AND t.a = current_setting('app.t', true)::uuid", "current_setting('app.t', true)"],
    ["ON CONFLICT (a) DO UPDATE SET b = nextval('s')", "nextval('s')"],
    ['RETURNING lastval()', 'lastval()'],
    ["SET a = ${v:value}, b = nextval('s')", "nextval('s')"],
  ])('%s is found to be one, and read for its function calls', (sql, words) => {
    expect(read(sql)).toMatchObject({ isSql: false, isFragment: true });
    expect(factsOf(sql)).toMatchObject([{ words }]);
  });

  it('that are told to be such never SET anything', () => {
    for (const sql of ['SET a = ${v:value}', 'SET LOCAL x = 1', 'SELECT 1 FOR UPDATE']) {
      expect(factsOf(sql, { fragment: true })).toEqual([]);
      expect(read(sql, { fragment: true })).toMatchObject({ isSql: false, isFragment: true });
    }
    expect(factsOf('SELECT pg_advisory_lock(1)', { fragment: true })).toMatchObject([{ kind: 'advisory-lock' }]);
  });

  it('that are not told to be such are a SET where the grammar reads one', () => {
    expect(factsOf('SET a = ${v:value}')).toMatchObject([{ kind: 'setting', name: 'a' }]);
  });
});

describe('hostile texts', () => {
  const deep = [
    ['brackets', 'BEGIN; ' + '('.repeat(1 << 20)],
    ['additions', `BEGIN; SELECT ${'1+'.repeat(20_000)}1`],
    ['unions', `BEGIN; ${'SELECT 1 UNION '.repeat(20_000)}SELECT 1`],
    ['negations', `BEGIN; SELECT ${'NOT '.repeat(20_000)}true`],
    ['comments', `BEGIN; ${'/*'.repeat(100_000)}`],
    ['cases', `BEGIN; SELECT ${'CASE WHEN true THEN '.repeat(5_000)}`],
  ] as const;

  it.each(deep)('of deep %s do not throw, and do not harm the texts after them', (_, sql) => {
    expect(read(sql).completeness).toBe('partial');
    expect(factsOf('RESET ALL')).toHaveLength(1);
  });

  it('may come in any number', () => {
    const sql = `SELECT ${'1+'.repeat(12_000)}pg_advisory_lock(1)`;
    for (let round = 0; round < 45; round++) read(sql);
    expect(factsOf('RESET ALL')).toHaveLength(1);
  });

  it('that are too long are neither full nor a mistake', () => {
    expect(read(`SELECT '${'x'.repeat(1 << 20)}'; RESET ALL`)).toMatchObject({ completeness: 'partial', isSql: true });
  });

  it('with NUL are read to their end', () => {
    expect(factsOf("SELECT 'a\0b'; RESET ALL").map(({ words }) => words)).toEqual(['RESET ALL']);
  });

  it('with lone surrogates keep their ranges', () => {
    expect(factsOf("SELECT '\ud83d'; RESET ALL").map(({ words }) => words)).toEqual(['RESET ALL']);
  });

  it.each([
    "SET x = 'a",
    'SET x = "a',
    'SET x = $$a',
    '/* SET x = 1',
    'DO $$ SET x = 1',
    "DO $$ BEGIN SET x = 'a; END $$",
    'DO $$ $$',
    'DO',
    'SET',
    'LISTEN',
    'EXPLAIN ANALYZE',
    'set_config(',
  ])('such as %j do not throw', (sql) => {
    expect(() => read(sql)).not.toThrow();
  });

  it('without parts are empty', () => {
    expect(readScript({ parts: [], at: [0, 0] })).toMatchObject({ statements: [], completeness: 'full', isSql: false });
  });
});
