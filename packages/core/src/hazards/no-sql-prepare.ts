import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noSqlPrepare = defineHazard({
  id: 'no-sql-prepare',
  taxonomy: ['21'],
  title: 'Disallow the SQL commands PREPARE, EXECUTE and DEALLOCATE',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    statement:
      '`{{head}}` names a statement of one server connection: on another one it fails with 26000, or runs what a stranger prepared under that name. No version and no setting of PgBouncer helps. Send the query itself, or a protocol-level prepared statement of the driver.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const kind of ['prepare', 'execute', 'deallocate'] as const) {
      for (const { fact, context } of sightings(site, kind)) {
        // DEALLOCATE ALL is understood since 1.22, and harmless before.
        if (fact.kind === 'deallocate' && fact.all) continue;
        const confidence = confidenceOf(site);
        // Prepared, executed and deallocated in one transaction it works; the name must be free on the server.
        yield { messageId: 'statement', data: { head: fact.head }, range: fact.range, confidence: context.state === 'in' ? weaker(confidence, 'possible') : confidence };
      }
    }
  },
});
