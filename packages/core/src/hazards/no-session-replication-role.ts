import { defineHazard } from '../hazard.ts';
import { confidenceOf, isResetInTransaction, localSuggestion, sessionSettings } from './kit.ts';

export const noSessionReplicationRole = defineHazard({
  id: 'no-session-replication-role',
  taxonomy: ['46'],
  family: 'session-settings',
  title: 'Disallow setting session_replication_role for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    replicationRole:
      '`{{head}}` stays on the server connection: foreign keys and triggers are off for the next client that gets it. Use SET LOCAL inside the transaction that needs it, or a direct connection.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, _setup, sites) {
    for (const sighting of sessionSettings(site)) {
      if (sighting.fact.name !== 'session_replication_role' || isResetInTransaction(site, sighting, sites)) continue;
      yield {
        messageId: 'replicationRole',
        data: { head: sighting.fact.head },
        range: sighting.fact.range,
        confidence: confidenceOf(site),
        suggestions: localSuggestion(site, sighting),
      };
    }
  },
});
