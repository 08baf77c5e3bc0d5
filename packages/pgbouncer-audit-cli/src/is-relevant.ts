import { mentions } from '@pgbouncer-audit/core';

/** SQL is sent, and a name stands where its text would: `pool.query(statement)`, `db.execute(sql.raw(statements.timeout))`. */
const sendsNamedText = /\.\s*(?:query|execute|exec|unsafe|raw|none|one|any|many)\s*(?:<[^()]{0,80}>)?\(\s*[A-Za-z_$][\w.]*\s*[,)(]/;

/** A comment that suppresses a rule, used or not. */
const suppresses = /\beslint(?:-disable)?[^\n]{0,300}\bpgbouncer\//;

/**
 * Whether a text can hold a hazard. The audit sees what lies in other files, so a statement whose text does may be one, too.
 */
export function isRelevant(text: string): boolean {
  return mentions(text) || sendsNamedText.test(text) || suppresses.test(text);
}
