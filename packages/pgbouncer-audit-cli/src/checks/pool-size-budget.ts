import { defineCheck } from './check.ts';
import type { BudgetSum, Origin } from '../result.ts';

export const poolSizeBudget = defineCheck({
  id: 'pool-size-budget',
  taxonomy: ['74'],
  title: 'The code may open more connections than the pooler or PostgreSQL takes',
  failure: 'exhaustion',
  severity: 'error',
  messages: {
    clients:
      'The code may open {{value}} connections to the pooler ({{arithmetic}}), and `max_client_conn` is {{limit}}: further ones are refused with "no more connections allowed". Raise max_client_conn, which costs little, or lower the `max` of the clients.',
    postgres:
      'PostgreSQL may be asked for {{value}} connections ({{arithmetic}}), and takes {{limit}}: further ones fail with "too many clients already". Lower default_pool_size or the `max` of direct clients, or raise max_connections.',
  },
  *judge({ budget, deployment }) {
    for (const sum of budget?.sums ?? []) {
      if (!sum.exceeded) continue;
      const at = placeOf(sum) ?? deployment.used?.origin ?? budget?.rows[0]?.client;
      if (!at) continue;
      yield {
        messageId: sum.id,
        data: { value: String(sum.value), arithmetic: shortened(sum.arithmetic), limit: String(sum.limit.value), name: sum.limit.name },
        at,
        confidence: sum.assumed.length > 0 ? 'possible' : 'certain',
        ...(sum.assumed.length > 0 && {
          severity: 'warning' as const,
          dependsOn: {
            setting: 'budget',
            assumed: sum.assumed.join(', '),
            holdsWhen: `the sum of ${shortened(sum.arithmetic)} is over ${sum.limit.value}`,
          },
        }),
        evidence: (budget?.rows ?? [])
          .filter(({ reach }) => (sum.id === 'clients' ? reach !== 'direct' : sum.id === 'postgres' && reach === 'direct'))
          .map(({ service, client, total, max, times }) => ({
            text: `${service}: ${[max, ...times].map(({ value }) => value).join(' × ')} = ${total}`,
            at: client,
          })),
      };
    }
  },
});

/** How many terms of a sum a message shows; the budget has them all. */
const maxTerms = 8;

function shortened(arithmetic: string): string {
  const terms = arithmetic.split(' + ');
  return terms.length > maxTerms ? `${terms.slice(0, maxTerms).join(' + ')} + ${terms.length - maxTerms} more` : arithmetic;
}

function placeOf({ limit }: BudgetSum): Origin | undefined {
  return typeof limit.source === 'object' ? limit.source : undefined;
}
