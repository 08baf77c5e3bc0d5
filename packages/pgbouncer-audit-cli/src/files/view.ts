import { AsyncLocalStorage } from 'node:async_hooks';
import { disk } from './disk.ts';

/** What is known of a path, links followed. */
export interface FileStat {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** One name of a folder; what a link leads to is not looked at. */
export interface DirectoryEntry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * The files that an audit sees: those of the disk, those that are staged, or those of the disk with a record of what was asked.
 * Paths are absolute. Every question throws what `node:fs` throws.
 */
export interface FileView {
  /**
   * The bytes of a regular file.
   *
   * @throws FileTooLargeError for one that is larger than any source text
   */
  read(path: string): Buffer;
  stat(path: string): FileStat;
  list(path: string): readonly DirectoryEntry[];
  /** The path without links in it. */
  realpath(path: string): string;
}

const views = new AsyncLocalStorage<FileView>();

/** Runs a function for which the functions below answer from `view`. */
export function inView<T>(view: FileView, action: () => T): T {
  return views.run(view, action);
}

function view(): FileView {
  return views.getStore() ?? disk;
}

/*
 * Named as in `node:fs`: whatever reads the audited repository imports them from here instead, so that nothing it looks at escapes the view.
 * ESLint holds that (eslint.layers.js).
 */

export function readFileSync(path: string): Buffer;
export function readFileSync(path: string, encoding: 'utf8'): string;
export function readFileSync(path: string, encoding?: 'utf8'): Buffer | string {
  const bytes = view().read(path);
  return encoding ? bytes.toString(encoding) : bytes;
}

export function statSync(path: string): FileStat {
  return view().stat(path);
}

export function existsSync(path: string): boolean {
  try {
    view().stat(path);
    return true;
  } catch {
    return false;
  }
}

export function realpathSync(path: string): string {
  return view().realpath(path);
}

export function readdirSync(path: string): string[];
export function readdirSync(path: string, options: { readonly withFileTypes: true }): DirectoryEntry[];
export function readdirSync(path: string, options?: { readonly withFileTypes: true }): string[] | DirectoryEntry[] {
  const entries = view().list(path);
  return options ? [...entries] : entries.map(({ name }) => name);
}
