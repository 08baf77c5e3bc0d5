import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { repository } from './support/repository.ts';

function budgetOf(files: Readonly<Record<string, string>>, settings?: unknown) {
  const root = repository(files);
  const result = audit({ paths: ['.'], cwd: root, root, settings });
  const { rows, sums, assumptions } = result.budget ?? { rows: [], sums: [], assumptions: [] };
  return {
    rows: rows.map(
      ({ service, client, max, times, total, reach }) =>
        `${service} ${client.file} ${[max, ...times].map(({ name, value }) => `${value} ${name}`).join(' × ')} = ${total} ${reach}`,
    ),
    sums: sums.map(
      ({ id, arithmetic, value, limit, exceeded, assumed }) =>
        `${id}: ${arithmetic} = ${value} of ${limit.value}${exceeded ? ' exceeded' : ''}${assumed.length > 0 ? ` (assumed ${assumed.join(', ')})` : ''}`,
    ),
    assumptions,
    findings: result.findings.filter(({ hazard }) => hazard === 'pool-size-budget'),
    result,
  };
}

const pg = (max?: number, url = 'DATABASE_URL') =>
  `import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.${url}${max === undefined ? '' : `, max: ${max}`} });\n`;
const app = { 'package.json': '{"name":"app","dependencies":{"pg":"8.16.0"}}' };
const pooler =
  '[databases]\napp = host=db\n[pgbouncer]\npool_mode = transaction\nmax_client_conn = 100\ndefault_pool_size = 20\nreserve_pool_size = 5\n';

