/** Where a statement can begin. */
const beginning = String.raw`(?:(?<![^])|;|\*/)\s*`;

/** Words without which no statement has a fact. Some of them stand in harmless statements too: then the grammar decides. */
const factWords = new RegExp(
  [
    String.raw`${beginning}(?:set|reset|begin|start|commit|abort|rollback|savepoint|release|prepare|deallocate|discard|listen|unlisten|notify|load|declare|drop|lock|show|do|explain|execute)\b`,
    // END is COMMIT where it stands alone; else it ends a CASE.
    String.raw`${beginning}end\s*(?:;|(?:work|transaction|and)\b|(?![^]))`,
    String.raw`\b(?:temp|temporary|pg_temp|execute)\b`,
    String.raw`\bfor\s+(?:update|share|no\s+key|key\s+share)\b`,
    'advisory',
    'set_config|current_setting|current_schemas?|pg_notify|dblink_connect|setseed|currval|lastval|nextval|setval',
    String.raw`\bconcurrently\b`,
    String.raw`${beginning}(?:vacuum|cluster|reindex|alter\s+system|(?:create|drop)\s+(?:database|tablespace))\b`,
    'pg_backend_pid|pg_my_temp_schema|pg_listening_channels|inet_client_|txid_current|pg_current_xact_id|pg_prepared_statements|pg_cursors',
  ].join('|'),
  'i',
);

/** Whether a text can hold a fact at all; a scan, far cheaper than the grammar. */
export function mayHoldFact(sql: string): boolean {
  // A comment or a meta-command of psql can stand before a statement; what looks like one can also stand in a string.
  return factWords.test(sql) || factWords.test(sql.replace(/(?:--|\\).*/g, ';'));
}

const statementWords =
  /^[\s(]*(?:select\b\s*\S|insert\s+into\b|update\s+\S+(?:\s+\S+)*?\s+set\b|delete\s+from\b|merge\s+into\b|with\s+(?:recursive\s+)?\S+\s*(?:\(.*?\)\s*)?as\b|values\s*\(|table\s+\S|create\s+\w|alter\s+\w|truncate\s+\S|copy\s+\S|grant\s+\S|revoke\s+\S|comment\s+on\b|vacuum\b|analyze\b|refresh\s+materialized\b|reindex\s+\w|call\s+\S|explain\b)/i;

/** Whether a text begins as a statement does. */
export function looksLikeSql(sql: string): boolean {
  return statementWords.test(sql.slice(afterBlanks(sql, 0)));
}

/** The offset behind the blanks, comments and empty statements that begin at an offset. */
export function afterBlanks(sql: string, start: number): number {
  const blank = /\s+|--.*|\/\*[^]*?\*\/|;/y;
  blank.lastIndex = start;
  let end = start;
  while (blank.test(sql)) end = blank.lastIndex;
  return end;
}
