import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scramVerifier } from '../src/scram-verifier.ts';
import { drawSecrets } from '../src/secrets.ts';
import { shipped } from './support/shipped.ts';

describe('a verifier', () => {
  it('is the one of RFC 7677', () => {
    // The exchange in section 3 of the RFC: its server signature and client proof follow from these keys.
    const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    expect(verifier).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });

  it('is not made of a password that PostgreSQL would normalise first', () => {
    expect(() => scramVerifier('pässword')).toThrow(/printable ASCII/);
  });
});

describe('the secrets', () => {
  const secrets = drawSecrets(shipped('pgbouncer/userlist.txt.template'));
  const passwordOf = (role: string) => secrets[`${role}.pgpass`]!.trim().split(':')[4]!;

  it('are drawn anew each time', () => {
    const again = drawSecrets(shipped('pgbouncer/userlist.txt.template'));
    for (const name of ['userlist.txt', 'roles.sql', 'pgbouncer_admin.pgpass']) expect(again[name]).not.toBe(secrets[name]);
  });

  it('give PostgreSQL no password, and PgBouncer only the one that it logs in with', () => {
    const authPassword = /^"pgbouncer_auth" "(.+)"$/m.exec(secrets['userlist.txt']!)![1]!;
    expect(secrets['roles.sql']).not.toContain(authPassword);
    for (const role of ['pgbouncer_admin', 'pgbouncer_stats', 'pgbouncer_health']) {
      expect(secrets['userlist.txt'] + secrets['roles.sql']!).not.toContain(passwordOf(role));
    }
  });

  it('do not get into a repository', () => {
    expect(secrets['.gitignore']).toBe('*\n');
  });

  it('are never written over, and only their owner can read them', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'secrets');
    const draw = () =>
      spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../src/bin/secrets.ts', import.meta.url)), '--out', folder], {
        encoding: 'utf8',
      });
    expect(draw()).toMatchObject({ status: 0, stderr: '' });
    const userlist = readFileSync(join(folder, 'userlist.txt'), 'utf8');
    expect(statSync(join(folder, 'userlist.txt')).mode & 0o777).toBe(0o400);
    expect(draw()).toMatchObject({ status: 1, stderr: `${folder} exists: move it away to draw new passwords.\n` });
    expect(readFileSync(join(folder, 'userlist.txt'), 'utf8')).toBe(userlist);
    rmSync(dirname(folder), { recursive: true });
  });

  it('leave no place of the template empty', () => {
    expect(secrets['userlist.txt']).not.toMatch(/\{\{/);
    expect(() => drawSecrets('"x" "{{password of nobody}}"')).toThrow(/asks for "password of nobody"/);
  });
});
