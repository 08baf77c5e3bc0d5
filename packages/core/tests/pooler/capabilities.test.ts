import { describe, expect, test } from 'vitest';
import { isAtLeast, keepsSessions, namedStatements, startupParameter, tracking } from '../../src/pooler/capabilities.ts';
import { defaultProfile } from '../../src/pooler/default-profile.ts';
import type { PoolerProfile } from '../../src/pooler/profile.ts';
import { findingsOf } from '../support/analyse.ts';

/** A profile of which everything is stated. */
function stated(profile: Partial<PoolerProfile>): PoolerProfile {
  const whole = { ...defaultProfile, ...profile };
  return { ...whole, sources: Object.fromEntries(Object.keys(defaultProfile.sources).map((key) => [key, 'stated'])) };
}

const v118 = stated({ version: '1.18', maxPreparedStatements: 0, postgresMajor: 15 });
const v124 = stated({ version: '1.24', postgresMajor: 15 });
const v124with = (postgresMajor: number) => stated({ version: '1.24', postgresMajor, trackedParameters: ['search_path'] });
const v126 = stated({ version: '1.26', postgresMajor: 15 });
const v126with18 = stated({ version: '1.26', postgresMajor: 18 });

test('versions are compared by numbers', () => {
  expect(isAtLeast('1.26', '1.9')).toBe(true);
  expect(isAtLeast('1.9', '1.26')).toBe(false);
  expect(isAtLeast('1.21', '1.21')).toBe(true);
  expect(isAtLeast('2.0', '1.26')).toBe(true);
});

