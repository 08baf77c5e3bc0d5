import { describe, expect, test } from 'vitest';
import { findFiles } from '../src/discover/find-files.ts';
import { Packages } from '../src/discover/packages.ts';
import { exportsFunction } from '../src/semantics/exports-function.ts';
import { mayLeadElsewhere } from '../src/semantics/may-lead-elsewhere.ts';
import { ProjectSemantics } from '../src/semantics/project-semantics.ts';
import { repository } from './support/repository.ts';

/** In the files, `«name»` marks the place that is asked about; the marks are not part of the text. */
function ask(files: Readonly<Record<string, string>>) {
  let asked: { file: string; range: [number, number] } | undefined;
  const written = Object.fromEntries(
    Object.entries(files).map(([file, text]) => {
      const start = text.indexOf('«');
      if (start !== -1) asked = { file, range: [start, text.indexOf('»') - 1] };
      return [file, text.replace(/[«»]/g, '')];
    }),
  );
  const root = repository(written);
  const packages = new Packages(root);
  const { sources, manifests } = findFiles(root, root, { includeTests: false });
  const workspaces = manifests.filter((file) => file.endsWith('package.json')).flatMap((file) => packages.manifestOf(file) ?? []);
  const semantics = new ProjectSemantics({ root, packages, workspaces, sources: () => sources });
  const show = ({ file, range }: { file: string; range: readonly [number, number] }): string => {
    const text = written[file]!;
    const line = text.slice(0, range[0]).split('\n').length;
    return `${file}:${line} ${text.slice(...range)}`;
  };
  return {
    definition: () => {
      const found = semantics.definition(asked!);
      return found && show(found);
    },
    references: () => semantics.references(asked!).map(show),
    type: () => semantics.type(asked!),
  };
}

const db = 'import { drizzle } from "drizzle-orm/node-postgres";\nexport const db = drizzle();\n';

