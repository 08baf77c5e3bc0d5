import { defineCheck } from './check.ts';
import { numberOf, pgbouncers, settingOf, severityIn } from './settings.ts';

export const openTransactionTimeout = defineCheck({
  id: 'open-transaction-timeout',
  taxonomy: ['80'],
  title: 'No timeout ends a transaction that was left open',
  failure: 'exhaustion',
  severity: 'warning',
  messages: {
    unset:
      'A transaction that the code leaves open holds its server connection for ever: neither idle_transaction_timeout nor transaction_timeout is set, and both are off by default. Set `idle_transaction_timeout` to what the slowest transaction may wait for the application, or idle_in_transaction_session_timeout for the role in PostgreSQL.',
    off: 'A transaction that the code leaves open holds its server connection for ever: `{{name}} = 0` is off. Set it to what the slowest transaction may wait for the application, or idle_in_transaction_session_timeout for the role in PostgreSQL.',
  },
  *judge({ deployment }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const [idle, whole] = [settingOf(pooler, 'idle_transaction_timeout'), settingOf(pooler, 'transaction_timeout')];
      const isOff = [idle, whole].every((each) => each === undefined || numberOf(each) === 0);
      const mode = settingOf(pooler, 'pool_mode')?.value.toLowerCase();
      if (!isOff || mode === 'statement' || (mode === undefined && pooler.complete)) continue;
      const written = idle ?? whole;
      // Files that are not complete (an image, a chart) may leave it to what cannot be seen.
      if (!written && !pooler.complete) continue;
      yield {
        messageId: written ? 'off' : 'unset',
        ...(written && { data: { name: written.name } }),
        at: written?.origin ?? pooler.origin,
        confidence: 'likely',
        severity: severityIn(pooler.origin.file, 'warning'),
      };
    }
  },
});
