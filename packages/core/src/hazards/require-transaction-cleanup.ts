import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

/**
 * The pool of node-postgres takes a client back as it is: neither it nor the pooler ends a transaction that is still open. PgBouncer keeps the
 * server connection for it as long as the client is connected.
 */
export const requireTransactionCleanup = defineHazard({
  id: 'require-transaction-cleanup',
  taxonomy: ['58'],
  family: 'held-connections',
  title: 'Require that an error ends a transaction begun by BEGIN, and gives its client back',
  failure: 'exhaustion',
  severity: 'error',
  preset: 'recommended',
  messages: {
    rollback:
      'When something fails after `{{head}}`, the client goes back to its pool with the transaction open: it keeps its server connection, and the next user of the client gets 25P02 or writes into a transaction that nobody commits. Send ROLLBACK in a `catch`, or use the transaction function of the driver.',
    release:
      'When something fails after `{{head}}`, the client is never released: it is lost to its pool, and its open transaction keeps a server connection and its locks until the process ends. Release it in a `finally`, and send ROLLBACK in a `catch`.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query' || !site.cleanup || !isPooled(site.handle)) return;
    const { released, rolledBack } = site.cleanup;
    if (released && rolledBack) return;
    for (const { fact } of sightings(site, 'transaction')) {
      if (fact.command !== 'begin' || fact.inside) continue;
      yield { messageId: released ? 'rollback' : 'release', data: { head: fact.head }, range: fact.range, confidence: confidenceOf(site) };
    }
  },
});
