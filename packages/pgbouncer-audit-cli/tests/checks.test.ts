import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { checks } from '../src/checks/index.ts';
import { redactSettings } from '../src/checks/redact-settings.ts';
import type { AuditResult } from '../src/result.ts';
import { repository } from './support/repository.ts';

function auditOf(files: Readonly<Record<string, string>>, settings?: unknown): AuditResult {
  const root = repository({ 'package.json': '{"name":"app","dependencies":{"pg":"8.16.0"}}', ...files });
  return audit({ paths: ['.'], cwd: root, root, settings });
}

/** `file:line id severity`, of the checks only. */
function said(files: Readonly<Record<string, string>>, settings?: unknown): string[] {
  const ids = new Set(checks.map(({ id }) => id));
  return auditOf(files, settings)
    .findings.filter(({ hazard }) => ids.has(hazard))
    .map(({ file, line, hazard, severity, dependsOn }) => `${file}:${line} ${hazard} ${dependsOn ? 'depends' : severity}`);
}

const sound = [
  '[databases]',
  'app = host=db',
  '[pgbouncer]',
  'pool_mode = transaction',
  'idle_transaction_timeout = 60',
  'auth_type = scram-sha-256',
];
const ini = (...lines: readonly string[]): string => [...sound, ...lines, ''].join('\n');
const pool = "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });\n";

test('every check has a page that names it, and messages that end with a full stop', () => {
  for (const { id, messages, title } of checks) {
    const page = new URL(`../../../docs/configuration-checks/${id}.md`, import.meta.url);
    expect(existsSync(page), id).toBe(true);
    expect(readFileSync(page, 'utf8')).toContain(`# ${id}\n\n${title}.`);
    for (const message of Object.values(messages)) expect(message).toMatch(/\.$/);
  }
});

test('a sound configuration is silent', () => {
  expect(said({ 'pgbouncer.ini': ini('max_prepared_statements = 200', 'max_client_conn = 500'), 'src/db.ts': pool })).toEqual([]);
});

describe('one setting', () => {
  test.each([
    ['query_wait_timeout = 0', 'unbounded-query-wait warning'],
    ['server_reset_query_always = 1', 'reset-query-always warning'],
    ['auth_type = trust', 'pooler-authentication error'],
    ['auth_type = plain', 'pooler-authentication warning'],
    ['auth_type = md5', 'pooler-authentication info'],
    ['pool_mode = session', 'session-pooling info'],
    ['idle_transaction_timeout = 0', 'open-transaction-timeout warning'],
  ])('%s: %s', (line, expected) => {
    expect(said({ 'pgbouncer.ini': ini(line) })).toEqual([`pgbouncer.ini:7 ${expected}`]);
  });

  test.each(['query_wait_timeout = 5', 'server_reset_query_always = 0', 'auth_type = cert', 'transaction_timeout = 30'])(
    '%s: silent',
    (line) => {
      expect(said({ 'pgbouncer.ini': ini(line) })).toEqual([]);
    },
  );

  test('what nothing sets is reported at the section, and what is in an example is a remark', () => {
    const text = '[databases]\napp = host=db\n[pgbouncer]\npool_mode = transaction\nauth_type = trust\n';
    expect(said({ 'pgbouncer.ini': text })).toEqual([
      'pgbouncer.ini:3 open-transaction-timeout warning',
      'pgbouncer.ini:5 pooler-authentication error',
    ]);
    expect(said({ 'pgbouncer.ini.example': text })).toEqual([
      'pgbouncer.ini.example:3 open-transaction-timeout info',
      'pgbouncer.ini.example:5 pooler-authentication info',
    ]);
  });

  test('a wildcard is a remark, unless it names its database or is bounded', () => {
    const wildcard = (line: string, bound = '') => ini(bound).replace('app = host=db', line);
    expect(said({ 'pgbouncer.ini': wildcard('* = host=db') })).toEqual(['pgbouncer.ini:2 wildcard-database info']);
    expect(said({ 'pgbouncer.ini': wildcard('* = host=db dbname=app') })).toEqual([]);
    expect(said({ 'pgbouncer.ini': wildcard('* = host=db', 'max_db_connections = 50') })).toEqual([]);
  });
});

