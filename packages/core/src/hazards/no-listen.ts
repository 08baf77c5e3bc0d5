import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { loses } from '../pooler/capabilities.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noListen = defineHazard({
  id: 'no-listen',
  taxonomy: ['43'],
  family: 'notifications',
  title: 'Disallow LISTEN through the pooler',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    listen:
      '`{{head}}` registers the server connection, not this client: notifications go to whoever has that connection, or to nobody, without an error. Listen on a direct connection to PostgreSQL. NOTIFY through the pooler is fine.',
    polls:
      '`{{head}}` listens for what is new, and behind the pooler is never told, without an error: jobs are found by polling alone, late by up to its interval. Give it a direct connection to PostgreSQL, or set the interval to what you can wait.',
    unlisten:
      '`{{head}}` reaches whichever server connection is free: the one that listens goes on listening. Listen and unlisten on a direct connection to PostgreSQL.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    const loss = loses(profile, 'listen');
    if (!isPooled(site.handle) || !loss) return;
    const confidence = weaker(confidenceOf(site), loss);
    if (site.kind === 'subscription') {
      const polls = site.loses === 'time';
      yield {
        messageId: polls ? 'polls' : 'listen',
        data: { head: `${site.method}()` },
        range: site.range,
        confidence,
        ...(polls && { severity: 'warning' as const }),
      };
    }
    for (const { fact } of sightings(site, 'listen')) {
      yield { messageId: 'listen', data: { head: fact.head }, range: fact.range, confidence };
    }
    for (const { fact } of sightings(site, 'unlisten')) {
      yield { messageId: 'unlisten', data: { head: fact.head }, range: fact.range, confidence };
    }
  },
});
