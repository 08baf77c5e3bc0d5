import { describe, expect, it } from 'vitest';
import { passfileLines } from '../../backup/src/postgres/passfile.ts';
import { redactor } from '../../backup/src/redact.ts';
import { roleStatements } from '../../backup/src/roles.ts';
import { readSettings } from '../../backup/src/settings.ts';
import { partBytesFor, partsAtATime } from '../../backup/src/storage/bucket.ts';
import { decodeDatabase, encodeDatabase, parseKey } from '../../backup/src/storage/layout.ts';

describe('a key', () => {
  it('has the name of the database in it, and gives it back', () => {
    const names = ['app', 'App', 'a.b', 'a/b', '..', '.', 'a b', "it's", '"x"', 'ü', '🐘', '%41', 'a.2Eb', '-', '_'];
    const keys = names.map(encodeDatabase);
    expect(new Set(keys).size).toBe(names.length);
    expect(keys.map(decodeDatabase)).toEqual(names);
    for (const key of keys) expect(key).toMatch(/^(?:[A-Za-z0-9_-]|\.[0-9A-F]{2})+$/);
  });

  it('of somebody else is none of ours', () => {
    for (const name of ['state', 'a.zz', 'a.2f', 'a.41', 'ü', '']) {
      expect([name, decodeDatabase(name)], name).toEqual([name, name === 'state' || name === '' ? name : undefined]);
    }
    const name = '20261124T020304Z-0123abcd';
    expect(parseKey('p', 'app', `p/app/2026/11/24/${name}/directory/toc.dat`)).toEqual({ name, file: 'directory/toc.dat' });
    for (const key of [
      `p/app/2026/11/25/${name}/dump`,
      `p/app/2026/11/24/${name}`,
      `p/app/2026/11/24/${name}/`,
      `p/app/2026/11/24/${name}0/dump`,
      `p/app2/2026/11/24/${name}/dump`,
      `p/app/2026/11/24/20261324T020304Z-0123abcd/dump`,
      `p/app/state/run.json`,
    ]) {
      expect(parseKey('p', 'app', key), key).toBeUndefined();
    }
  });
});

describe('the parts of an upload', () => {
  it('are few enough for S3, and small enough for the memory', () => {
    const [gigabyte, terabyte] = [2 ** 30, 2 ** 40];
    expect(partBytesFor(0)).toBe(8 * 2 ** 20);
    expect(partBytesFor(70 * gigabyte) * (partsAtATime + 1)).toBe(32 * 2 ** 20);
    for (const bytes of [78 * gigabyte, 100 * gigabyte, terabyte, 5 * terabyte]) expect(bytes / partBytesFor(bytes)).toBeLessThan(10_000);
  });
});

describe('a secret', () => {
  it.each([
    'postgres://app:SECRET@host/db',
    'password=SECRET host=x',
    "password = 'SECRET'",
    "ALTER ROLE app PASSWORD 'SECRET'",
    'wrong key abc/def+SECRET==',
    `wrong key ${encodeURIComponent('abc/def+SECRET==')}`,
    'AGE-SECRET-KEY-1SECRET',
  ])('is taken out of %s', (text) => {
    expect(redactor(['abc/def+SECRET=='])(text)).not.toContain('SECRET==');
    expect(redactor(['abc/def+SECRET=='])(text).replace('AGE-SECRET', '')).not.toMatch(/SECRET(?!_)/);
  });
});

describe('a password file', () => {
  it('is read as libpq reads it', () => {
    expect(passfileLines('# no\nhost:5432:db:user:pass\\:word\\\\\n*:*:*:a\\:b:c:d\nnonsense\n')).toEqual([
      { fields: ['host', '5432', 'db', 'user'], password: 'pass:word\\' },
      { fields: ['*', '*', '*', 'a:b'], password: 'c' },
    ]);
  });
});

describe('globals.sql', () => {
  it('is taken apart by statements, whatever is quoted in it', () => {
    const statements = roleStatements(
      `--\n-- comment; with 'quote\n--\n\\restrict abc\nSET x = on;\nCREATE ROLE "a;b""c";\nALTER ROLE "a;b""c" WITH LOGIN PASSWORD 'x;''y';\nCOMMENT ON ROLE plain IS E'two\\nlines \\\\ ;''';\nGRANT plain TO "a;b""c" GRANTED BY postgres;\n\\unrestrict abc\n`,
    );
    expect(statements.map(({ kind, role }) => [kind, role])).toEqual([
      ['other', undefined],
      ['create', 'a;b"c'],
      ['alter', 'a;b"c'],
      ['alter', 'plain'],
      ['grant', 'a;b"c'],
    ]);
    expect(() => roleStatements('CREATE ROLE x')).toThrow(/ends within a statement/);
    expect(() => roleStatements("ALTER ROLE x PASSWORD 'abc")).toThrow(/ends within a quoted text/);
  });
});

describe('settings', () => {
  const good = { BACKUP_S3_BUCKET: 'b', BACKUP_S3_PREFIX: 'p', BACKUP_S3_CREDENTIALS_FILE: '/dev/null' };

  it('have defaults, and an empty text is one', () => {
    expect(readSettings({ ...good, BACKUP_KEEP_DAYS: '', BACKUP_DATABASES: 'a, b' })).toMatchObject({
      days: 30,
      keep: 7,
      databases: ['a', 'b'],
    });
    expect(readSettings({ ...good, BACKUP_DATABASES: '["a,b"]' }).databases).toEqual(['a,b']);
  });

  it.each([
    [{ BACKUP_S3_PREFIX: '/' }, /BACKUP_S3_PREFIX is "\/"/],
    [{ BACKUP_S3_PREFIX: '../x' }, /BACKUP_S3_PREFIX/],
    [{ BACKUP_KEEP_DAYS: '0' }, /BACKUP_KEEP_DAYS is "0": it is a whole number from 1/],
    [{ BACKUP_KEEP_DAYS: '30d' }, /BACKUP_KEEP_DAYS/],
    [{ BACKUP_KEEP_DAY: '3' }, /BACKUP_KEEP_DAY is no setting of this program/],
    [{ BACKUP_SCHEDULE: 'daily' }, /BACKUP_SCHEDULE is "daily"/],
    [{ BACKUP_TIME_ZONE: 'Mars' }, /BACKUP_TIME_ZONE/],
    [{ BACKUP_S3_ENDPOINT: 'minio:9000' }, /BACKUP_S3_ENDPOINT/],
    [{ BACKUP_S3_ENDPOINT: 'https://user:pass@minio' }, /without a user/],
    [{ BACKUP_AGE_RECIPIENTS_FILE: '/nowhere' }, /there is no file \/nowhere/],
    [{ PGPASSWORD: 'hunter2' }, /PGPASSWORD is set: secrets are read from files only/],
  ])('%j is refused', (environment, message) => {
    expect(() => readSettings({ ...good, ...environment })).toThrow(message);
    expect(() => readSettings({ ...good, ...environment })).not.toThrow(/hunter2/);
  });

  it('that are wrong are told all at once', () => {
    expect(() => readSettings({ BACKUP_JOBS: 'x' })).toThrow(/BACKUP_S3_BUCKET is not set; .*BACKUP_JOBS is "x"/);
  });
});
