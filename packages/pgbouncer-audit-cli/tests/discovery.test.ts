import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDrivers } from '../src/discover/drivers.ts';
import { findFiles } from '../src/discover/find-files.ts';
import { Packages } from '../src/discover/packages.ts';
import { repository } from './support/repository.ts';

function find(files: Readonly<Record<string, string>>, { folder = '', includeTests = false } = {}) {
  const root = repository(files);
  return findFiles(root, join(root, folder), { includeTests });
}

describe('the files that are examined', () => {
  test('are JavaScript and TypeScript of every kind, and nothing else', () => {
    const names = ['a.ts', 'b.tsx', 'c.mts', 'd.cts', 'e.js', 'f.jsx', 'g.mjs', 'h.cjs'];
    const others = ['i.json', 'j.py', 'k.sql', 'l.vue', 'm'];
    expect(find(Object.fromEntries([...names, ...others].map((name) => [name, '']))).sources).toEqual(names);
  });

  test('are not installed, built, generated, minified or only types; what is left out is counted', () => {
    const { sources, leftOut } = find({
      'package.json': '{}',
      'src/a.ts': '',
      'src/build/kept.ts': '',
      'node_modules/pg/index.js': '',
      'dist/a.js': '',
      'apps/web/.next/server.js': '',
      'src/__generated__/schema.ts': '',
      'src/schema.generated.ts': '',
      'public/jquery.min.js': '',
      'types/env.d.ts': '',
    });
    expect(sources).toEqual(['src/a.ts', 'src/build/kept.ts']);
    expect(leftOut).toMatchObject({ generated: 1, minified: 1, declarations: 1 });
  });

  test('are tests only when asked; otherwise they are counted', () => {
    const files = {
      'src/a.ts': '',
      'src/a.test.ts': '',
      'src/a.spec.tsx': '',
      'e2e/login.ts': '',
      'src/__tests__/b.ts': '',
      'tests/c.ts': '',
    };
    expect(find(files)).toMatchObject({ sources: ['src/a.ts'], leftOut: { tests: 5 } });
    expect(find(files, { includeTests: true }).sources).toHaveLength(6);
  });

  test('may be in a folder called tests when that folder was asked for', () => {
    expect(find({ 'tests/fixtures/api/a.ts': '', 'b.ts': '' }, { folder: 'tests/fixtures/api' }).sources).toEqual([
      'tests/fixtures/api/a.ts',
    ]);
  });
});

describe('.gitignore', () => {
  test('holds for its folder and below, nested ones too, and the nearest that speaks decides', () => {
    const { sources } = find({
      '.gitignore': 'generated/\n*.local.ts\n/only-here.ts\n',
      'generated/a.ts': '',
      'src/x.local.ts': '',
      'only-here.ts': '',
      'src/only-here.ts': '',
      'apps/.gitignore': '!keep.local.ts\nout-of-apps.ts\n',
      'apps/keep.local.ts': '',
      'apps/out-of-apps.ts': '',
      'out-of-apps.ts': '',
    });
    expect(sources).toEqual(['apps/keep.local.ts', 'out-of-apps.ts', 'src/only-here.ts']);
  });

  test('above the folder that was asked for holds, too, unless it hides that very folder', () => {
    const files = { '.gitignore': 'tmp/\n*.local.ts\n', 'tmp/api/a.ts': '', 'src/a.local.ts': '', 'src/b.ts': '' };
    expect(find(files, { folder: 'src' }).sources).toEqual(['src/b.ts']);
    expect(find(files, { folder: 'tmp/api' }).sources).toEqual(['tmp/api/a.ts']);
  });
});

test('symbolic links are not followed: a loop ends, and no file comes twice', () => {
  const root = repository({ 'src/a.ts': '' });
  symlinkSync('..', join(root, 'src', 'loop'));
  symlinkSync('a.ts', join(root, 'src', 'again.ts'));
  expect(findFiles(root, root, { includeTests: false })).toMatchObject({ sources: ['src/a.ts'], leftOut: { 'symbolic links': 2 } });
});

