import { describe, expect, test } from 'vitest';
import { defaultProfile, defaultSetup, readSettings } from '../src/index.ts';

describe('settings that are right', () => {
  test('nothing stated is the default setup, all of it assumed', () => {
    expect(readSettings(undefined)).toEqual({ setup: defaultSetup, problems: [] });
  });

  test('a stated value replaces the default and is marked as stated; the others stay assumed', () => {
    const { setup, problems } = readSettings({ profile: { version: '1.18', maxPreparedStatements: 0 }, clients: ['this.database'] });
    expect(problems).toEqual([]);
    expect(setup.clients).toEqual(['this.database']);
    expect(setup.profile).toMatchObject({ version: '1.18', maxPreparedStatements: 0, poolMode: defaultProfile.poolMode });
    expect(setup.profile.sources).toMatchObject({ version: 'stated', maxPreparedStatements: 'stated', poolMode: 'assumed' });
  });

  test('a patch version is cut to major and minor, and names of parameters are lower case', () => {
    const { setup } = readSettings({ profile: { version: '1.21.3', trackedParameters: ['TimeZone'] } });
    expect(setup.profile).toMatchObject({ version: '1.21', trackedParameters: ['timezone'] });
  });

  test('an earlier PgBouncer has no prepared statements unless it is said to: surely before 1.21, by default before 1.24', () => {
    const prepared = (profile: object) => {
      const { maxPreparedStatements, sources } = readSettings({ profile }).setup.profile;
      return [maxPreparedStatements, sources.maxPreparedStatements];
    };
    expect(prepared({ version: '1.18' })).toEqual([0, 'stated']);
    expect(prepared({ version: '1.22' })).toEqual([0, 'assumed']);
    expect(prepared({ version: '1.22', maxPreparedStatements: 100 })).toEqual([100, 'stated']);
    expect(prepared({ version: '1.24' })).toEqual([200, 'assumed']);
  });

  test('the path of the deployed pgbouncer.ini is given back as it was written, for who can read files', () => {
    expect(readSettings({ pgbouncerIni: 'deploy/pgbouncer.ini' })).toEqual({
      setup: defaultSetup,
      problems: [],
      pgbouncerIni: 'deploy/pgbouncer.ini',
    });
  });

  test('what was read from a deployed file holds where the settings say nothing', () => {
    const source = { file: 'pgbouncer.ini', line: 3 };
    const read = readSettings({ profile: { maxPreparedStatements: 0, poolMode: 'session' } }, defaultSetup, source).setup;
    const { setup } = readSettings({ profile: { poolMode: 'transaction' } }, read);
    expect(setup.profile).toMatchObject({ maxPreparedStatements: 0, poolMode: 'transaction' });
    expect(setup.profile.sources).toMatchObject({ maxPreparedStatements: source, poolMode: 'stated' });
  });
});

describe('settings that are wrong', () => {
  test.each([
    ['a misspelt key', { profile: { maxPreparedStatement: 1 } }, 'profile.maxPreparedStatement', 'did you mean `maxPreparedStatements`'],
    ['a key that resembles none', { colour: 'red' }, 'colour', 'the keys are profile, pgbouncerIni, clients'],
    ['an unknown mode', { profile: { poolMode: 'txn' } }, 'profile.poolMode', '"transaction", "session", "statement"; found "txn"'],
    ['a version that lost its digits as a number', { profile: { version: 1.2 } }, 'profile.version', 'in quotes'],
    ['a negative number', { profile: { maxPreparedStatements: -1 } }, 'profile.maxPreparedStatements', 'found -1'],
    ['a name instead of a list', { clients: 'db' }, 'clients', 'an array of names'],
    ['a list with something else in it', { sqlTags: ['sql', 3] }, 'sqlTags', 'an array of names'],
    ['a path that is none', { pgbouncerIni: '' }, 'pgbouncerIni', 'the path of the pgbouncer.ini'],
    ['a list instead of the settings', [], '', 'found an array'],
    ['null', null, '', 'found null'],
    ['a key of every object', JSON.parse('{ "__proto__": { "clients": ["x"] } }'), '__proto__', 'Unknown key'],
  ])('%s is named with its place, and the default is used', (_, value, path, message) => {
    const { setup, problems } = readSettings(value);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path, message: expect.stringContaining(message) });
    expect(setup).toEqual({ ...defaultSetup, profile: expect.objectContaining({ ...defaultProfile, sources: expect.anything() }) });
  });
});
