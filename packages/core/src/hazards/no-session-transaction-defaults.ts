import { defineHazard } from '../hazard.ts';
import { confidenceOf, leak, sessionSettings } from './kit.ts';

export const noSessionTransactionDefaults = defineHazard({
  id: 'no-session-transaction-defaults',
  taxonomy: ['10'],
  family: 'session-settings',
  title: 'Disallow changing the default transaction modes of the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    defaults:
      "`{{head}}` stays on the server connection: later transactions of other clients run with these modes, read-only ones fail with 25006. Give the modes to the one transaction: `db.transaction(callback, { accessMode, isolationLevel })`, `sql.begin('read only', callback)`.",
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    for (const { fact } of sessionSettings(site)) {
      const name = fact.name ?? '';
      if (name !== 'session characteristics' && !name.startsWith('default_transaction_')) continue;
      // SET SESSION CHARACTERISTICS sets default_transaction_read_only and its siblings.
      const readOnly = name === 'default_transaction_read_only' || (fact.modes?.length === 1 && /read (only|write)/.test(fact.modes[0]!));
      const leaks = leak(profile, readOnly ? 'default_transaction_read_only' : name, confidenceOf(site));
      if (leaks) yield { messageId: 'defaults', data: { head: fact.head }, range: fact.range, ...leaks };
    }
  },
});
