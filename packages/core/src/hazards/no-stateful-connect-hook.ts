import { defineHazard } from '../hazard.ts';
import { confidenceOf, leak, sessionSettings } from './kit.ts';

export const noStatefulConnectHook = defineHazard({
  id: 'no-stateful-connect-hook',
  taxonomy: ['06'],
  family: 'session-settings',
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
      const leaks = leak(profile, fact.name, confidenceOf(site));
      if (leaks) yield { messageId: 'hook', data: { head: fact.head, name: fact.name ?? 'the setting' }, range: fact.range, ...leaks };
    }
  },
});
