import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import type { FileView } from './view.ts';

/** The files as they lie on the disk. */
export const disk: FileView = {
  read: readRegularFile,
  stat: (path) => statSync(path),
  list: (path) => readdirSync(path, { withFileTypes: true }),
  realpath: (path) => realpathSync(path),
};

/** Beyond this a file is not even looked into. */
const maxSize = 64_000_000;

/** A file is larger than what is read. */
export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
  /** In bytes. */
  readonly size: number;

  constructor(size: number) {
    super(`${size} bytes`);
    this.size = size;
  }
}

/** Opened without waiting: a pipe in the place of a file must not stop the audit. */
function readRegularFile(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new Error('not a regular file');
    if (stat.size > maxSize) throw new FileTooLargeError(stat.size);
    const bytes = Buffer.allocUnsafe(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
