import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { disk } from '../src/files/disk.ts';
import type { FileView } from '../src/files/view.ts';
import { formats } from '../src/report/reporters.ts';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

type Files = Record<string, string | Buffer>;

const manifest = '{ "name": "api", "dependencies": { "pg": "8.16.0", "drizzle-orm": "0.45.0" } }';
const pool =
  "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionTimeoutMillis: 1000 });\npool.on('error', console.error);\n";
const use = "import { pool } from './db';\nexport const set = () => pool.query('SET geqo = off');\n";
const plain: Files = { 'package.json': manifest, 'src/db.ts': pool, 'src/use.ts': use };

const stackTrace = /\n\s+at .*:\d+:\d+\)?/;

/** A report, whatever the repository is: no crash, no stack trace, and what is sound is examined as ever. */
async function reportOf(root: string): Promise<AuditResult> {
  const { code, stdout, stderr } = await command(root, '--format', 'json');
  expect(stderr).not.toMatch(stackTrace);
  expect([0, 1]).toContain(code);
  const result = JSON.parse(stdout) as AuditResult;
  expect(result.findings.map(({ file, hazard }) => `${file} ${hazard}`)).toContain('src/use.ts no-session-set');
  expect(result.coverage.skipped.filter(({ reason }) => reason === 'internal error')).toEqual([]);
  return result;
}

const nested = (depth: number): string => `${'${`a'.repeat(depth)}x${'b`}'.repeat(depth)}`;
const skippedIn = ({ coverage }: AuditResult) => coverage.skipped.map(({ file, reason }) => `${file}: ${reason}`);

