import { describe, expect, test } from 'vitest';
import { pathsOfInclude, readIni } from '../../src/pooler/pgbouncer-ini.ts';

describe('the syntax of pgbouncer.ini', () => {
  const read = (text: string) => readIni('pgbouncer.ini', text, () => undefined);

  test('comments start only at the start of a line, and values end with theirs', () => {
    const { entries } = read('[pgbouncer]\n  # a\n ; b\nuser = a;b # c  \r\n');
    expect(entries).toEqual([{ section: 'pgbouncer', key: 'user', value: 'a;b # c', file: 'pgbouncer.ini', line: 4 }]);
  });
  test('names of databases may be quoted, or a star', () => {
    const { entries } = read('[databases]\n* = host=a\n"my ""db""" = host=b\n');
    expect(entries.map(({ key }) => key)).toEqual(['*', 'my "db"']);
  });
  test('reading stops, with the line, where PgBouncer would stop', () => {
    const { entries, problems } = read('[pgbouncer]\npool_mode transaction\nuser = a\n');
    expect(entries).toEqual([]);
    expect(problems).toEqual([{ kind: 'refused', file: 'pgbouncer.ini', line: 2, message: 'PgBouncer would refuse this line' }]);
  });
  test('an include that cannot be read is a problem, and so is one that includes itself for ever', () => {
    expect(read('%include /etc/none.ini\n').problems).toMatchObject([
      { kind: 'include', line: 1, message: expect.stringContaining('could not be read') },
    ]);
    const loop = readIni('a.ini', '%include a.ini\n', () => ({ file: 'a.ini', text: '%include a.ini\n' }));
    expect(loop.problems).toHaveLength(1);
  });
});

describe('an included file', () => {
  test.each([
    ['docker/pgbouncer.ini', 'conf.d/limits.ini', ['docker/conf.d/limits.ini', 'docker/limits.ini']],
    ['pgbouncer.ini', './limits.ini', ['limits.ini']],
    ['/srv/app/pgbouncer.ini', '/etc/pgbouncer/limits.ini', ['/srv/app/etc/pgbouncer/limits.ini', '/srv/app/limits.ini']],
  ])('of %s is looked for beside it: %s', (from, name, paths) => {
    expect(pathsOfInclude(from, name)).toEqual(paths);
  });
});
