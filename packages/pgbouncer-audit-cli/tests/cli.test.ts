import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formats } from '../src/report/reporters.ts';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const bad = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  'src/db.ts': "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: 'postgres://app:s3cret@pooler:6432/app' });\n",
  'src/users.ts': "import { pool } from './db';\nexport const tenant = () => pool.query('SET search_path TO tenant_1');\n",
};
const good = { ...bad, 'src/users.ts': "import { pool } from './db';\nexport const all = () => pool.query('SELECT 1');\n" };

const jsonOf = (stdout: string): AuditResult => JSON.parse(stdout) as AuditResult;

describe('the exit code', () => {
  test('is 0 when there is nothing to act on', async () => {
    const { code, stdout, stderr } = await command(repository(good));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^READY for transaction mode: 0 blockers/);
  });

  test('is 1 for a blocker, found across files', async () => {
    const { code, stdout } = await command(repository(bad));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT READY for transaction mode: 1 blocker/);
    expect(stdout).toContain('src/users.ts:2:');
  });

  test('is 0 for a blocker with --fail-on never', async () => {
    expect((await command(repository(bad), '--fail-on', 'never')).code).toBe(0);
  });

  test('is 3 when no file could be examined', async () => {
    const { code, stdout } = await command(repository({ 'README.md': '' }));
    expect(code).toBe(3);
    expect(stdout).toMatch(/^NOTHING EXAMINED: no source file could be read/);
  });

  test('is 0 where no code talks to PostgreSQL, and the report says that nothing was examined', async () => {
    const { code, stdout } = await command(repository({ 'src/button.tsx': 'export const Button = () => <button>SET</button>;' }));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NOTHING EXAMINED: no code that talks to PostgreSQL was found in 1 file/);
  });
});

