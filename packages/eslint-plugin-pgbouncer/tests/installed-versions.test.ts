import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { installedVersions } from '../src/installed-versions.ts';
import { makeProject, type Project } from './support/project.ts';

describe('the version of a package as a file sees it', () => {
  let project: Project | undefined;
  afterEach(() => {
    project?.remove();
  });

  const projectWith = (installed: Record<string, string>, manifest?: object): string => {
    project = makeProject(installed);
    if (manifest) writeFileSync(join(project.folder, 'package.json'), JSON.stringify(manifest));
    return project.folder;
  };

  it('is the one in the nearest node_modules', () => {
    const root = projectWith({ postgres: '3.4.9' });
    const near = join(root, 'apps/api/node_modules/postgres');
    mkdirSync(near, { recursive: true });
    writeFileSync(join(near, 'package.json'), '{ "version": "3.3.5" }');
    expect(installedVersions(join(root, 'apps/api/src/db.ts'))('postgres')).toBe('3.3.5');
    expect(installedVersions(join(root, 'apps/web/src/db.ts'))('postgres')).toBe('3.4.9');
  });

  it('is the one that is installed, whatever package.json allows', () => {
    const root = projectWith({ 'drizzle-orm': '0.45.4' }, { dependencies: { 'drizzle-orm': '^0.45.0' } });
    expect(installedVersions(join(root, 'db.ts'))('drizzle-orm')).toBe('0.45.4');
  });

  it('is the lowest that package.json allows where nothing is installed', () => {
    const root = projectWith({}, { devDependencies: { 'drizzle-orm': '^0.45.3', pg: '>=8 <9', postgres: 'workspace:*' } });
    expect(installedVersions(join(root, 'src/db.ts'))('drizzle-orm')).toBe('0.45.3');
    expect(installedVersions(join(root, 'src/db.ts'))('postgres')).toBeUndefined();
  });

  it('keeps what marks a version as not yet released', () => {
    const root = projectWith({}, { dependencies: { 'drizzle-orm': '1.0.0-rc.5' } });
    expect(installedVersions(join(root, 'src/db.ts'))('drizzle-orm')).toBe('1.0.0-rc.5');
  });

  it('finds the version of a scoped package', () => {
    const root = projectWith({ '@neondatabase/serverless': '1.0.2' });
    expect(installedVersions(join(root, 'src/db.ts'))('@neondatabase/serverless')).toBe('1.0.2');
  });

  it('is not known for a text that is in no project, nor where package.json cannot be read', () => {
    const root = projectWith({});
    writeFileSync(join(root, 'package.json'), '{ "dependencies": ');
    expect(installedVersions(join(root, 'src/db.ts'))('postgres')).toBeUndefined();
    expect(installedVersions('<input>')('postgres')).toBeUndefined();
  });
});
