import type { App } from './app.ts';
import type { Bucket, UnfinishedUpload } from './storage/bucket.ts';
import { backupFolder, manifestFile, parseKey } from './storage/layout.ts';

/**
 * Removes what a run without a manifest has left: unfinished uploads first, with the rights of the writer, then whole objects, with the rights of
 * the deleter. A folder with a manifest is a backup and is not touched.
 *
 * @returns how many objects and uploads were removed
 */
export async function removeLeftoversOf(app: App, database: string, name: string): Promise<number> {
  const { prefix } = app.settings;
  const folder = backupFolder(prefix, database, name);
  const writer = app.bucket('write');
  let removed = 0;
  for await (const upload of unfinishedUploadsOf(writer, folder)) {
    await writer.abortUpload(upload);
    removed++;
  }
  const objects: string[] = [];
  for await (const { key } of writer.list(folder)) objects.push(key);
  if (objects.includes(`${folder}${manifestFile}`)) return removed;
  const deleter = app.bucket('delete');
  for (const key of objects.filter((candidate) => parseKey(prefix, database, candidate)?.name === name)) {
    await deleter.remove(key);
    removed++;
  }
  return removed;
}

/** MinIO lists the unfinished uploads of one whole key only and takes every prefix for one, so the keys that can be large are asked for one by one. */
async function* unfinishedUploadsOf(bucket: Bucket, folder: string): AsyncIterable<UnfinishedUpload> {
  const seen = new Set<string>();
  for (const prefix of [folder, `${folder}dump`, `${folder}dump.age`, `${folder}globals.sql`, `${folder}globals.sql.age`]) {
    for await (const upload of bucket.unfinishedUploads(prefix)) {
      if (seen.has(upload.id)) continue;
      seen.add(upload.id);
      yield upload;
    }
  }
}
