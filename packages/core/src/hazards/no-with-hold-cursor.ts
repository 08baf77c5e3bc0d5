import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noWithHoldCursor = defineHazard({
  id: 'no-with-hold-cursor',
  taxonomy: ['41'],
  family: 'session-objects',
  title: 'Disallow cursors WITH HOLD',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    hold: '`{{head}}` keeps the cursor on the server connection after COMMIT: FETCH on another one fails with 34000, and other clients can read its rows. Declare it without WITH HOLD and fetch inside the transaction, or page by key.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact } of sightings(site, 'cursor')) {
      if (fact.hold)
        yield { messageId: 'hold', data: { head: fact.head }, range: fact.holdRange ?? fact.range, confidence: confidenceOf(site) };
    }
  },
});
