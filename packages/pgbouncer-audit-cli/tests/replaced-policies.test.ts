import { describe, expect, test } from 'vitest';
import { audit } from '../src/audit.ts';
import { repository } from './support/repository.ts';

const unsafe = (policy = 'own', table = 'orders') =>
  `CREATE POLICY ${policy} ON ${table} USING (tenant_id = current_setting('app.tenant_id', true)::uuid);\n`;
const checked = `CREATE POLICY own ON orders USING (tenant_id = current_setting('app.tenant_id', true)::uuid) WITH CHECK (tenant_id = current_setting('app.tenant_id', true)::uuid);\n`;
const safe = `(tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`;

/** Findings about unset parameters in migrations of Drizzle, each as `file:line:column`. */
function found(files: Readonly<Record<string, string>>): string[] {
  const tags = Object.keys(files).map((file) => ({ tag: file.replace('.sql', '') }));
  const root = repository({
    'drizzle.config.ts': "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } };",
    'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: tags }),
    ...Object.fromEntries(Object.entries(files).map(([file, sql]) => [`drizzle/${file}`, sql])),
  });
  return audit({ paths: [root], cwd: root, root })
    .findings.filter(({ hazard }) => hazard === 'rls-guc-null-safe')
    .map(({ file, line }) => `${file.replace('drizzle/', '')}:${line}`);
}

describe('a policy that reads an unset parameter', () => {
  test('is reported where it is what is in force', () => {
    expect(found({ '0001_a.sql': unsafe() })).toEqual(['0001_a.sql:1']);
  });

  test.each([
    ['alters it', `ALTER POLICY own ON orders USING ${safe};`],
    ['alters it, with the schema written out', `ALTER POLICY own ON public.orders USING ${safe};`],
    [
      'drops it and creates it anew',
      `DROP POLICY IF EXISTS own ON orders;\n--> statement-breakpoint\nCREATE POLICY own ON orders USING ${safe};`,
    ],
    ['drops it', 'DROP POLICY own ON orders;'],
    ['drops its table', 'DROP TABLE orders;'],
  ])('is not where a later migration %s', (_, later) => {
    expect(found({ '0001_a.sql': unsafe(), '0002_b.sql': later })).toEqual([]);
    // In the same file as well.
    expect(found({ '0001_a.sql': `${unsafe()}--> statement-breakpoint\n${later}` })).toEqual([]);
  });

  test('is reported where the other expression is altered, and only that', () => {
    expect(found({ '0001_a.sql': checked, '0002_b.sql': `ALTER POLICY own ON orders USING ${safe};` })).toEqual(['0001_a.sql:1']);
    expect(found({ '0001_a.sql': checked, '0002_b.sql': `ALTER POLICY own ON orders USING ${safe} WITH CHECK ${safe};` })).toEqual([]);
  });

  test.each([
    ['an earlier one', { '0001_a.sql': 'DROP POLICY own ON orders;', '0002_b.sql': unsafe() }],
    ['one that alters another policy', { '0002_b.sql': unsafe(), '0003_c.sql': `ALTER POLICY other ON orders USING ${safe};` }],
    ['one of another table', { '0002_b.sql': unsafe(), '0003_c.sql': `ALTER POLICY own ON invoices USING ${safe};` }],
    ['one of another schema', { '0002_b.sql': unsafe(), '0003_c.sql': `ALTER POLICY own ON archive.orders USING ${safe};` }],
    ['one that renames it', { '0002_b.sql': unsafe(), '0003_c.sql': 'ALTER POLICY own ON orders RENAME TO mine;' }],
    ['one that takes it back', { '0002_b.sql': unsafe(), '0003_c.down.sql': 'DROP POLICY own ON orders;' }],
    ['the part of its own file that takes it back', { '0002_b.sql': `${unsafe()}-- Down Migration\nDROP POLICY own ON orders;` }],
    ['one that is no SQL', { '0002_b.sql': unsafe(), '0003_c.sql': 'DROP POLICY own ON orders; {{ rest }} (' }],
  ])('is not silenced by %s', (_, files) => {
    expect(found(files)).toEqual(['0002_b.sql:1']);
  });

  test('that is replaced by one that reads it in the same way is reported once, where it is in force', () => {
    const again = `DROP POLICY own ON orders;\n--> statement-breakpoint\n${unsafe()}`;
    expect(found({ '0001_a.sql': unsafe(), '0002_b.sql': again })).toEqual(['0002_b.sql:3']);
  });
});
