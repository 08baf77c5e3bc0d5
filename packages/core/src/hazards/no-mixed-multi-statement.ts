import { type Confidence, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { QuerySite } from '../sites/site.ts';

/** These put the values into the text themselves. */
const clientSide: ReadonlySet<string> = new Set(['pg-promise', 'sequelize', 'mikro-orm']);

export const noMixedMultiStatement = defineHazard({
  id: 'no-mixed-multi-statement',
  taxonomy: ['57'],
  family: 'transactions',
  title: 'Disallow several statements and bound values in one text',
  failure: 'error',
  severity: 'warning',
  preset: 'strict',
  messages: {
    mixed:
      'A text with bound values takes one statement, and this one has {{count}}: PostgreSQL rejects it with 42601. Send the statements one by one, in one transaction, and do not paste the values into the text.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query' || site.part === 'fragment' || !site.sent || clientSide.has(site.handle.driver)) return;
    const { statements } = site.script;
    const second = statements[1];
    if (!second || statements.some(({ tag }) => tag === 'unparsed')) return;
    const bound = binds(site);
    if (!bound) return;
    const known = site.handle.driver === 'unknown' ? 'possible' : site.handle.confidence;
    yield { messageId: 'mixed', data: { count: String(statements.length) }, range: second.range, confidence: weaker(known, bound) };
  },
});

/** How sure it is that a value is bound; `undefined` where none is. */
function binds({ script, text, parameters, values }: QuerySite): Confidence | undefined {
  if (script.firstValue !== undefined || (parameters && values)) return 'certain';
  if (parameters) return 'likely';
  const holes = text.parts.filter((part) => part.kind === 'hole' && part.role === 'unknown');
  if (holes.length === 0) return undefined;
  // What Drizzle's hole holds may be a table, a column or a fragment, but not where it is a number or a string.
  return holes.some((part) => part.kind === 'hole' && part.holds !== undefined) ? 'likely' : 'possible';
}
