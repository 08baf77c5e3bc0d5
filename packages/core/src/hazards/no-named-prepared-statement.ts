import { type Confidence, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { namedStatements } from '../pooler/capabilities.ts';
import type { NamedStatementSite } from '../sites/site.ts';
import { confidenceOf, equivalent, isPooled, prepareOption } from './kit.ts';

export const noNamedPreparedStatement = defineHazard({
  id: 'no-named-prepared-statement',
  taxonomy: ['20'],
  family: 'prepared-statements',
  title: 'Disallow named prepared statements where the pooler does not support them',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    named:
      '{{by}} sends a named prepared statement: without support in the pooler it fails with 26000 or 42P05 on another server connection, or runs the statement of another client. Set `max_prepared_statements` (PgBouncer 1.21 or later), or send it unnamed.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'named-statement' || !isPooled(site.handle)) return;
    const support = namedStatements(profile);
    if (support.supported && !support.dependsOn) return;
    const sent = isSentNamed(site);
    if (sent === 'never') return;
    const confidence = weaker(confidenceOf(site), sent);
    yield {
      messageId: 'named',
      data: { by: { 'pg name': '`name`', 'drizzle prepare': '`.prepare()`', 'postgres.js prepare': '`prepare`' }[site.by] },
      range: site.range,
      confidence: weaker(confidence, support.confidence),
      // PostgreSQL parses and plans the statement anew each time, and gives the same result.
      suggestions: site.unname && !support.dependsOn ? [equivalent('Send it unnamed', site.unname)] : [],
      ...(support.dependsOn && { dependsOn: support.dependsOn, severity: 'info' as const }),
    };
  },
});

/** What the driver sends: a name, or none. */
function isSentNamed(site: NamedStatementSite): Confidence | 'never' {
  const { handle, isNamed = 'possible' } = site;
  if (site.by === 'pg name') return handle.driver === 'unknown' ? 'likely' : 'certain';
  const { isOff } = prepareOption((handle.underlying ?? handle).options);
  if (site.by === 'postgres.js prepare') return isOff ? 'never' : 'certain';
  if (handle.kind === 'http' || isNamed === 'never') return 'never';
  const carrier = handle.underlying?.driver;
  if (carrier === 'postgres.js') return isOff ? 'never' : isNamed;
  return weaker(carrier === undefined || carrier === 'unknown' ? 'likely' : 'certain', isNamed);
}
