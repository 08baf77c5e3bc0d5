import { join } from 'node:path';
import type { FileSystemHost } from 'ts-morph';
import { readdirSync, readFileSync, realpathSync, statSync } from '../files/view.ts';

/** The file system of a ts-morph project: what the audit sees, and nothing can be written. */
export function projectFiles(): FileSystemHost {
  const is = (path: string, kind: 'isFile' | 'isDirectory'): boolean => {
    try {
      return statSync(path)[kind]();
    } catch {
      return false;
    }
  };
  const refuse = (): never => {
    throw new Error('The audit changes no file of a TypeScript project.');
  };
  const reading = {
    isCaseSensitive: () => process.platform !== 'win32' && process.platform !== 'darwin',
    readDirSync: (path: string) =>
      readdirSync(path, { withFileTypes: true }).map((entry) => ({
        name: join(path, entry.name),
        isFile: entry.isFile(),
        isDirectory: entry.isDirectory(),
        isSymlink: entry.isSymbolicLink(),
      })),
    readFileSync: (path: string) => readFileSync(path, 'utf8'),
    fileExistsSync: (path: string) => is(path, 'isFile'),
    directoryExistsSync: (path: string) => is(path, 'isDirectory'),
    realpathSync: (path: string) => realpathSync(path),
    getCurrentDirectory: () => process.cwd(),
    // Nothing is searched by a pattern: files are added one by one.
    globSync: (): string[] => [],
  };
  return {
    ...reading,
    readFile: (path) => Promise.resolve(reading.readFileSync(path)),
    fileExists: (path) => Promise.resolve(reading.fileExistsSync(path)),
    directoryExists: (path) => Promise.resolve(reading.directoryExistsSync(path)),
    glob: () => Promise.resolve([]),
    delete: refuse,
    deleteSync: refuse,
    writeFile: refuse,
    writeFileSync: refuse,
    mkdir: refuse,
    mkdirSync: refuse,
    move: refuse,
    moveSync: refuse,
    copy: refuse,
    copySync: refuse,
  };
}