describe('the version of a driver', () => {
  const manifest = (dependencies: Record<string, string>) => JSON.stringify({ name: 'api', dependencies }, undefined, 2);
  function version(files: Readonly<Record<string, string>>, file = 'apps/api/src/db.ts') {
    return new Packages(repository(files)).version('drizzle-orm', file);
  }

  test.each<[string, Record<string, string>, string]>([
    [
      'pnpm-lock.yaml, by workspace',
      {
        'pnpm-lock.yaml':
          "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies: {}\n  apps/api:\n    dependencies:\n      drizzle-orm:\n        specifier: ^0.45.0\n        version: 0.45.4(pg@8.16.0)\npackages:\n  broken: [\n",
        'apps/api/package.json': manifest({ 'drizzle-orm': '^0.45.0' }),
      },
      '0.45.4',
    ],
    [
      'package-lock.json',
      {
        'package-lock.json': '{ "packages": { "node_modules/drizzle-orm": { "version": "0.44.7" } } }',
        'apps/api/package.json': manifest({ 'drizzle-orm': '^0.44.0' }),
      },
      '0.44.7',
    ],
    [
      'yarn.lock of Yarn 1',
      {
        'yarn.lock': '# yarn lockfile v1\n\ndrizzle-orm@^0.44.0, drizzle-orm@^0.44.1:\n  version "0.44.6"\n  resolved "x"\n',
        'apps/api/package.json': manifest({ 'drizzle-orm': '^0.44.1' }),
      },
      '0.44.6',
    ],
    [
      'yarn.lock of Yarn 4',
      {
        'yarn.lock': '__metadata:\n  version: 8\n\n"drizzle-orm@npm:^0.44.0":\n  version: 0.44.5\n  resolution: "drizzle-orm@npm:0.44.5"\n',
        'apps/api/package.json': manifest({ 'drizzle-orm': '^0.44.0' }),
      },
      '0.44.5',
    ],
    [
      'bun.lock',
      {
        'bun.lock': '{\n  "lockfileVersion": 1,\n  "packages": {\n    "drizzle-orm": ["drizzle-orm@0.44.4", "", {}],\n  },\n}\n',
        'apps/api/package.json': manifest({ 'drizzle-orm': '^0.44.0' }),
      },
      '0.44.4',
    ],
    [
      'node_modules, where no lock file tells',
      { 'node_modules/drizzle-orm/package.json': '{ "version": "0.43.1" }', 'apps/api/package.json': manifest({ 'drizzle-orm': '*' }) },
      '0.43.1',
    ],
    ['package.json, as the least that is asked for', { 'apps/api/package.json': manifest({ 'drizzle-orm': '^0.42.0' }) }, '0.42.0'],
    [
      'the catalog of pnpm',
      { 'apps/api/package.json': manifest({ 'drizzle-orm': 'catalog:' }), 'pnpm-workspace.yaml': 'catalog:\n  drizzle-orm: ^0.41.0\n' },
      '0.41.0',
    ],
    ['the package.json above', { 'package.json': manifest({ 'drizzle-orm': '0.40.0' }), 'apps/api/package.json': manifest({}) }, '0.40.0'],
  ])('comes from %s', (_, files, expected) => {
    expect(version(files)).toBe(expected);
  });

  test.each<[string, Record<string, string>]>([
    ['nothing names the package', { 'package.json': manifest({}) }],
    ['package.json is not JSON', { 'package.json': '{ "dependencies": ' }],
    ['package.json is no object', { 'package.json': '[]' }],
    ['the name is one that every object has', { 'package.json': '{ "dependencies": {} }' }],
  ])('is not known when %s', (_, files) => {
    expect(version(files)).toBeUndefined();
    expect(new Packages(repository(files)).version('constructor', 'a.ts')).toBeUndefined();
  });

  test.each([
    ['package-lock.json', '{'],
    ['bun.lock', '{\n  "packages": {\n<<<<<<< HEAD\n    "drizzle-orm": ["drizzle-orm@0.44.4"],\n'],
    ['pnpm-lock.yaml', 'importers:\n\n  .:\n    dependencies:\n<<<<<<< HEAD\n      drizzle-orm:\n        version: 0.44.4\n'],
  ])('a %s that is broken is passed over', (name, text) => {
    expect(version({ [name]: text, 'package.json': manifest({ 'drizzle-orm': '0.45.1' }) })).toBe('0.45.1');
  });

  test('an importer of pnpm may be quoted, and the file may have none', () => {
    const asked = { 'apps/api/package.json': manifest({ 'drizzle-orm': '^0.44.0' }) };
    const importer = '    dependencies:\n      drizzle-orm:\n        specifier: ^0.44.0\n        version: 0.44.8\n';
    expect(version({ ...asked, 'pnpm-lock.yaml': `importers:\n\n  .: {}\n\n  'apps/api':\n${importer}\npackages:\n` })).toBe('0.44.8');
    const own = {
      'apps/api/pnpm-lock.yaml': 'lockfileVersion: 5.4\n\nspecifiers:\n  drizzle-orm: ^0.44.0\n\ndependencies:\n  drizzle-orm: 0.44.9\n',
    };
    expect(version({ ...asked, ...own })).toBe('0.44.9');
  });
});

test('drivers are named with their version, and the line that asks for them', () => {
  const packages = new Packages(
    repository({ 'apps/api/package.json': '{\n  "dependencies": {\n    "express": "5",\n    "pg": "8.16.0"\n  }\n}\n' }),
  );
  expect(findDrivers([packages.manifest('apps/api')!], packages)).toEqual([
    {
      name: 'pg',
      version: '8.16.0',
      versionFrom: 'package.json',
      workspace: 'apps/api',
      origin: { file: 'apps/api/package.json', line: 4 },
    },
  ]);
});
