import type { App } from './app.ts';
import { counted } from './format.ts';
import { removeLeftoversOf } from './leftovers.ts';
import { Problem, problemOf } from './problem.ts';
import { noteState } from './state.ts';
import { type BackupEntry, catalogue } from './storage/catalogue.ts';
import { databaseFolder, manifestFile, parseKey } from './storage/layout.ts';

export interface RetentionPolicy {
  readonly days: number;
  /** Good backups that stay whatever their age. */
  readonly keep: number;
  readonly leftoverHours: number;
}

/** What is to be removed, and why the rest stays. */
export interface RetentionPlan {
  readonly remove: readonly BackupEntry[];
  readonly keep: readonly { readonly entry: BackupEntry; readonly why: 'young' | 'floor' | 'damaged, and no good one is newer' }[];
  /** Folders without a manifest that no run can still be writing to. */
  readonly leftovers: readonly BackupEntry[];
}

/**
 * Decides what goes. A backup is old when both its name and the storage's clock say so: a clock that was wrong, once or now, keeps too much and never
 * too little. Good is what has a manifest and was not found damaged; the newest good ones stay.
 *
 * @throws Problem `refused` where backups would be removed and none good would be left
 */
export function planRetention(entries: readonly BackupEntry[], policy: RetentionPolicy, now: Date): RetentionPlan {
  const before = now.getTime() - policy.days * 86_400_000;
  const abandoned = now.getTime() - policy.leftoverHours * 3_600_000;
  const backups = entries.filter(({ manifest }) => manifest).sort((a, b) => (a.name < b.name ? 1 : -1));
  const floor = new Set(
    backups
      .filter(({ check }) => check !== 'damaged')
      .slice(0, Math.max(1, policy.keep))
      .map(({ name }) => name),
  );
  const isOld = ({ time, manifest }: BackupEntry) => time.getTime() < before && manifest!.modified.getTime() < before;
  const [remove, keep]: [BackupEntry[], RetentionPlan['keep'][number][]] = [[], []];
  for (const entry of backups) {
    if (floor.has(entry.name)) keep.push({ entry, why: isOld(entry) ? 'floor' : 'young' });
    else if (!isOld(entry)) keep.push({ entry, why: 'young' });
    else remove.push(entry);
  }
  if (remove.length > 0 && floor.size === 0) {
    throw new Problem(
      'refused',
      `All ${counted(remove.length, 'old backup')} would go and no good one is left: make a good backup first, or delete them by hand.`,
    );
  }
  const leftovers = entries.filter(
    ({ manifest, modified, time }) => !manifest && modified.getTime() < abandoned && time.getTime() < abandoned,
  );
  return { remove: remove.reverse(), keep, leftovers };
}

export interface RetentionReport {
  readonly removed: readonly string[];
  readonly kept: number;
  readonly leftovers: number;
}

/**
 * Removes the backups of one database that are too old, and what dead runs have left. The manifest goes first: a removal that is cut short leaves
 * what is no backup and is removed by the next, and never a manifest that promises what is no longer there.
 *
 * @throws Problem
 */
export async function prune(app: App, database: string, dryRun: boolean): Promise<RetentionReport> {
  const { log, settings } = app;
  const { prefix } = settings;
  const bucket = app.bucket('delete');
  let overdue = 0;
  let kept = 0;
  const removed: string[] = [];
  const note = async (outcome: 'done' | ReturnType<typeof problemOf>['outcome'], message?: string) => {
    if (dryRun) return;
    const finishedAt = (await bucket.time().catch(() => new Date())).toISOString();
    const state = {
      outcome,
      finishedAt,
      removed: removed.length,
      kept,
      overdue: overdue - removed.length,
      ...(message && { message: app.redact(message) }),
    };
    await noteState(app.bucket('write'), prefix, database, 'retention', state);
  };
  try {
    const now = await bucket.time();
    const entries = await catalogue(bucket, prefix, database);
    const plan = planRetention(entries, settings, now);
    overdue = plan.remove.length;
    kept = plan.keep.length;
    for (const entry of plan.remove) {
      app.signal.throwIfAborted();
      log.say(`${dryRun ? 'Would remove' : 'Removing'} ${entry.name} of ${database}.`);
      if (!dryRun) await removeBackup(app, database, entry);
      removed.push(entry.name);
    }
    const leftovers = await removeLeftovers(app, database, plan.leftovers, now, dryRun);
    await note('done');
    return { removed, kept, leftovers };
  } catch (error) {
    const problem = app.signal.aborted ? problemOf(app.signal.reason) : problemOf(error);
    await note(problem.outcome, problem.message);
    throw problem;
  }
}

async function removeBackup(app: App, database: string, { name, files, manifest }: BackupEntry): Promise<void> {
  const bucket = app.bucket('delete');
  await bucket.remove(manifest!.key);
  for (const { key } of files) {
    if (parseKey(app.settings.prefix, database, key)?.name === name && !key.endsWith(`/${manifestFile}`)) await bucket.remove(key);
  }
}

async function removeLeftovers(app: App, database: string, folders: readonly BackupEntry[], now: Date, dryRun: boolean): Promise<number> {
  const { prefix, leftoverHours } = app.settings;
  let count = 0;
  for (const { name } of folders) {
    app.log.say(`${dryRun ? 'Would remove' : 'Removing'} what the dead run ${name} of ${database} left.`);
    if (!dryRun) await removeLeftoversOf(app, database, name);
    count++;
  }
  const bucket = app.bucket('write');
  for await (const upload of bucket.unfinishedUploads(databaseFolder(prefix, database))) {
    if (!parseKey(prefix, database, upload.key) || upload.started.getTime() > now.getTime() - leftoverHours * 3_600_000) continue;
    app.log.say(`${dryRun ? 'Would abort' : 'Aborting'} the unfinished upload of ${upload.key}.`);
    if (!dryRun) await bucket.abortUpload(upload);
    count++;
  }
  return count;
}
