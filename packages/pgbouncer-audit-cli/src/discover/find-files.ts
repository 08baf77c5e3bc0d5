import { basename, dirname, extname, join, relative } from 'node:path';
import { isPm2File } from '../deployment/pm2.ts';
import { toRelative, toSlashes } from '../files/to-relative.ts';
import { type DirectoryEntry, existsSync, readdirSync, readFileSync } from '../files/view.ts';
import { sourceExtensions } from '../parse-source.ts';
import type { LeftOut, SkippedFile } from '../result.ts';
import { gitIgnoreRules, type GitIgnoreRules } from './git-ignore.ts';
import { explain } from './read-text.ts';

export interface FoundFiles {
  /** Source files to examine, in the order of their names; relative to the root, with slashes. */
  readonly sources: readonly string[];
  /** `.sql` files, of which some are migrations. */
  readonly sql: readonly string[];
  /** Files that tell how the repository is built and deployed: `package.json`, YAML, `.ini`, `.env` files, Dockerfiles, Prisma schemas. */
  readonly manifests: readonly string[];
  readonly leftOut: Readonly<Record<LeftOut, number>>;
  readonly skipped: readonly SkippedFile[];
}

export interface FindOptions {
  readonly includeTests: boolean;
}

const extensions = new Set(sourceExtensions);

/** Folders of installed or built code, and of tools. What is in them is not the repository's own. */
const foreignFolders = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  'vendor',
  'vendored',
  'third_party',
  'coverage',
  '__pycache__',
  '.git',
  '.hg',
  '.svn',
  '.next',
  '.nuxt',
  '.output',
  '.svelte-kit',
  '.astro',
  '.turbo',
  '.vercel',
  '.netlify',
  '.wrangler',
  '.serverless',
  '.cache',
  '.parcel-cache',
  '.yarn',
  '.pnp',
  '.pnpm-store',
  '.nyc_output',
  '.venv',
]);

/** Folders that a build writes, when they stand beside a `package.json`. */
const buildFolders = new Set(['dist', 'build', 'out']);

const testFolders = new Set(['__tests__', '__mocks__', '__fixtures__', 'test', 'tests', 'e2e', 'fixtures', 'cypress', 'playwright']);
const testFile = /\.(?:test|spec|e2e|cy)(?:-d)?\.[cm]?[jt]sx?$/i;
const generatedFolders = new Set(['__generated__', '.generated']);
const generatedFile = /\.(?:generated|gen)\.[cm]?[jt]sx?$/i;
const minifiedFile = /[.-]min\.[cm]?js$|\.bundle\.[cm]?js$/i;
const declarationFile = /\.d\.(?:[\w-]+\.)?[cm]?ts$/i;

const manifestFile =
  /^(?!pnpm-lock\.)(?:package\.json|pnpm-workspace\.yaml|[\w.-]+\.ya?ml|[\w.-]+\.ini(?:\.[\w-]+)?|\.env(?:\.[\w.-]+)?|[\w-]+\.env|(?:[\w.-]+\.)?Dockerfile(?:\.[\w-]+)?|Procfile|[\w.-]+\.prisma)$/i;

/**
 * Finds the files of a repository. `.gitignore` files hold, and so do the conventions for tests, built, generated and
 * installed code. Symbolic links are not followed, so that no file is seen twice and no loop is walked.
 *
 * @param root absolute
 * @param folder absolute, the root or below it. What the conventions say of the folder itself and what is above it does
 *   not count: a folder that was asked for is examined.
 */
