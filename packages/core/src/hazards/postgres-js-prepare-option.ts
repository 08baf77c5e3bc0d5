import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { namedStatements } from '../pooler/capabilities.ts';
import type { ConstructionSite } from '../sites/site.ts';
import { confidenceOf, isPooled } from './kit.ts';

export const postgresJsPrepareOption = defineHazard({
  id: 'postgres-js-prepare-option',
  taxonomy: ['22'],
  title: 'Require prepare: false of postgres.js where the pooler does not support prepared statements',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    missing:
      'postgres.js sends every tagged template, and COMMIT, as a named prepared statement: without support in the pooler queries in a transaction fail with 26000, and commits are lost. Set `prepare: false` here, or `max_prepared_statements` in PgBouncer 1.21 or later.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'construction' || !isPooled(site.handle) || !isPostgresJs(site)) return;
    const prepare =
      site.options.properties.get('prepare') ??
      site.options.properties.get('connection.prepare') ??
      site.options.properties.get('?prepare');
    if (prepare?.constant === false || prepare?.constant === 'false') return;
    const support = namedStatements(profile);
    if (support.supported && !support.dependsOn) return;
    const unread = (prepare !== undefined && !prepare.known) || (prepare === undefined && site.options.open);
    const confidence = weaker(confidenceOf(site), unread ? 'possible' : 'certain');
    yield {
      messageId: 'missing',
      range: prepare?.range ?? site.range,
      confidence: weaker(confidence, support.confidence),
      ...(support.dependsOn && { dependsOn: support.dependsOn, severity: 'info' as const }),
    };
  },
});

/** `postgres(..)`, and `drizzle(url)` that makes one by itself. */
function isPostgresJs(site: ConstructionSite): boolean {
  const { handle } = site;
  if (handle.driver === 'postgres.js') return true;
  return handle.driver === 'drizzle' && handle.underlying?.driver === 'postgres.js' && handle.underlying.root === `${handle.root}:client`;
}
