import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noSessionLoad = defineHazard({
  id: 'no-session-load',
  taxonomy: ['44'],
  family: 'session-objects',
  title: 'Disallow LOAD and functions whose effect belongs to the session',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    load: '`{{head}}` takes effect on one server connection only: later statements of this client may run on another one without it. Use `session_preload_libraries` or ALTER ROLE .. SET, or do it in the transaction that needs it.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact, context } of sightings(site, 'load')) {
      if (context.state === 'in') continue;
      yield {
        messageId: 'load',
        data: { head: fact.head },
        range: fact.range,
        confidence: context.state === 'unknown' ? 'possible' : confidenceOf(site),
      };
    }
  },
});
