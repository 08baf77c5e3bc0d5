import { describe, expect, it } from 'vitest';
import { connectionParameters } from '../../core/src/pooler/pgbouncer-ini.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

const settings = settingsOf('pgbouncer');

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
    expect([...databases.keys()]).toEqual(['app', 'health']);
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