describe('configuration × code', () => {
  test('a parameter that is dropped is reported in the code, with the list', () => {
    const code = pool.replace('max: 10', 'statement_timeout: 5000');
    const result = auditOf({
      'pgbouncer.ini': ini('ignore_startup_parameters = extra_float_digits, statement_timeout'),
      'src/db.ts': code,
    });
    const finding = result.findings.find(({ hazard }) => hazard === 'ignored-startup-parameter');
    expect(finding).toMatchObject({
      file: 'src/db.ts',
      line: 2,
      confidence: 'certain',
      severity: 'warning',
    });
    expect(finding!.message).toContain('lists `statement_timeout`');
    expect(finding!.evidence[0]!.place).toMatchObject({ file: 'pgbouncer.ini', line: 7 });
    expect(said({ 'pgbouncer.ini': ini('ignore_startup_parameters = extra_float_digits'), 'src/db.ts': pool })).toEqual([]);
  });

  test('a parameter inside options goes with options', () => {
    const code = pool.replace('max: 10', "options: '-c search_path=tenant'");
    expect(said({ 'pgbouncer.ini': ini('ignore_startup_parameters = options'), 'src/db.ts': code })).toEqual([
      'src/db.ts:2 ignored-startup-parameter warning',
    ]);
  });

  test('max_prepared_statements = 0 sums up the named statements, and is silent without any', () => {
    const code = `${pool}export const one = () => pool.query({ name: 'one', text: 'select 1' });\n`;
    const off = ini('max_prepared_statements = 0');
    const finding = auditOf({ 'pgbouncer.ini': off, 'src/db.ts': code }).findings.find(
      ({ hazard }) => hazard === 'prepared-statements-off',
    )!;
    expect(finding).toMatchObject({ file: 'pgbouncer.ini', line: 7, severity: 'warning', confidence: 'certain' });
    expect(finding.evidence).toMatchObject([{ text: 'no-named-prepared-statement', place: { file: 'src/db.ts', line: 3 } }]);
    expect(said({ 'pgbouncer.ini': off, 'src/db.ts': pool })).toEqual([]);
  });

  test('statement mode × a transaction is an error, and without one nothing', () => {
    const code = `import { drizzle } from 'drizzle-orm/node-postgres';\nconst db = drizzle(process.env.DATABASE_URL!);\nexport const f = () => db.transaction(async (tx) => { await tx.execute('select 1'); });\n`;
    expect(said({ 'pgbouncer.ini': ini('pool_mode = statement'), 'src/db.ts': code })).toEqual(['pgbouncer.ini:7 statement-pooling error']);
    expect(said({ 'pgbouncer.ini': ini('pool_mode = statement'), 'src/db.ts': pool })).toEqual([]);
  });
});

describe('versions', () => {
  const compose = (image: string, environment = 'POOL_MODE: transaction') =>
    `services:\n  pgbouncer:\n    image: ${image}\n    environment:\n      ${environment}\n`;

  test.each([
    ['edoburu/pgbouncer:v1.26.1-p0', []],
    ['edoburu/pgbouncer:v1.25.2-p0', ['CVE-2026-107350']],
    ['edoburu/pgbouncer:v1.25.1-p0', ['CVE-2026-107350', 'CVE-2026-6664', 'CVE-2026-6665', 'CVE-2026-6666', 'CVE-2026-6667']],
    ['bitnami/pgbouncer:1.16.0', ['CVE-2026-6664', 'CVE-2026-6665', 'CVE-2026-6666', 'CVE-2026-6667', 'CVE-2021-3935']],
  ])('%s', (image, expected) => {
    const [finding] = auditOf({ 'compose.yml': compose(image) }).findings;
    expect([...(finding?.message ?? '').matchAll(/CVE-\d+-\d+/g)].map(([id]) => id)).toEqual(expected);
  });

  test('a version that only some settings make vulnerable', () => {
    const message = (environment: string) =>
      auditOf({ 'compose.yml': compose('edoburu/pgbouncer:v1.25.2-p0', environment) }).findings[0]?.message ?? '';
    expect(message('IGNORE_STARTUP_PARAMETERS: extra_float_digits')).toContain('CVE-2026-107349');
    expect(message('IGNORE_STARTUP_PARAMETERS: extra_float_digits,options')).not.toContain('CVE-2026-107349');
    expect(message('MAX_PACKET_SIZE: 4294967295')).toContain('CVE-2026-107348');
  });

  test('search_path at login needs all three settings', () => {
    const lines = ['track_extra_parameters = IntervalStyle, search_path', 'auth_user = pgbouncer'];
    const query = (text: string) => ({ 'pgbouncer.ini': ini(...lines, `auth_query = ${text}`) });
    expect(said({ 'pgbouncer.ini': ini(...lines) })).toEqual(['pgbouncer.ini:7 search-path-at-login depends']);
    expect(said({ 'pgbouncer.ini': ini(lines[0]!) })).toEqual([]);
    expect(said(query('SELECT usename, passwd FROM pg_shadow WHERE usename=$1'))).toEqual(['pgbouncer.ini:9 search-path-at-login depends']);
    expect(said(query('SELECT * FROM pgbouncer.user_lookup($1)'))).toEqual([]);
    expect(said(query('SELECT usename, passwd FROM pg_catalog.pg_shadow WHERE usename OPERATOR(pg_catalog.=) $1'))).toEqual([]);
  });
});

