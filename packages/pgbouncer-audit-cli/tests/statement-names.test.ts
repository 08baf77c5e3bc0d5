import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { repository } from './support/repository.ts';

const manifest = (name: string, dependencies: object) => JSON.stringify({ name, dependencies });
const db = `import { Pool } from 'pg';
export const pool = new Pool({ connectionString: process.env.DATABASE_URL });
`;
const byId = (from = './db') => `import { pool } from '${from}';
export const user = (id: string) => pool.query({ name: 'find-user', text: 'SELECT id FROM users WHERE id = $1', values: [id] });
`;
const byName = (from = './db') => `import { pool } from '${from}';
export const named = (name: string) => pool.query({ name: 'find-user', text: 'SELECT id FROM users WHERE name = $1', values: [name] });
`;
const common = { 'package.json': manifest('api', { pg: '8.16.0', 'drizzle-orm': '0.45.3' }), 'src/db.ts': db };

/** Findings about names, each as `file:line confidence, and where the other text is`. */
function found(files: Readonly<Record<string, string>>, settings: object = {}, includeTests = false): string[] {
  const root = repository(files);
  const { findings, coverage } = audit({ paths: [root], cwd: root, root, settings, includeTests });
  expect(coverage.skipped).toEqual([]);
  return findings
    .filter(({ hazard }) => hazard === 'no-unstable-statement-name')
    .map(({ file, line, confidence, evidence, suppression }) => {
      const other = evidence[0]?.place;
      return `${file}:${line} ${suppression ? 'suppressed' : confidence}, ${other ? `${other.file}:${other.line}` : 'nowhere'}`;
    });
}

const bothWays = (confidence: string) => [
  `src/by-id.ts:2 ${confidence}, src/by-name.ts:2`,
  `src/by-name.ts:2 ${confidence}, src/by-id.ts:2`,
];

const off = { profile: { version: '1.24', maxPreparedStatements: 0 } };
const on = { profile: { version: '1.24', maxPreparedStatements: 100 } };

