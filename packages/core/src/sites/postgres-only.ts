import type { Fact, Script } from '../sql/script.ts';

/** Parameters that only PostgreSQL has, of those that are set in code. */
const parameters =
  /^(search_path|role|session_authorization|statement_timeout|lock_timeout|idle_in_transaction_session_timeout|work_mem|maintenance_work_mem|row_security|session_replication_role|synchronous_commit|jit|client_min_messages|default_transaction_\w+|enable_\w+|.*\..*)$/;

/** Whether a text has a statement that no other database than PostgreSQL would understand. */
export function isPostgresOnly(script: Script): boolean {
  return script.isSql && script.statements.some((statement) => statement.facts.some(isPostgresFact));
}

function isPostgresFact(fact: Fact): boolean {
  switch (fact.kind) {
    case 'advisory-lock':
    case 'listen':
    case 'unlisten':
    case 'notify':
    case 'load':
    case 'discard':
      return true;
    case 'cursor':
      return fact.hold;
    case 'setting':
      return fact.via === 'set_config' || fact.scope === 'local' || (fact.name !== undefined && parameters.test(fact.name));
    case 'sequence':
      return fact.function === 'currval';
    default:
      return false;
  }
}
