import { describe, expect, test } from 'vitest';
import { defaultSetup, readPgbouncerConfiguration, profileOfConfiguration, readSettingsOver } from '../../src/index.ts';

const file = 'deploy/pgbouncer.ini';

function configured(lines: readonly string[], included: Readonly<Record<string, string>> = {}) {
  const configuration = readPgbouncerConfiguration(file, lines.join('\n'), (_, name) =>
    included[name] === undefined ? undefined : { file: name, text: included[name] },
  );
  return configuration!;
}

const profileOf = (...lines: string[]) => profileOfConfiguration(configured(lines));

describe('what a configuration of PgBouncer says of the profile', () => {
  test('every setting that verdicts rest on, each with its line', () => {
    const { profile, problems } = profileOf(
      '[databases]',
      'app = host=db password=hunter2',
      '[pgbouncer]',
      'pool_mode = Transaction',
      'max_prepared_statements = 0',
      'ignore_startup_parameters = extra_float_digits, Options',
    );
    expect(problems).toEqual([]);
    expect(profile).toEqual({
      product: 'pgbouncer',
      poolMode: 'transaction',
      maxPreparedStatements: 0,
      ignoredStartupParameters: ['extra_float_digits', 'options'],
      trackedParameters: [],
      sources: {
        product: { file, line: 3 },
        poolMode: { file, line: 4 },
        maxPreparedStatements: { file, line: 5 },
        ignoredStartupParameters: { file, line: 6 },
        trackedParameters: { file, line: 3 },
      },
    });
  });

  test('without pool_mode it is in session mode: that is what PgBouncer does', () => {
    expect(profileOf('[pgbouncer]', 'listen_port = 6432').profile).toMatchObject({
      poolMode: 'session',
      sources: { poolMode: { line: 1 } },
    });
  });

  test.each(['database', 'user'])('a %s in transaction mode is not hidden by the session mode of the others', (kind) => {
    const { profile } = profileOf('[pgbouncer]', 'pool_mode = session', `[${kind}s]`, 'a = pool_mode=session', 'b = pool_mode=transaction');
    expect(profile).toMatchObject({ poolMode: 'transaction', sources: { poolMode: { file, line: 5 } } });
  });

  test('a database in session mode does not change the mode of the others', () => {
    const { profile } = profileOf('[databases]', 'jobs = host=db pool_mode=session', '[pgbouncer]', 'pool_mode = transaction');
    expect(profile).toMatchObject({ poolMode: 'transaction', sources: { poolMode: { line: 4 } } });
  });

  test('where an included file is missing, what is not set is not known', () => {
    const { profile } = profileOf('[pgbouncer]', 'max_prepared_statements = 5', '%include secrets.ini');
    expect(Object.keys(profile).sort()).toEqual(['maxPreparedStatements', 'product', 'sources']);
  });

  test.each([
    ['pool_mode = ${POOL_MODE}', 'poolMode', '`${POOL_MODE}` is no pool_mode: session, transaction or statement'],
    ['max_prepared_statements = many', 'maxPreparedStatements', '`many` is no number for max_prepared_statements'],
  ])('a value that PgBouncer would not take is told, and nothing is made of it: %s', (line, setting, message) => {
    const { profile, problems } = profileOf('[pgbouncer]', line);
    expect(problems).toEqual([{ setting, origin: { file, line: 2 }, message }]);
    expect(profile).not.toHaveProperty(setting);
  });
});

test('a text without a section of PgBouncer is no configuration of it', () => {
  expect(readPgbouncerConfiguration('php.ini', '[PHP]\nmemory_limit = 1G\n', () => undefined)).toBeUndefined();
});

describe('settings over a configuration', () => {
  const ini = configured(['[pgbouncer]', 'pool_mode = session', 'max_prepared_statements = 7']);

  test('what the profile states wins over the file, and the file over what is assumed', () => {
    const { setup, problems } = readSettingsOver({ pgbouncerIni: file, profile: { poolMode: 'transaction', version: '1.22' } }, ini);
    expect(problems).toEqual([]);
    expect(setup.profile).toMatchObject({
      poolMode: 'transaction',
      version: '1.22',
      maxPreparedStatements: 7,
      postgresMajor: defaultSetup.profile.postgresMajor,
      sources: { poolMode: 'stated', version: 'stated', maxPreparedStatements: { file, line: 3 }, postgresMajor: 'assumed' },
    });
  });

  test('a version that cannot have prepared statements by default has none where the file says nothing of them', () => {
    const { setup } = readSettingsOver(
      { pgbouncerIni: file, profile: { version: '1.18' } },
      configured(['[pgbouncer]', 'pool_mode = transaction']),
    );
    expect(setup.profile.maxPreparedStatements).toBe(0);
  });

  test.each([
    [
      'a line that PgBouncer would refuse',
      ['[pgbouncer]', 'pool_mode transaction'],
      {},
      /^deploy\/pgbouncer\.ini:2: PgBouncer would refuse/,
    ],
    [
      'a value that it would refuse',
      ['[pgbouncer]', 'pool_mode = tx'],
      {},
      /^deploy\/pgbouncer\.ini:2: `tx` is no pool_mode.*state `profile\.poolMode`/,
    ],
    ['a product that has no such file', ['[pgbouncer]'], { product: 'supavisor' }, /configures no supavisor/],
  ])('%s is a problem', (_, lines, profile, message) => {
    const { problems } = readSettingsOver({ profile }, configured(lines));
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
  });

  test('a value that it would refuse does not matter where the profile states it', () => {
    const lines = configured(['[pgbouncer]', 'pool_mode = ${POOL_MODE}']);
    expect(readSettingsOver({ profile: { poolMode: 'statement' } }, lines)).toMatchObject({
      problems: [],
      setup: { profile: { poolMode: 'statement' } },
    });
  });

  test('a missing include is no problem: it may lie on the machine of the pooler alone', () => {
    expect(readSettingsOver({}, configured(['[pgbouncer]', '%include /run/secrets/users.ini'])).problems).toEqual([]);
  });
});
