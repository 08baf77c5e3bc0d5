import { grammar } from './grammar.ts';
import { nameParts, type Node, type RangeVar } from './parse-tree.ts';

/** One of the two expressions of a policy. */
export interface PolicyPart {
  /** As written, without the schema `public`. */
  readonly table: string;
  readonly name: string;
  readonly part: 'using' | 'with check';
}

/** Expressions of policies that a statement gives anew, or removes: of one policy, or of all of a table. */
export interface PolicyChange {
  readonly table: string;
  /** Absent for all policies of the table. */
  readonly name?: string;
  readonly parts: readonly PolicyPart['part'][];
  /** Where the statement begins. */
  readonly at: number;
}

const both = ['using', 'with check'] as const;

/** The name of a table in `PolicyPart`. */
export function tableName({ schemaname, relname }: RangeVar): string {
  return qualified([...(schemaname === undefined ? [] : [schemaname]), relname]);
}

/**
 * What a text changes of policies, in the order of its statements.
 *
 * @param pieces the text, or the texts that it is cut into, each with its offset; of one that is no SQL as a whole nothing is known
 */
export function policyChanges(pieces: readonly { readonly sql: string; readonly at: number }[]): PolicyChange[] {
  return pieces.flatMap(({ sql, at }) => {
    if (!/\bpolicy\b|\bdrop\s+table\b/i.test(sql)) return [];
    const parsed = grammar.parse(sql);
    if (parsed.outcome !== 'parsed') return [];
    return parsed.statements.flatMap(({ stmt, stmt_location = 0 }) =>
      changesOf(stmt).map((change) => ({ ...change, at: at + parsed.offset(stmt_location) })),
    );
  });
}

function changesOf({ CreatePolicyStmt: created, AlterPolicyStmt: altered, DropStmt: dropped }: Node): Omit<PolicyChange, 'at'>[] {
  // A policy that is there already cannot be created: another statement has removed it before.
  if (created) return [{ table: tableName(created.table), name: created.policy_name, parts: both }];
  if (altered) {
    const parts = both.filter((part) => (part === 'using' ? altered.qual : altered.with_check) !== undefined);
    return [{ table: tableName(altered.table), name: altered.policy_name, parts }];
  }
  if (!dropped) return [];
  return dropped.objects.flatMap(({ List }) => {
    const names = nameParts(List?.items ?? []);
    if (dropped.removeType === 'OBJECT_TABLE') return [{ table: qualified(names), parts: both }];
    if (dropped.removeType !== 'OBJECT_POLICY') return [];
    return [{ table: qualified(names.slice(0, -1)), name: names.at(-1) ?? '', parts: both }];
  });
}

function qualified(names: readonly string[]): string {
  return names.length > 1 && names[0] === 'public' ? names.slice(1).join('.') : names.join('.');
}