describe('the definition of an imported name', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a named import', { 'a.ts': 'import { «db» } from "./db";', 'db.ts': db }, 'db.ts:2 db'],
    ['an alias', { 'a.ts': 'import { db as «database» } from "./db";', 'db.ts': db }, 'db.ts:2 db'],
    ['a default import of a name', { 'a.ts': 'import «x» from "./db";', 'db.ts': `${db}export default db;` }, 'db.ts:2 db'],
    [
      'a default import of an expression',
      { 'a.ts': 'import «x» from "./db";', 'db.ts': 'export default new Pool();' },
      'db.ts:1 new Pool()',
    ],
    [
      'a default import of a function',
      { 'a.ts': 'import «x» from "./db";', 'db.ts': 'export default function connect() {}' },
      'db.ts:1 connect',
    ],
    ['an output extension', { 'a.ts': 'import { «db» } from "./db.js";', 'db.ts': db }, 'db.ts:2 db'],
    ['an .mjs extension of an .mts file', { 'a.mts': 'import { «db» } from "./db.mjs";', 'db.mts': db }, 'db.mts:2 db'],
    ['a folder with an index', { 'a.ts': 'import { «db» } from "./db";', 'db/index.ts': db }, 'db/index.ts:2 db'],
    ['a re-export', { 'a.ts': 'import { «db» } from "./lib";', 'lib.ts': 'export { db } from "./db";', 'db.ts': db }, 'db.ts:2 db'],
    [
      'a renamed re-export',
      { 'a.ts': 'import { «pool» } from "./lib";', 'lib.ts': 'export { db as pool } from "./db";', 'db.ts': db },
      'db.ts:2 db',
    ],
    [
      'a star re-export',
      { 'a.ts': 'import { «db» } from "./lib";', 'lib.ts': 'export * from "./x";\nexport * from "./db";', 'x.ts': '', 'db.ts': db },
      'db.ts:2 db',
    ],
    [
      'a default re-exported as a name',
      { 'a.ts': 'import { «db» } from "./lib";', 'lib.ts': 'export { default as db } from "./db";', 'db.ts': `${db}export default db` },
      'db.ts:2 db',
    ],
    [
      'an import that is exported',
      { 'a.ts': 'import { «db» } from "./lib";', 'lib.ts': 'import { db } from "./db";\nexport { db };', 'db.ts': db },
      'db.ts:2 db',
    ],
    [
      'a destructured export',
      { 'a.ts': 'import { «sql» } from "./db";', 'db.ts': 'export const { sql, end } = connect();' },
      'db.ts:1 sql',
    ],
    ['a use of the import', { 'a.ts': 'import { db } from "./db";\nawait «db».execute("x");', 'db.ts': db }, 'db.ts:2 db'],
    [
      'CommonJS: an object of exports',
      { 'a.js': 'const { db } = require("./db");\n«db».query("x");', 'db.js': 'const db = new Pool();\nmodule.exports = { db };' },
      'db.js:1 db',
    ],
    [
      'CommonJS: one value',
      { 'a.js': 'const db = require("./db");\n«db».query("x");', 'db.js': 'const pool = new Pool();\nmodule.exports = pool;' },
      'db.js:1 pool',
    ],
    [
      'CommonJS: a property of exports',
      { 'a.js': 'const { db } = require("./db");\n«db».query("x");', 'db.js': 'exports.db = new Pool();' },
      'db.js:1 new Pool()',
    ],
    ['a dynamic import', { 'a.ts': 'const { db } = await import("./db");\n«db».query("x");', 'db.ts': db }, 'db.ts:2 db'],
    [
      'a function rather than its overloads',
      { 'a.ts': 'import { «f» } from "./f";', 'f.ts': 'export function f(a: string): void;\nexport function f(a: any) {}' },
      'f.ts:2 f',
    ],
  ])('%s', (_, files, expected) => {
    expect(ask(files).definition()).toBe(expected);
  });

  test('a package is not entered: its import is where the repository declares it', () => {
    const files = {
      'node_modules/pg/package.json': '{ "name": "pg", "main": "index.js" }',
      'node_modules/pg/index.js': 'exports.Pool = class {};',
    };
    expect(ask({ ...files, 'a.ts': 'import { «Pool» } from "pg";' }).definition()).toBeUndefined();
    expect(
      ask({ ...files, 'a.ts': 'import { «Pool» } from "./pg";', 'pg.ts': 'import { Pool } from "pg";\nexport { Pool };' }).definition(),
    ).toBe('pg.ts:1 Pool');
    expect(ask({ ...files, 'a.ts': 'import { «Pool» } from "./pg";', 'pg.ts': 'export { Pool } from "pg";' }).definition()).toBe(
      'pg.ts:1 Pool',
    );
    expect(ask({ ...files, 'a.ts': 'import { «Pool» } from "./pg";', 'pg.ts': 'export * from "pg";' }).definition()).toBe(
      'pg.ts:1 export * from "pg";',
    );
  });

  test('a file outside the repository is not read', () => {
    expect(ask({ 'a.ts': 'import { «db» } from "../../../../../../../etc/db";' }).definition()).toBeUndefined();
  });

  test.each<[string, Record<string, string>]>([
    [
      'imports that go in a circle',
      { 'a.ts': 'import { «x» } from "./b";', 'b.ts': 'export { x } from "./c";', 'c.ts': 'export { x } from "./b";' },
    ],
    [
      'star exports that go in a circle',
      { 'a.ts': 'import { «x» } from "./b";', 'b.ts': 'export * from "./c";', 'c.ts': 'export * from "./b";' },
    ],
    ['a name that is not exported', { 'a.ts': 'import { «x» } from "./b";', 'b.ts': 'const x = 1;' }],
    ['a file with a syntax error', { 'a.ts': 'import { «x» } from "./b";', 'b.ts': 'export const x = ;;;(' }],
    ['a file that is not there', { 'a.ts': 'import { «x» } from "./b";' }],
  ])('%s: not known', (_, files) => {
    expect(ask(files).definition()).toBeUndefined();
  });
});

