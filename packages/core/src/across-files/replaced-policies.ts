import type { Finding } from '../finding.ts';
import type { Range } from '../place.ts';
import type { PolicyChange, PolicyPart } from '../sql/policies.ts';

/** What a migration does with policies. */
export interface PoliciesOfFile {
  /** Where an expression of a policy reads a parameter that may be unset. */
  readonly read: readonly (PolicyPart & { readonly range: Range })[];
  readonly changed: readonly PolicyChange[];
}

/**
 * Tells whether a finding is about an expression of a policy that a later statement replaces or removes: what is evaluated is the later one, and a migration
 * that has been run is not edited.
 *
 * @param files of one folder, in the order in which they are run
 */
export function replacedPolicies(
  files: readonly { readonly file: string; readonly policies: PoliciesOfFile }[],
): (finding: Finding) => boolean {
  const replaced = new Set<string>();
  for (const [index, { file, policies }] of files.entries()) {
    for (const read of policies.read) {
      const isLater = (change: PolicyChange): boolean => isOf(change, read);
      const inFile = policies.changed.some((change) => change.at >= read.range[1] && isLater(change));
      if (inFile || files.slice(index + 1).some((later) => later.policies.changed.some(isLater)))
        replaced.add(`${file}:${read.range.join('-')}`);
    }
  }
  return ({ hazard, file, range }) => hazard === 'rls-guc-null-safe' && replaced.has(`${file}:${range.join('-')}`);
}

function isOf(change: PolicyChange, { table, name, part }: PolicyPart): boolean {
  return change.table === table && (change.name === undefined || change.name === name) && change.parts.includes(part);
}
