import { defineHazard } from '../hazard.ts';
import { confidenceOutside, isPooled, sightings } from './kit.ts';

export const noCurrval = defineHazard({
  id: 'no-currval',
  taxonomy: ['45'],
  family: 'session-objects',
  title: 'Disallow currval() and lastval() in a later statement',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    currval:
      '`{{head}}` reads what the server connection did last: on another one it fails with 55000, or gives the value of another client. Use INSERT .. RETURNING.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact, context, statement } of sightings(site, 'sequence')) {
      if ((fact.function !== 'currval' && fact.function !== 'lastval') || context.state === 'in') continue;
      if (statement.facts.some((other) => other.kind === 'sequence' && other.function === 'nextval')) continue;
      yield { messageId: 'currval', data: { head: fact.head }, range: fact.range, confidence: confidenceOutside(site, context) };
    }
  },
});