describe('how a module name leads to a file', () => {
  test.each<[string, Record<string, string>]>([
    [
      'paths of tsconfig.json',
      {
        'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
        'src/db.ts': db,
        'src/a.ts': 'import { «db» } from "@/db";',
      },
    ],
    [
      'baseUrl',
      { 'tsconfig.json': '{ "compilerOptions": { "baseUrl": "src" } }', 'src/db.ts': db, 'src/a.ts': 'import { «db» } from "db";' },
    ],
    [
      'paths of a tsconfig.json that is extended',
      {
        'tsconfig.base.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
        'app/tsconfig.json': '{ "extends": "../tsconfig.base.json" }',
        'src/db.ts': db,
        'app/a.ts': 'import { «db» } from "@/db";',
      },
    ],
    [
      'paths of a tsconfig.json that extends what is not installed',
      {
        'tsconfig.json':
          '{ /* strict */ "extends": "@tsconfig/node20/tsconfig.json", "compilerOptions": { "paths": { "@/*": ["./src/*"] }, } }',
        'src/db.ts': db,
        'src/a.ts': 'import { «db» } from "@/db";',
      },
    ],
    [
      'paths of a project that tsconfig.json refers to',
      {
        'tsconfig.json': '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }',
        'tsconfig.app.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
        'src/db.ts': db,
        'src/a.ts': 'import { «db» } from "@/db";',
      },
    ],
    [
      'a workspace package whose exports name its output',
      {
        'packages/db/package.json':
          '{ "name": "@acme/db", "exports": { ".": { "types": "./dist/index.d.ts", "import": "./dist/index.js" } } }',
        'packages/db/src/index.ts': db,
        'apps/api/a.ts': 'import { «db» } from "@acme/db";',
      },
    ],
    [
      'a subpath of a workspace package',
      {
        'packages/db/package.json': '{ "name": "@acme/db", "exports": { "./*": "./src/*.ts" } }',
        'packages/db/src/client.ts': db,
        'apps/api/a.ts': 'import { «db» } from "@acme/db/client";',
      },
    ],
    [
      'a workspace package with a main',
      {
        'packages/db/package.json': '{ "name": "db", "main": "./dist/client.js" }',
        'packages/db/src/client.ts': db,
        'a.ts': 'import { «db» } from "db";',
      },
    ],
    [
      'a workspace package that says nothing',
      { 'packages/db/package.json': '{ "name": "db" }', 'packages/db/src/index.ts': db, 'a.ts': 'import { «db» } from "db";' },
    ],
    [
      'imports of package.json',
      {
        'package.json': '{ "name": "app", "imports": { "#lib/*": "./src/lib/*.js" } }',
        'src/lib/db.ts': db,
        'a.ts': 'import { «db» } from "#lib/db";',
      },
    ],
  ])('%s', (_, files) => {
    expect(ask(files).definition()).toMatch(/:2 db$/);
  });

  test('a broken tsconfig.json maps nothing, and relative imports still work', () => {
    expect(ask({ 'tsconfig.json': '{ "compilerOptions": [', 'db.ts': db, 'a.ts': 'import { «db» } from "./db";' }).definition()).toBe(
      'db.ts:2 db',
    );
  });
});

