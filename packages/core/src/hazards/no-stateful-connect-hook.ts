import { defineHazard } from '../hazard.ts';
import { isTracked } from '../pooler/capabilities.ts';
import { confidenceOf, sessionSettings } from './kit.ts';

export const noStatefulConnectHook = defineHazard({
  id: 'no-stateful-connect-hook',
  taxonomy: ['06'],
  title: 'Disallow setting session state when a connection is opened',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    hook: '`{{head}}` runs once per client connection, and reaches one server connection: other clients inherit {{name}}, and most queries of this one run without it. Use ALTER ROLE .. SET {{name}}, or SET LOCAL inside each transaction that needs it.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'query' || !site.inConnectHook) return;
    for (const { fact } of sessionSettings(site)) {
      if (fact.name !== undefined && isTracked(profile, fact.name)) continue;
      yield { messageId: 'hook', data: { head: fact.head, name: fact.name ?? 'the setting' }, range: fact.range, confidence: confidenceOf(site) };
    }
  },
});
