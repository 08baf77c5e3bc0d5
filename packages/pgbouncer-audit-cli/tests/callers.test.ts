import { describe, expect, test } from 'vitest';
import type { AuditResult, FindingResult } from '../src/result.ts';
import { reporters } from '../src/report/reporters.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';
import { problemsOf } from './support/schema.ts';

const common = {
  'package.json': '{ "name": "api", "dependencies": { "drizzle-orm": "0.45.0", "pg": "8.16.0" } }',
  'src/db.ts':
    "import { drizzle } from 'drizzle-orm/node-postgres';\nimport { Pool } from 'pg';\nexport const db = drizzle(new Pool({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 1000 }));\nexport type Db = typeof db;\n",
  'src/lock.ts':
    "import { sql } from 'drizzle-orm';\nimport type { NodePgDatabase } from 'drizzle-orm/node-postgres';\nexport async function lockOrder(db: NodePgDatabase, id: number) {\n  await db.execute(sql`select pg_advisory_xact_lock(${id})`);\n}\n",
};

const inTransaction = `import { db } from './db';
import { lockOrder } from './lock';
export async function pay(id: number) {
  await db.transaction(async (tx) => {
    await lockOrder(tx, id);
    await tx.execute('select 1');
  });
}
`;
const onPool = `import { db } from './db';
import { lockOrder } from './lock';
export async function ship(id: number) {
  await lockOrder(db, id);
}
`;

async function auditOf(files: Readonly<Record<string, string>>): Promise<AuditResult> {
  const { stdout } = await command(repository({ ...common, ...files }), '--format', 'json');
  return JSON.parse(stdout) as AuditResult;
}

const inLock = ({ findings }: AuditResult): FindingResult[] =>
  findings.filter(({ hazard }) => hazard === 'no-xact-lock-outside-transaction');

/** Each way as the lines that it leads through. */
const ways = ({ callPaths }: FindingResult) =>
  callPaths?.map(({ transaction, steps }) => `${transaction}: ${steps.map(({ place }) => `${place?.file}:${place?.line}`).join(' > ')}`);