describe('the definition of a member', () => {
  const service = 'import { Pool } from "pg";\nexport class Database {\n  constructor(private readonly pool: Pool) {}\n  tx = 1;\n}\n';
  test.each<[string, Record<string, string>, string]>([
    ['of a namespace import', { 'a.ts': 'import * as lib from "./db";\nlib.«db».execute("x");', 'db.ts': db }, 'db.ts:2 db'],
    [
      'of a namespace that is re-exported',
      { 'a.ts': 'import { lib } from "./lib";\nlib.«db».execute("x");', 'lib.ts': 'export * as lib from "./db";', 'db.ts': db },
      'db.ts:2 db',
    ],
    ['of a dynamic import', { 'a.ts': 'const lib = await import("./db");\nlib.«db».execute("x");', 'db.ts': db }, 'db.ts:2 db'],
    [
      'of an exported object, by its short form',
      {
        'a.ts': 'import { lib } from "./lib";\nlib.«db».execute("x");',
        'lib.ts': 'import { db } from "./db";\nexport const lib = { db };',
        'db.ts': db,
      },
      'db.ts:2 db',
    ],
    [
      'of an exported object',
      { 'a.ts': 'import lib from "./lib";\nlib.«pool».query("x");', 'lib.ts': 'export default { pool: new Pool() };' },
      'lib.ts:1 pool',
    ],
    [
      'of an instance',
      {
        'a.ts': 'import { database } from "./b";\ndatabase.«pool».query("x");',
        'b.ts': 'import { Database } from "./service";\nexport const database = new Database();',
        'service.ts': service,
      },
      'service.ts:3 pool: Pool',
    ],
    [
      'of an injected instance',
      {
        'a.ts':
          'import type { Database } from "./service";\nclass Users {\n  constructor(private readonly database: Database) {}\n  all() { return this.database.«pool».query("x"); }\n}',
        'service.ts': service,
      },
      'service.ts:3 pool: Pool',
    ],
    [
      'of a base class',
      {
        'a.ts': 'import { Database } from "./service";\nclass Users extends Database {\n  all() { return this.«tx»; }\n}',
        'service.ts': service,
      },
      'service.ts:4 tx',
    ],
    [
      'of what a function returns',
      {
        'a.ts': 'import { open } from "./open";\nopen().«db».query("x");',
        'open.ts': 'import { db } from "./db";\nexport function open() { return { db }; }',
        'db.ts': db,
      },
      'db.ts:2 db',
    ],
    [
      'of an interface',
      {
        'a.ts': 'import { Context } from "./context";\nexport const f = (ctx: Context) => ctx.«db».query("x");',
        'context.ts': 'export interface Context {\n  db: Pool;\n}',
      },
      'context.ts:2 db',
    ],
  ])('%s', (_, files, expected) => {
    expect(ask(files).definition()).toBe(expected);
  });
});

describe('references', () => {
  test('are found in every file that imports the name, under whatever alias, and nowhere else', () => {
    const { references } = ask({
      'db.ts': 'export const «db» = connect();\ndb.warmUp();',
      'index.ts': 'export { db as database } from "./db";',
      'a.ts': 'import { db } from "./db";\ndb.query("a");\nfunction f(db) { db.query("another"); }',
      'b.ts': 'import { database as pool } from "./index.js";\npool.query("b");',
      'c.ts': 'const db = other();\ndb.query("c");',
      'd.ts': 'import * as lib from "./db";\nlib.db.query("d");',
    });
    expect(references()).toEqual(
      ['db.ts:2 db', 'a.ts:2 db', 'd.ts:2 db', 'b.ts:2 pool'].sort(byFile(['db.ts', 'index.ts', 'a.ts', 'd.ts', 'b.ts'])),
    );
  });
});

function byFile(order: readonly string[]) {
  const rank = (place: string): number => order.indexOf(place.split(':')[0]!);
  return (a: string, b: string): number => rank(a) - rank(b);
}

describe('references under other names', () => {
  const used = 'pool.select();\n';
  test.each<[string, Record<string, string>]>([
    ['a renamed import', { 'a.ts': `import { db as pool } from "./db";\n${used}` }],
    ['a renamed re-export', { 'a.ts': `import { pool } from "./lib";\n${used}`, 'lib.ts': 'export { db as pool } from "./db";' }],
    [
      'an import that is exported under another name',
      { 'a.ts': `import { pool } from "./lib";\n${used}`, 'lib.ts': 'import { db } from "./db";\nexport { db as pool };' },
    ],
    ['a default import of a name', { 'a.ts': `import pool from "./lib";\n${used}`, 'lib.ts': 'export { db as default } from "./db";' }],
    [
      'an import from CommonJS',
      { 'a.ts': `import { pool } from "./lib";\n${used}`, 'lib.js': 'const { db } = require("./db");\nexports.pool = db;' },
    ],
    [
      'an import from an object of CommonJS',
      { 'a.ts': `import { pool } from "./lib";\n${used}`, 'lib.js': 'const { db } = require("./db");\nmodule.exports = { pool: db };' },
    ],
  ])('%s', (_, files) => {
    const marked = 'import { drizzle } from "drizzle-orm/node-postgres";\nexport const «db» = drizzle();\n';
    expect(ask({ ...files, 'db.ts': marked }).references()).toContain('a.ts:2 pool');
  });

  test('a name that a file only takes as a parameter costs no look into it, and is no use', () => {
    const marked = 'import { drizzle } from "drizzle-orm/node-postgres";\nexport const «db» = drizzle();\n';
    const files = { 'query.ts': 'import { users } from "./db";\nexport const find = (db: Database) => db.select().from(users);' };
    expect(ask({ ...files, 'db.ts': marked }).references()).toEqual([]);
  });
});

