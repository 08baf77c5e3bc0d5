import { describe, expect, it } from 'vitest';
import { readScript } from '../../src/sql/read-script.ts';
import type { Fact } from '../../src/sql/script.ts';
import { factsOf, read, template } from './template.ts';

type Expected = Partial<Record<string, unknown>>;

describe('SET and RESET', () => {
  it.each<[sql: string, words: string, fact: Expected]>([
    [
      "SET statement_timeout = '5s'",
      'SET statement_timeout',
      { scope: 'session', name: 'statement_timeout', values: [{ kind: 'constant', text: '5s' }] },
    ],
    [
      'set session app.Tenant to 1',
      'set session app.Tenant',
      { scope: 'session', name: 'app.tenant', values: [{ kind: 'constant', text: '1' }] },
    ],
    [
      'SET LOCAL search_path TO a, "B"',
      'SET LOCAL search_path',
      { scope: 'local', name: 'search_path', values: [{ text: 'a' }, { text: 'B' }] },
    ],
    ['SET work_mem = -1', 'SET work_mem', { values: [{ kind: 'constant', text: '-1' }] }],
    ['SET x = $1', 'SET x', { values: [{ kind: 'parameter', number: 1 }] }],
    ["SET TIME ZONE 'UTC'", 'SET TIME ZONE', { scope: 'session', name: 'timezone', values: [{ text: 'UTC' }] }],
    ["SET LOCAL TIME ZONE 'UTC'", 'SET LOCAL TIME ZONE', { scope: 'local', name: 'timezone' }],
    ["SET NAMES 'utf8'", 'SET NAMES', { name: 'client_encoding' }],
    ["SET SCHEMA 'tenant'", 'SET SCHEMA', { name: 'search_path' }],
    ['SET ROLE app', 'SET ROLE', { name: 'role', reset: false, values: [{ text: 'app' }] }],
    ['SET ROLE NONE', 'SET ROLE', { name: 'role', reset: true }],
    ['SET SESSION ROLE app', 'SET SESSION ROLE', { name: 'role', scope: 'session' }],
    ['SET LOCAL SESSION AUTHORIZATION app', 'SET LOCAL SESSION AUTHORIZATION', { name: 'session_authorization', scope: 'local' }],
    ['SET SESSION AUTHORIZATION DEFAULT', 'SET SESSION AUTHORIZATION', { name: 'session_authorization', reset: true }],
    ['SET lock_timeout TO DEFAULT', 'SET lock_timeout', { name: 'lock_timeout', reset: true, values: [] }],
    ['RESET ROLE', 'RESET ROLE', { via: 'RESET', name: 'role', reset: true }],
    ['RESET ALL', 'RESET ALL', { via: 'RESET', name: 'all' }],
    ['RESET TIME ZONE', 'RESET TIME ZONE', { via: 'RESET', name: 'timezone' }],
    [
      'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
      'SET TRANSACTION',
      { scope: 'transaction', name: 'transaction', modes: ['isolation level', 'read only'] },
    ],
    ['SET LOCAL TRANSACTION READ WRITE', 'SET LOCAL TRANSACTION', { scope: 'transaction', modes: ['read write'] }],
    ["SET TRANSACTION SNAPSHOT '1'", 'SET TRANSACTION SNAPSHOT', { scope: 'transaction', modes: ['snapshot'] }],
    [
      'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY, NOT DEFERRABLE',
      'SET SESSION CHARACTERISTICS',
      { scope: 'session', name: 'session characteristics', modes: ['read only', 'not deferrable'] },
    ],
    ['SET CONSTRAINTS ALL DEFERRED', 'SET CONSTRAINTS', { scope: 'transaction', via: 'SET CONSTRAINTS', name: 'constraints' }],
  ])('reads %s', (sql, words, fact) => {
    expect(factsOf(sql)).toEqual([expect.objectContaining({ kind: 'setting', words, head: words })]);
    expect(factsOf(sql)).toMatchObject([fact]);
  });

  it('tells where SET and SESSION stand, for a suggestion to edit', () => {
    const sql = 'SELECT 1; SET SESSION x = 1';
    const [fact] = settings(sql);
    expect(sql.slice(...fact!.scopeRange!)).toBe('SET');
    expect(sql.slice(...fact!.sessionRange!)).toBe('SESSION');
  });

  it('has no range for SESSION where it is a part of the name', () => {
    expect(settings('SET SESSION AUTHORIZATION app')[0]).not.toHaveProperty('sessionRange');
  });
});

