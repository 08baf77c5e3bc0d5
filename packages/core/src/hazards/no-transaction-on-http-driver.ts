import { defineHazard } from '../hazard.ts';
import { confidenceOf } from './kit.ts';

export const noTransactionOnHttpDriver = defineHazard({
  id: 'no-transaction-on-http-driver',
  taxonomy: ['56'],
  family: 'transactions',
  title: 'Disallow interactive transactions on an HTTP driver',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    http: '`{{method}}` on an HTTP driver throws: every query is a request of its own, and no connection is kept for a transaction. Use `db.batch([..])`, `sql.transaction([..])` of neon(), or a driver with a connection.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'transaction' || site.handle.kind !== 'http' || site.handle.driver !== 'drizzle') return;
    yield { messageId: 'http', data: { method: site.method }, range: site.range, confidence: confidenceOf(site) };
  },
});
