import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** A transaction keeps its server connection while the program waits; with `default_pool_size` such programs nobody else gets one. */
export const noExternalIoInTransaction = defineHazard({
  id: 'no-external-io-in-transaction',
  taxonomy: ['54'],
  family: 'held-connections',
  title: 'Disallow waiting for other services inside a transaction',
  failure: 'exhaustion',
  severity: 'warning',
  preset: 'strict',
  messages: {
    waits:
      '`{{call}}` waits for {{what}} while the transaction keeps its server connection and its locks: a few of these at once use up the pool, and every other client waits, until `query_wait_timeout` disconnects it. Do it before the transaction or after COMMIT; where it must not be forgotten, insert a row that a job works off.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'external-wait' || !isPooled(site.handle) || site.handle.kind === 'http') return;
    const confidence = confidenceOf(site);
    yield {
      messageId: 'waits',
      data: { call: site.label, what: site.waitsFor },
      range: site.range,
      // A function may have a way through on which it does not wait.
      confidence: site.through ? weaker(confidence, 'likely') : confidence,
    };
  },
});
