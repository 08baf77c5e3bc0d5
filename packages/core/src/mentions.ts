import { drivers } from './drivers/drivers.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

/**
 * Whether a source text can hold a hazard at all: a scan of the text, before any parser.
 * False means that `analyseFile` would find nothing in it, whatever the settings are.
 */
export function mentions(text: string): boolean {
  return hazardWords.test(text) || (calls.test(text) && (mayHoldFact(text) || quotedCommand.test(text) || workInTransaction.test(text)));
}

/** Words that are enough by themselves: function names, and the modules whose import may make a client. */
const modules = drivers.flatMap((driver) => driver.modules).map((module) => module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
const hazardWords = new RegExp(`pg_(?:try_)?advisory|set_config|['"](?:${modules.join('|')})['"]`);

/** Something that can send SQL. */
const calls = /\.\s*\$?(?:query|execute|unsafe|raw|begin|transaction|tx|transact|any|none|one|many|\w*[rR]aw\w*|\w*Query|listen|prepare|connect)\b|sql|Sql|SQL|`/;
/** A command at the beginning of a string or template, on any line. */
const quotedCommand = /(?:['"`]|\*\/|^)\s*(?:set|reset|begin|start|commit|rollback|listen|prepare|execute|deallocate|discard|load|declare|create|drop|lock)\b/im;
const workInTransaction = /\b(?:transaction|begin|savepoint|\$transaction|transactional|tx|trx)\b/i;
