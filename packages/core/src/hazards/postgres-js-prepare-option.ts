import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { namedStatements } from '../pooler/capabilities.ts';
import { confidenceOf, equivalent, isPooled, makesPostgresJs, prepareOption } from './kit.ts';

export const postgresJsPrepareOption = defineHazard({
  id: 'postgres-js-prepare-option',
  taxonomy: ['22'],
  family: 'prepared-statements',
  title: 'Require prepare: false of postgres.js where the pooler does not support prepared statements',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    missing:
      'postgres.js sends every tagged template, and COMMIT, as a named prepared statement: without support in the pooler queries in a transaction fail with 26000, and commits are lost. Set `prepare: false` here, or `max_prepared_statements` in PgBouncer 1.21 or later.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'construction' || !isPooled(site.handle) || !makesPostgresJs(site.handle)) return;
    const prepare = prepareOption(site.options);
    if (prepare.isOff) return;
    const support = namedStatements(profile);
    if (support.supported && !support.dependsOn) return;
    const confidence = weaker(confidenceOf(site), prepare.isUnread ? 'possible' : 'certain');
    yield {
      messageId: 'missing',
      range: prepare.option?.range ?? site.range,
      confidence: weaker(confidence, support.confidence),
      // PostgreSQL parses and plans the statement anew each time, and gives the same result.
      suggestions:
        site.switchPrepareOff && !prepare.option && !support.dependsOn ? [equivalent('Set prepare: false', site.switchPrepareOff)] : [],
      ...(support.dependsOn && { dependsOn: support.dependsOn, severity: 'info' as const }),
    };
  },
});
