import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const files = {
  '.git/HEAD': '',
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  'docker/pgbouncer.ini':
    '[pgbouncer]\npool_mode = transaction\nmax_prepared_statements = 7\nignore_startup_parameters = extra_float_digits, search_path\n',
  'src/db.ts': `import { Pool } from 'pg';
export const pool = new Pool({ connectionString: 'postgres://app:s3cret@pooler:6432/app' });
export const direct = new Pool({ connectionString: process.env.DIRECT_URL });
`,
};

describe('init', () => {
  test('writes a configuration that loads and changes no verdict, with what was found in its comments', async () => {
    const root = repository(files);
    const before = (await command(root, '--print-config')).stdout;
    const { code, stdout } = await command(root, 'init');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Wrote pgbouncer-audit\.config\.mjs/);
    const text = readFileSync(join(root, 'pgbouncer-audit.config.mjs'), 'utf8');
    expect(text).toContain('// maxPreparedStatements: 7, // read from docker/pgbouncer.ini:3');
    expect(text).toContain("// version: '1.26', // assumed: state it");
    expect(text).toMatch(/taken to be direct:\n {2}\/\/ {3}new Pool\(.*src\/db\.ts:3/);
    expect(text).not.toContain('s3cret');
    const after = JSON.parse((await command(root, '--print-config')).stdout) as { config: string; profile: unknown };
    expect(after.config).toBe('pgbouncer-audit.config.mjs');
    expect(after.profile).toEqual((JSON.parse(before) as { profile: unknown }).profile);
  });

  test('prints lines for ESLint that name the pgbouncer.ini', async () => {
    const { stdout } = await command(repository(files), 'init');
    expect(stdout).toContain("import pgbouncer from 'eslint-plugin-pgbouncer';");
    expect(stdout).toContain("      pgbouncer: {\n        pgbouncerIni: 'docker/pgbouncer.ini',\n      },");
    expect(stdout).not.toContain('profile: {\n   ');
  });

  test('prints lines for ESLint that state what was read elsewhere', async () => {
    const compose =
      'services:\n  pooler:\n    image: edoburu/pgbouncer:v1.22.1-p0\n    environment:\n      POOL_MODE: transaction\n      IGNORE_STARTUP_PARAMETERS: extra_float_digits, search_path\n';
    const { stdout } = await command(repository({ ...files, 'docker/pgbouncer.ini': '', 'compose.yml': compose }), 'init');
    expect(stdout).toContain("ignoredStartupParameters: ['extra_float_digits', 'search_path'], // read from compose.yml:6");
    expect(stdout).toContain("          version: '1.22', // read from compose.yml:3");
    expect(stdout).not.toContain('pgbouncerIni');
  });

  test('does not switch the rules off where the pooler that was found is in session mode', async () => {
    const session = files['docker/pgbouncer.ini'].replace('transaction', 'session');
    const { stdout } = await command(repository({ ...files, 'docker/pgbouncer.ini': session }), 'init');
    expect(stdout).not.toContain('pgbouncerIni');
    expect(stdout).toContain('          maxPreparedStatements: 7, // read from docker/pgbouncer.ini:3');
  });

  test('writes TypeScript where there is a tsconfig.json, at the top of the repository', async () => {
    const root = repository({ ...files, 'tsconfig.json': '{}' });
    expect((await command(join(root, 'src'), 'init')).code).toBe(0);
    expect(existsSync(join(root, 'pgbouncer-audit.config.ts'))).toBe(true);
    expect((await command(root, '--print-config')).code).toBe(0);
  });

  test('overwrites nothing', async () => {
    const root = repository({ ...files, 'pgbouncer-audit.config.json': '{}' });
    const { code, stderr } = await command(root, 'init');
    expect(code).toBe(2);
    expect(stderr).toContain('`pgbouncer-audit.config.json` is there already');
    expect(existsSync(join(root, 'pgbouncer-audit.config.mjs'))).toBe(false);
  });

  test('writes nothing with --dry-run', async () => {
    const root = repository(files);
    const { code, stdout } = await command(root, 'init', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\/\/ pgbouncer-audit\.config\.mjs\n[^]*export default \{[^]*eslint\.config\.js/);
    expect(existsSync(join(root, 'pgbouncer-audit.config.mjs'))).toBe(false);
  });

  test('is not led out of its comments by names', async () => {
    const name = 'src/a\u2028\nprocess.exit(9);//.ts';
    const root = repository({ ...files, [name]: files['src/db.ts'] });
    await command(root, 'init');
    expect((await command(root, '--print-config')).code).toBe(0);
  });
});
