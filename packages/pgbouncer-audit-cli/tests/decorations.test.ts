import { describe, expect, test } from 'vitest';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const manifest = { 'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0", "fastify": "5.0.0" } }' };
const db = "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n";

/** The findings of `src/routes.ts`, with the places of their evidence. */
async function findingsOf(files: Readonly<Record<string, string>>) {
  const { stdout } = await command(repository({ ...manifest, 'src/db.ts': db, ...files }), '--format', 'json');
  const { findings } = JSON.parse(stdout) as AuditResult;
  return findings
    .filter(({ file }) => file === 'src/routes.ts')
    .map(({ hazard, line, confidence, evidence }) => ({
      found: `${line} ${hazard} ${confidence}`,
      through: evidence.flatMap(({ place }) => (place ? [`${place.file}:${place.line}`] : [])),
    }));
}

describe('a client that the repository hangs on an object of its framework is followed to where it is made', () => {
  test('Fastify: app.decorate(), and the parameter of a plugin', async () => {
    const found = await findingsOf({
      'src/plugin.ts': "import { pool } from './db';\nexport default async (app) => { app.decorate('store', pool); };\n",
      'src/routes.ts': "export default async (app) => {\n  app.get('/', () => app.store.query('SET search_path TO a'));\n};\n",
    });
    expect(found).toMatchObject([{ found: '2 no-session-search-path certain', through: expect.arrayContaining(['src/db.ts:2']) }]);
  });

  test('Fastify: a client of the request, set in a hook, also where it is taken out by destructuring', async () => {
    const found = await findingsOf({
      'src/plugin.ts': `import { pool } from './db';
export default async (app) => {
  app.decorateRequest('conn', null);
  app.addHook('onRequest', async (request) => {
    const conn = await pool.connect();
    request.conn = conn;
  });
};
`,
      'src/routes.ts': `export default async (app) => {
  app.get('/a', (request) => request.conn.query('SET search_path TO a'));
  app.get('/b', (request) => {
    const { conn } = request;
    return conn.query('SET search_path TO b');
  });
};
`,
    });
    expect(found.map((each) => each.found)).toEqual(['2 no-session-search-path certain', '5 no-session-search-path certain']);
    for (const { through } of found) expect(through).toContain('src/plugin.ts:5');
  });

  test('Express: the declared type of a member of the request, where no value is in sight', async () => {
    const found = await findingsOf({
      'src/types.d.ts':
        "import type { PoolClient } from 'pg';\ndeclare global { namespace Express { interface Request { conn: PoolClient } } }\n",
      'src/express.ts':
        "import type { PoolClient } from 'pg';\ndeclare global {\n  namespace Express {\n    interface Request {\n      conn: PoolClient;\n    }\n  }\n}\n",
      'src/routes.ts': "export const tenant = (req, res) => req.conn.query('SET search_path TO a');\n",
    });
    expect(found).toMatchObject([{ found: '1 no-session-search-path certain' }]);
  });
});

describe('it is not taken for what it is not', () => {
  test('two values of one name lead nowhere', async () => {
    const found = await findingsOf({
      'src/a.ts': "import { pool } from './db';\nexport const a = (request) => { request.store = pool; };\n",
      'src/b.ts': "import { createClient } from 'redis';\nexport const b = (request) => { request.store = createClient(); };\n",
      'src/routes.ts': "import './db';\nexport const set = (request) => request.store.query('SET search_path TO a');\n",
    });
    // What is left is the text of the statement.
    expect(found).toMatchObject([{ found: '2 no-session-search-path likely', through: ['src/routes.ts:2'] }]);
  });

  test('the member of an object that was made here has nothing to do with it', async () => {
    const found = await findingsOf({
      'src/plugin.ts': "import { pool } from './db';\nexport default async (app) => { app.decorate('store', pool); };\n",
      'src/routes.ts':
        "const app = { store: { query: (text) => text } };\nexport const text = () => app.store.query('SET search_path TO a');\n",
    });
    expect(found).toEqual([]);
  });
});

test('a pool that is handed to a helper inside a transaction, which was begun on a database that all callers pass', async () => {
  const found = await findingsOf({
    'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0", "drizzle-orm": "0.45.4" } }',
    'src/db.ts': `import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
export const db = drizzle(new Pool({ connectionString: process.env.DATABASE_URL }));
`,
    'src/events.ts': 'export const record = (executor, what) => executor.insert(events).values({ what });\n',
    'src/routes.ts': `import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { db } from './db';
import { record } from './events';
const place = (own: NodePgDatabase) =>
  own.transaction(async (tx) => {
    await record(db, 'an event');
    await record(tx, 'an event');
  });
export const route = () => place(db);
`,
  });
  expect(found).toMatchObject([{ found: '6 no-outer-db-in-transaction certain', through: expect.arrayContaining(['src/events.ts:1']) }]);
});
