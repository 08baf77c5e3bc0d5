import type { SettingsProblem } from '@pgbouncer-audit/core';
import { record } from '../record.ts';

/** What the configuration states of the connection budget. */
export interface BudgetSettings {
  /** By the name of the service, or of the package. */
  readonly services: Readonly<Record<string, { readonly processes?: number; readonly max?: number }>>;
  readonly postgres: { readonly maxConnections?: number; readonly reserved?: number };
  readonly pooler: {
    readonly instances?: number;
    readonly maxClientConn?: number;
    readonly defaultPoolSize?: number;
    readonly reservePoolSize?: number;
    readonly maxDbConnections?: number;
    readonly pools?: number;
  };
}

const noBudget: BudgetSettings = { services: {}, postgres: {}, pooler: {} };

const numbers: Readonly<Record<'service' | 'postgres' | 'pooler', readonly string[]>> = {
  service: ['processes', 'max'],
  postgres: ['maxConnections', 'reserved'],
  pooler: ['instances', 'maxClientConn', 'defaultPoolSize', 'reservePoolSize', 'maxDbConnections', 'pools'],
};

/**
 * Takes `budget` out of a configuration: the engine does not know the key.
 *
 * @returns the rest, for the engine; what is stated; and what is wrong with it
 */
export function takeBudget(settings: unknown): { rest: unknown; budget: BudgetSettings; problems: readonly SettingsProblem[] } {
  if (typeof settings !== 'object' || settings === null || !Object.hasOwn(settings, 'budget'))
    return { rest: settings, budget: noBudget, problems: [] };
  const { budget, ...rest } = settings as { budget: unknown };
  const problems: SettingsProblem[] = [];
  const object = (value: unknown, path: string, known?: readonly string[]): Readonly<Record<string, unknown>> => {
    if (value === undefined) return {};
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      problems.push({ path, message: 'Expected an object.' });
      return {};
    }
    for (const key of Object.keys(value)) {
      if (known && !known.includes(key))
        problems.push({ path: `${path}.${key}`, message: `Unknown key; the keys are ${known.join(', ')}.` });
    }
    return record(value);
  };
  const counts = (value: unknown, path: string, known: readonly string[]): Record<string, number> => {
    const read = object(value, path, known);
    const found: Record<string, number> = {};
    for (const key of known) {
      const each = read[key];
      if (each === undefined) continue;
      if (Number.isInteger(each) && (each as number) >= 0) found[key] = each as number;
      else problems.push({ path: `${path}.${key}`, message: 'Expected a whole number.' });
    }
    return found;
  };
  const top = object(budget, 'budget', ['services', 'postgres', 'pooler']);
  const services = Object.entries(object(top['services'], 'budget.services')).map(
    ([name, value]) => [name, counts(value, `budget.services.${name}`, numbers.service)] as const,
  );
  return {
    rest,
    budget: {
      services: Object.fromEntries(services),
      postgres: counts(top['postgres'], 'budget.postgres', numbers.postgres),
      pooler: counts(top['pooler'], 'budget.pooler', numbers.pooler),
    },
    problems,
  };
}