describe('a hostile repository gets a report', () => {
  test('files of 20 MB that a tool wrote: one is named, one is not even parsed', async () => {
    const line = 'export const row = pool.query("SET geqo = off");\n';
    const words = 'export const row = "nothing that matters here, and a lot of it";\n';
    const result = await reportOf(
      repository({
        ...plain,
        'src/big.ts': `import { pool } from './db';\n${line.repeat(20_000_000 / line.length)}`,
        'src/words.ts': words.repeat(20_000_000 / words.length),
        'src/one-line.js': `var a="${'x'.repeat(20_000_000)}";`,
      }),
    );
    expect(skippedIn(result)).toContain('src/big.ts: too large');
  });

  test('templates in templates: what can be parsed is read, and what cannot is named', async () => {
    const text = (depth: number) => `import { pool } from './db';\nexport const q = () => pool.query(\`SET geqo = ${nested(depth)}\`);\n`;
    const result = await reportOf(repository({ ...plain, 'src/some.ts': text(400), 'src/many.ts': text(10_000) }));
    expect(skippedIn(result)).toEqual(['src/many.ts: syntax error']);
    expect(result.findings.map(({ file }) => file)).toContain('src/some.ts');
  });

  test('brackets, chains and operators without an end', async () => {
    const expressions: Files = {
      'src/brackets.ts': `${'['.repeat(20_000)}pool.query('SET geqo = off')${']'.repeat(20_000)};`,
      'src/chain.ts': `import { pool } from './db';\npool${'.then(() => pool)'.repeat(5_000)}.query('SET geqo = off');`,
      'src/plus.ts': `import { pool } from './db';\npool.query(${"'SET geqo = ' + ".repeat(10_000)}'off');`,
      'src/else.ts': `import { pool } from './db';\n${'if (pool) {} else '.repeat(5_000)}{ pool.query('SET geqo = off'); }`,
      'src/sql.ts': `import { pool } from './db';\npool.query("SELECT ${'('.repeat(10_000)}pg_advisory_lock(1)${')'.repeat(10_000)}");`,
    };
    await reportOf(repository({ ...plain, ...expressions }));
  });

  test('links that lead to themselves, to nothing, to the outside and up', async () => {
    const root = repository({ ...plain, 'loop/a.ts': use.replace('./db', '../src/db') });
    symlinkSync('b.ts', join(root, 'src/a.ts'));
    symlinkSync('a.ts', join(root, 'src/b.ts'));
    symlinkSync('..', join(root, 'loop/up'));
    symlinkSync('nowhere', join(root, 'src/dangling.ts'));
    symlinkSync('/etc/hosts', join(root, 'src/outside.ts'));
    symlinkSync('package.json', join(root, 'loop/package.json'));
    symlinkSync('tsconfig.json', join(root, 'tsconfig.json'));
    symlinkSync('.gitignore', join(root, '.gitignore'));
    const { coverage } = await reportOf(root);
    expect(coverage.files.leftOut['symbolic links']).toBe(6);
  });

  test('what is no file, and what may not be read', async () => {
    const root = repository({ ...plain, 'src/secret.ts': use, 'closed/a.ts': use, 'src/dir.ts/a.ts': use.replace('./db', '../db') });
    mkdirSync(join(root, 'compose.yml'));
    mkdirSync(join(root, 'tsconfig.json'));
    mkdirSync(join(root, 'pgbouncer.ini'));
    mkdirSync(join(root, 'pnpm-lock.yaml'));
    execFileSync('mkfifo', [join(root, 'src/pipe.ts'), join(root, '.env'), join(root, '.gitignore')]);
    chmodSync(join(root, 'src/secret.ts'), 0);
    chmodSync(join(root, 'closed'), 0);
    const result = await reportOf(root);
    chmodSync(join(root, 'closed'), 0o700);
    expect(skippedIn(result)).toContain('src/pipe.ts: unreadable');
    // Permissions do not hold for the user that may do everything.
    if (process.getuid?.() !== 0)
      expect(skippedIn(result)).toEqual(expect.arrayContaining(['src/secret.ts: unreadable', 'closed: unreadable']));
  });

  test.each<[string, Files]>([
    ['package.json', { 'package.json': '{ "name": ', 'packages/a/package.json': '[1, 2', 'packages/b/package.json': 'null' }],
    [
      'package.json of odd types',
      { 'package.json': '{ "name": 7, "workspaces": { "packages": [1, null] }, "dependencies": ["pg"], "scripts": "x", "version": [] }' },
    ],
    [
      'tsconfig.json',
      {
        'tsconfig.json': '{ "extends": "./tsconfig.json", "compilerOptions": { "paths": { "@/*": "src", "#": [7, null] }, "baseUrl": 9 } ',
      },
    ],
    [
      'tsconfig.json that extends in a circle',
      { 'tsconfig.json': '{ "extends": "./b.json" }', 'b.json': '{ "extends": ["./tsconfig.json", "./b.json"] }' },
    ],
    [
      'compose.yml',
      {
        'compose.yml': 'services:\n  a: [\n  b: {{ x }}\n\t- y',
        'docker-compose.yml': 'services: 7',
        'compose.prod.yaml': 'services:\n  db: null\n  x: [a]\n  pgbouncer: { image: [1], environment: 9, deploy: x }',
      },
    ],
    [
      'YAML whose aliases grow without an end',
      {
        'compose.yml': `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
          .split('')
          .map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]!}, `.repeat(9)}x]`)
          .join('\n')}\nservices: *i\n`,
        'deploy.yaml': 'apiVersion: v1\nkind: &k List\nitems: &i [*i]\n',
      },
    ],
    [
      'pgbouncer.ini',
      {
        'pgbouncer.ini':
          '[pgbouncer\npool_mode\n= transaction\n%include pgbouncer.ini\n%include ../../../../etc/passwd\n[databases]\n* =\n\0\0',
        'docker/pgbouncer.ini': Buffer.from([0xff, 0x00, 0x5b, 0xfe]),
      },
    ],
    ['.env', { '.env': 'DATABASE_URL=postgres://[::1\n=\n\0=x\nA="unclosed\n', '.env.example': Buffer.from([0x80, 0xff]) }],
    ['Dockerfile', { Dockerfile: 'FROM\nFROM ${\nCMD ["node", \nENV\n', Procfile: ':::\nweb\n' }],
    ['lock files', { 'pnpm-lock.yaml': 'lockfileVersion: {', 'package-lock.json': '{ "packages": 3', 'yarn.lock': '"', 'bun.lock': '{' }],
    [
      'drizzle.config.ts and migrations',
      {
        'drizzle.config.ts': 'export default { dialect: "postgresql", out: "./drizzle", schema: ',
        'drizzle/meta/_journal.json': '{ "entries": 7 }',
        'drizzle/0000_a.sql': "SET search_path = 'a; --> statement-breakpoint \0",
      },
    ],
    [
      'Helm and Kubernetes',
      {
        'chart/Chart.yaml': 'name: [',
        'chart/values.yaml': '- - -: x',
        'chart/templates/a.yaml': '{{- range .Values.x }}\nkind: Pooler\n{{ end',
        'k8s.yaml':
          'apiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nspec: 7\n---\nkind: Pooler\napiVersion: postgresql.cnpg.io/v1\nspec: { pgbouncer: [x], instances: "many" }',
      },
    ],
    ['CI', { '.github/workflows/a.yml': 'jobs: [x]', '.gitlab-ci.yml': 'a: { script: { b: c } }' }],
    ['prisma', { 'prisma/schema.prisma': 'datasource db {\n  provider = "postgresql\n  url = env(\n' }],
  ])('a broken %s', async (_, files) => {
    await reportOf(repository({ ...plain, ...files }));
  });

  test('keys that are names of what every object has', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const object = (value: string) => `{ ${names.map((name) => `"${name}": ${value}`).join(', ')} }`;
    const result = await reportOf(
      repository({
        ...plain,
        'package.json': `{ "name": "api", "dependencies": { "pg": "8.16.0", "__proto__": "1", "constructor": "2" }, "scripts": ${object('"drizzle-kit migrate"')}, "__proto__": { "polluted": true } }`,
        'tsconfig.json': `{ "compilerOptions": { "paths": ${object('["./src/*"]')} }, "__proto__": { "polluted": true } }`,
        'compose.yml': `services: ${object('{ image: "edoburu/pgbouncer:v1.24.1", environment: { __proto__: x, constructor: y } }')}`,
        'pgbouncer.ini': `[pgbouncer]\n${names.map((name) => `${name} = 1`).join('\n')}\n[databases]\n__proto__ = host=a\nconstructor = host=b\n[__proto__]\npolluted = 1\n`,
        '.env': `${names.map((name) => `${name}=1`).join('\n')}\n`,
        'src/keys.ts': `import { pool } from './db';\nconst texts = ${object("'SET geqo = off'")};\nexport const q = () => pool.query(texts.__proto__);\nexport const { __proto__: p, constructor: c } = texts;\npool.query(texts['constructor']);\npool.constructor('SET geqo = off');\npool.__proto__.query('SET geqo = off');\nexport function __proto__(constructor = pool) { return constructor.query('SET geqo = off'); }\n__proto__();\n`,
        'src/__proto__.ts': use,
        'constructor/package.json': '{ "name": "constructor" }',
        '__proto__/package.json': '{ "name": "__proto__" }',
        'src/import.ts':
          "import { pool } from 'constructor';\nimport { x } from '__proto__';\nimport y from 'toString';\npool.query('SET geqo = off');\n",
      }),
    );
    expect(result.findings.map(({ file }) => file)).toContain('src/keys.ts');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('names and SQL that are commands of a terminal, or HTML, break out of no report', async () => {
    const name = 'src/\u001B[31m<img src=x onerror=alert(1)>\u202E`$(id)`\n::error::x.ts';
    const files = {
      ...plain,
      [name]: `import { pool } from './db';\nexport const q = () => pool.query("SET geqo = '\u001B]0;owned\u0007</script><script>alert(1)</script>'");\n`,
    };
    const root = repository(files);
    await reportOf(root);
    for (const format of formats) {
      const { stdout, code } = await command(root, '--format', format);
      expect(code, format).toBe(1);
      expect(stdout, format).not.toMatch(/[\u001B\u0007\u202E]/);
      if (format === 'html') expect(stdout).not.toMatch(/<script>alert|<img src=x/);
      expect(
        stdout.split('\n').filter((line) => /^::error::x/.test(line)),
        format,
      ).toEqual([]);
    }
  });

  test('bytes that are no text, in names of files too', async () => {
    const root = repository({
      ...plain,
      'src/latin.ts': Buffer.from(`${use}// caf\xe9\n`, 'latin1'),
      'src/utf16.ts': Buffer.from(`\uFEFF${use}`, 'utf16le'),
      'src/nul.ts': `${use}//\0\n`,
      'src/binary.ts': Buffer.concat([Buffer.from(use), Buffer.from([0xff, 0x00, 0xfe, 0x80])]),
      'src/half.ts': `${use}// \uD800\n`,
    });
    const bytes = Buffer.concat([Buffer.from(join(root, 'src')), Buffer.from('/'), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('.ts')]);
    symlinkSync('use.ts', bytes);
    const result = await reportOf(root);
    expect(skippedIn(result)).toEqual(['src/binary.ts: not text']);
    const examined = result.findings.filter(({ hazard }) => hazard === 'no-session-set').map(({ file }) => file);
    expect(examined).toEqual(['src/half.ts', 'src/latin.ts', 'src/nul.ts', 'src/use.ts', 'src/utf16.ts']);
  });
});

