import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** Between two reads of a portal the driver sends no Sync, so that the pooler cannot give the server connection to anybody else. */
export const cursorHoldsBackend = defineHazard({
  id: 'cursor-holds-backend',
  taxonomy: ['42'],
  family: 'held-connections',
  title: 'Disallow cursors that keep their server connection while nothing is read',
  failure: 'exhaustion',
  severity: 'warning',
  preset: 'strict',
  messages: {
    unclosed:
      '`{{cursor}}` keeps a server connection until it is read to its end or closed, and nothing closes it: where reading stops early, the connection is lost to the pool. Close it in a `finally`.',
    slow: '`{{cursor}}` keeps a server connection from the first row to the last, and every row waits for something else: a few of these at once use up the pool. Read a page into memory before you work on it, or page by key with a query for each.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'cursor' || !isPooled(site.handle)) return;
    const messageId = site.consumption === 'unclosed' ? 'unclosed' : site.consumption === 'slow' ? 'slow' : undefined;
    if (!messageId) return;
    yield { messageId, data: { cursor: site.label }, range: site.range, confidence: weaker(confidenceOf(site), 'likely') };
  },
});
