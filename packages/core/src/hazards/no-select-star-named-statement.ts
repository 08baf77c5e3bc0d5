import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled } from './kit.ts';

/** PgBouncer keeps one server statement for all clients with the same text, and with it the plan that went stale (`proof.ts`). */
export const noSelectStarNamedStatement = defineHazard({
  id: 'no-select-star-named-statement',
  taxonomy: ['23'],
  family: 'prepared-statements',
  title: 'Disallow * in the result of a named prepared statement',
  failure: 'error',
  severity: 'warning',
  preset: 'strict',
  messages: {
    star: '`{{star}}` in a named prepared statement: after a column is added it fails with 0A000 "cached plan must not change result type", and through PgBouncer for clients that connect later as well, until RECONNECT. Name the columns, or send it unnamed.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'named-statement' || !isPooled(site.handle)) return;
    // Several texts, or one over the simple protocol, have no plan to keep.
    const [statement, ...others] = site.script?.statements ?? [];
    if (!statement || others.length > 0) return;
    const { star } = statement;
    if (star) yield { messageId: 'star', data: { star: star.head }, range: star.range, confidence: weaker(confidenceOf(site), 'likely') };
  },
});
