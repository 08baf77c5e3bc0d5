import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOutside, sightings } from './kit.ts';

export const noRowLockOutsideTransaction = defineHazard({
  id: 'no-row-lock-outside-transaction',
  taxonomy: ['32'],
  family: 'locks',
  title: 'Disallow locks on rows and tables outside a transaction',
  failure: 'silent',
  severity: 'warning',
  preset: 'strict',
  messages: {
    rows: '`{{lock}}` outside a transaction is released as soon as its own statement ends: another client can take the same rows before they are written. Put it and the writes that it protects into one transaction.',
    table: '`{{lock}}` outside a transaction fails with 25P01. Put it and the work that it protects into one transaction.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind === 'builder' && site.rowLock && site.sent && site.context.state !== 'in') {
      const confidence = confidenceOutside(site, site.context);
      yield { messageId: 'rows', data: { lock: 'A row lock' }, range: site.rowLock, confidence };
    }
    if (site.kind !== 'query' || site.part === 'fragment') return;
    for (const { fact, context, statement } of sightings(site, 'row-lock')) {
      if (context.state === 'in' || fact.inside) continue;
      // `UPDATE .. WHERE id IN (SELECT .. FOR UPDATE)` is a transaction of its own.
      if (!fact.table && (fact.writes || statement.tag !== 'SelectStmt')) continue;
      const confidence = weaker(confidenceOutside(site, context), site.script.completeness === 'full' ? 'certain' : 'likely');
      yield { messageId: fact.table ? 'table' : 'rows', data: { lock: fact.head }, range: fact.range, confidence };
    }
  },
});
