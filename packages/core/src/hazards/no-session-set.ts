import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { isTracked } from '../pooler/capabilities.ts';
import { confidenceOf, localSuggestion, parameterName, sessionSettings } from './kit.ts';

/** Parameters that have a rule of their own. */
const elsewhere = /^(role|session_authorization|search_path|session_replication_role|session characteristics|default_transaction_\w+)$/;

export const noSessionSet = defineHazard({
  id: 'no-session-set',
  taxonomy: ['01', '90'],
  title: 'Disallow SET for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    outside:
      '`{{head}}` stays on the server connection: the next client that gets it inherits {{name}}, and this client loses it. Use SET LOCAL inside a transaction, or ALTER ROLE .. SET.',
    inside:
      '`{{head}}` outlives its transaction: after COMMIT the next client on this server connection inherits {{name}}. Use SET LOCAL.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    for (const sighting of sessionSettings(site)) {
      const { fact, context } = sighting;
      if (fact.via !== 'SET' || (fact.name !== undefined && (elsewhere.test(fact.name) || isTracked(profile, fact.name)))) continue;
      if (site.kind === 'query' && site.inConnectHook) continue;
      yield {
        messageId: context.state === 'in' ? 'inside' : 'outside',
        data: { head: fact.head, name: parameterName(fact) },
        range: fact.range,
        confidence: fact.name === undefined ? weaker(confidenceOf(site), 'likely') : confidenceOf(site),
        suggestions: localSuggestion(sighting),
      };
    }
  },
});