export function findFiles(root: string, folder: string, { includeTests }: FindOptions): FoundFiles {
  const sources: string[] = [];
  const sql: string[] = [];
  const manifests: string[] = [];
  const skipped: SkippedFile[] = [];
  const leftOut: Record<LeftOut, number> = { tests: 0, generated: 0, minified: 0, declarations: 0, 'symbolic links': 0 };

  const visit = (directory: string, rules: readonly GitIgnore[], inTests: boolean): void => {
    let entries: DirectoryEntry[];
    try {
      entries = readdirSync(directory, { withFileTypes: true });
    } catch (cause) {
      skipped.push({ file: toRelative(root, directory) || '.', reason: 'unreadable', detail: explain(cause) });
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const names = new Set(entries.map(({ name }) => name));
    const here = names.has('.gitignore') ? [...rules, readGitIgnore(directory)] : rules;
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (isIgnored(here, path, entry.isDirectory())) continue;
      if (entry.isSymbolicLink()) {
        if (extensions.has(extname(entry.name)) || !extname(entry.name)) leftOut['symbolic links']++;
      } else if (entry.isDirectory()) {
        if (foreignFolders.has(entry.name) || generatedFolders.has(entry.name)) continue;
        if (buildFolders.has(entry.name) && names.has('package.json')) continue;
        visit(path, here, inTests || testFolders.has(entry.name));
      } else {
        const file = toRelative(root, path);
        if (extensions.has(extname(entry.name).toLowerCase())) {
          const why = whyLeftOut(entry.name, inTests, includeTests);
          if (why) leftOut[why]++;
          else sources.push(file);
          if (isPm2File(file) && !inTests) manifests.push(file);
        } else if (entry.name.endsWith('.sql') && (includeTests || !inTests)) {
          sql.push(file);
        } else if ((manifestFile.test(entry.name) || isPm2File(file)) && !inTests) {
          manifests.push(file);
        }
      }
    }
  };

  const above = gitIgnoresAbove(root, folder);
  visit(folder, isIgnored(above, folder, true) ? [] : above, false);
  return { sources, sql, manifests, leftOut, skipped };
}

/** Whether a file belongs to tests, by its path relative to the root. */
export function isTest(file: string): boolean {
  const names = file.split('/');
  return testFile.test(file) || names.slice(0, -1).some((name) => testFolders.has(name));
}

function whyLeftOut(name: string, inTests: boolean, includeTests: boolean): LeftOut | undefined {
  if (declarationFile.test(name)) return 'declarations';
  if (minifiedFile.test(name)) return 'minified';
  if (generatedFile.test(name)) return 'generated';
  return !includeTests && (inTests || testFile.test(name)) ? 'tests' : undefined;
}

interface GitIgnore {
  readonly directory: string;
  readonly rules: GitIgnoreRules;
}

function readGitIgnore(directory: string): GitIgnore {
  let text = '';
  try {
    text = readFileSync(join(directory, '.gitignore'), 'utf8');
  } catch {
    // One that cannot be read ignores nothing: more is examined, not less.
  }
  return { directory, rules: gitIgnoreRules(text) };
}

/** The nearest file that says something of the path decides, as in git. */
function isIgnored(rules: readonly GitIgnore[], path: string, isDirectory: boolean): boolean {
  for (const { directory, rules: each } of rules.toReversed()) {
    const below = relative(directory, path);
    if (below === '') continue;
    const { ignored, unignored } = each.test(toSlashes(below) + (isDirectory ? '/' : ''));
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

function gitIgnoresAbove(root: string, folder: string): GitIgnore[] {
  const found: GitIgnore[] = [];
  for (let at = folder; at !== root;) {
    at = dirname(at);
    if (existsSync(join(at, '.gitignore'))) found.unshift(readGitIgnore(at));
    if (at === dirname(at)) break;
  }
  return found;
}

/** Code that a tool wrote says so in its first comment. */
export function looksGenerated(text: string): boolean {
  const head = text.slice(0, 600);
  return /^\s*(?:\/\/|\/\*)/.test(head) && /@generated\b|\bauto-?generated\b|generated by .{1,60}\bdo not edit/is.test(firstComment(head));
}

function firstComment(head: string): string {
  if (/^\s*\/\*/.test(head)) return head.slice(0, (head.indexOf('*/') + 600) % 600 || undefined);
  return (/^(?:\s*\/\/[^\n]*\n?)+/.exec(head) ?? [''])[0];
}

/** Few, very long lines: what a bundler writes. */
export function looksMinified(path: string, text: string): boolean {
  if (text.length < 20_000 || !/\.[cm]?js$/.test(basename(path))) return false;
  let lines = 1;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return text.length / lines > 1_000;
}
