import type { AuditOptions } from '../audit.ts';
import { type Changes, changesSince, stagedChanges } from '../git/changes.ts';
import { Git } from '../git/git.ts';
import { stagedView } from '../git/staged-view.ts';
import type { AuditResult } from '../result.ts';
import { withinChanges } from '../scope.ts';
import type { RatchetFlags } from './ratchet-options.ts';

/** A change of the repository that an audit is about. */
interface AuditedChange {
  /** What the audit is to look at. */
  readonly auditOptions: Pick<AuditOptions, 'files' | 'only'>;
  /** Leaves of a result what belongs to the change. */
  readonly within: (result: AuditResult) => AuditResult;
}

/**
 * The change that `--since` or `--staged` names.
 *
 * @param root absolute; the top of the repository
 * @returns `undefined` where neither is given
 * @throws UsageError where git cannot tell
 */
export async function changesOf(root: string, { since, staged }: RatchetFlags): Promise<AuditedChange | undefined> {
  if (since !== undefined) return change(await changesSince(new Git(root, '--since'), since), {}, { since });
  if (!staged) return undefined;
  const git = new Git(root, '--staged');
  const [changes, files] = await Promise.all([stagedChanges(git), stagedView(git, root)]);
  return change(changes, { files, only: new Set(changes.keys()) }, { staged });
}

function change(changes: Changes, auditOptions: AuditedChange['auditOptions'], of: { since?: string; staged?: true }): AuditedChange {
  return { auditOptions, within: (result) => withinChanges(result, changes, of) };
}