describe('the sum of the clients', () => {
  test('max × replicas of the service that is built from the folder, against max_client_conn', () => {
    const { rows, sums, findings } = budgetOf({
      ...app,
      'apps/api/package.json': '{"name":"@x/api"}',
      'apps/api/src/db.ts': pg(30),
      'pgbouncer.ini': pooler,
      'compose.yml':
        'services:\n  api:\n    build: ./apps/api\n    deploy:\n      replicas: 4\n  db:\n    image: postgres:17\n    command: postgres -c max_connections=50\n',
    });
    expect(rows).toEqual(['api apps/api/src/db.ts 30 max × 4 replicas = 120 pooled']);
    expect(sums).toEqual(['clients: 30 × 4 = 120 of 100 exceeded', 'postgres: 25 = 25 of 47']);
    expect(findings).toMatchObject([{ file: 'pgbouncer.ini', line: 5, severity: 'error', confidence: 'certain' }]);
    expect(findings[0]!.message).toContain('120 connections to the pooler (30 × 4), and `max_client_conn` is 100');
    expect(findings[0]!.evidence).toMatchObject([{ text: 'api: 30 × 4 = 120', place: { file: 'apps/api/src/db.ts' } }]);
  });

  test('a shared package counts once for each program that depends on it', () => {
    const { rows } = budgetOf({
      ...app,
      'packages/db/package.json': '{"name":"@x/db","dependencies":{"pg":"8.16.0"}}',
      'packages/db/src/index.ts': pg(),
      'apps/api/package.json': '{"name":"@x/api","dependencies":{"@x/db":"workspace:*"}}',
      'apps/worker/package.json': '{"name":"@x/worker","dependencies":{"@x/db":"workspace:*"}}',
      'k8s/api.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  replicas: 2\n---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: api\nspec:\n  scaleTargetRef:\n    name: api\n  maxReplicas: 6\n',
    });
    expect(rows).toEqual([
      'api packages/db/src/index.ts 10 default × 6 maxReplicas = 60 pooled',
      'worker packages/db/src/index.ts 10 default = 10 pooled',
    ]);
  });

  test("the drivers' defaults", () => {
    const { rows } = budgetOf({
      ...app,
      'src/a.ts': "import postgres from 'postgres';\nexport const sql = postgres(process.env.DATABASE_URL!);\n",
      'src/b.ts':
        "import { drizzle } from 'drizzle-orm/node-postgres';\nexport const db = drizzle({ connection: { connectionString: process.env.DATABASE_URL, max: 7 } });\n",
      'src/c.ts':
        "import { Sequelize } from 'sequelize';\nexport const s = new Sequelize(process.env.DATABASE_URL!, { dialect: 'postgres' });\n",
      'src/d.ts': "import { Client } from 'pg';\nexport const c = new Client(process.env.DATABASE_URL);\n",
      'src/e.ts': "import postgres from 'postgres';\nexport const sql = postgres('postgres://app@db/app?max=3');\n",
      'src/f.ts': "import { drizzle } from 'drizzle-orm/node-postgres';\nimport { c } from './d';\nexport const db = drizzle(c);\n",
    });
    expect(rows.map((row) => row.split(' ').slice(1, 4).join(' '))).toEqual([
      'src/a.ts 10 default',
      'src/b.ts 7 max',
      'src/c.ts 5 default',
      'src/d.ts 1 default',
      'src/e.ts 3 max',
    ]);
  });

  test.each<[string, string, string]>([
    [
      'ecosystem.config.js',
      "module.exports = {\n  apps: [{ name: 'web', script: './dist/main.js', instances: 3, exec_mode: 'cluster' }],\n};\n",
      '3 PM2 instances = 15',
    ],
    [
      'ecosystem.config.cjs',
      "const apps = 1;\nmodule.exports = { apps: [{ script: 'npm', args: 'start', instances: Number(process.env.N || 2) }] };\n",
      '2 PM2 instances = 10',
    ],
    ['pm2.json', '{ "apps": [{ "name": "web", "script": "server.js", "instances": "6" }] }', '6 PM2 instances = 30'],
    [
      'ecosystem.config.json',
      '{\n "apps": [\n  { "name": "web", "script": "server.js", "instances": "max" }] }',
      '4 PM2 instances, one per CPU = 20',
    ],
    [
      'ecosystem.prod.config.mjs',
      "export default { apps: [{ name: 'web', script: 'server.js', instances: -1 }] };",
      '4 PM2 instances, one per CPU = 20',
    ],
    ['ecosystem.config.js', "module.exports = { apps: [{ name: 'web', script: 'server.js', instances: howMany() }] };", '= 5'],
  ])('the instances of PM2: %s %s', (file, text, expected) => {
    const { rows, assumptions } = budgetOf({ ...app, 'src/db.ts': pg(5), [file]: text });
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain(`5 max${expected.startsWith('=') ? '' : ' ×'} ${expected} pooled`);
    expect(assumptions.some((each) => each.includes('one process per CPU'))).toBe(expected.includes('CPU'));
  });

  test('two applications of PM2 run the same package; one of another package does not count for it', () => {
    const { rows } = budgetOf({
      ...app,
      'apps/api/package.json': '{"name":"@x/api"}',
      'apps/api/src/db.ts': pg(5),
      'apps/web/package.json': '{"name":"@x/web"}',
      'ecosystem.config.js':
        "module.exports = { apps: [\n{ name: 'http', cwd: './apps/api', script: 'dist/main.js', instances: 2 },\n{ name: 'jobs', script: './apps/api/dist/jobs/main.js' },\n{ name: 'web', cwd: 'apps/web', script: 'npm', instances: 8 }] };",
    });
    expect(rows).toEqual(['http apps/api/src/db.ts 5 max × 2 PM2 instances = 10 pooled', 'jobs apps/api/src/db.ts 5 max = 5 pooled']);
  });

  test('instances of PM2 multiply the replicas of a container that starts them, and of no other', () => {
    const files = {
      ...app,
      'src/db.ts': pg(5),
      'ecosystem.config.js': "module.exports = { apps: [{ name: 'app', script: 'dist/main.js', instances: 3 }] };",
      'compose.yml': 'services:\n  app:\n    build: .\n    deploy:\n      replicas: 2\n',
    };
    const contained = { ...files, Dockerfile: 'FROM node:22\nCMD ["pm2-runtime", "ecosystem.config.js"]\n' };
    expect(budgetOf(contained).rows).toEqual(['app src/db.ts 5 max × 2 replicas × 3 PM2 instances = 30 pooled']);
    expect(budgetOf(files).rows).toEqual(['app src/db.ts 5 max × 2 replicas = 10 pooled']);
  });

  test('scripts and migrations are not counted, and that is said', () => {
    const { rows, assumptions } = budgetOf({ ...app, 'src/db.ts': pg(5), 'scripts/seed.ts': pg(1) });
    expect(rows).toHaveLength(1);
    expect(assumptions).toContain('One client in scripts, seeds and migrations is not counted.');
  });
});