describe('a mistake of the user is exit code 2, named, with what to do, and no stack', () => {
  test.each<[string, string[], RegExp]>([
    ['a path that does not exist', ['nowhere'], /`nowhere` does not exist\. Give files or folders/],
    ['an option that does not exist', ['--formt', 'json'], /unknown option '--formt'[^]*--format/],
    ['a format that does not exist', ['--format', 'xml'], /Allowed choices are terminal, json, sarif, html/],
    ['a severity that does not exist', ['--fail-on', 'fatal'], /Allowed choices are error, warning, info, never/],
    ['a kind of finding that does not exist', ['--show', 'everything'], /Allowed choices are possible, dependent, all/],
    [
      'a hazard that does not exist',
      ['--explain', 'no-session-sett'],
      /`no-session-sett` is not a hazard\. Did you mean one of:[^]*no-session-set\n/,
    ],
    ['a configuration that does not exist', ['--config', 'none.json'], /configuration file `none\.json` does not exist/],
    ['a pgbouncer.ini that does not exist', ['--pgbouncer-ini', 'none.ini'], /none\.ini` cannot be read: does not exist/],
    ['a pgbouncer.ini that is something else', ['--pgbouncer-ini', 'package.json'], /no \[pgbouncer\] or \[databases\] section/],
    ['an output that cannot be written', ['--output', 'package.json/report.txt'], /`package\.json\/report\.txt` could not be written/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await command(repository(good), ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('the configuration file', () => {
  const config = "{ profile: { version: '1.18' }, directClients: ['pool'] }";
  test.each([
    ['json', '{ "profile": { "version": "1.18" }, "directClients": ["pool"] }'],
    ['js', `module.exports = ${config};`],
    ['mjs', `export default ${config};`],
    ['ts', `const settings: object = ${config};\nexport default settings;`],
  ])('may be .%s', async (extension, text) => {
    const root = repository({ ...bad, [`pgbouncer-audit.config.${extension}`]: text });
    const { stdout } = await command(root, '--print-config');
    expect(JSON.parse(stdout)).toMatchObject({
      config: `pgbouncer-audit.config.${extension}`,
      settings: { directClients: ['pool'] },
      profile: expect.arrayContaining([{ setting: 'version', value: '1.18', source: 'stated' }]),
    });
  });

  test('decides the verdict: a direct client may do as it likes', async () => {
    const root = repository({ ...bad, 'pgbouncer-audit.config.json': '{ "directClients": ["pool"] }' });
    expect((await command(root)).code).toBe(0);
  });

  test('is the nearest one above what is audited', async () => {
    const root = repository({
      ...good,
      '.git/HEAD': '',
      'pgbouncer-audit.config.json': '{ "profile": { "version": "1.20" } }',
      'apps/a/a.ts': '',
    });
    const { stdout } = await command(root, 'apps/a', '--print-config');
    expect(stdout).toContain('"value": "1.20"');
  });

  test.each([
    ['pgbouncer-audit.config.json', '{ "profile": { "poolMod": "session" } }', /profile\.poolMod: Unknown key; did you mean `poolMode`\?/],
    ['pgbouncer-audit.config.json', '{ "profile": ', /not valid JSON/],
    ['pgbouncer-audit.config.js', 'module.exports = {', /could not be loaded/],
    ['pgbouncer-audit.config.mjs', 'export const settings = {};', /exports no configuration/],
    ['pgbouncer-audit.config.ts', 'throw new Error("no such variable");', /could not be loaded: no such variable/],
  ])('that is wrong is named: %s with %s', async (name, text, message) => {
    const { code, stderr } = await command(repository({ ...good, [name]: text }));
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(name);
  });
});

describe('the pooler that is deployed', () => {
  const ini = '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 7\n';
  test('is read where it lies, and its file and line are in the report', async () => {
    const { stdout } = await command(repository({ ...good, 'docker/pgbouncer.ini': ini }), '--format', 'json');
    expect(jsonOf(stdout).discovery.profile).toContainEqual({
      setting: 'maxPreparedStatements',
      value: '7',
      source: { file: 'docker/pgbouncer.ini', line: 3 },
    });
  });
  test('may be named', async () => {
    const root = repository({ ...good, 'deploy/pooler.conf': ini });
    const { stdout } = await command(root, '--pgbouncer-ini', 'deploy/pooler.conf', '--format', 'json');
    expect(jsonOf(stdout).discovery.poolers).toMatchObject([{ label: 'pooler.conf', used: true }]);
  });
  test('may be named in the configuration, from the folder that it lies in', async () => {
    const config = '{ "pgbouncerIni": "../deploy/pooler.conf" }';
    const root = repository({ ...good, 'deploy/pooler.conf': ini, 'config/pgbouncer-audit.config.json': config });
    const { stdout } = await command(root, '--config', 'config/pgbouncer-audit.config.json', '--format', 'json');
    expect(jsonOf(stdout).discovery.poolers).toMatchObject([{ label: 'pooler.conf', used: true }]);
  });
  test.each([
    ['{ "pgbouncerIni": "none.ini" }', /`pgbouncerIni none\.ini` cannot be read: does not exist/],
    ['{ "pgbouncerIni": "pooler.ini" }', /pgbouncerIni: pooler\.ini:2: `tx` is no pool_mode: .*state `profile\.poolMode`/],
    [
      '{ "pgbouncerIni": "pooler.ini", "profile": { "product": "neon", "poolMode": "transaction" } }',
      /profile\.product: .*configures no neon/,
    ],
    ['{ "pgbouncerIni": 5 }', /pgbouncerIni: Expected the path of the pgbouncer\.ini/],
  ])('that is wrong in the configuration is a mistake of the user: %s', async (config, message) => {
    const root = repository({ ...good, 'pooler.ini': '[pgbouncer]\npool_mode = tx\n', 'pgbouncer-audit.config.json': config });
    const { code, stdout, stderr } = await command(root);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe('reports', () => {
  test('hold no secret, in any format', async () => {
    const root = repository({
      ...bad,
      'src/raw.ts': "import pg from 'pg';\nawait new pg.Client('postgres://u:s3cret@h/d').query('LISTEN jobs');\n",
    });
    for (const format of formats) {
      const { stdout } = await command(root, '--format', format, '--show', 'all');
      expect(stdout).toContain('src/');
      expect(stdout).not.toContain('s3cret');
    }
  });

  test('are the same every time, in every format, wherever the repository lies', async () => {
    const runs = await Promise.all(
      [repository(bad), repository(bad)].map(async (root) => {
        const { stdout } = await command(root, ...formats.flatMap((format) => ['-r', `${format}=out/${format}`]), '--show', 'all');
        expect(stdout).toBe('');
        return Object.fromEntries(formats.map((format) => [format, readFileSync(join(root, 'out', format), 'utf8')]));
      }),
    );
    expect(runs[0]).toEqual(runs[1]);
    for (const report of Object.values(runs[0]!)) expect(report).toContain('src/users.ts');
  });

  test('are written to a file as a whole, and leave nothing beside it', async () => {
    const root = repository(bad);
    const { code, stdout } = await command(root, '--format', 'sarif', '--output', 'reports/a.sarif');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(readdirSync(join(root, 'reports'))).toEqual(['a.sarif']);
    expect(JSON.parse(readFileSync(join(root, 'reports/a.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  });

  test('keep the fingerprint of a finding when lines move', async () => {
    const moved = { ...bad, 'src/users.ts': `// A comment.\n\n${bad['src/users.ts']}` };
    const [before, after] = [await command(repository(bad), '-f', 'json'), await command(repository(moved), '-f', 'json')];
    const prints = (stdout: string) => jsonOf(stdout).findings.map(({ fingerprint }) => fingerprint);
    expect(prints(before.stdout)).not.toEqual([]);
    expect(prints(after.stdout)).toEqual(prints(before.stdout));
  });
});

describe('several reports', () => {
  test('are made of one audit, each in its file, and one on the standard output', async () => {
    const root = repository(bad);
    const { code, stdout } = await command(root, '--reporter', 'terminal', '-r', 'json=out/a.json', '-r', 'sarif=out/a.sarif');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT READY/);
    expect(readdirSync(join(root, 'out')).sort()).toEqual(['a.json', 'a.sarif']);
    expect(jsonOf(readFileSync(join(root, 'out/a.json'), 'utf8')).verdict.blockers).toBe(1);
  });

  test.each<[string, string[], RegExp]>([
    ['two on the standard output', ['-r', 'json', '-r', 'sarif'], /json and the sarif report would both be written to the standard output/],
    ['two in one file', ['-r', 'json=a', '-r', 'sarif=./a'], /would both be written to `\.\/a`\. [^]*--reporter sarif=FILE/],
    ['one that does not exist', ['-r', 'xml=a.xml'], /Allowed choices are terminal, json, sarif, html/],
    ['a file without a name', ['-r', 'json='], /Name a file after the equals sign/],
    ['both ways of asking', ['-r', 'json=a', '--output', 'b'], /'-o, --output <file>' cannot be used with option '-r, --reporter/],
  ])('%s is a mistake, found before any work is done', async (_, args, message) => {
    const root = repository(bad);
    const { code, stderr } = await command(root, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(readdirSync(root).sort()).toEqual(['package.json', 'src']);
  });
});

describe('a saved result', () => {
  test('gives the same reports as the audit that it was saved from', async () => {
    const root = repository(bad);
    await command(root, '-r', 'json=result.json');
    for (const format of formats) {
      const audited = await command(root, '--format', format);
      const again = await command(root, 'report', 'result.json', '--format', format);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain('no-session-search-path');
      expect(again.stdout).toBe(audited.stdout);
    }
  });

  test.each<[string, string, RegExp]>([
    ['that is no JSON', '{', /`result\.json` is not valid JSON/],
    ['that is something else', '{"name":"api"}', /`result\.json` is not a result of pgbouncer-audit\. Give the file/],
    [
      'that somebody changed',
      '{"schemaVersion":1,"tool":{"name":"a"}}',
      /is not as pgbouncer-audit writes it: the value must have required property 'verdict'/,
    ],
    ['of another version', '{"schemaVersion":2}', /has version 2 of the schema, and pgbouncer-audit \S+ reads version 1\. Audit again/],
  ])('%s is refused', async (_, text, message) => {
    const { code, stdout, stderr } = await command(repository({ 'result.json': text }), 'report', 'result.json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('that does not exist is named', async () => {
    const { code, stderr } = await command(repository({}), 'report', 'none.json');
    expect(code).toBe(2);
    expect(stderr).toMatch(/`none\.json` cannot be read: does not exist/);
  });
});

describe('what is asked for', () => {
  test('one file is examined, with the rest of the repository in sight', async () => {
    const { stdout } = await command(repository({ ...bad, '.git/HEAD': '' }), 'src/users.ts', '--format', 'json');
    const result = jsonOf(stdout);
    expect(result.coverage.files.examined).toBe(1);
    expect(result.findings).toHaveLength(1);
  });
  test('overlapping paths count once', async () => {
    const { stdout } = await command(repository({ ...bad, '.git/HEAD': '' }), 'src', 'src/users.ts', '.', '--format', 'json');
    expect(jsonOf(stdout).coverage.files.examined).toBe(2);
  });
  test('tests are left out unless asked for', async () => {
    const root = repository({ ...good, 'src/users.test.ts': bad['src/users.ts'] });
    expect((await command(root)).stdout).toContain('left out: 1 of tests (--include-tests)');
    expect((await command(root, '--include-tests')).code).toBe(1);
  });
});

describe('help', () => {
  test('--help names the exit codes, --version the version', async () => {
    expect(await command('.', '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes:') });
    expect(await command('.', '--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
  test('--help shows the commands, and the options of the one that needs no name', async () => {
    const { stdout } = await command('.', '--help');
    expect(stdout).toMatch(/^ {2}report \[options\] <result>/m);
    expect(stdout).toMatch(/^ {2}--fail-on <severity>/m);
    expect((await command('.', 'report', '--help')).stdout).not.toContain('--fail-on');
  });
  test('--explain describes a hazard, by its name or its number', async () => {
    const byName = await command('.', '--explain', 'no-session-set');
    expect(byName).toMatchObject({ code: 0, stdout: expect.stringContaining('no-session-set') });
    expect((await command('.', '--explain', '01')).stdout).toBe(byName.stdout);
  });
});

describe('a hostile repository gets a report', () => {
  const query = "import { Pool } from 'pg';\nnew Pool().query('LISTEN jobs');\n";

  test('files that cannot be read as source are named, and the others are examined', async () => {
    const root = repository({
      ...bad,
      'src/broken.ts': `${query}const = ;`,
      'src/binary.ts': Buffer.from([0x47, 0x00, 0xff, 0xfe, 0x00, ...Buffer.from(query)]),
      'src/deep.ts': `${query}${'('.repeat(30_000)}${')'.repeat(30_000)}`,
      'src/huge.js': `${query}/*${'x'.repeat(2_100_000)}*/`,
      'src/unreadable.ts': query,
    });
    chmodSync(join(root, 'src/unreadable.ts'), 0o000);
    const { code, stdout } = await command(root, '--format', 'json');
    const { coverage } = jsonOf(stdout);
    expect(code).toBe(1);
    expect(coverage.skipped.filter(({ file }) => file !== 'src/unreadable.ts')).toEqual([
      { file: 'src/binary.ts', reason: 'not text', detail: 'holds bytes that no text has' },
      { file: 'src/broken.ts', reason: 'syntax error', detail: expect.any(String), line: 3 },
      { file: 'src/deep.ts', reason: 'syntax error', detail: 'nested too deeply to be parsed' },
      { file: 'src/huge.js', reason: 'too large', detail: '2.1 MB; the limit is 2.0 MB' },
    ]);
  });

  test('UTF-16 and Latin-1 are read, with a note, and the squiggle is in its place', async () => {
    const text = "// Größe\nimport { Pool } from 'pg';\nnew Pool().query('LISTEN jobs');\n";
    const root = repository({
      'a.ts': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
      'b.ts': Buffer.from(text, 'latin1'),
      'c.ts': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
    });
    const { findings, coverage } = jsonOf((await command(root, '--format', 'json')).stdout);
    const listens = findings.filter(({ hazard }) => hazard === 'no-listen');
    expect(listens.map(({ file, line, column }) => `${file}:${line}:${column}`)).toEqual(['a.ts:3:19', 'b.ts:3:19', 'c.ts:3:19']);
    expect(coverage.notes.map(({ file }) => file)).toEqual(['a.ts', 'b.ts']);
  });

  test('keys of every object, cyclic imports and broken manifests are no trouble', async () => {
    const root = repository({
      ...bad,
      'tsconfig.json': '{ "extends": "./tsconfig.json", "compilerOptions": { "paths": 3 } }',
      'pnpm-workspace.yaml': ': : :',
      'docker-compose.yml': 'services:\n  __proto__:\n    image: edoburu/pgbouncer\n  constructor: &a\n    <<: *a\n',
      'apps/x/package.json': '{ "name": "__proto__", "exports": { "./__proto__": null }, "dependencies": { "pg": {} } }',
      'src/a.ts': "export * from './b';\nimport { toString } from './b';\ntoString.query('SET x TO 1');\n",
      'src/b.ts': "export * from './a';\n",
    });
    const { code, stderr } = await command(root);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  test('names with control characters and markup are shown, not obeyed', async () => {
    const root = repository({ ...bad, 'src/\u001B[31m<script>.ts': query });
    const { stdout } = await command(root);
    expect(stdout).toContain('<script>.ts');
    expect(stdout).not.toContain('\u001B');
  });
});

test('the report of a run does not change the repository', async () => {
  const root = repository(bad);
  writeFileSync(join(root, 'marker'), '');
  await command(root);
  expect(readdirSync(root).sort()).toEqual(['marker', 'package.json', 'src']);
  expect(existsSync(join(root, 'node_modules'))).toBe(false);
});
