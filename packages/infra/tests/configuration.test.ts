import { fileURLToPath } from 'node:url';
import { defaultProfile } from '@pgbouncer-audit/core';
import { describe, expect, it } from 'vitest';
import { connectionParameters } from '../../pgbouncer-audit-cli/src/discover/pgbouncer-ini.ts';
import { findPoolers } from '../../pgbouncer-audit-cli/src/discover/poolers.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

const settings = settingsOf('pgbouncer');

describe('the pooler that the rules assume', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { profile, poolers, notes } = findPoolers(root, ['compose.pgbouncer.yml', 'pgbouncer/pgbouncer.ini'], []);

  it('is the one that is shipped', () => {
    // PostgreSQL is the user's own, so its version is not in these files.
    const assumed = { ...defaultProfile, postgresMajor: undefined, sources: undefined };
    expect({ ...profile, sources: undefined }).toEqual(assumed);
  });

  it('is read from these files in every point', () => {
    expect(Object.keys(profile.sources!).sort()).toEqual(
      Object.keys(defaultProfile.sources)
        .filter((name) => name !== 'postgresMajor')
        .sort(),
    );
  });

  it('is one pooler to the audit, with nothing to remark', () => {
    expect(poolers.map(({ label, used }) => ({ label, used }))).toEqual([{ label: 'pgbouncer.ini', used: true }]);
    expect(notes).toEqual([]);
  });
});

describe('pgbouncer.ini', () => {
  it('says why, before every block of settings', () => {
    const lines = shipped('pgbouncer/pgbouncer.ini').split('\n');
    const unexplained = lines.filter(
      (line, index) => line !== '' && !line.startsWith(';') && (lines[index - 1] ?? '') === '' && !line.startsWith('['),
    );
    expect(unexplained.filter((line) => !/^(listen_addr|client_tls_sslmode) /.test(line))).toEqual([]);
  });

  it('names its databases', () => {
    const databases = settingsOf('databases');
    expect([...databases.keys()]).toEqual(['app']);
    expect(databases.has(settings.get('auth_dbname')!)).toBe(true);
  });

  it('holds no password', () => {
    expect(shipped('pgbouncer/pgbouncer.ini')).not.toMatch(/^[^;]*password=/m);
  });

  it('qualifies what it asks PostgreSQL at a login', () => {
    expect(settings.get('auth_query')).toBe('SELECT usename, password FROM pgbouncer.user_lookup($1)');
  });

  it('gives up waiting before anything that it waits with', () => {
    const seconds = (name: string) => Number(settings.get(name));
    expect(seconds('query_wait_notify')).toBeLessThan(seconds('query_wait_timeout'));
    expect(seconds('server_connect_timeout') + seconds('server_login_retry')).toBeLessThan(seconds('query_wait_timeout'));
    expect(seconds('reserve_pool_timeout')).toBeLessThan(seconds('query_wait_timeout'));
    expect(seconds('idle_transaction_timeout')).toBeLessThan(
      Number(connectionParameters(settingsOf('users').get('app')!).get('transaction_timeout')),
    );
    expect(seconds('query_wait_timeout'), 'without it clients hang for ever').toBeGreaterThan(0);
  });
});