describe('a helper that is given the handle is judged by its callers', () => {
  test('one passes a transaction, one does not: a certain finding, with one way of each kind', async () => {
    const result = await auditOf({ 'src/pay.ts': inTransaction, 'src/ship.ts': onPool });
    const [finding, ...others] = inLock(result);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ file: 'src/lock.ts', line: 4, confidence: 'certain' });
    expect(finding!.evidence[0]).toEqual({ text: '1 of 2 callers passes no transaction, 1 does' });
    expect(ways(finding!)).toEqual([
      'out: src/db.ts:3 > src/db.ts:3 > src/db.ts:3 > src/ship.ts:4',
      'in: src/db.ts:3 > src/db.ts:3 > src/db.ts:3 > src/pay.ts:4 > src/pay.ts:4 > src/pay.ts:5',
    ]);
    expect(problemsOf(result)).toEqual([]);
  });

  test('all pass one: nothing to find', async () => {
    expect(inLock(await auditOf({ 'src/pay.ts': inTransaction }))).toEqual([]);
  });

  test('none passes one: a finding that lists the callers', async () => {
    const again = onPool.replaceAll('ship', 'pack');
    const [finding] = inLock(await auditOf({ 'src/ship.ts': onPool, 'src/pack.ts': again }));
    expect(finding).toMatchObject({
      confidence: 'certain',
      evidence: expect.arrayContaining([{ text: 'no caller passes a transaction' }]) as unknown,
    });
    expect(ways(finding!)?.map((way) => way.split(' > ').at(-1))).toEqual(['src/pack.ts:4', 'src/ship.ts:4']);
  });

  test('through a function between them', async () => {
    const between = `import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { lockOrder } from './lock';
export const reserve = async (conn: NodePgDatabase, id: number) => lockOrder(conn, id);
`;
    const callers = {
      'src/between.ts': between,
      'src/pay.ts': inTransaction.replaceAll('lockOrder', 'reserve').replace('./lock', './between'),
      'src/ship.ts': onPool.replaceAll('lockOrder', 'reserve').replace('./lock', './between'),
    };
    const [finding] = inLock(await auditOf(callers));
    expect(finding).toMatchObject({ confidence: 'certain' });
    expect(ways(finding!)).toEqual([
      'out: src/db.ts:3 > src/db.ts:3 > src/db.ts:3 > src/ship.ts:4 > src/between.ts:3',
      'in: src/db.ts:3 > src/db.ts:3 > src/db.ts:3 > src/pay.ts:4 > src/pay.ts:4 > src/pay.ts:5 > src/between.ts:3',
    ]);
  });

  test('a parameter whose default is the pool', async () => {
    const lock = `import { sql } from 'drizzle-orm';
import { db } from './db';
export const lockOrder = async (id: number, conn: Pick<typeof db, 'execute'> = db) => conn.execute(sql\`select pg_advisory_xact_lock(\${id})\`);
`;
    const callers = {
      'src/lock.ts': lock,
      'src/pay.ts': inTransaction.replace('lockOrder(tx, id)', 'lockOrder(id, tx)'),
      'src/ship.ts': onPool.replace('lockOrder(db, id)', 'lockOrder(id)'),
    };
    const [finding] = inLock(await auditOf(callers));
    expect(ways(finding!)?.map((way) => way.split(' > ').at(-1))).toEqual(['src/ship.ts:4', 'src/pay.ts:5']);
  });

  test('a method', async () => {
    const lock = `import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
export class Locks {
  async order(db: NodePgDatabase, id: number) {
    await db.execute(sql\`select pg_advisory_xact_lock(\${id})\`);
  }
}
export const locks = new Locks();
`;
    const callers = {
      'src/lock.ts': lock,
      'src/pay.ts': inTransaction.replace('{ lockOrder }', '{ locks }').replace('lockOrder(', 'locks.order('),
      'src/ship.ts': onPool.replace('{ lockOrder }', '{ locks }').replace('lockOrder(', 'locks.order('),
    };
    const [finding] = inLock(await auditOf(callers));
    expect(finding).toMatchObject({ confidence: 'certain', line: 5 });
    expect(ways(finding!)?.map((way) => way.split(' > ').at(-1))).toEqual(['src/ship.ts:4', 'src/pay.ts:5']);
  });
});

describe('both ways are in every report for people, and in SARIF', () => {
  const options: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };
  const report = async (format: keyof typeof reporters) =>
    (await reporters[format]())(await auditOf({ 'src/pay.ts': inTransaction, 'src/ship.ts': onPool }), options);

  test.each(['terminal', 'markdown', 'html', 'junit'] as const)('%s', async (format) => {
    const text = (await report(format)).replace(/\s+/g, ' ');
    for (const place of ['src/ship.ts:4', 'src/pay.ts:5']) expect(text).toContain(place);
    expect(text.indexOf('without a transaction')).toBeLessThan(
      text.indexOf('in a transaction', text.indexOf('without a transaction') + 30),
    );
  });

  test('SARIF: two thread flows of one code flow, each ending at the finding', async () => {
    interface Flow {
      readonly message: { readonly text: string };
      readonly locations: { readonly location: { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } } }[];
    }
    const log: { runs: { results: { ruleId: string; codeFlows: { threadFlows: Flow[] }[] }[] }[] } = JSON.parse(await report('sarif'));
    const [flow, ...others] = log.runs[0]!.results.find(({ ruleId }) => ruleId === 'no-xact-lock-outside-transaction')!.codeFlows;
    expect(others).toEqual([]);
    const told = flow!.threadFlows.map(({ message, locations }) => [
      message.text,
      ...locations.slice(-2).map(({ location }) => location.physicalLocation.artifactLocation.uri),
    ]);
    expect(told).toEqual([
      ['without a transaction.', 'src/ship.ts', 'src/lock.ts'],
      ['in a transaction.', 'src/pay.ts', 'src/lock.ts'],
    ]);
  });
});
