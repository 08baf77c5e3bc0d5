import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, sameTransaction } from './kit.ts';

export const noEscapedTransaction = defineHazard({
  id: 'no-escaped-transaction',
  taxonomy: ['52'],
  family: 'transactions',
  title: 'Disallow queries on a transaction that nobody waits for',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    floating:
      'Nobody waits for this query: it may run after COMMIT or ROLLBACK, outside the transaction and on a connection that others use by then. Await it.',
    deferred:
      'This callback runs when the transaction may be over: its query then runs outside the transaction, on a connection that others use. Do it inside the transaction and await it, or use the pool.',
    returned:
      'The handle of the transaction leaves its callback: what is sent on it later runs after COMMIT or ROLLBACK, outside the transaction and on a connection that others use by then. Return the data, and do the work on the handle inside the callback.',
    unsent: 'This query is never sent: it runs only when it is awaited. Await it.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site, _setup, sites) {
    if (site.kind === 'escape') {
      yield {
        messageId: site.how === 'passed' ? 'floating' : 'returned',
        range: site.range,
        confidence: weaker(confidenceOf(site), 'likely'),
      };
    }
    if (site.kind !== 'query' && site.kind !== 'builder') return;
    if (site.handle.kind !== 'transaction' || site.settlement === 'awaited' || site.frames.length === 0) return;
    const unsent = !site.sent && site.settlement === 'floating';
    if (!site.sent && !unsent) return;
    // On one connection queries run in the order they were sent, COMMIT after them: what was sent at once is in the transaction.
    const ordered = site.settlement === 'floating' && !unsent && (site.handle.driver === 'pg' || site.handle.driver === 'postgres.js');
    if (ordered) return;
    const settled =
      site.settlement === 'floating' &&
      !unsent &&
      sites.some(
        (other) =>
          'settlement' in other && other.settlement === 'awaited' && other.range[0] > site.range[0] && sameTransaction(site, other),
      );
    yield {
      messageId: unsent ? 'unsent' : site.settlement,
      range: site.kind === 'builder' ? site.range : [site.node.range[0], Math.min(site.node.range[1], site.range[0])],
      confidence: weaker(confidenceOf(site), settled ? 'possible' : 'likely'),
    };
  },
});
