import type { App } from './app.ts';
import { download, feed, identitiesFor, objectOf, plainContent, plainText, programsFor, storedContent } from './archive.ts';
import { secondsSince } from './backup.ts';
import { startProgram } from './child.ts';
import { bytesText, durationText } from './format.ts';
import { Problem, problemOf } from './problem.ts';
import { roleStatements } from './roles.ts';
import { openScratch, requireRoom } from './scratch.ts';
import { noteState, type States } from './state.ts';
import { bestEffort } from './storage/bucket.ts';
import { type Backup, verdictFiles } from './storage/catalogue.ts';

/**
 * Reads every byte of a backup back, holds it against the sums of its manifest, and lets `pg_restore` read the whole dump: its table of contents
 * alone, which `pg_restore --list` looks at, is intact in a dump that was cut to a hundredth. The verdict goes into the folder of the backup.
 *
 * @returns how deep it went: without the key of an encrypted backup only the sums of what is stored can be checked
 * @throws Problem `damaged`, or `failed` where the storage did not let it read: that says nothing about the backup
 */
export async function verifyBackup(app: App, backup: Backup): Promise<States['verification']['depth']> {
  const { manifest } = backup;
  const { log, settings } = app;
  const started = performance.now();
  const note = async (outcome: States['verification']['outcome'], depth: 'full' | 'sums', message?: string) => {
    const finishedAt = (
      await app
        .bucket('write')
        .time()
        .catch(() => new Date())
    ).toISOString();
    const state = {
      outcome,
      name: manifest.name,
      finishedAt,
      durationSeconds: secondsSince(started),
      depth,
      ...(message && { message: app.redact(message) }),
    };
    await noteState(app.bucket('write'), settings.prefix, manifest.database, 'verification', state);
    if (outcome !== 'done' && outcome !== 'damaged') return;
    const file = outcome === 'done' ? verdictFiles.verified : verdictFiles.damaged;
    await bestEffort(() => app.bucket('write').put(`${backup.folder}${file}`, `${JSON.stringify(state, undefined, 1)}\n`));
  };
  try {
    const depth = await readEverything(app, backup);
    await note('done', depth);
    const bytes = bytesText(manifest.objects.reduce((sum, object) => sum + object.bytes, 0));
    const how =
      depth === 'full' ? `${bytes} read back, and the dump read by pg_restore` : `${bytes} read back; it is encrypted and no key is here`;
    log.say(`Backup ${manifest.name} of ${manifest.database} is whole: ${how}, in ${durationText(secondsSince(started))}.`);
    return depth;
  } catch (error) {
    const problem = app.signal.aborted ? problemOf(app.signal.reason) : problemOf(error);
    await note(problem.outcome, 'full', problem.message);
    throw problem;
  }
}

async function readEverything(app: App, backup: Backup): Promise<'full' | 'sums'> {
  const { manifest } = backup;
  const identities = identitiesFor(app, backup);
  if (!identities) {
    for (const object of manifest.objects) for await (const _ of storedContent(app, backup, object, app.signal));
    return 'sums';
  }
  const globals = await plainText(app, backup, objectOf(backup, 'globals'), identities, app.signal);
  roleStatements(globals);
  const programs = await programsFor(app, backup);
  const args = ['--file=/dev/null'];
  try {
    if (manifest.dump.format === 'custom') {
      const child = startProgram(programs.path('pg_restore'), args, app.environment, app.signal);
      await feed(child, plainContent(app, backup, objectOf(backup, 'dump'), identities, app.signal));
    } else {
      await readDirectory(
        app,
        backup,
        identities,
        (folder) => startProgram(programs.path('pg_restore'), [...args, folder], app.environment, app.signal).done,
      );
    }
  } catch (error) {
    if (error instanceof Problem && /^pg_restore failed/.test(error.message))
      throw new Problem(
        'damaged',
        `${manifest.name} of ${manifest.database} has the sums that it should have, and pg_restore cannot read it: ${error.message}`,
      );
    throw error;
  }
  return 'full';
}

/** Downloads a dump in directory format, and removes it again. */
export async function readDirectory<T>(
  app: App,
  backup: Backup,
  identities: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const scratch = await openScratch(app.settings.scratch);
  try {
    const bytes = backup.manifest.objects.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
    await requireRoom(scratch.path, bytes, `the dump ${backup.manifest.name}`);
    return await use(await download(app, backup, identities, scratch.path, app.signal));
  } finally {
    await scratch.remove();
  }
}