describe('set_config()', () => {
  it.each([
    ['true', 'local'],
    ["'t'", 'local'],
    ['1=1', 'local'],
    ['not false', 'local'],
    ["'on'::bool", 'local'],
    ['false', 'session'],
    ["'off'", 'session'],
    ['1 = 2', 'session'],
    ['$3', 'unknown'],
    ['${flag}', 'unknown'],
    ['${flag:value}', 'unknown'],
    ['now() > x', 'unknown'],
    ['null', 'unknown'],
  ])('with the third argument %s has the scope %s', (isLocal, scope) => {
    const sql = `SELECT set_config('App.User', 'u', ${isLocal})`;
    const [fact] = settings(sql);
    expect(fact).toMatchObject({ via: 'set_config', name: 'app.user', scope, values: [{ kind: 'constant', text: 'u' }] });
    expect(sql.slice(...fact!.range)).toMatch(/^set_config\(.*\)$/);
  });

  it('tells where the third argument stands', () => {
    const sql = "SELECT pg_catalog.set_config('x', coalesce(a, b), is_local => true)";
    const [fact] = settings(sql);
    expect(fact).toMatchObject({ scope: 'local', values: [{ kind: 'computed' }] });
    expect(sql.slice(...fact!.scopeRange!)).toBe('true');
  });

  it('of another schema is another function', () => {
    expect(factsOf("SELECT tenant.set_config('x', 'y', false)")).toEqual([]);
  });
});