// FACTS.md, "1 Session state" and "search_path with PostgreSQL 18": `ok` is true, SILENT is false.
describe('a parameter that PgBouncer keeps per client', () => {
  test.each([
    // parameter                      1.18   1.24   1.24 track_extra: PG15, PG18   1.26: PG15, PG18
    ['timezone', true, true, true, true, true, true],
    ['datestyle', true, true, true, true, true, true],
    ['client_encoding', true, true, true, true, true, true],
    ['standard_conforming_strings', true, true, true, true, true, true],
    ['application_name', false, true, true, true, true, true],
    ['intervalstyle', false, true, true, true, true, true],
    ['default_transaction_read_only', false, false, false, false, true, true],
    ['session_authorization', false, false, false, false, true, true],
    ['search_path', false, false, false, true, false, true],
    ['role', false, false, false, false, false, false],
    ['statement_timeout', false, false, false, false, false, false],
    ['work_mem', false, false, false, false, false, false],
    ['row_security', false, false, false, false, false, false],
    ['default_transaction_isolation', false, false, false, false, false, false],
    ['extra_float_digits', false, false, false, false, false, false],
    ['app.tenant_id', false, false, false, false, false, false],
  ])('%s', (name, ...expected) => {
    const poolers = [v118, v124, v124with(15), v124with(18), v126, v126with18];
    expect(poolers.map((profile) => tracking(profile, name).tracked)).toEqual(expected);
  });

  test('IntervalStyle is kept from 1.20, application_name without leaks from 1.22', () => {
    const first = (name: string) => ['1.18', '1.19', '1.20', '1.21', '1.22'].find((version) => tracking(stated({ version }), name).tracked);
    expect([first('intervalstyle'), first('application_name')]).toEqual(['1.20', '1.22']);
  });

  test('PgDog keeps every parameter but the role', () => {
    const pgdog = stated({ product: 'pgdog' });
    expect([tracking(pgdog, 'search_path').tracked, tracking(pgdog, 'app.tenant_id').tracked, tracking(pgdog, 'role').tracked]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('where the version is an assumption, the answer says so if an older one would turn it round', () => {
    const assumed = { ...v126, sources: { ...v126.sources, version: 'assumed' as const } };
    expect(tracking(assumed, 'default_transaction_read_only').dependsOn?.setting).toBe('version');
    expect(tracking(assumed, 'timezone').dependsOn).toBeUndefined();
    expect(tracking(assumed, 'work_mem').dependsOn).toBeUndefined();
    expect(tracking(v126, 'default_transaction_read_only').dependsOn).toBeUndefined();
  });
});

// FACTS.md 11 and "Startup parameters": 08P01 is `refused`, SILENT is `dropped`.
describe('a startup parameter', () => {
  const ignoring = (profile: PoolerProfile, ...ignoredStartupParameters: string[]) => ({ ...profile, ignoredStartupParameters });

  test.each<[string, string, PoolerProfile, ReturnType<typeof startupParameter>]>([
    ['statement_timeout', '1.18', v118, 'refused'],
    ['statement_timeout', '1.24', v124, 'refused'],
    ['statement_timeout', '1.26', v126, 'refused'],
    ['statement_timeout', '1.26 that ignores it', ignoring(v126, 'statement_timeout'), 'dropped'],
    ['lock_timeout', '1.18 that ignores it', ignoring(v118, 'lock_timeout'), 'dropped'],
    ['timezone', '1.18', v118, 'applied'],
    ['application_name', '1.18', v118, 'applied'],
    ['client_encoding', '1.24', v124, 'applied'],
    ['search_path', '1.18', v118, 'refused'],
    ['search_path', '1.24', v124, 'refused'],
    ['search_path', '1.24 that tracks it, over PostgreSQL 15', v124with(15), 'dropped'],
    ['search_path', '1.24 that tracks it, over PostgreSQL 18', v124with(18), 'applied'],
    ['search_path', '1.26 over PostgreSQL 15', v126, 'applied'],
    ['search_path', '1.26 over PostgreSQL 18', v126with18, 'applied'],
    ['search_path', '1.26 that ignores it', ignoring(v126, 'search_path'), 'dropped'],
    ['default_transaction_read_only', '1.18', v118, 'refused'],
    ['default_transaction_read_only', '1.24', v124, 'refused'],
    ['default_transaction_read_only', '1.26', v126, 'applied'],
  ])('%s on %s', (name, _, profile, expected) => {
    expect(startupParameter(profile, name)).toBe(expected);
  });

  test('is refused in session pooling too', () => {
    const code = `import { Pool } from 'pg'; new Pool({ statement_timeout: 5000 })`;
    const setup = { profile: { ...v126, poolMode: 'session' as const } };
    expect(findingsOf(code, { setup })).toEqual([expect.stringMatching(/^no-unsupported-startup-parameter: /)]);
  });
});

// FACTS.md 5.
describe('named protocol-level statements', () => {
  test.each<[string, Partial<PoolerProfile>, boolean]>([
    ['PgBouncer 1.18', { version: '1.18', maxPreparedStatements: 0 }, false],
    ['PgBouncer 1.18, whatever is set', { version: '1.18', maxPreparedStatements: 200 }, false],
    ['PgBouncer 1.21 as it comes', { version: '1.21', maxPreparedStatements: 0 }, false],
    ['PgBouncer 1.21 switched on', { version: '1.21', maxPreparedStatements: 100 }, true],
    ['PgBouncer 1.24 as it comes', { version: '1.24', maxPreparedStatements: 200 }, true],
    ['PgBouncer 1.24 with a cache of two', { version: '1.24', maxPreparedStatements: 2 }, true],
    ['PgBouncer 1.26 switched off', { version: '1.26', maxPreparedStatements: 0 }, false],
    ["Azure's PgBouncer as it comes", { product: 'azure-pgbouncer', maxPreparedStatements: 0 }, false],
    ['PgDog', { product: 'pgdog', maxPreparedStatements: 0 }, true],
    ['RDS Proxy, which pins', { product: 'rds-proxy', maxPreparedStatements: 0 }, true],
  ])('%s', (_, profile, supported) => {
    expect(namedStatements(stated(profile))).toMatchObject({ supported });
    expect(namedStatements(stated(profile)).dependsOn).toBeUndefined();
  });

  test('support that is only assumed is named as what the answer rests on', () => {
    expect(namedStatements(defaultProfile)).toMatchObject({ supported: true, dependsOn: { setting: 'maxPreparedStatements' } });
  });

  test.each(['supavisor', 'azure-pgbouncer'] as const)('%s has them off unless it is said to have them on', (product) => {
    expect(namedStatements({ ...defaultProfile, product, sources: { product: 'stated' } }).supported).toBe(false);
  });

  test('do not make SQL-level PREPARE work', () => {
    const code = `import { Pool } from 'pg'; const pool = new Pool(); pool.query('PREPARE p AS SELECT 1')`;
    expect(findingsOf(code, { setup: { profile: v126 } })).toEqual([expect.stringMatching(/^no-sql-prepare: /)]);
  });
});

test('a client keeps its server in session pooling, and behind RDS Proxy, which pins it', () => {
  expect(keepsSessions(stated({ poolMode: 'session' }))).toBe(true);
  expect(keepsSessions(stated({ product: 'rds-proxy' }))).toBe(true);
  expect(keepsSessions(v126)).toBe(false);
  expect(keepsSessions(stated({ poolMode: 'statement' }))).toBe(false);
});
