import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** The lock belongs to a server connection, and so does whoever holds it (`proof.ts`, with each of the libraries). */
export const noPooledMigrationLock = defineHazard({
  id: 'no-pooled-migration-lock',
  taxonomy: ['33'],
  family: 'locks',
  title: 'Disallow runners of migrations that hold an advisory lock of the session, through the pooler',
  failure: 'hang',
  severity: 'error',
  preset: 'recommended',
  messages: {
    lock: '`{{runner}}` holds an advisory lock of the session while it migrates: through the pooler two instances can both get it, and its unlock may reach another server connection, so that the lock stays and whoever migrates next waits for it or is refused. Give it a direct connection to PostgreSQL.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'migration-lock' || !isPooled(site.handle)) return;
    yield { messageId: 'lock', data: { runner: site.label }, range: site.range, confidence: confidenceOf(site) };
  },
});