describe('advisory locks', () => {
  it.each<[call: string, level: string, operation: string]>([
    ['pg_advisory_lock(1)', 'session', 'lock'],
    ['pg_advisory_lock_shared(1, 2)', 'session', 'lock'],
    ['pg_try_advisory_lock(1)', 'session', 'try'],
    ['pg_try_advisory_lock_shared(1)', 'session', 'try'],
    ['pg_advisory_unlock(1)', 'session', 'unlock'],
    ['pg_advisory_unlock_shared(1)', 'session', 'unlock'],
    ['pg_advisory_unlock_all()', 'session', 'unlock all'],
    ['pg_advisory_xact_lock(1)', 'transaction', 'lock'],
    ['pg_advisory_xact_lock_shared(1)', 'transaction', 'lock'],
    ['pg_try_advisory_xact_lock(1)', 'transaction', 'try'],
    ['pg_try_advisory_xact_lock_shared(1)', 'transaction', 'try'],
  ])('%s is taken by the %s: %s', (call, level, operation) => {
    expect(factsOf(`SELECT ${call} AS ok`)).toMatchObject([
      { kind: 'advisory-lock', level, operation, words: call, function: call.replace(/\(.*/, '') },
    ]);
  });

  it.each([
    'SELECT * FROM pg_advisory_lock(1)',
    'WITH l AS (SELECT pg_advisory_lock(1)) SELECT * FROM l',
    'SELECT 1 WHERE EXISTS (SELECT pg_catalog.pg_advisory_lock(hashtext($1)))',
    'EXPLAIN ANALYZE SELECT pg_advisory_lock(1)',
    'EXPLAIN (COSTS OFF, ANALYZE) SELECT pg_advisory_lock(1)',
    'INSERT INTO t SELECT pg_advisory_lock(1)',
    'UPDATE t SET a = 1 WHERE pg_advisory_lock(1) IS NULL',
    'COPY (SELECT pg_advisory_lock(1)) TO STDOUT',
    'CREATE TABLE t AS SELECT pg_advisory_lock(1)',
    'CALL p(pg_advisory_lock(1))',
    'VALUES (PG_Advisory_Lock(1))',
    'SELECT "pg_advisory_lock"(1)',
  ])('is taken by %s', (sql) => {
    expect(factsOf(sql)).toMatchObject([{ kind: 'advisory-lock', level: 'session' }]);
  });

  it.each([
    'EXPLAIN SELECT pg_advisory_lock(1)',
    'EXPLAIN (ANALYZE off) SELECT pg_advisory_lock(1)',
    'CREATE VIEW v AS SELECT pg_advisory_lock(1)',
    'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_lock(1) $$',
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$ BEGIN PERFORM pg_advisory_lock(1); END $$",
    "SELECT 'pg_advisory_lock(1)'",
    'SELECT 1 -- pg_advisory_lock(1)',
    'SELECT $tag$ pg_advisory_lock(1) $tag$, "pg_advisory_lock" FROM t',
  ])('is not taken by %s', (sql) => {
    expect(factsOf(sql)).toEqual([]);
  });

  it('has the range of its name alone too, without the schema', () => {
    const sql = 'SELECT pg_catalog.pg_advisory_lock(1)';
    const [fact] = read(sql).statements[0]!.facts;
    expect(sql.slice(...(fact as Extract<Fact, { kind: 'advisory-lock' }>).nameRange!)).toBe('pg_advisory_lock');
  });
});

describe('statements that leave something in the session, or take it back', () => {
  it.each<[sql: string, words: string, fact: Expected]>([
    ['LISTEN jobs', 'LISTEN jobs', { kind: 'listen', channel: 'jobs' }],
    ['LISTEN "Jobs"', 'LISTEN "Jobs"', { kind: 'listen', channel: 'Jobs' }],
    ['UNLISTEN *', 'UNLISTEN *', { kind: 'unlisten' }],
    ["NOTIFY jobs, 'x'", 'NOTIFY jobs', { kind: 'notify', channel: 'jobs' }],
    ["SELECT pg_notify('jobs', $1)", "pg_notify('jobs', $1)", { kind: 'notify', channel: 'jobs' }],
    ['PREPARE q (int) AS SELECT $1', 'PREPARE q', { kind: 'prepare', name: 'q' }],
    ['EXECUTE q(1)', 'EXECUTE q', { kind: 'execute', name: 'q' }],
    ['EXPLAIN ANALYZE EXECUTE q', 'EXECUTE q', { kind: 'execute', name: 'q' }],
    ['DEALLOCATE PREPARE q', 'DEALLOCATE PREPARE q', { kind: 'deallocate', name: 'q' }],
    ['DEALLOCATE ALL', 'DEALLOCATE ALL', { kind: 'deallocate', all: true }],
    ['DISCARD ALL', 'DISCARD ALL', { kind: 'discard', target: 'all' }],
    ['DISCARD PLANS', 'DISCARD PLANS', { kind: 'discard', target: 'plans' }],
    ['DISCARD SEQUENCES', 'DISCARD SEQUENCES', { kind: 'discard', target: 'sequences' }],
    ['DISCARD TEMPORARY', 'DISCARD TEMPORARY', { kind: 'discard', target: 'temp' }],
    ["LOAD 'auto_explain'", "LOAD 'auto_explain'", { kind: 'load', what: 'LOAD' }],
    ['SELECT setseed(0.5)', 'setseed(0.5)', { kind: 'load', what: 'setseed' }],
    ["SELECT ext.dblink_connect('c', 'x')", "ext.dblink_connect('c', 'x')", { kind: 'load', what: 'dblink_connect' }],
    ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'DECLARE c CURSOR WITH HOLD', { kind: 'cursor', name: 'c', hold: true }],
    ['DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1', 'DECLARE c CURSOR', { kind: 'cursor', name: 'c', hold: false }],
    ['CREATE TEMP TABLE t (a int)', 'CREATE TEMP TABLE t', { kind: 'temporary', object: 'table', name: 't', onCommit: 'unspecified' }],
    [
      'CREATE TEMPORARY TABLE IF NOT EXISTS t (a int) ON COMMIT PRESERVE ROWS',
      'CREATE TEMPORARY TABLE IF NOT EXISTS t',
      { onCommit: 'preserve' },
    ],
    ['CREATE TABLE pg_temp.t (a int) ON COMMIT DELETE ROWS', 'CREATE TABLE pg_temp.t', { name: 't', onCommit: 'delete rows' }],
    ['CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1', 'CREATE TEMP TABLE t', { kind: 'temporary', onCommit: 'drop' }],
    ['SELECT 1 AS a INTO TEMP t', 'INTO TEMP t', { kind: 'temporary', object: 'table', name: 't' }],
    ['CREATE TEMP VIEW v AS SELECT 1', 'CREATE TEMP VIEW v', { object: 'view', name: 'v' }],
    ['CREATE TEMP SEQUENCE s', 'CREATE TEMP SEQUENCE s', { object: 'sequence', name: 's' }],
    [
      'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'CREATE FUNCTION pg_temp.f',
      { object: 'function', name: 'f' },
    ],
    ['DROP TABLE IF EXISTS pg_temp.a, b', 'DROP TABLE IF EXISTS pg_temp.a, b', { kind: 'drop', names: ['a', 'b'] }],
    ["SELECT nextval('s')", "nextval('s')", { kind: 'sequence', function: 'nextval' }],
    ["SELECT currval('s')", "currval('s')", { kind: 'sequence', function: 'currval' }],
    ['SELECT lastval()', 'lastval()', { kind: 'sequence', function: 'lastval' }],
    ['SELECT 1 FROM t FOR NO KEY UPDATE SKIP LOCKED', 'FOR NO KEY UPDATE', { kind: 'row-lock', table: false }],
    ['UPDATE t SET a = 1 WHERE id IN (SELECT id FROM t FOR UPDATE)', 'FOR UPDATE', { kind: 'row-lock', table: false }],
    ['LOCK TABLE s.t IN EXCLUSIVE MODE', 'LOCK TABLE s.t', { kind: 'row-lock', table: true }],
    ['SHOW search_path', 'SHOW search_path', { kind: 'session-read', what: 'search_path' }],
    ["SELECT current_setting('x', true)", "current_setting('x', true)", { kind: 'session-read', what: 'current_setting' }],
    ['SELECT pg_backend_pid()', 'pg_backend_pid()', { kind: 'session-read', what: 'pg_backend_pid' }],
    ['SELECT name FROM pg_prepared_statements', 'pg_prepared_statements', { kind: 'session-read', what: 'pg_prepared_statements' }],
  ])('reads %s', (sql, words, fact) => {
    expect(factsOf(sql)).toMatchObject([{ words, head: words, ...fact }]);
  });

  it.each([
    'CREATE TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f()',
    'CREATE TABLE temporary_files (a int)',
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT nextval('s')",
    'UPDATE t\nSET a = 1',
    'INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING',
    'SELECT CASE WHEN a THEN 1\nEND FROM t',
    "COMMENT ON TABLE t IS 'SET x = 1; LISTEN y'",
    'GRANT SET ON PARAMETER work_mem TO app',
    'ALTER ROLE app SET search_path = x',
    'ALTER DATABASE d SET statement_timeout = 1',
    'DROP POLICY p ON t',
  ])('finds nothing in %s', (sql) => {
    expect(factsOf(sql)).toEqual([]);
  });
});

