import type { TSESTree } from '@typescript-eslint/types';
import { driverOf } from '../drivers/drivers.ts';
import { exportOf } from '../evaluate/meaning.ts';
import type { TagKind, TextView } from '../evaluate/text.ts';
import type { SourceFile } from '../source-file.ts';
import { dottedPath, propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { answerOf } from './handle-of.ts';

const pasting = new Set(['dedent', 'ts-dedent', 'outdent', 'common-tags', 'strip-indent', 'string-dedent', 'endent']);
const binding = new Set([
  'kysely',
  'slonik',
  'sql-template-strings',
  'sql-template-tag',
  '@nearform/sql',
  'pg-template-tag',
  '@sequelize/core',
  '@mikro-orm/core',
  '@mikro-orm/postgresql',
  '@prisma/client',
  'pg-sql2',
  '@ts-safeql/sql-tag',
  'squid',
  'pg-tagged',
]);

/** How texts of a file are looked at. */
export function textView(file: SourceFile, world: World): TextView {
  return { world, file, tagKind: (tag, from) => tagKind(tag, from, world) };
}

/** What a template tag does with its holes; `undefined` for a tag that makes no SQL. */
export function tagKind(tag: TSESTree.Node, file: SourceFile, world: World): TagKind | undefined {
  const inner = unwrap(tag);
  // `sql.type(schema)`, `sql.typeAlias('id')`: a call that gives a tag.
  if (inner.type === 'CallExpression')
    return inner.callee.type === 'MemberExpression' ? tagKind(inner.callee.object, file, world) : undefined;
  if (inner.type !== 'Identifier' && inner.type !== 'MemberExpression') return undefined;
  const path = dottedPath(inner);
  if (path === 'String.raw') return 'paste';
  if (path !== undefined && world.setup.sqlTags.includes(path)) return 'bind';
  const exported = exportOf(inner, file, world.semantics);
  if (exported) {
    const packageName = exported.module.split('/')[0]!;
    if (packageName === 'drizzle-orm') return exported.name === 'sql' || exported.name.startsWith('sql.') ? 'decide' : undefined;
    if (pasting.has(exported.module)) return 'paste';
    if (binding.has(exported.module)) return 'bind';
  }
  const answer = answerOf({ node: inner, file }, world);
  if (answer && answer !== 'other') {
    const driver = driverOf(answer.driver);
    if (driver?.methods['']?.does === 'tag') return 'bind';
    if (driver && answer.driver !== 'knex') return undefined;
  }
  const name = inner.type === 'Identifier' ? inner.name : (propertyName(inner) ?? '');
  if (inner.type === 'MemberExpression') {
    if (/^\$(executeRaw|queryRaw)$/.test(name)) return 'bind';
    // `sql.unsafe`, `sql.fragment` of Slonik, `Prisma.sql`.
    if (/^(unsafe|fragment|typeAlias|type|sql)$/.test(name))
      return tagKind(inner.object, file, world) ?? (name === 'sql' ? 'bind' : undefined);
  }
  return /^sql$|Sql$|^SQL$/.test(name) && answer !== 'other' ? 'decide' : undefined;
}
