import { drivers } from './drivers/drivers.ts';

/**
 * Whether a source text can hold a hazard at all: a scan of the text, before any parser. False means that `analyseFile` would find nothing
 * in it, save for a transaction wrapper out of sight of which no name, neither its own nor its parameter's, speaks of a transaction.
 */
export function mentions(text: string): boolean {
  if (enough.test(text)) return true;
  return sends.test(text) && (command.test(text) || transaction.test(text) || isConfig(text));
}

const modules = drivers.flatMap((driver) => driver.modules).map((module) => module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));

/** Enough alone: functions of the catalogue, and modules that make clients. */
const enough = new RegExp(`advisory|set_config|currval|lastval|setseed|dblink_connect|search_path|['"](?:${modules.join('|')})['"]`, 'i');

/** Something that sends SQL, listens or opens a transaction. */
const sends =
  /\.\s*(?:query|execute|exec|unsafe|raw|none|one|oneOrNone|many|manyOrNone|any|prepare|listen|subscribe|begin|tx|transact|transaction|savepoint|transactional|findFirst|findMany|select|insert|update|delete)\b|\$(?:execute|query)Raw|\$transaction|(?:Query|Sql|SQL|Raw)\b|\bsql\b|\w`/;

/** A command at the beginning of a string, a template, a line in one, or behind another statement, a comment or a hole. */
const command =
  /(?:["'`;/}]|^)[\s(]{0,99}(?:set|reset|begin|start|commit|end|abort|rollback|listen|unlisten|prepare|execute|deallocate|discard|load|declare|create|do)\b/im;

/** A callback's transaction, by the words that the methods, the wrappers and the parameters are called by. */
const transaction = /transact|\bbegin|savepoint|tenant|atomic|\brls|(?:^|[^a-z])t[rx]x?(?![a-z])/i;

/** node-postgres' `{ name, text }`, and `.prepare()` of a query builder. Tests of their own, for one pattern of both would take quadratic time. */
function isConfig(text: string): boolean {
  return /\.\s*prepare\s*\(/.test(text) || (/\bname\b/.test(text) && /\btext\b/.test(text) && /\bquery\b/.test(text));
}
