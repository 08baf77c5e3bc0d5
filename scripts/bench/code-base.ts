import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { applicationCode, databaseCode, type CodePackage } from './code-packages.ts';
import { unpackedPackage } from './unpacked-package.ts';

/** A repository that was made to be timed. */
export interface CodeBase {
  readonly folder: string;
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  /** Of the files, those of a back end on PostgreSQL. */
  readonly databaseFiles: number;
}

export interface CodeBaseOptions {
  /** How many lines it is to have, more or less by a file. */
  readonly lines: number;
  /** The share of the files that belong to a back end on PostgreSQL: 0 to 1. */
  readonly databaseShare: number;
  /** Where code bases and the packages they are made of are kept between runs. */
  readonly cache: string;
  /** The root of this workspace, whose fixtures are part of the code. */
  readonly workspace: string;
}

interface Piece {
  /** Below the folder of its copy. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

const isSource = /(?<!\.d)\.[cm]?tsx?$/;

/** Enough of them decide the look of the repository; the rest of the time is the same. */
const leftOut = new Set([
  'node_modules',
  'dist',
  'build',
  '_types',
  '_cjs',
  '_esm',
  'types',
  'unstable-core-do-not-import',
  'test',
  'tests',
  '__tests__',
]);

/**
 * Makes a repository of real TypeScript: application code and, among it, back ends on PostgreSQL. What is needed more than once is copied; the
 * back ends with tables of their own, so that no statement occurs twice. The same options give the same bytes.
 */
export function codeBase(options: CodeBaseOptions): CodeBase {
  const { lines, databaseShare, cache, workspace } = options;
  const application = inRandomOrder(applicationCode.flatMap((each) => piecesOf(each, cache)));
  const database = [
    ...databaseCode.flatMap((each) => piecesOf(each, cache)),
    ...['before', 'after'].flatMap((twin) => piecesIn(join(workspace, 'fixtures/backend', twin), `shop-${twin}`)),
  ];
  const content = createHash('sha256')
    .update(JSON.stringify([lines, databaseShare, application, database]))
    .digest('hex');
  const folder = join(cache, `code-base-${lines}-${content.slice(0, 12)}`);
  const summary = join(folder, '.bench.json');
  if (existsSync(summary)) return JSON.parse(readFileSync(summary, 'utf8')) as CodeBase;

  const work = `${folder}.part`;
  rmSync(work, { recursive: true, force: true });
  const made = { folder, files: 0, lines: 0, bytes: 0, databaseFiles: 0 };
  let applicationFiles = 0;
  while (made.lines < lines) {
    const isDatabase = databaseShare > 0 && made.databaseFiles < Math.round((made.files + 1) * databaseShare);
    const [pieces, at] = isDatabase ? [database, made.databaseFiles++] : [application, applicationFiles++];
    const piece = pieces[at % pieces.length]!;
    const copy = Math.floor(at / pieces.length);
    const path = join(work, isDatabase ? 'services' : 'apps', String(copy), piece.path);
    const text = isDatabase && copy > 0 ? ofItsOwn(piece.text, copy) : piece.text;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    made.files++;
    made.lines += piece.lines;
    made.bytes += Buffer.byteLength(text);
  }
  writeFileSync(
    join(work, 'package.json'),
    JSON.stringify({ name: 'code-base', type: 'module', dependencies: { pg: '^8.16.0', 'drizzle-orm': '^0.45.0' } }),
  );
  writeFileSync(join(work, '.bench.json'), JSON.stringify(made));
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
  return made;
}

/** Tables get the number of the copy. */
function ofItsOwn(text: string, copy: number): string {
  return text.replace(/\b(from|into|update|table|join)\s+([a-z]\w+)\b/gi, `$1 $2_${copy}`);
}

function piecesOf(each: CodePackage, cache: string): Piece[] {
  return piecesIn(unpackedPackage(each, join(cache, 'packages')), each.name.replaceAll('/', '-').replace('@', ''));
}

function piecesIn(folder: string, name: string): Piece[] {
  return sourcesIn(folder).map((file) => {
    const text = readFileSync(file, 'utf8');
    return { path: join(name, relative(folder, file)), text, lines: text.split('\n').length - 1 };
  });
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return leftOut.has(entry.name) ? [] : sourcesIn(path);
      return isSource.test(entry.name) ? [path] : [];
    });
}

/** Any first part of it then looks like the whole. */
function inRandomOrder(pieces: readonly Piece[]): Piece[] {
  const keyOf = ({ path }: Piece): string => createHash('sha256').update(path).digest('hex');
  return pieces
    .map((piece) => ({ piece, key: keyOf(piece) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ piece }) => piece);
}
