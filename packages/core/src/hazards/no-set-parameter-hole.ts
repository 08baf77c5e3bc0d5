import { type Confidence, type Suggestion, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { SettingFact, Statement } from '../sql/script.ts';
import type { HolePart } from '../sql/static-text.ts';
import type { QuerySite } from '../sites/site.ts';
import { confidenceOf, sightings } from './kit.ts';

export const noSetParameterHole = defineHazard({
  id: 'no-set-parameter-hole',
  taxonomy: ['11'],
  family: 'session-settings',
  title: 'Disallow values interpolated into SET',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    bound:
      '`{{head}}` takes no bind parameter: PostgreSQL answers with a syntax error at "$1". Use `select set_config(\'{{name}}\', .., true)` inside the transaction; do not paste the value into the text.',
    pasted:
      "`{{head}}` gets its value pasted into the text: whoever controls `{{hole}}` can run SQL of their own. Use `select set_config('{{name}}', $1, true)`, which binds it.",
  },
  suggests: true,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query') return;
    for (const { fact, statement } of sightings(site, 'setting')) {
      if (fact.via !== 'SET') continue;
      for (const value of fact.values) {
        if (value.kind === 'parameter') {
          yield {
            messageId: 'bound',
            data: { head: fact.head, name: fact.name ?? '..' },
            range: fact.range,
            confidence: confidenceOf(site),
          };
          break;
        }
        if (value.kind !== 'hole') continue;
        const part = site.text.parts[value.part];
        if (part?.kind !== 'hole' || part.role === 'identifier') continue;
        const pasted = part.role === 'text';
        // A number cannot end a literal, a quoted name or literal is safe, and of what else stands without quotes little is known.
        if (pasted && (part.holds === 'number' || part.holds === 'quoted' || (part.holds !== 'text' && !isQuoted(site, value.part))))
          continue;
        const confidence: Confidence = part.role === 'value' ? 'certain' : 'likely';
        yield {
          messageId: pasted ? 'pasted' : 'bound',
          data: { head: fact.head, name: fact.name ?? '..', hole: part.label },
          range: part.range ?? fact.range,
          confidence: pasted ? weaker('possible', confidenceOf(site)) : weaker(confidence, confidenceOf(site)),
          ...(pasted && { severity: 'warning' as const }),
          suggestions: pasted ? [] : setConfig(site, statement, fact, part),
        };
        break;
      }
    }
  },
});

/** Whether a hole stands in a string literal of the SQL. */
function isQuoted(site: QuerySite, part: number): boolean {
  const before = site.text.parts[part - 1];
  return before?.kind === 'constant' && before.value.endsWith("'");
}

/** `SET LOCAL x = ${v}` is `select set_config('x', ${v}, true)`, when that is all the template holds. */
function setConfig(site: QuerySite, statement: Statement, fact: SettingFact, hole: HolePart): Suggestion[] {
  if (fact.scope !== 'local' || !fact.name || !hole.range || fact.values.length !== 1 || fact.name.includes("'")) return [];
  if (site.text.parts.some((part) => part !== hole && part.kind === 'hole')) return [];
  const [start, end] = statement.range;
  if (start >= hole.range[0] - 2 || end < hole.range[1] + 1) return [];
  return [
    {
      message: 'Use set_config(), which binds the value',
      edits: [
        { range: [start, hole.range[0] - 2], text: `select set_config('${fact.name}', ` },
        { range: [hole.range[1] + 1, end], text: ', true)' },
      ],
      equivalent: false,
    },
  ];
}
