import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that looks like a project with packages installed. */
export interface Project {
  readonly folder: string;
  remove(): void;
}

/** The versions that the fixtures are about unless they say otherwise. */
export const usualVersions: Readonly<Record<string, string>> = {
  pg: '8.23.1',
  postgres: '3.4.9',
  'drizzle-orm': '0.45.4',
  '@neondatabase/serverless': '1.0.2',
};

export function makeProject(installed: Readonly<Record<string, string>> = usualVersions): Project {
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-plugin-'));
  for (const [name, version] of Object.entries(installed)) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, version }));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}