describe('transaction control', () => {
  it.each([
    ['BEGIN', 'begin'],
    ['START TRANSACTION READ ONLY', 'begin'],
    ['BEGIN ISOLATION LEVEL SERIALIZABLE', 'begin'],
    ['COMMIT AND CHAIN', 'commit'],
    ['END', 'commit'],
    ['ABORT', 'rollback'],
    ['SAVEPOINT a', 'savepoint'],
    ['RELEASE SAVEPOINT a', 'release'],
    ['ROLLBACK TO a', 'rollback to'],
    ["PREPARE TRANSACTION 'x'", 'prepare'],
    ["COMMIT PREPARED 'x'", 'commit prepared'],
    ["ROLLBACK PREPARED 'x'", 'rollback prepared'],
  ])('reads %s as %s', (sql, command) => {
    expect(factsOf(sql)).toMatchObject([{ kind: 'transaction', command, words: sql }]);
  });
});

describe('DO blocks', () => {
  it('are read statement by statement, in the order of the text, with ranges inside the block', () => {
    const sql = `DO $body$
      DECLARE n int := nextval('s'); c CURSOR FOR SELECT 1 FOR UPDATE;
      BEGIN
        <<outer>>
        PERFORM set_config('a', 'b', true);
        SET LOCAL x = 1;
        IF n > 1 AND (CASE WHEN true THEN 1 ELSE 2 END) = 1 THEN
          RAISE NOTICE 'SET y = 1; %', n;
        ELSIF pg_try_advisory_lock(2) THEN
          CREATE TEMP TABLE t (a int) ON COMMIT DROP;
        ELSE
          n := pg_backend_pid();
        END IF;
        FOR r IN SELECT currval('s') LOOP
          COMMIT;
        END LOOP;
        SELECT a INTO STRICT n FROM t WHERE pg_advisory_lock(3) IS NULL;
        DROP TABLE t;
        BEGIN
          NULL;
        EXCEPTION WHEN others THEN
          RESET ROLE;
        END;
      END $body$; SELECT 1`;
    const facts = factsOf(sql);
    expect(facts.map(({ words }) => words)).toEqual([
      "nextval('s')",
      "set_config('a', 'b', true)",
      'SET LOCAL x',
      'pg_try_advisory_lock(2)',
      'CREATE TEMP TABLE t',
      'pg_backend_pid()',
      "currval('s')",
      'COMMIT',
      'pg_advisory_lock(3)',
      'DROP TABLE t',
      'RESET ROLE',
    ]);
    expect(facts.every(({ inside }) => inside === 'do')).toBe(true);
  });

  it('may run SQL that they put together', () => {
    const sql = `DO $$ BEGIN
      EXECUTE 'SET a = 1';
      EXECUTE 'SET b = ''2''';
      EXECUTE format('SET LOCAL %I = %L', n, v);
      EXECUTE 'SET ROLE ' || quote_ident(r) USING 1;
      EXECUTE q;
    END $$`;
    expect(factsOf(sql)).toMatchObject([
      { words: 'SET a', name: 'a', values: [{ kind: 'constant', text: '1' }] },
      { words: "'SET b = ''2'''", head: 'SET b', name: 'b', values: [{ kind: 'constant', text: '2' }] },
      { words: 'SET LOCAL %I', scope: 'local', values: [{ kind: 'computed' }] },
      { words: "'SET ROLE ' || quote_ident(r)", head: 'SET ROLE', name: 'role', values: [{ kind: 'computed' }] },
    ]);
  });

  it('written as escaped strings have the range of the string', () => {
    const sql = "DO 'BEGIN PERFORM ''x''; SET y = 1; END'";
    expect(factsOf(sql)).toMatchObject([{ words: sql.slice(3), head: 'SET y', inside: 'do' }]);
  });

  it('with holes are read around them', () => {
    const sql = "DO $$ BEGIN SET app.x = ${x}; PERFORM set_config('app.y', '${y}', false); END $$";
    expect(factsOf(sql)).toMatchObject([
      { name: 'app.x', values: [{ kind: 'hole', part: 1 }] },
      { name: 'app.y', values: [{ kind: 'hole', part: 3 }] },
    ]);
  });

  it('in other languages are left alone', () => {
    expect(factsOf('DO LANGUAGE plpython3u $$ SET x = 1; $$')).toEqual([]);
  });
});

