// `pnpm new:hazard <id>` writes the four files of a hazard, to be filled in: CONTRIBUTING.md says how.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { camelCase, pagePath, root } from './generated-files.ts';

const [id, ...rest] = process.argv.slice(2);

if (!id || rest.length > 0 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(id)) {
  console.error('Usage: pnpm new:hazard <id>, with an id in kebab-case such as no-session-set.');
  process.exitCode = 2;
} else {
  const files = templates(id);
  const existing = Object.keys(files).filter((path) => existsSync(join(root, path)));
  if (existing.length > 0) {
    console.error(`${existing.join(', ')} exists: choose another id, or remove it first.`);
    process.exitCode = 2;
  } else {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      console.log(`wrote ${path}`);
    }
    console.log('\nFill them in, then: pnpm generate && pnpm vitest run packages/eslint-plugin-pgbouncer');
  }
}

function templates(id: string): Readonly<Record<string, string>> {
  return {
    [`packages/core/src/hazards/${id}.ts`]: `import { defineHazard } from '../hazard.ts';

/** Why this breaks behind a transaction pooler, and where that was seen. */
export const ${camelCase(id)} = defineHazard({
  id: '${id}',
  taxonomy: [],
  family: 'session-settings',
  title: 'Disallow …',
  failure: 'silent',
  severity: 'error',
  preset: 'strict',
  messages: {
    breaks: '\`{{statement}}\` does …, so that … sees …. Do … instead.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || site.handle.reach === 'direct') return;
    for (const statement of site.script.statements) {
      for (const fact of statement.facts) {
        if (fact.kind !== 'discard') continue;
        yield { messageId: 'breaks', data: { statement: fact.head }, range: fact.range, confidence: site.handle.confidence };
      }
    }
  },
});
`,
    [`fixtures/hazards/${id}/bad.ts`]: `import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

// Code as a team would write it, and the words that break underlined.
await pool.query('SELECT 1');
//                ~~~~~~ breaks certain
`,
    [`fixtures/hazards/${id}/good.ts`]: `import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

// The right way, and everything that looks like the wrong one: other databases, other statements, prose.
await pool.query('SELECT 2');
`,
    [pagePath(id)]: `<!-- header:begin -->
<!-- header:end -->

## What breaks

Who does what, and who sees what.

## Wrong

\`\`\`ts
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

await pool.query('SELECT 1');
\`\`\`

## Right

\`\`\`ts
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

await pool.query('SELECT 2');
\`\`\`

## Similar and safe

## By pooler and version

## How the rule can be wrong

## When not to use it
`,
  };
}
