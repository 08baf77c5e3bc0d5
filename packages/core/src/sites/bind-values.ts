import type { TSESTree } from '@typescript-eslint/types';
import type { Fact, Script, SettingFact } from '../sql/script.ts';
import { unwrap } from '../syntax/unwrap.ts';

/** A script in which `$n` of a set_config() call stands for the constant that the call binds to it. */
export function bindValues(script: Script, values: readonly TSESTree.Node[] | undefined): Script {
  if (!values || !script.statements.some(({ facts }) => facts.some(isParameterised))) return script;
  const statements = script.statements.map((statement) => ({ ...statement, facts: statement.facts.map((fact) => bound(fact, values)) }));
  return { ...script, statements };
}

function isParameterised(fact: Fact): fact is SettingFact {
  return fact.kind === 'setting' && (fact.nameParameter !== undefined || fact.scopeParameter !== undefined);
}

function bound(fact: Fact, values: readonly TSESTree.Node[]): Fact {
  if (!isParameterised(fact)) return fact;
  const name = constant(values, fact.nameParameter);
  const local = constant(values, fact.scopeParameter);
  const scope = local === true || local === 'true' ? 'local' : local === false || local === 'false' ? 'session' : fact.scope;
  return { ...fact, scope, ...(typeof name === 'string' && { name: name.toLowerCase() }) };
}

function constant(values: readonly TSESTree.Node[], number: number | undefined): unknown {
  const node = number === undefined ? undefined : values[number - 1];
  const inner = node && unwrap(node);
  return inner?.type === 'Literal' ? inner.value : undefined;
}