describe('where poolers are found', () => {
  const settingsOf = (files: Readonly<Record<string, string>>) =>
    auditOf(files).discovery.poolers.map(({ label, origin, poolMode, settings }) => ({
      label,
      line: origin.line,
      poolMode,
      settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    }));

  test("CloudNativePG's Pooler", () => {
    const text = `apiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nmetadata:\n  name: rw\nspec:\n  instances: 3\n  pgbouncer:\n    poolMode: transaction\n    parameters:\n      max_client_conn: "1000"\n      query_wait_timeout: "0"\n`;
    expect(settingsOf({ 'k8s/pooler.yaml': text })).toEqual([
      {
        label: 'Pooler rw',
        line: 2,
        poolMode: 'transaction',
        // The operator's own come first.
        settings: {
          pool_mode: 'transaction',
          max_client_conn: '1000',
          query_wait_timeout: '0',
          ignore_startup_parameters: 'extra_float_digits,options',
        },
      },
    ]);
    expect(
      auditOf({ 'k8s/pooler.yaml': text.replace('poolMode:', 'image: ghcr.io/cloudnative-pg/pgbouncer:1.26.0\n    poolMode:') }).discovery
        .poolers,
    ).toMatchObject([{ version: '1.26' }]);
    expect(said({ 'k8s/pooler.yaml': text })).toEqual(['k8s/pooler.yaml:11 unbounded-query-wait warning']);
  });

  test('an ini inside a ConfigMap, with its own lines', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pooler\ndata:\n  pgbouncer.ini: |\n    [pgbouncer]\n    pool_mode = transaction\n    idle_transaction_timeout = 30\n    auth_type = trust\n`;
    expect(said({ 'k8s/config.yaml': text })).toEqual(['k8s/config.yaml:10 pooler-authentication error']);
  });

  test('Helm values, in the spelling of the chart', () => {
    const text = `api:\n  replicas: 2\npgbouncer:\n  enabled: true\n  replicaCount: 2\n  config:\n    poolMode: transaction\n    maxClientConn: 400\n    auth_type: any\n`;
    expect(settingsOf({ 'chart/values.yaml': text })).toEqual([
      {
        label: 'Helm values pgbouncer',
        line: 3,
        poolMode: 'transaction',
        settings: { pool_mode: 'transaction', max_client_conn: '400', auth_type: 'any' },
      },
    ]);
    expect(said({ 'chart/values.yaml': text })).toEqual(['chart/values.yaml:9 pooler-authentication error']);
    expect(settingsOf({ 'chart/values.yaml': text.replace('enabled: true', 'enabled: false') })).toEqual([]);
  });

  test('a container of a Deployment', () => {
    const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: pgbouncer\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: pgbouncer\n          image: bitnami/pgbouncer:1.26.1\n          env:\n            - name: PGBOUNCER_POOL_MODE\n              value: transaction\n            - name: PGBOUNCER_AUTH_TYPE\n              value: plain\n`;
    expect(said({ 'k8s/pgbouncer.yaml': text })).toEqual(['k8s/pgbouncer.yaml:15 pooler-authentication warning']);
  });
});

