import type pg from 'pg';
import { Problem } from './problem.ts';

/** A statement of `pg_dumpall --globals-only`, and the role that it is about. */
export interface RoleStatement {
  readonly sql: string;
  /** Undefined: a statement that is about no role, such as a `SET`. */
  readonly role: string | undefined;
  readonly kind: 'create' | 'alter' | 'grant' | 'other';
}

/**
 * Takes the text of `pg_dumpall --globals-only` apart. Its commands for psql (`\restrict` and the like) are left out.
 *
 * @throws Problem `damaged` where it ends within a statement
 */
export function roleStatements(globals: string): RoleStatement[] {
  return splitStatements(globals).map((sql) => {
    const name = /^(CREATE ROLE|ALTER ROLE|COMMENT ON ROLE|SECURITY LABEL (?:FOR \S+ )?ON ROLE|GRANT) ("(?:[^"]|"")+"|[^\s;]+)/.exec(sql);
    if (!name) return { sql, role: undefined, kind: 'other' };
    const kind = name[1] === 'CREATE ROLE' ? 'create' : name[1] === 'GRANT' ? 'grant' : 'alter';
    // A membership is made for the member: GRANT group TO member.
    const of = kind === 'grant' ? / TO ("(?:[^"]|"")+"|[^\s;]+)/.exec(sql)?.[1] : name[2];
    return { sql, role: of && unquoted(of), kind };
  });
}

/**
 * Makes the roles that are missing, as they were: attributes, passwords, settings, memberships. Roles that exist are left as they are.
 *
 * @returns the names of the roles that were made
 */
export async function createMissingRoles(client: pg.Client, globals: string): Promise<string[]> {
  const statements = roleStatements(globals);
  const missing = await missingRoles(client, statements);
  await client.query('begin');
  try {
    await client.query('set local standard_conforming_strings = on');
    const wanted = statements.filter(({ role, kind }) => role !== undefined && kind !== 'other' && missing.has(role));
    // Every role is there before the first membership is made.
    for (const { sql } of [...wanted.filter(({ kind }) => kind === 'create'), ...wanted.filter(({ kind }) => kind !== 'create')])
      await client.query(sql);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new Problem('failed', `The roles of the backup could not be made: ${(error as Error).message}. No role was made.`, {
      cause: error,
    });
  }
  return [...missing];
}

/** The roles of a backup that this server does not have. */
export async function missingRoles(client: pg.Client, statements: readonly RoleStatement[]): Promise<Set<string>> {
  const named = statements.flatMap(({ kind, role }) => (kind === 'create' && role !== undefined ? [role] : []));
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles where rolname = any($1)', [named]);
  const existing = new Set(rows.map(({ rolname }) => rolname));
  return new Set(named.filter((name) => !existing.has(name)));
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Statements without their comments; a semicolon within quotes ends none. */
function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  // Texts with escapes, texts, names, comments, psql's commands at the start of a line, anything else.
  const tokens = /\bE'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|^\\[^\n]*|[^]/gm;
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith('--') || (token.startsWith('\\') && token.length > 1)) continue;
    if (token === "'" || token === '"') throw new Problem('damaged', 'globals.sql ends within a quoted text.');
    current += token;
    if (token !== ';') continue;
    statements.push(current.trim());
    current = '';
  }
  if (current.trim() !== '') throw new Problem('damaged', 'globals.sql ends within a statement.');
  return statements;
}
