import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** A statement for each row keeps the transaction, and its server connection, for as long as there are rows. */
export const noUnboundedTransactionLoop = defineHazard({
  id: 'no-unbounded-transaction-loop',
  taxonomy: ['59'],
  family: 'held-connections',
  title: 'Disallow a query for each element of a loop inside a transaction',
  failure: 'exhaustion',
  severity: 'info',
  preset: 'all',
  messages: {
    endless:
      'This query runs in a loop that only its own body ends, inside a transaction: it keeps a server connection and its locks for as long as that takes. Commit after each round.',
    each: 'This query runs once for each element of `{{over}}`, inside one transaction: with many of them it keeps a server connection and its locks for long. Send all in one statement, or commit in batches, and bound the transaction with `SET LOCAL statement_timeout`.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if ((site.kind !== 'query' && site.kind !== 'builder') || !site.loop || site.context.state !== 'in' || !isPooled(site.handle)) return;
    const { over } = site.loop;
    yield {
      messageId: over === undefined ? 'endless' : 'each',
      data: { over: over ?? '' },
      range: site.range,
      // How many elements there are, no source tells.
      confidence: over === undefined ? weaker(confidenceOf(site), 'likely') : 'possible',
    };
  },
});