describe('migrations and dumps', () => {
  const script = (command: string) => JSON.stringify({ name: 'app', scripts: { migrate: command } }, undefined, 1);
  const prisma = (extra = '') => `datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n${extra}}\n`;

  test.each([
    ['pg_dump -h pgbouncer -p 6432 app', ['package.json:4 migration-through-pooler error']],
    ['psql "postgres://app@pooler:6432/app" -f seed.sql', ['package.json:4 migration-through-pooler error']],
    ['pg_dump -h db -p 5432 app', []],
    ['psql -h pgbouncer -p 6432 -c "SHOW POOLS" pgbouncer', []],
    ['pg_dump "$DIRECT_URL"', []],
  ])('%s', (command, expected) => {
    expect(said({ 'package.json': script(command) })).toEqual(expected);
  });

  test('Prisma by the value of its variable; a directUrl settles it', () => {
    const env = 'DATABASE_URL=postgres://app:s3cret@pgbouncer:6432/app\nDIRECT_URL=postgres://app:s3cret@db:5432/app\n';
    const files = { 'package.json': script('prisma migrate deploy'), '.env.production': env, 'prisma/schema.prisma': prisma() };
    expect(said(files)).toEqual(['package.json:4 migration-through-pooler error']);
    expect(JSON.stringify(auditOf(files))).not.toContain('s3cret');
    expect(said({ ...files, 'prisma/schema.prisma': prisma('  directUrl = env("DIRECT_URL")\n') })).toEqual([]);
  });

  test('Dockerfiles, compose commands and pipelines are read', () => {
    const found = said({
      Dockerfile:
        'FROM node:22\nENV DATABASE_URL=postgres://app@pgbouncer:6432/app\nCMD ["sh", "-c", "node-pg-migrate up && node dist/main.js"]\n',
      '.github/workflows/deploy.yml': `jobs:\n  deploy:\n    steps:\n      - run: pg_dump -h pgbouncer app > dump.sql\n`,
      'compose.yml': 'services:\n  backup:\n    image: postgres-backup\n    command: pg_dump -p 6432 app\n',
    });
    expect(found).toEqual([
      '.github/workflows/deploy.yml:4 migration-through-pooler error',
      'Dockerfile:3 migration-through-pooler error',
      'compose.yml:4 migration-through-pooler error',
    ]);
  });
});

describe('secrets', () => {
  test('the password of an ini is in no part of the result', () => {
    const text = ini('auth_type = trust').replace(
      'app = host=db',
      "* = host=db user=app password=hunter2\nb = host=db password='it''s hunter2'",
    );
    expect(JSON.stringify(auditOf({ 'pgbouncer.ini': text }))).not.toContain('hunter2');
  });

  test.each([
    ['* = host=db password=hunter2 pool_size=5', '* = host=db password=*** pool_size=5'],
    ["b = password='it''s hunter2'", 'b = password=***'],
    ['PGPASSWORD=hunter2 pg_dump app', 'PGPASSWORD=*** pg_dump app'],
    ['  POSTGRES_PASSWORD: hunter2', '  POSTGRES_PASSWORD: ***'],
    ['  POSTGRES_PASSWORD: ${SECRET}', '  POSTGRES_PASSWORD: ${SECRET}'],
  ])('%s', (line, expected) => {
    expect(redactSettings(line)).toBe(expected);
  });
});

test('broken and hostile files stop nothing', () => {
  const deep = `pgbouncer:\n${Array.from({ length: 300 }, (_, index) => `${' '.repeat(index + 1)}a:\n`).join('')}`;
  const result = auditOf({
    'compose.yml': 'services: [\n',
    'docker-compose.override.yml': 'services:\n  a: &a\n    <<: *a\n',
    'values.yaml': deep,
    'k8s/bomb.yaml': `kind: Deployment\na: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\n`,
    'k8s/proto.yaml': `apiVersion: v1\nkind: ConfigMap\ndata:\n  __proto__: |\n    [pgbouncer]\n    auth_type = trust\n`,
    'k8s/template.yaml': `apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {{ .Values.replicas }}\n`,
    '.env': '\u0000=\n=x\nDATABASE_URL\n',
    Dockerfile: 'CMD [\nENV =\n\\',
    'package.json': '{"name":"app","scripts":{"__proto__":"pg_dump -p 6432","x":5}}',
    '.github/workflows/x.yml': 'jobs: {a: {steps: [{run: [1, {}]}]}}\n',
    'src/db.ts': pool,
  });
  expect(result.discovery.clients).toHaveLength(1);
});

test('single files are not asked about the deployment', () => {
  const root = repository({ 'package.json': '{}', 'pgbouncer.ini': ini('auth_type = trust'), 'src/db.ts': pool });
  expect(audit({ paths: ['src/db.ts'], cwd: root, root }).findings.filter(({ hazard }) => checks.some(({ id }) => id === hazard))).toEqual(
    [],
  );
});
