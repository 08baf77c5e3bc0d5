import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { sightings } from './kit.ts';

/** `PreventInTransactionBlock` of PostgreSQL: a rule of the server, with or without a pooler (`proof.ts`). */
export const noConcurrentDdlInTransaction = defineHazard({
  id: 'no-concurrent-ddl-in-transaction',
  taxonomy: ['92'],
  family: 'transactions',
  title: 'Disallow statements in a transaction that PostgreSQL refuses there',
  failure: 'error',
  severity: 'warning',
  preset: 'all',
  messages: {
    transaction: '`{{head}}` always fails with 25001 in a transaction, and the transaction with it. Send it alone, outside of one.',
    several: '`{{head}}` always fails with 25001 in a text of several statements, which PostgreSQL runs as one transaction. Send it alone.',
    block: '`{{head}}` always fails with 25001 in a DO block, which is a part of a transaction. Send it alone, outside of one.',
    migration: '`{{head}}` always fails with 25001 here, and the migration with it: {{tool}} runs this file in a transaction. {{outside}}.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query') return;
    for (const { fact, context } of sightings(site, 'transactionless')) {
      if (context.state !== 'in' && !fact.inside) continue;
      const inFile = site.migration && site.context.state === 'in' && !fact.inside;
      yield {
        messageId: fact.inside ? 'block' : inFile ? 'migration' : site.context.state === 'in' ? 'transaction' : 'several',
        data: { head: fact.head, ...(inFile && { tool: site.migration.tool, outside: site.migration.outside }) },
        range: fact.range,
        confidence: fact.inside ? site.handle.confidence : weaker(site.handle.confidence, context.confidence),
      };
    }
  },
});
