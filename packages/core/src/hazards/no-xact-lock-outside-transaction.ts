import { defineHazard } from '../hazard.ts';
import { confidenceOutside, sightings } from './kit.ts';

export const noXactLockOutsideTransaction = defineHazard({
  id: 'no-xact-lock-outside-transaction',
  taxonomy: ['31'],
  family: 'locks',
  title: 'Disallow transaction-level advisory locks outside a transaction',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    outside:
      '`{{function}}` is released as soon as its own statement ends: outside a transaction it protects nothing. Put it and the work it protects into one transaction.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query') return;
    for (const { fact, context, statement } of sightings(site, 'advisory-lock')) {
      if (fact.level !== 'transaction' || context.state === 'in' || fact.inside) continue;
      // A statement that takes the lock and does the work as well is protected by it.
      // A statement that takes the lock and does the work as well is protected by it.
      if (statement.usesTables && statement.tag !== 'SelectStmt') continue;
      const confidence = statement.usesTables ? 'possible' : confidenceOutside(site, context);
      yield { messageId: 'outside', data: { function: fact.function }, range: fact.range, confidence };
    }
  },
});
