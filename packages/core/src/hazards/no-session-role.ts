import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { isTracked } from '../pooler/capabilities.ts';
import { confidenceOf, localSuggestion, sessionSettings } from './kit.ts';

export const noSessionRole = defineHazard({
  id: 'no-session-role',
  taxonomy: ['03'],
  title: 'Disallow SET ROLE and SET SESSION AUTHORIZATION for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    role: '`{{head}}` stays on the server connection: the next client that gets it acts with the privileges and row-level security of another user. Use SET LOCAL ROLE inside the transaction that needs it. RESET ALL does not undo it.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    for (const sighting of sessionSettings(site)) {
      const { fact } = sighting;
      if ((fact.name !== 'role' && fact.name !== 'session_authorization') || isTracked(profile, fact.name)) continue;
      if (site.kind === 'query' && site.inConnectHook) continue;
      yield {
        messageId: 'role',
        data: { head: fact.head },
        range: fact.range,
        confidence: fact.scope === 'unknown' ? weaker(confidenceOf(site), 'possible') : confidenceOf(site),
        suggestions: localSuggestion(sighting),
      };
    }
  },
});
