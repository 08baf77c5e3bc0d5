import { defineHazard } from '../hazard.ts';
import { confidenceOf, isResetInTransaction, leak, localSuggestion, migrationData, sessionSettings } from './kit.ts';

export const noSessionRole = defineHazard({
  id: 'no-session-role',
  taxonomy: ['03'],
  family: 'session-settings',
  title: 'Disallow SET ROLE and SET SESSION AUTHORIZATION for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    role: '`{{head}}` stays on the server connection: the next client that gets it acts with the privileges and row-level security of another user. Use SET LOCAL ROLE inside the transaction that needs it. RESET ALL does not undo it.',
    migration:
      '`{{head}}` outlives the migration: when {{tool}} has committed, the next client on this server connection acts with the privileges and row-level security of another user. Write SET LOCAL ROLE, which ends with the transaction. RESET ALL does not undo it.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    for (const sighting of sessionSettings(site)) {
      const { fact } = sighting;
      if (fact.name !== 'role' && fact.name !== 'session_authorization') continue;
      if ((site.kind === 'query' && site.inConnectHook) || isResetInTransaction(site, sighting, sites)) continue;
      const leaks = leak(profile, fact.name, fact.scope === 'unknown' ? 'possible' : confidenceOf(site));
      if (!leaks) continue;
      const migration = migrationData(site, sighting);
      yield {
        messageId: migration ? 'migration' : 'role',
        data: { head: fact.head, ...migration },
        range: fact.range,
        ...leaks,
        suggestions: localSuggestion(site, sighting),
      };
    }
  },
});
