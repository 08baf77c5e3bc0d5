import { expect, test } from 'vitest';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const common = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0", "postgres": "3.4.9" } }',
  'src/db.ts':
    "import { Pool } from 'pg';\nimport postgres from 'postgres';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL });\nexport const sql = postgres(process.env.DATABASE_URL!, { prepare: false });\n",
  'src/sql/setup.sql': 'SET search_path TO tenant_a;\n',
};

async function auditOf(code: string, files: Readonly<Record<string, string>> = {}): Promise<AuditResult> {
  const { stdout } = await command(
    repository({ ...common, 'src/use.ts': `import { pool, sql } from './db';\n${code}\n`, ...files }),
    '--format',
    'json',
  );
  return JSON.parse(stdout) as AuditResult;
}

const foundIn = ({ findings }: AuditResult) => findings.filter(({ file }) => file === 'src/use.ts').map(({ hazard }) => hazard);

test.each([
  [
    'a path from the top of the package',
    "import { readFileSync } from 'node:fs';\nawait pool.query(readFileSync('src/sql/setup.sql', 'utf8'));",
  ],
  [
    'a URL beside the module',
    "import * as fs from 'fs';\nawait pool.query(fs.readFileSync(new URL('./sql/setup.sql', import.meta.url), 'utf8'));",
  ],
  [
    'a joined path, read before',
    "import { readFile } from 'node:fs/promises';\nimport { join } from 'node:path';\nconst text = await readFile(join(__dirname, 'sql', 'setup.sql'), 'utf8');\nawait pool.query(text);",
  ],
  [
    'a template on import.meta.dirname',
    "import { readFileSync } from 'fs';\nawait pool.query(readFileSync(`${import.meta.dirname}/sql/setup.sql`, 'utf8'));",
  ],
  ['file() of postgres.js', "await sql.file('src/sql/setup.sql');"],
])('SQL that is read from a file is judged where it is sent: %s', async (_, code) => {
  expect(foundIn(await auditOf(code))).toEqual(['no-session-search-path']);
});

test('a file that is not there, or lies outside of the repository, is text of which nothing is known', async () => {
  const result = await auditOf(
    "import { readFileSync } from 'node:fs';\nawait pool.query(readFileSync('nowhere.sql', 'utf8'));\nawait pool.query(readFileSync('../../etc/passwd.sql', 'utf8'));\nawait sql.file(process.argv[2]!);",
  );
  expect(foundIn(result)).toEqual([]);
  expect(result.coverage.opaque).toBe(3);
});
