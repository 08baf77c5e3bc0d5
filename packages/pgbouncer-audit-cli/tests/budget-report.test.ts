import { expect, test } from 'vitest';
import { command } from './support/command.ts';
import { repository } from './support/repository.ts';

const files = {
  'package.json': '{ "name": "api", "dependencies": { "pg": "8.16.0" } }',
  'src/db.ts': "import { Pool } from 'pg';\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 40 });\n",
  'pgbouncer-audit.config.json': JSON.stringify({
    budget: { services: { api: { processes: 4 } }, pooler: { maxClientConn: 100, defaultPoolSize: 20 }, postgres: { maxConnections: 50 } },
  }),
};

test('every report for people has the budget: the sums with their limits, and in HTML and Markdown what they are made of', async () => {
  const root = repository(files);
  const report = async (format: string) => (await command(root, '--format', format)).stdout;

  expect(await report('terminal')).toMatch(
    /^budget +connections to the pooler: 160 \(40 × 4\) is more than max_client_conn 100 \(stated\)/m,
  );
  const markdown = await report('markdown');
  expect(markdown).toContain('- connections to the pooler: 160 (40 × 4) is more than max\\_client\\_conn 100 (stated)');
  expect(markdown).toMatch(/^\| api \| .* \| max 40 × processes 4 \(stated\) \| 160 \|$/m);
  const html = await report('html');
  expect(html).toContain('<h2 id="budget-title">Connection budget</h2>');
  expect(html).toContain('max 40 × processes 4 (stated)');
});

test('where no client opens a connection there is no budget', async () => {
  const { stdout } = await command(repository({ 'package.json': '{}', 'src/a.ts': 'export const a = 1;\n' }), '--format', 'html');
  expect(stdout).not.toContain('budget-title');
});
