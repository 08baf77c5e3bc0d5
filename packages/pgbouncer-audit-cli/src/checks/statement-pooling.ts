import { defineCheck } from './check.ts';
import { pgbouncers, settingOf, severityIn } from './settings.ts';

/** How many places are listed. */
const maxListed = 5;

export const statementPooling = defineCheck({
  id: 'statement-pooling',
  taxonomy: ['80'],
  title: 'pool_mode is statement, and the code opens transactions',
  failure: 'error',
  severity: 'error',
  messages: {
    refused:
      'Every transaction fails: with `pool_mode = statement` PgBouncer answers BEGIN with "transaction blocks not allowed in statement pooling mode" and closes the connection, and the code opens transactions in {{count}}. Use `pool_mode = transaction`.',
  },
  *judge({ deployment, transactions }) {
    if (transactions.length === 0) return;
    for (const pooler of pgbouncers(deployment.poolers)) {
      for (const mode of [settingOf(pooler, 'pool_mode'), ...(pooler.exceptions ?? [])]) {
        if (mode?.value.toLowerCase() !== 'statement') continue;
        yield {
          messageId: 'refused',
          data: { count: transactions.length === 1 ? 'one place' : `${transactions.length} places` },
          at: mode.origin,
          // Which pooler, or which database of it, the code goes through is known of the only one.
          confidence: deployment.poolers.length === 1 && mode.name === 'pool_mode' ? 'certain' : 'likely',
          severity: severityIn(mode.origin.file, 'error'),
          evidence: transactions.slice(0, maxListed).map((place) => ({ text: 'a transaction', at: place })),
        };
      }
    }
  },
});
