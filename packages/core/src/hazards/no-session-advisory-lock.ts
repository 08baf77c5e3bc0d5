import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings, suggestion } from './kit.ts';

export const noSessionAdvisoryLock = defineHazard({
  id: 'no-session-advisory-lock',
  taxonomy: ['30'],
  title: 'Disallow session-level advisory locks',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    lock: '`{{function}}` belongs to the server connection, not to this client: two clients can both get it, and the unlock may reach another connection, so that the lock stays until the server connection is closed. Use `{{replacement}}` inside one transaction, or a direct connection.',
    unlock:
      '`{{function}}` may reach another server connection than the one that holds the lock: it returns false, and the lock stays. Use `pg_advisory_xact_lock` inside one transaction, which needs no unlock, or a direct connection.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact, context } of sightings(site, 'advisory-lock')) {
      if (fact.level !== 'session') continue;
      const isLock = fact.operation === 'lock' || fact.operation === 'try';
      const replacement = fact.function.toLowerCase().replace('advisory_lock', 'advisory_xact_lock');
      yield {
        messageId: isLock ? 'lock' : 'unlock',
        data: { function: fact.function, replacement },
        range: fact.range,
        confidence: confidenceOf(site),
        suggestions:
          isLock && context.state === 'in' && context.confidence === 'certain' && fact.nameRange
            ? [suggestion(`Use ${replacement}`, { range: fact.nameRange, text: replacement })]
            : [],
      };
    }
  },
});