describe('one name for two texts in two files', () => {
  test('on one pool is reported at both places, each with the other', () => {
    const files = { ...common, 'src/by-id.ts': byId(), 'src/by-name.ts': byName() };
    expect(found(files, on)).toEqual(bothWays('likely'));
    expect(found(files, off)).toEqual(bothWays('likely'));
  });

  test('says in which file the other text is', () => {
    const root = repository({ ...common, 'src/by-id.ts': byId(), 'src/by-name.ts': byName() });
    const { findings } = audit({ paths: [root], cwd: root, root, settings: on });
    expect(findings.find(({ hazard }) => hazard === 'no-unstable-statement-name')?.message).toMatch(
      /^The name `find-user` stands for another text in src\/by-name\.ts: .*Give each text its own name\.$/,
    );
  });

  test('on a client that was checked out of the pool', () => {
    const client = `import { pool } from './db';
export async function named(name: string) {
  const client = await pool.connect();
  try {
    return await client.query({ name: 'find-user', text: 'SELECT id FROM users WHERE name = $1', values: [name] });
  } finally {
    client.release();
  }
}
`;
    expect(found({ ...common, 'src/by-id.ts': byId(), 'src/by-name.ts': client }, on)).toEqual([
      'src/by-id.ts:2 likely, src/by-name.ts:5',
      'src/by-name.ts:5 likely, src/by-id.ts:2',
    ]);
  });

  const drizzleDb = `import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
export const db = drizzle({ client: new Pool({ connectionString: process.env.DATABASE_URL }) });
`;
  const prepared = (query: string) => `import { eq, sql } from 'drizzle-orm';
import { db } from './db';
import { orders, users } from './schema';
export const statement = ${query}.prepare('find');
`;
  const inFiles = (one: string, other: string) => ({
    ...common,
    'src/db.ts': drizzleDb,
    'src/by-id.ts': prepared(one),
    'src/by-name.ts': prepared(other),
  });

  test('of Drizzle, where they are of two tables', () => {
    const select = (table: string) => `db.select().from(${table}).where(eq(${table}.id, sql.placeholder('id')))`;
    expect(found(inFiles(select('users'), select('orders')), on)).toEqual([
      'src/by-id.ts:4 likely, src/by-name.ts:4',
      'src/by-name.ts:4 likely, src/by-id.ts:4',
    ]);
    expect(found(inFiles('db.query.users.findMany()', 'db.query.orders.findMany()'), on)).toHaveLength(2);
  });

  test('of Drizzle, where they may build the same SQL, is possible', () => {
    const files = inFiles('db.select().from(users).limit(10)', 'db.select().from(users)');
    expect(found(files, on).map((each) => each.split(/[ ,]/)[1])).toEqual(['possible', 'possible']);
  });

  test('of a package that the other depends on', () => {
    const files = {
      'package.json': JSON.stringify({ private: true, workspaces: ['packages/*'] }),
      'packages/db/package.json': JSON.stringify({ name: '@acme/db', main: 'src/index.ts', dependencies: { pg: '8.16.0' } }),
      'packages/db/src/index.ts': `${db}${byId().split('\n').slice(1).join('\n')}`,
      'packages/api/package.json': manifest('@acme/api', { pg: '8.16.0', '@acme/db': 'workspace:*' }),
      'packages/api/src/by-name.ts': byName('@acme/db'),
    };
    expect(found(files, on)).toEqual([
      'packages/api/src/by-name.ts:2 likely, packages/db/src/index.ts:3',
      'packages/db/src/index.ts:3 likely, packages/api/src/by-name.ts:2',
    ]);
  });

  test('where the client is passed in, and may be another one, is possible', () => {
    const passed = (text: string) => `import type { Pool } from 'pg';
export class Users {
  constructor(private readonly pool: Pool) {}
  find(value: string) {
    return this.pool.query({ name: 'find-user', text: '${text}', values: [value] });
  }
}
`;
    const files = {
      ...common,
      'src/by-id.ts': passed('SELECT id FROM users WHERE id = $1'),
      'src/by-name.ts': passed('SELECT id FROM users WHERE name = $1'),
    };
    expect(found(files, on).map((each) => each.split(/[ ,]/)[1])).toEqual(['possible', 'possible']);
  });

  const second = (url: string) =>
    `import { Pool } from 'pg';\nconst pool = new Pool({ connectionString: process.env.${url} });\n${byName().split('\n').slice(1).join('\n')}`;

  test('on two pools to one database is reported only where the pooler does not keep names apart', () => {
    const files = { ...common, 'src/by-id.ts': byId(), 'src/by-name.ts': second('DATABASE_URL') };
    expect(found(files, on)).toEqual([]);
    expect(found(files, off).map((each) => each.split(/[ ,]/)[1])).toEqual(['likely', 'likely']);
    expect(found(files).map((each) => each.split(/[ ,]/)[1])).toEqual(['possible', 'possible']);
  });

  test.each([
    ['on pools of two databases', { 'src/by-name.ts': second('REPORTING_URL') }],
    ['where one is a direct connection', { 'src/by-name.ts': second('DIRECT_URL') }],
    [
      'that are the same text, on other lines',
      {
        'src/by-name.ts': byId()
          .replace('SELECT id FROM', 'SELECT id\\n  FROM')
          .replace("'SELECT", '`SELECT')
          .replace("$1'", '$1`')
          .replace('\\n', '\n'),
      },
    ],
    ['with names of their own', { 'src/by-name.ts': byName().replace('find-user', 'find-user-by-name') }],
    [
      'that differ in the name of what stands in a hole',
      {
        'src/by-id.ts': byId().replace("'SELECT id FROM users WHERE id = $1'", '`SELECT id FROM users WHERE id = $1 LIMIT ${limit}`'),
        'src/by-name.ts': byId().replace("'SELECT id FROM users WHERE id = $1'", '`SELECT id FROM users WHERE id = $1 LIMIT ${most}`'),
      },
    ],
    ['in a script, which is a process of its own', { 'scripts/by-name.ts': byName('../src/db') }],
    [
      'of postgres.js, which draws its own names',
      {
        'src/by-name.ts': `import postgres from 'postgres';
const sql = postgres(process.env.DATABASE_URL!);
export const named = (name: string) => sql.unsafe('SELECT id FROM users WHERE name = $1', [name], { prepare: true });
`,
      },
    ],
  ])('is not reported %s', (_, files) => {
    expect(found({ ...common, 'src/by-id.ts': byId(), ...files }, on)).toEqual([]);
  });

  test('is not reported of tests', () => {
    expect(found({ ...common, 'src/by-id.ts': byId(), 'src/by-id.test.ts': byName() }, off, true)).toEqual([]);
  });

  test('is not judged in session mode', () => {
    const files = { ...common, 'src/by-id.ts': byId(), 'src/by-name.ts': byName() };
    expect(found(files, { profile: { poolMode: 'session' } })).toEqual([]);
  });

  test('is suppressed by a comment in its file, which is then in use', () => {
    const comment = '// eslint-disable-next-line pgbouncer/no-unstable-statement-name -- run by two programs\n';
    const root = repository({ ...common, 'src/by-id.ts': byId().replace('export', `${comment}export`), 'src/by-name.ts': byName() });
    const { findings, suppressionProblems } = audit({ paths: [root], cwd: root, root, settings: on });
    expect(findings.flatMap(({ hazard, suppression }) => (hazard === 'no-unstable-statement-name' ? [suppression?.reason] : []))).toEqual([
      'run by two programs',
      undefined,
    ]);
    expect(suppressionProblems).toEqual([]);
  });

  test('in one file of two is reported once for each place', () => {
    const twice = `${byId()}${byName().split('\n').slice(1).join('\n')}`;
    expect(found({ ...common, 'src/by-id.ts': twice, 'src/by-name.ts': byName() }, on)).toHaveLength(3);
  });
});
