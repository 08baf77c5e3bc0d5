import { readFileSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { pathsOfInclude, type PgbouncerConfiguration, readPgbouncerConfiguration } from '@pgbouncer-audit/core';

/** The size of a configuration that a person could have written. */
const maxSize = 2_000_000;

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  ELOOP: 'it is a symbolic link that leads to itself',
};

/** The deployed `pgbouncer.ini`, as it was when it was read. */
export interface PgbouncerIniFile {
  /** `string`: why there is none, as the end of a sentence. */
  readonly configuration: PgbouncerConfiguration | string;
  /** Whether the file, and every file that it includes, is still the one that was read. */
  isCurrent(): boolean;
}

/**
 * Reads a `pgbouncer.ini` with what it includes.
 *
 * @param path as the settings have it
 * @param folder what a relative path starts from
 */
export function readPgbouncerIniFile(path: string, folder: string): PgbouncerIniFile {
  const stamps = new Map<string, string>();
  const read = (name: string): string => {
    const absolute = resolve(folder, name);
    // Before the text: a file that changes in between is read again.
    stamps.set(absolute, stampOf(absolute));
    return readText(absolute);
  };
  const isCurrent = () => [...stamps].every(([absolute, stamp]) => stampOf(absolute) === stamp);
  const name = sep === '\\' ? path.replaceAll('\\', '/') : path;
  try {
    const configuration = readPgbouncerConfiguration(name, read(name), (from, included) => {
      for (const file of pathsOfInclude(from, included)) {
        try {
          return { file, text: read(file) };
        } catch {
          // The next place; where there is none, the configuration says so.
        }
      }
      return undefined;
    });
    return {
      configuration: configuration ?? 'has no [pgbouncer] or [databases] section, so it is no configuration of PgBouncer',
      isCurrent,
    };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return { configuration: `cannot be read: ${(code && reasons[code]) ?? code ?? message}`, isCurrent };
  }
}

/** @throws Error for what is no file of text */
function readText(absolute: string): string {
  const stat = statSync(absolute);
  // A device never ends.
  if (!stat.isFile()) throw new Error('it is not a file');
  if (stat.size > maxSize) throw new Error('it is larger than 2 MB');
  return readFileSync(absolute, 'utf8');
}

function stampOf(absolute: string): string {
  try {
    const { size, mtimeNs, ctimeNs, ino } = statSync(absolute, { bigint: true });
    return [size, mtimeNs, ctimeNs, ino].join(' ');
  } catch {
    return 'absent';
  }
}
