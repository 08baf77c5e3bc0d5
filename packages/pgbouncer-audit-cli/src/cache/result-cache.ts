import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditOptions } from '../audit.ts';
import type { AuditResult } from '../result.ts';
import { keepNewest } from '../keep-newest.ts';
import { toolVersion } from '../tool.ts';
import { writeFileAtomically } from '../write-file.ts';
import { entryOf, type NewEntry, readEntry } from './entry.ts';
import { Recorder, stillTrue } from './recorder.ts';

export interface CacheOptions {
  /** Absolute; by default below `node_modules/.cache`, or `.cache` where there is no `node_modules`. */
  readonly folder?: string;
  /** Files that the same run writes into the repository: reports, the baseline. */
  readonly outputs: readonly string[];
}

const suffix = '.entry';

/** Results of other options and other times that are kept. */
const maxEntries = 8;

/**
 * Audits, or gives back the result of an earlier audit of which everything it looked at is still the same: file contents, folders, and
 * names that were looked for and not found. So no finding is ever stale, whatever other file it rests on.
 *
 * A cache that is broken, or cannot be written, is as good as none.
 */
export async function cachedAudit(
  options: AuditOptions & { readonly root: string; readonly today: string },
  cache: CacheOptions,
): Promise<AuditResult> {
  const folder = cache.folder ?? defaultFolder(options.root);
  const file = join(folder, `${keyOf(options)}${suffix}`);
  const outputs = new Set(cache.outputs);
  const isOwn = (path: string): boolean => outputs.has(path) || dirname(path) === folder || /^\..*\.tmp$/.test(basename(path));

  const known = readEntry(file, options.root);
  if (known && (known.day === undefined || known.day === options.today)) {
    const still = stillTrue(known.answers, isOwn);
    if (still) {
      if (still !== 'unchanged')
        keep(folder, file, options.root, { ...(known.day !== undefined && { day: known.day }), answers: still, result: known.result });
      return JSON.parse(known.result.toString()) as AuditResult;
    }
  }
  // Before the folders above it are looked at.
  makeFolder(folder);
  const recorder = new Recorder(isOwn);
  // Half of the time of a run that needs nothing of it.
  const { loadAudit } = await import('../load-audit.ts');
  const { audit } = await loadAudit();
  const result = audit({ ...options, files: recorder });
  const day = recorder.dependsOnDay && { day: options.today };
  keep(folder, file, options.root, { answers: recorder.answers(), ...day, result: Buffer.from(JSON.stringify(result)) });
  return result;
}

function defaultFolder(root: string): string {
  const modules = join(root, 'node_modules');
  return join(existsSync(modules) ? modules : root, '.cache', 'pgbouncer-audit');
}

/** Everything besides the files that decides the result. */
function keyOf({ paths, cwd, root, includeTests, settings, settingsFolder, pgbouncerIni }: AuditOptions): string {
  const program = statSync(fileURLToPath(import.meta.url)).mtimeMs;
  const parts = [
    toolVersion,
    program,
    process.version,
    process.platform,
    process.arch,
    paths,
    cwd,
    root,
    includeTests,
    settings,
    settingsFolder,
    pgbouncerIni,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function keep(folder: string, file: string, root: string, entry: NewEntry): void {
  try {
    writeFileAtomically(file, entryOf(entry, root), file);
    keepNewest(folder, suffix, maxEntries);
  } catch {
    // The next run is slower, and nothing else.
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    // No repository wants to hold it.
    if (!existsSync(join(folder, '.gitignore'))) writeFileSync(join(folder, '.gitignore'), '*\n');
  } catch {
    // Nothing is kept, then.
  }
}