/** Files in which each imports from the next, and the last from the first. */
function circle(count: number): Files {
  const files: Files = { ...plain };
  for (let index = 0; index < count; index++) {
    const next = (index + 1) % count;
    files[`src/m${index}.ts`] =
      `export * from './m${next}';\nimport { client${next} } from './m${next}';\nimport { pool } from './db';\nexport const client${index} = client${next};\nexport const set${index} = () => pool.query('SET geqo = off');\nclient${index}.query('SET geqo = on');\n`;
  }
  return files;
}

/** Packages of which each hands on the client of the one before. */
function packages(count: number): Files {
  const files: Files = { ...plain, 'package.json': '{ "workspaces": ["packages/*"], "dependencies": { "pg": "8.16.0" } }' };
  for (let index = 0; index < count; index++) {
    const before =
      index === 0 ? "import { Pool } from 'pg';\nconst before = new Pool();" : `import { pool as before } from '@a/p${index - 1}';`;
    files[`packages/p${index}/package.json`] = `{ "name": "@a/p${index}", "main": "src/index.ts", "dependencies": { "pg": "8.16.0" } }`;
    files[`packages/p${index}/src/index.ts`] = `${before}\nexport const pool = before;\npool.query('SET geqo = off');\n`;
  }
  return files;
}