test('a database with sizes and a limit of its own counts with these', () => {
  const { sums } = budgetOf({
    ...app,
    'src/db.ts': pg(10),
    'pgbouncer.ini':
      '[databases]\napp = host=db\nhealth = host=db pool_size=1 reserve_pool_size=0\nold = host=db reserve_pool=1\nreports = host=db pool_size=50 max_db_connections=7\n' +
      '[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 16\nreserve_pool_size = 8\nmax_db_connections = 22\n',
  });
  expect(sums[1]).toBe('postgres: (22 + 1 + 17 + 7) = 47 of 97 (assumed max_connections 100)');
});

test('a long sum is shortened in the message, and whole in the budget; support for tests is not counted', () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`src/db${index}.ts`, pg(10)]));
  const { sums, findings, rows } = budgetOf({
    ...app,
    ...many,
    'packages/testcontainers/src/index.ts': pg(10),
    'src/test-setup.ts': pg(10),
  });
  expect(rows).toHaveLength(12);
  expect(findings[0]!.message).toContain('10 + 10 + 10 + 10 + 10 + 10 + 10 + 10 + 4 more');
  expect(sums[0]).toContain(Array.from({ length: 12 }, () => '10').join(' + '));
  expect(sums[1]).toBe('postgres: 20 = 20 of 97 (assumed default_pool_size 20, max_connections 100)');
});

describe('what is assumed', () => {
  test('a sum over a limit that was assumed is no error: it depends', () => {
    const { sums, findings, result } = budgetOf({ ...app, 'src/db.ts': pg(150) });
    expect(sums[0]).toBe('clients: 150 = 150 of 100 exceeded (assumed max_client_conn 100)');
    expect(findings).toMatchObject([{ severity: 'warning', confidence: 'possible', dependsOn: { assumed: 'max_client_conn 100' } }]);
    expect(result.verdict.state).toBe('ready');
  });

  test('an option that cannot be read is assumed to be the default', () => {
    const { sums } = budgetOf({ ...app, 'src/db.ts': pg().replace(' });', ', max: Number(process.env.MAX) });'), 'pgbouncer.ini': pooler });
    expect(sums[0]).toContain('(assumed default 10)');
  });

  test('what is stated holds, and is an error where it is over', () => {
    const { rows, sums, findings } = budgetOf(
      { ...app, 'src/db.ts': pg(30), 'pgbouncer.ini': pooler },
      { budget: { services: { app: { processes: 4 } }, postgres: { maxConnections: 20 } } },
    );
    expect(rows).toEqual(['app src/db.ts 30 max × 4 processes = 120 pooled']);
    expect(sums).toEqual(['clients: 30 × 4 = 120 of 100 exceeded', 'postgres: 25 = 25 of 17 exceeded']);
    expect(findings.map(({ severity }) => severity)).toEqual(['error', 'error']);
  });

  test('a replica count of a development file is an assumption', () => {
    const { sums } = budgetOf({
      ...app,
      'src/db.ts': pg(30),
      'pgbouncer.ini': pooler,
      'compose.dev.yml': 'services:\n  app:\n    build: .\n    scale: 4\n',
    });
    expect(sums[0]).toBe('clients: 30 × 4 = 120 of 100 exceeded (assumed replicas 4)');
  });
});

test('direct clients go to PostgreSQL, beside what the pools may open', () => {
  const { sums } = budgetOf(
    { ...app, 'src/db.ts': pg(5), 'src/listen.ts': pg(2, 'DIRECT_URL'), 'pgbouncer.ini': `${pooler}max_db_connections = 12\n` },
    { budget: { postgres: { maxConnections: 100 } } },
  );
  expect(sums).toEqual(['clients: 5 = 5 of 100', 'postgres: 12 + 2 = 14 of 97']);
});

test('a budget that is wrong is a mistake of the user, with its key', () => {
  expect(() => budgetOf(app, { budget: { services: { api: { procesess: 4 } }, postgres: { maxConnections: 'x' } } })).toThrow(
    /budget\.services\.api\.procesess: Unknown key[^]*budget\.postgres\.maxConnections: Expected a whole number/,
  );
});
