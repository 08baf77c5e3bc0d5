import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noTransactionInStatementMode = defineHazard({
  id: 'no-transaction-in-statement-mode',
  taxonomy: ['80'],
  family: 'transactions',
  title: 'Disallow transactions where the pooler runs in statement mode',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    transaction:
      '`{{head}}` opens a transaction, which `pool_mode = statement` refuses: the connection is closed with 08P01 "transaction blocks not allowed in statement pooling mode". Use `pool_mode = transaction`.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (profile.poolMode !== 'statement' || !isPooled(site.handle)) return;
    if (site.kind === 'transaction' && site.handle.kind !== 'transaction' && site.handle.kind !== 'http') {
      yield { messageId: 'transaction', data: { head: `${site.method}()` }, range: site.range, confidence: confidenceOf(site) };
    }
    for (const { fact } of sightings(site, 'transaction')) {
      if (fact.command !== 'begin') continue;
      yield { messageId: 'transaction', data: { head: fact.head }, range: fact.range, confidence: weaker(confidenceOf(site), 'certain') };
    }
  },
});
