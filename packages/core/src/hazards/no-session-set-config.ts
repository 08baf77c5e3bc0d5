import { defineHazard } from '../hazard.ts';
import { confidenceOf, isResetInTransaction, leak, localSuggestion, migrationData, parameterName, sessionSettings } from './kit.ts';

export const noSessionSetConfig = defineHazard({
  id: 'no-session-set-config',
  taxonomy: ['02', '91'],
  family: 'session-settings',
  title: 'Disallow set_config() for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    session:
      '`{{head}}` with `false` stays on the server connection: the next client that gets it runs with {{name}} of this one. Pass `true` as the third argument, inside the transaction that needs it.',
    migration:
      '`{{head}}` with `false` outlives the migration: when {{tool}} has committed, the next client on this server connection runs with {{name}} of the migration. Pass `true` as the third argument; at the top of a dump, delete it.',
    unknown:
      '`{{head}}` stays on the server connection if its third argument is false: the next client that gets it then runs with {{name}} of this one. Pass the constant `true`, inside the transaction that needs it.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    for (const sighting of sessionSettings(site)) {
      const { fact } = sighting;
      if (
        fact.via !== 'set_config' ||
        (fact.name !== undefined && /^(role|session_authorization|search_path|session_replication_role)$/.test(fact.name))
      )
        continue;
      if ((site.kind === 'query' && site.inConnectHook) || isResetInTransaction(site, sighting, sites)) continue;
      const unknown = fact.scope === 'unknown';
      const leaks = leak(profile, fact.name, unknown ? 'possible' : confidenceOf(site));
      if (!leaks) continue;
      const migration = migrationData(site, sighting);
      yield {
        messageId: unknown ? 'unknown' : migration ? 'migration' : 'session',
        data: { head: fact.head, name: parameterName(fact), ...migration },
        range: fact.range,
        ...leaks,
        suggestions: localSuggestion(site, sighting),
      };
    }
  },
});
