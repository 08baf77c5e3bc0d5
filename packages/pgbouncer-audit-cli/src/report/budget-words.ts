import type { BudgetNumber, BudgetRow, BudgetSum } from '../result.ts';

/** A number with its name: `max 10 (assumed)`. */
function numberDetail({ value, name, source }: BudgetNumber): string {
  return `${name} ${value}${source === 'assumed' || source === 'stated' ? ` (${source})` : ''}`;
}

/** How many connections a client may open, reckoned: `max 10 (assumed) × replicas 4`. */
export function rowArithmetic({ max, times }: BudgetRow): string {
  return [max, ...times].map(numberDetail).join(' × ');
}

/** Where the numbers of a row were read. */
export function rowPlaces({ max, times }: BudgetRow): readonly string[] {
  return [...new Set([max, ...times].flatMap(({ source }) => (typeof source === 'object' ? [`${source.file}:${source.line}`] : [])))];
}

/** A sum against its limit; a whole sentence. */
export function sumDetail({ title, value, arithmetic, limit, exceeded, assumed }: BudgetSum): string {
  const origin = typeof limit.source === 'object' ? `${limit.source.file}:${limit.source.line}` : limit.source;
  const reckoned = arithmetic === String(value) ? '' : ` (${arithmetic})`;
  const rests = assumed.length > 0 ? `, resting on what was assumed: ${assumed.join(', ')}` : '';
  return `${title}: ${value}${reckoned} ${exceeded ? 'is more than' : 'is within'} ${limit.name} ${limit.value} (${origin})${rests}.`;
}
