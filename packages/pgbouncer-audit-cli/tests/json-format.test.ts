import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';
import { problemsOf } from './support/schema.ts';

const page = readFileSync(new URL('../../../docs/json-format.md', import.meta.url), 'utf8');
const schema = JSON.parse(readFileSync(new URL('../schema/result.schema.json', import.meta.url), 'utf8')) as {
  readonly $defs: Readonly<
    Record<string, { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] }>
  >;
};
const example = parse(/```jsonc\n([^]*?)```/.exec(page)![1]!) as Record<string, unknown>;

describe('the page about the JSON report and the schema say the same', () => {
  test('the example of the page is a report: no required key is missing, and none means something else', () => {
    expect(problemsOf(example)).toEqual([]);
  });

  test.each<[string, (of: typeof example) => unknown]>([
    ['AuditResult', (of) => of],
    ['FindingResult', (of) => (of['findings'] as unknown[])[0]],
    ['CoverageResult', (of) => of['coverage']],
    ['VerdictResult', (of) => of['verdict']],
    ['BudgetRow', (of) => ((of['budget'] as Record<string, unknown[]>)['rows'] ?? [])[0]],
  ])('the page shows every key of %s that there may be', (name, part) => {
    const shown = Object.keys(part(example) as object);
    const known = Object.keys(schema.$defs[name]!.properties ?? {});
    // The fingerprint of the SQL is told on the page about `statements`.
    expect(known.filter((key) => !shown.includes(key) && key !== 'statement')).toEqual([]);
    expect(shown.filter((key) => !known.includes(key))).toEqual([]);
  });

  test('a key that a later version adds does not make a report invalid; one that is missing does', () => {
    const isReport = new Ajv2020().compile(schema);
    expect(isReport({ ...example, later: 1, verdict: { ...(example['verdict'] as object), later: true } })).toBe(true);
    const { findings: _, ...without } = example;
    expect(isReport(without)).toBe(false);
  });
});

test('calls of one file are a flow of code in SARIF, from where the client is made to the query', async () => {
  const root = repository({
    'package.json': '{ "dependencies": { "drizzle-orm": "0.45.0", "pg": "8.16.0" } }',
    'src/pay.ts':
      "import { drizzle } from 'drizzle-orm/node-postgres';\nconst db = drizzle(process.env.DATABASE_URL!);\nconst record = () => db.execute('insert into audits default values');\nexport const pay = () => db.transaction(async (tx) => {\n  await tx.execute('select 1');\n  await record();\n});\n",
  });
  const { stdout } = await command(root, '--format', 'sarif');
  interface Located {
    readonly location: { readonly physicalLocation: { readonly region: { readonly startLine: number } } };
  }
  const log = JSON.parse(stdout) as {
    runs: { results: { ruleId: string; codeFlows?: { threadFlows: { locations: Located[] }[] }[] }[] }[];
  };
  const result = log.runs[0]!.results.find(({ ruleId }) => ruleId === 'no-outer-db-in-transaction')!;
  const lines = result.codeFlows![0]!.threadFlows[0]!.locations.map(({ location }) => location.physicalLocation.region.startLine);
  expect(lines[0]).toBe(2);
  expect(lines).toContain(3);
  expect(lines.at(-1)).toBe(6);
});
