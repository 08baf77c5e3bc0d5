import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** Drizzle's `migrate()` takes no lock, and what a migration sets for the session goes back to the pool (FACTS.md 21, `migrate_concurrent`). */
export const noPooledMigrationUrl = defineHazard({
  id: 'no-pooled-migration-url',
  taxonomy: ['76'],
  family: 'deployment',
  title: 'Disallow migrations through the pooler',
  failure: 'leak',
  severity: 'warning',
  preset: 'strict',
  messages: {
    migrate:
      '`{{method}}` runs the migrations through the pooler: what they set for the session reaches other clients when they commit, a time-out of the pooler ends them, and no lock keeps a second instance from running them at the same time (23505, 42P07). Give migrations a client of their own with a direct URL, and run them once for each deployment.',
    config:
      'drizzle-kit runs migrations through the pooler: `{{source}}` is what the application connects to, or names a pooler. What migrations set for the session reaches other clients, and a time-out of the pooler ends them. Give drizzle-kit a direct URL, such as `process.env.DIRECT_URL`.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (!isPooled(site.handle)) return;
    if (site.kind === 'transaction' && site.method === 'migrate') {
      yield { messageId: 'migrate', data: { method: 'migrate' }, range: site.range, confidence: confidenceOf(site) };
    }
    if (site.kind === 'migration-config') {
      yield {
        messageId: 'config',
        data: { source: site.label },
        range: site.range,
        confidence: weaker(confidenceOf(site), site.certainty),
      };
    }
  },
});