describe('where a look at the text is enough', () => {
  test.each<[string, string]>([
    ['an import', 'import { db } from "./db";'],
    ['an import of several lines', 'import {\n  users,\n  db,\n} from "./db";'],
    ['a default import', 'import db from "./db";'],
    ['a type', 'import type { db } from "./db";'],
    ['an alias', 'import { pool as db } from "./db";'],
    ['a namespace', 'import * as all from "./db";\nall.db.select();'],
    ['a member', 'export const find = (context) => context.db.select();'],
    ['an optional member', 'context?.db.select();'],
    ['a pattern', 'const { db } = require("./db");'],
    ['a pattern behind a comment', 'const {\n  // what callers await\n  db,\n} = require("./db");'],
    ['a variable', 'const db = require("./db");'],
    ['an export', 'export { db } from "./db";'],
    ['a parameter behind a comment', 'run(\n  // (\n  db,\n);'],
  ])('%s may lead to another file', (_, text) => {
    expect(mayLeadElsewhere(text, 'db')).toBe(true);
  });

  test.each<[string, string]>([
    ['a parameter', 'export async function find(db: Database) { return db.select(); }'],
    ['an argument', 'await find(db, 1);'],
    ['a part of another name', 'import { dbUrl, $db, mydb, _db, dbä } from "./settings";'],
    ['nothing', ''],
  ])('%s does not', (_, text) => {
    expect(mayLeadElsewhere(text, 'db')).toBe(false);
  });

  test.each<[string, string]>([
    ['a function', 'export function find(id) {}'],
    ['an asynchronous function', 'import x from "y";\nexport async function find<T>(id: T) {}'],
    ['a generator', 'export function* find() {}'],
    ['a class', 'export abstract class find extends Base {}'],
    ['an arrow function', 'export const find = (id: string) => db.select();'],
    ['an asynchronous arrow function', 'export const find = async (id: string, { limit }: { limit: number }) => db.select();'],
    ['a function behind a template', 'const a = `x`;\nexport function find() {}'],
  ])('%s is told by its text', (_, text) => {
    expect(exportsFunction(text, 'find')).toBe(true);
  });

  test.each<[string, string]>([
    ['a value', 'export const find = pg.Pool;'],
    ['a value in brackets', 'export const find = (await import("pg")).Pool;'],
    ['a re-export', 'export { Pool as find } from "pg";'],
    ['a function that is not exported', 'function find() {}'],
    ['a function of a longer name', 'export function finder() {}'],
    ['a function in a template', 'const code = `\nexport function find() {}\n`;'],
    ['a function in a comment', '/*\nexport function find() {}\n*/\nexport const find = Pool;'],
    ['a signature without a body yet', 'export default function () {}'],
  ])('%s is left to the parser', (_, text) => {
    expect(exportsFunction(text, 'find')).toBe(false);
  });
});

describe('the type of an expression', () => {
  const files = {
    'tsconfig.json': '{ "compilerOptions": { "strict": true } }',
    'service.ts': 'export class Service {}\nexport const make = () => new Service();',
  };
  test('is printed when the repository declares it', () => {
    expect(ask({ ...files, 'a.ts': 'import { make } from "./service";\nconst s = make();\n«s»;' }).type()).toBe('Service');
  });
  test('is not known when a package declares it', () => {
    expect(ask({ ...files, 'a.ts': 'import { Pool } from "pg";\nconst p = new Pool();\n«p»;' }).type()).toBeUndefined();
  });
});
