import { drivers } from '../drivers/drivers.ts';
import { migrationRunners } from '../drivers/migration-runners.ts';

/** What a source text has if it can hold a hazard. */
export interface Sign {
  /** Any of them, in whatever case: what is searched for. */
  readonly literals: readonly string[];
  /** The literal stands where a command can begin, and is written as SQL is: `RESET` or `reset`, and not `Reset`. */
  readonly command?: true;
  /** Holds where a literal begins. Sticky, and looks no further than some hundred characters, so that a scan stays linear. */
  readonly verify?: RegExp;
  /** All of them hold for the text as a whole. */
  readonly also?: readonly RegExp[];
  /** Says something only to who can see the other files. */
  readonly acrossFiles?: true;
  /** A hazard only where a call of that name is one of a PostgreSQL client, or of a wrapper around one. */
  readonly call?: true;
}

/** Between two words of SQL. */
const blank = '(?:\\s|\\\\[nrt])+';
/** Something that ends a name, or a value that is put together: quotes, holes, `+`. */
const pieceEnds = '(?:["\'`](?!\\w)|\\s*(?:[;\\\\+]|["\'`]\\s*\\+|\\$\\{|--|/\\*|$))';
const name = '[\\w."]+';
/** A value that is put together, or a comment. */
const piece = '["\'$/\\\\]';

/** A command of SQL, and what follows it: tells it from the words of a program and of prose. */
function command(literals: readonly string[], follows: string): Sign {
  return { literals, command: true, verify: new RegExp(`(?:${literals.join('|')})${follows}`, 'imy') };
}

/** The arguments of a call as far as a callback. */
const callback =
  '\\s*(?:<[^<>()]{0,80}>)?\\(\\s*(?:(?:[^();]|\\([^()]{0,80}\\)){0,200}?,\\s*)?(?:async\\b|function\\b|\\([^()]{0,200}\\)\\s*(?::[^=]{0,80})?=>|[\\w$]+\\s*=>)';
/** The end of an arrow function's parameters, behind one of them: no property that is a function itself, and no type of a function. */
const arrow =
  '\\d*\\s*(?::(?!\\s*(?:[(<]|async\\b|function\\b))[^=]{0,200})?(?:,[^()=]{0,200})?\\)?\\s*(?::[^=()]{0,80})?=>(?!\\s*(?:Promise<|void\\s*[;,)}|]))';
const opensParameters = '(?:[(,]|\\basync)\\s*';
/** Not what goes through a list: `transactions.map((transaction) => ..)`. */
const notOfList =
  '(?<!\\.(?:map|flatMap|filter|forEach|find|findLast|findIndex|some|every|reduce|sort|toSorted)\\s{0,9}(?:<[^<>()]{0,80}>)?\\(\\s{0,99}(?:async\\s{1,9})?\\(?\\s{0,99}(?:\\w{1,40}\\s{0,9},\\s{0,99})?\\w{0,60})';
/** Not a document that is edited: Yjs, ProseMirror. */
const notOfDocument = '(?<!(?:[dD]oc|[dD]ocument|[eE]ditor)(?:\\(\\))?\\??\\.\\s{0,99}\\w{0,40})';

