import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { loses } from '../pooler/capabilities.ts';
import type { Site } from '../sites/site.ts';
import { confidenceOf, isPooled, sameTransaction, sightings } from './kit.ts';

export const noSqlPrepare = defineHazard({
  id: 'no-sql-prepare',
  taxonomy: ['21'],
  family: 'prepared-statements',
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
  *judge(site, { profile }, sites) {
    const loss = loses(profile, 'sqlPrepare');
    if (site.kind !== 'query' || !isPooled(site.handle) || !loss) return;
    for (const kind of ['prepare', 'execute', 'deallocate'] as const) {
      for (const { fact, context } of sightings(site, kind)) {
        // DEALLOCATE ALL is understood since 1.22, and harmless before.
        if (fact.kind === 'deallocate' && fact.all) continue;
        // Prepared, executed and deallocated in one transaction it works.
        if (context.state === 'in' && isDeallocated(site, sites)) continue;
        yield { messageId: 'statement', data: { head: fact.head }, range: fact.range, confidence: weaker(confidenceOf(site), loss) };
      }
    }
  },
});

/** Whether the transaction of a site also has a DEALLOCATE. */
function isDeallocated(site: Site, sites: readonly Site[]): boolean {
  return sites.some((other) => sameTransaction(site, other) && [...sightings(other, 'deallocate')].length > 0);
}
