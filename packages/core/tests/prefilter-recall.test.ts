import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyseFile, type Finding, mentions } from '../src/index.ts';
import { findingsOf } from '../src/analyse-file.ts';
import { extract } from '../src/sites/extract.ts';
import { worldOf } from './support/analyse.ts';
import { parse } from './support/parse.ts';

const root = join(import.meta.dirname, '../../..');

/** Code that is there anyway: what talks to PostgreSQL, and what only uses the same words. */
const codeBases: readonly (readonly [name: string, folder: string, pattern: RegExp])[] = [
  ['the fixtures of the hazards', 'fixtures/hazards', /\/(bad|good)\b.*\.[cm]?[jt]sx?$/],
  ['the service with hazards', 'fixtures/backend/before', /\.ts$/],
  ['the service without', 'fixtures/backend/after', /\.ts$/],
  ['the loads that are put on them', 'fixtures/backend/harness', /\.ts$/],
  ['the engine', 'packages/core/src', /\.ts$/],
  ['the audit', 'packages/pgbouncer-audit-cli/src', /\.ts$/],
  ['the backups', 'packages/infra/backup/src', /\.ts$/],
  ['node-postgres', 'packages/lab/node_modules/pg/lib', /\.js$/],
  ['postgres.js', 'packages/lab/node_modules/postgres/src', /\.js$/],
  [
    'Drizzle',
    'packages/lab/node_modules/drizzle-orm',
    /(?<!node_modules\/.*)\/(?:pg-core|node-postgres|postgres-js|neon\w*|migrator|session)[^/]*\/[^/]*\.js$/,
  ],
  ['ESLint', 'node_modules/eslint/lib', /\.js$/],
];

function filesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).includes('node_modules') && pattern.test(`/${relative(folder, path)}`));
}

describe('the prefilter loses nothing: without it the engine finds the same', () => {
  test.each(codeBases)('%s', (_, folder, pattern) => {
    const files = filesIn(realpathSync(join(root, folder)), pattern);
    expect(files.length).toBeGreaterThan(5);
    const installed = { pg: '8.16.3', postgres: '3.4.9', 'drizzle-orm': '0.45.4' };
    const lost = files.flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      const source = parse(text, path);
      const world = worldOf({ installed });
      const unfiltered = findingsOf(extract(source, world).sites, world.setup, path);
      const filtered = mentions(text, 'file') ? analyseFile(parse(text, path), worldOf({ installed })).findings : [];
      const words = (found: readonly Finding[]): string[] => found.map(({ hazard, range }) => `${hazard} ${range.join('-')}`);
      return words(unfiltered)
        .filter((each) => !words(filtered).includes(each))
        .map((each) => `${relative(root, path)}: ${each}`);
    });
    expect(lost).toEqual([]);
  });
});