/** A Prisma client is also where the types of a schema come from, and half of a repository imports those. */
const isOfPrisma = (module: string): boolean => module.startsWith('@prisma/client');
/** What is imported from a generated Prisma client and neither makes nor types one: its enumerations and the types of its tables. */
const onlyModels = '\\b(?:import|export)(?:\\s+type)?\\s*\\{(?:(?!Prisma)[^{}"\'`;])*\\}\\s*from\\s*["\'][^"\'\\n]{0,200}';
const modules = [...new Set([...drivers, ...migrationRunners].flatMap((each) => each.modules))].filter((module) => !isOfPrisma(module));
const anyModule = modules.map((module) => module.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|');

/** Classes of clients, which a module of the repository may hand on. */
export const classes: readonly string[] = [
  ...new Set(
    drivers.flatMap(({ constructors }) =>
      constructors.flatMap(({ called, name: each }) => (called && /^[A-Z]\w+$/.test(each) ? [each] : [])),
    ),
  ),
];

/** The signs of a hazard. A text without any of them is not parsed. */
export const signs: readonly Sign[] = [
  // Modules that make clients.
  { literals: modules, verify: new RegExp(`(?<=["'\`])(?:${anyModule})["'\`]`, 'iy') },
  { literals: ['dbcredentials'] },
  { literals: ['@prisma/client', 'generated/prisma', 'generated/client'], verify: new RegExp(`(?<!${onlyModels})`, 'y'), call: true },
  {
    literals: classes,
    verify: new RegExp(`(?<=\\bnew\\s{1,99}(?:\\w{1,60}\\.)?)(?:${classes.join('|')})\\s*[(<]`, 'y'),
    acrossFiles: true,
    call: true,
  },
  // Functions of the catalogue, and files of SQL.
  {
    literals: ['_advisory_', 'set_config', 'current_setting', 'dblink_connect', 'search_path', 'searchpath'],
  },
  { literals: ['currval', 'lastval', 'setseed'], verify: /(?:currval|lastval|setseed)["'`]?\s*[(,)\]]/iy },
  { literals: ['.sql"', ".sql'", '.sql`'] },

  command(
    ['set'],
    `${blank}(?:${piece}|(?:local|session|role|time|constraints|transaction|schema|names|seed|xml)\\b|${name}(?:["'\`]|\\s*["'\`]\\s*\\+|\\s*(?:[=/+\\\\]|\\$\\{)|\\s+to\\b))`,
  ),
  // Put together of words: `['SET', name].join(' ')`, `'SET' + ..`.
  { literals: ['set'], command: true, verify: /SET["'`]\s*[,+]/y },
  command(['reset'], `${blank}(?:${piece}|(?:session|transaction)\\s|${name}${pieceEnds})`),
  command(['prepare'], `${blank}(?:${piece}|transaction\\b|${name}[^;]{0,300}?\\bas\\b)`),
  command(['execute'], `${blank}(?:${piece}|${name}(?:\\s*\\(|${pieceEnds}))`),
  command(['deallocate'], blank),
  command(['listen', 'unlisten'], `${blank}(?:[*]|${piece}|${name}${pieceEnds})`),
  command(['load'], `${blank}${piece}`),
  command(['declare'], `${blank}(?:${piece}|${name}${blank}(?:binary|asensitive|insensitive|no|scroll|cursor)\\b)`),
  command(['lock'], `${blank}(?:${piece}|(?:table|only)\\b|${name}(?:\\s*,|\\s+in\\s|${pieceEnds}))`),
  command(['discard'], `${blank}(?:${piece}|(?:all|plans|sequences|temp))`),
  command(['begin', 'commit', 'rollback'], '\\s*(?:["\'`;$\\\\]|--|(?:transaction|work|isolation|read|and|prepared)\\b)'),
  command(['start'], `${blank}transaction\\b`),
  // `end` and `abort` are words of every program, unless they are written as SQL is, or handed to something that takes it.
  { literals: ['end', 'abort'], command: true, verify: /(?:END|ABORT)\s*(?:["'`;$\\]|(?:TRANSACTION|WORK|AND)\b)/y },
  {
    literals: ['end', 'abort'],
    command: true,
    verify:
      /(?<=(?:query|execute|exec|unsafe|raw|run|sql)\w{0,20}\s{0,9}(?:<[^()]{0,80}>)?\(?\s{0,99}["'`]\s{0,99})(?:end|abort)\s*["'`;]/iy,
  },
  command(
    ['create'],
    `${blank}(?:${piece}|(?:or${blank}replace${blank})?(?:(?:global|local)${blank})?(?:temp|table${blank}(?:if${blank}not${blank}exists${blank})?"?pg_temp|function${blank}"?pg_temp)|(?:database|tablespace)\\b)`,
  ),
  command(['drop'], `${blank}(?:database|tablespace)\\b`),
  { literals: ['do ', 'do\t', 'do\n', 'do\r', 'do\\'], command: true, verify: new RegExp(`do${blank}(?:\\$|language|')`, 'iy') },
  command(['vacuum', 'cluster', 'reindex'], '(?:\\s|["\'`;(\\\\]|\\$\\{)'),
  command(['alter'], `${blank}system\\b`),
  { literals: ['temp'], verify: /(?<=\binto\s{1,99})temp/iy },
  {
    literals: ['concurrently'],
    verify: /(?<=\b(?:index|view|table|schema|database|system)\s{1,99}|[(,.]\s{0,99}|\bpartition\s[^;]{1,100}\s)concurrently\b(?!-)/iy,
  },
  // Several statements in one text.
  {
    literals: ['insert', 'update', 'delete', 'select'],
    command: true,
    verify: /(?<=;\s{0,99})(?:insert\s+into|update\s+\S+\s+set|delete\s+from|select\s)/iy,
  },
  {
    literals: ['for ', 'for\n', 'for\t', 'for(', 'forNoKeyUpdate', 'forKeyShare', 'forUpdate', 'forShare'],
    verify:
      /\bfor(?:\s+(?:update|share|no\s+key\s+update|key\s+share)\s*(?:["'`;)$\\]|--|(?:of|skip|nowait)\b|$)|(?:NoKeyUpdate|KeyShare|Update|Share)\s*\(|\s*\(\s*["'`](?:update|share|no key|key share))/imy,
  },

  // Methods that listen.
  {
    literals: ['.listen', '.subscribe'],
    verify:
      /\.(?:listen|subscribe)\s*(?:<[^()]{0,80}>)?\s*\(\s*(?![\d({)\s]|async\b|function\b|[\w$]+\s*=>|[\w$.]+\s*\)|[\w$.]*port\s*,)/iy,
    call: true,
  },

  // A callback's transaction, by the words that the methods, the wrappers and the parameters are called by.
  {
    literals: ['transact', 'begin', 'tx', 'taskIf', 'savepoint'],
    verify: new RegExp(
      `(?<=\\.\\s{0,99}\\$?(?:start)?)${notOfDocument}(?:transaction|begin|tx|txIf|taskIf|transact|transactional|savepoint)\\s*[(<]`,
      'iy',
    ),
    call: true,
  },
  {
    literals: ['transact', 'tenant', 'atomic'],
    verify: new RegExp(`${notOfDocument}(?:[tT]ransact|[tT]enant|[aA]tomic)\\w{0,40}${callback}`, 'y'),
    call: true,
  },
  { literals: ['tx', 'trx', 'rls'], verify: new RegExp(`(?:[tT]x|T[rR]x|R[lL][sS])${callback}`, 'y'), call: true },
  {
    literals: ['tx', 'trx', 'transaction'],
    verify: new RegExp(
      `(?:(?<=${opensParameters}(?:\\w{0,60}_)?)${notOfList}(?:txn?|trx|transaction)|(?<=${opensParameters}\\w{1,60})${notOfList}(?:Txn?|Trx|Transaction))${arrow}`,
      'y',
    ),
    call: true,
  },

  // A statement with a name: `.prepare()` of a query builder, and node-postgres' `{ name, text }`.
  { literals: ['prepare'], verify: /(?<=\.\s{0,99})prepare\s*\(\s*(?![{[\d]|[\w$.]+\s*,\s*[^)\s])/y, call: true },
  { literals: ['query'], verify: /query\s*[(<]/y, also: [/\bname\s*[:,}]/, /\btext\s*[:,}]/] },

  // SQL is sent, and a name stands where its text would: `pool.query(statement)`, `db.execute(sql.raw(statements.timeout))`.
  {
    literals: ['.query', '.execute', '.unsafe', '.raw', '.none', '.one', '.any', '.many', '.exec'],
    verify:
      /(?<!\b(?:re|rx|regex|regexp|pattern|matcher|expect|Promise)|(?:Re|RE|Rx|Regex|RegExp|Pattern|_RE|\/[dgimsuvy]{0,8}))\.(?:query|execute|exec|unsafe|raw|none|one|any|many)\s*(?:<[^()]{0,80}>)?\(\s*(?!async\b|function\b)[A-Za-z_$][\w.]*\s*[,)(]/y,
    acrossFiles: true,
    call: true,
  },
  // A comment that suppresses a rule, used or not.
  { literals: ['pgbouncer/'], verify: /(?<=\beslint(?:-disable)?[^\n]{0,300}\b)pgbouncer\//y, acrossFiles: true },
];
