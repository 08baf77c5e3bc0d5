import { defineHazard } from '../hazard.ts';
import { confidenceOf, isResetInTransaction, leak, localSuggestion, migrationData, parameterName, sessionSettings } from './kit.ts';

/** Settings of other databases, which layers for several of them send. */
const foreign =
  /^(foreign_key_checks|unique_checks|sql_mode|sql_safe_updates|sql_log_bin|autocommit|identity_insert|group_concat_max_len|innodb_\w+|global|collation_connection|character_set_\w+)$/;
/** Parameters that have a rule of their own. */
const elsewhere = /^(role|session_authorization|search_path|session_replication_role|session characteristics|default_transaction_\w+)$/;

export const noSessionSet = defineHazard({
  id: 'no-session-set',
  taxonomy: ['01', '90'],
  family: 'session-settings',
  title: 'Disallow SET for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    outside:
      '`{{head}}` stays on the server connection: the next client that gets it inherits {{name}}, and this client loses it. Use SET LOCAL inside a transaction, or ALTER ROLE .. SET.',
    inside: '`{{head}}` outlives its transaction: after COMMIT the next client on this server connection inherits {{name}}. Use SET LOCAL.',
    migration:
      '`{{head}}` outlives the migration: when {{tool}} has committed, the next client on this server connection, most likely a request of the application, runs with {{name}} of the migration. Write SET LOCAL, which ends with the transaction and satisfies linters that ask for a time-out; at the top of a dump, delete it.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    for (const sighting of sessionSettings(site)) {
      const { fact, context } = sighting;
      if (fact.via !== 'SET' || (fact.name !== undefined && (elsewhere.test(fact.name) || foreign.test(fact.name)))) continue;
      if ((site.kind === 'query' && site.inConnectHook) || isResetInTransaction(site, sighting, sites)) continue;
      const leaks = leak(profile, fact.name, confidenceOf(site));
      if (!leaks) continue;
      const migration = migrationData(site, sighting);
      yield {
        messageId: migration ? 'migration' : context.state === 'in' ? 'inside' : 'outside',
        data: { head: fact.head, name: parameterName(fact), ...migration },
        range: fact.range,
        ...leaks,
        suggestions: localSuggestion(site, sighting),
      };
    }
  },
});