describe('where facts stand', () => {
  it('is not moved by characters of more bytes than units, nor by comments and strings full of hazards', () => {
    const sql = "-- LISTEN a 🐘\n/* SET b = 1; /* nested */ */ SELECT '🐘; SET c = 1', é; SET /* 🐘 */ LOCAL app.x = '🐘'";
    expect(factsOf(sql)).toMatchObject([{ words: 'SET /* 🐘 */ LOCAL app.x', name: 'app.x', values: [{ text: '🐘' }] }]);
    expect(read(sql).statements.map(({ range }) => sql.slice(...range))).toEqual([
      "SELECT '🐘; SET c = 1', é",
      "SET /* 🐘 */ LOCAL app.x = '🐘'",
    ]);
  });

  it('goes by the offsets of escaped constants', () => {
    // The source has \n where the value has a line feed.
    const source = String.raw`'SELECT 1;\nRESET ALL'`;
    const value = 'SELECT 1;\nRESET ALL';
    const offsets = [...Array.from({ length: 10 }, (_, index) => 1 + index), ...Array.from({ length: 10 }, (_, index) => 12 + index)];
    const script = readScript({ parts: [{ kind: 'constant', value, range: [1, source.length - 1], offsets }], at: [0, source.length] });
    expect(source.slice(...script.statements[1]!.facts[0]!.range)).toBe('RESET ALL');
  });

  it('is the place of use for a text of another file', () => {
    const script = readScript({ parts: [{ kind: 'constant', value: 'RESET ALL' }], at: [7, 42] });
    expect(script.statements[0]).toMatchObject({ range: [7, 42], facts: [{ range: [7, 42], head: 'RESET ALL' }] });
  });

  it('is the first of two parts when they stand far from each other', () => {
    const script = readScript({
      parts: [
        { kind: 'constant', value: 'SET LOCAL ', range: [900, 910] },
        { kind: 'constant', value: 'x = 1', range: [100, 105] },
      ],
      at: [0, 1000],
    });
    expect(script.statements[0]!.facts[0]).toMatchObject({ range: [900, 910], head: 'SET LOCAL x' });
  });

  it('knows CRLF', () => {
    expect(factsOf('SET a = 1;\r\n-- note\r\nSET b = 2;\r\n').map(({ words }) => words)).toEqual(['SET a', 'SET b']);
  });

  it('shortens what it names', () => {
    const [fact] = factsOf(`SELECT pg_advisory_lock(hashtext(${'a || '.repeat(50)} b))`);
    expect(fact!.head).toMatch(/^pg_advisory_lock\(hashtext\(.{20,50}…$/);
  });
});

function settings(sql: string) {
  return readScript(template(sql)).statements.flatMap(({ facts }) => facts.filter((fact) => fact.kind === 'setting'));
}
