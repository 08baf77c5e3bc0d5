import { drivers } from './drivers/drivers.ts';
import { migrationRunners } from './drivers/migration-runners.ts';

/**
 * Whether a source text can hold a hazard at all: a scan of the text, before any parser. False means that `analyseFile` would find nothing
 * in it, save for a transaction wrapper out of sight of which no name, neither its own nor its parameter's, speaks of a transaction.
 */
export function mentions(text: string): boolean {
  if (enough.test(text)) return true;
  return (
    sends.test(text) && (commands.some((command) => command.test(text)) || transactions.some((word) => word.test(text)) || isConfig(text))
  );
}

const modules = [...drivers, ...migrationRunners]
  .flatMap((each) => each.modules)
  .map((module) => module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));

/** Enough alone: functions of the catalogue, and modules that make clients. */
const enough = new RegExp(
  `\\.sql['"\`]|_advisory_|set_config|current_setting|dbCredentials|currval|lastval|setseed|dblink_connect|search_path|searchPath|['"](?:${modules.join('|')})['"]`,
  'i',
);

/** Something that sends SQL, listens or opens a transaction. */
const sends =
  /\.\s*(?:query|execute|exec|unsafe|raw|none|one|oneOrNone|many|manyOrNone|any|prepare|listen|subscribe|begin|tx|transact|transaction|savepoint|transactional|findFirst|findMany|select|insert|update|delete)\b|\$(?:execute|query)Raw|\$transaction|(?:Query|Sql|SQL|Raw)\b|\bsql\b|\w`/;

/** Where a command can begin: a string, a template, a line of one (also an escaped one), behind another statement, a comment, a bracket or a hole. */
const beginning = '(?:["\'`;/}(]|^|\\\\[nrt])[ \\t\\r\\n(]{0,99}';

/** The commands of the catalogue, as far as they tell them from the words of a program and of prose. */
const commands: readonly RegExp[] = [
  `set(?:\\s+(?:[\\w."$]|\\/)|\\\\[nrt])`,
  `set["'\`]`,
  `(?:reset|prepare|execute|deallocate|listen|unlisten|load|declare|lock)\\s+["'\\\\\\w$]`,
  `discard\\s+(?:all|plans|sequences|temp)`,
  `(?:begin|commit|rollback|end|abort|start\\s+transaction)\\s*(?:["'\`;$]|transaction\\b|work\\b|isolation\\b|read\\b|and\\b|prepared\\b|\\$\\{)`,
  `create\\s+(?:or\\s+replace\\s+)?(?:global\\s+|local\\s+)?(?:temp|table\\s+(?:if\\s+not\\s+exists\\s+)?"?pg_temp|function\\s+"?pg_temp)`,
  `do\\s+(?:\\$|language|')`,
  `(?:vacuum|cluster|reindex|alter\\s+system|(?:create|drop)\\s+(?:database|tablespace))(?:\\s|["'\`;(]|\\$\\{)`,
]
  .map((command) => new RegExp(beginning + command, 'im'))
  .concat(
    /\binto\s+temp/i,
    /\bconcurrently\b/i,
    /;\s{0,99}(?:insert\s+into|update\s+\S+\s+set|delete\s+from|select\s)/i,
    /\bfor(?:\s+(?:update|share|no\s+key|key\s+share)\b|(?:NoKeyUpdate|KeyShare|Update|Share)\s*\(|\s*\(\s*["'`](?:update|share|no key|key share))/i,
    /\.\s*(?:listen|subscribe)\s*[(<]\s*(?![\d{(\s])/,
  );

/** A callback's transaction, by the words that the methods, the wrappers and the parameters are called by. */
const transactions: readonly RegExp[] = [
  /\.\s*(?:\$?transaction|begin|tx|txIf|taskIf|transact|transactional|savepoint|startTransaction)\s*[(<]/,
  /(?:(?:[tT]ransact|[tT]enant|[aA]tomic)\w{0,40}|[tT]x|T[rR]x|R[lL][sS])\s*(?:<[^<>()]{0,80}>)?\([^;]{0,300}?(?:=>|\basync\b|\bfunction\b)/,
  /(?:\(|,|\basync)\s*(?:\w*[tT]x|\w*[tT]rx|transaction)\s*(?::[^=]{0,200})?\)?\s*=>/,
];

/** node-postgres' `{ name, text }`, and `.prepare()` of a query builder. Tests of their own, for one pattern of both would take quadratic time. */
function isConfig(text: string): boolean {
  return /\.\s*prepare\s*\(/.test(text) || (/\bquery\s*[(<]/.test(text) && /\bname\s*[:,}]/.test(text) && /\btext\s*[:,}]/.test(text));
}