function ignored(count: number): Files {
  const files: Files = { ...plain, '.gitignore': Array.from({ length: count }, (_, index) => `/some/dir${index}/*.log`).join('\n') };
  for (let index = 0; index < 200; index++) files[`src/f${index}.ts`] = use;
  return files;
}

/** Functions of which each hands on what it was given. */
function chained(count: number): Files {
  const functions = Array.from({ length: count }, (_, index) => {
    const inner = index === 0 ? '' : `await f${index - 1}(client); `;
    return `async function f${index}(client: PoolClient) { ${inner}await client.query('SET LOCAL geqo = off'); }`;
  });
  const last = `export async function go() { const client = await pool.connect(); await f${count - 1}(client); }`;
  return {
    ...plain,
    'src/chain.ts': ["import type { PoolClient } from 'pg';", "import { pool } from './db';", ...functions, last].join('\n'),
  };
}

function called(count: number): Files {
  const helper = "import type { PoolClient } from 'pg';\nexport const f = (client: PoolClient) => client.query('SET LOCAL geqo = off');\n";
  const files: Files = { ...plain, 'src/f.ts': helper };
  for (let index = 0; index < count; index++)
    files[`src/c${index}.ts`] =
      `import { f } from './f';\nimport { pool } from './db';\nexport const c${index} = async () => f(await pool.connect());\n`;
  return files;
}

function suppressed(count: number): Files {
  const lines = Array.from(
    { length: count },
    (_, index) =>
      `// eslint-disable-next-line pgbouncer/no-session-set -- reason ${index}\nexport const q${index} = () => pool.query('SET geqo = off');`,
  );
  return { ...plain, 'src/many.ts': `import { pool } from './db';\n${lines.join('\n')}\n` };
}

function transactions(count: number): Files {
  const functions = Array.from(
    { length: count },
    (_, index) =>
      `export const t${index} = () => inTransaction(async () => { await db.execute('select 1'); await k${index}(); });\nconst k${index} = () => db.execute('select 2');`,
  );
  const head =
    "import { drizzle } from 'drizzle-orm/node-postgres';\nconst db = drizzle('');\nconst inTransaction = (work: () => Promise<void>) => db.transaction(async () => work());";
  return { ...plain, 'src/many.ts': [head, ...functions].join('\n') };
}

/** A file that nearly re-exports another, over and over. */
function commented(count: number): Files {
  return {
    ...plain,
    'src/lib.ts': `${'//export\n'.repeat(count)}/*${'export/*'.repeat(count)}*/\nexport * from './other';\n`,
    'src/other.ts': 'export const find = (client: unknown) => client;\n',
    'src/go.ts':
      "import { find } from './lib';\nimport { pool } from './db';\nfind(pool);\nexport const q = () => pool.query('SET geqo = off');\n",
  };
}

describe('four times as much is about four times the work', () => {
  /** What an audit asks of the disk, and what it computes. */
  function costOf(files: Files): { asked: number; seconds: number } {
    const root = repository(files);
    let asked = 0;
    const counted =
      <A extends unknown[], R>(question: (...args: A) => R) =>
      (...args: A): R => (asked++, question(...args));
    const view: FileView = {
      read: counted(disk.read),
      stat: counted(disk.stat),
      list: counted(disk.list),
      realpath: counted(disk.realpath),
    };
    const before = process.cpuUsage();
    const result = audit({ paths: ['.'], cwd: root, files: view, today: '2026-01-01' });
    const { user, system } = process.cpuUsage(before);
    expect(result.coverage.skipped.filter(({ reason }) => reason === 'internal error')).toEqual([]);
    return { asked, seconds: (user + system) / 1e6 };
  }

  // Quadratic work would be 16 times as much. What is below a second is lost among everything else.
  test.each<[string, (count: number) => Files, number]>([
    ['files that import each other in a circle', circle, 75],
    ['workspace packages that hand a client on', packages, 500],
    ['lines of .gitignore', ignored, 12_500],
    ['functions that hand a client on', chained, 250],
    ['callers of a function', called, 150],
    ['suppressions in a file', suppressed, 1_000],
    ['transactions in a file', transactions, 250],
    ['comments that look like exports', commented, 25_000],
  ])('%s', (_, files, count) => {
    const few = costOf(files(count));
    const many = costOf(files(4 * count));
    expect(many.asked).toBeLessThan(10 * few.asked);
    expect(many.seconds).toBeLessThan(8 * Math.max(few.seconds, 0.5));
  });
});
