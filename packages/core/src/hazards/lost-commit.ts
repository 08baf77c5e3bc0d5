import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { namedStatements } from '../pooler/capabilities.ts';
import { confidenceOf, isPooled, prepareOption } from './kit.ts';

export const lostCommit = defineHazard({
  id: 'lost-commit',
  taxonomy: ['LC'],
  family: 'prepared-statements',
  title: 'Disallow transactions of postgres.js with named statements where the pooler does not support them',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    lost: '`{{method}}` sends COMMIT as a named prepared statement: without support in the pooler PostgreSQL rolls the transaction back, and the promise resolves all the same. Set `prepare: false` on the postgres.js client, or `max_prepared_statements` in PgBouncer 1.21 or later.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    if (site.kind !== 'transaction' || site.handle.kind === 'transaction' || !isPooled(site.handle)) return;
    const { handle } = site;
    const carrier = handle.driver === 'drizzle' ? handle.underlying : handle;
    if (carrier?.driver !== 'postgres.js') return;
    const prepare = prepareOption(carrier.options);
    if (prepare.isOff) return;
    const support = namedStatements(profile);
    if (support.supported && !support.dependsOn) return;
    // Where that is only an assumption, one remark per client and file is enough.
    if (
      support.supported &&
      sites.some((other) => other.kind === 'transaction' && other.range[0] < site.range[0] && other.handle.root === handle.root)
    )
      return;
    const confidence = weaker(confidenceOf(site), prepare.isUnread ? 'possible' : 'certain');
    yield {
      messageId: 'lost',
      data: { method: site.method },
      range: site.range,
      confidence: weaker(confidence, support.confidence),
      ...(support.dependsOn && { dependsOn: support.dependsOn, severity: 'info' as const }),
    };
  },
});
