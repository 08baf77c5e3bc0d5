import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { AuditResult } from '../src/result.ts';
import { command } from './support/command.ts';

/** Audits a copy of a project, because in its place it is a part of this repository. */
async function auditProject(name: string): Promise<AuditResult> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'audit-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL(`../../../fixtures/projects/${name}`, import.meta.url)), root, { recursive: true });
  const { stdout } = await command(root, '--format', 'json');
  return JSON.parse(stdout) as AuditResult;
}

test('monorepo: clients behind workspace packages, re-exports and paths; the pooler of a compose file; versions of a lock file', async () => {
  const { verdict, discovery, coverage, findings } = await auditProject('monorepo');
  expect(verdict).toMatchObject({ state: 'not-ready' });

  const places = findings.map(({ file, line, hazard }) => `${file}:${line} ${hazard}`);
  expect(places).toEqual([
    'apps/api/src/report.ts:7 no-session-set',
    'apps/api/src/tenant.ts:6 no-session-set-config',
    'docker/compose.yml:5 vulnerable-pooler',
    'docker/pgbouncer/pgbouncer.ini:2 wildcard-database',
    'docker/pgbouncer/pgbouncer.ini:4 open-transaction-timeout',
  ]);
  const finding = findings.find(({ file }) => file === 'apps/api/src/tenant.ts')!;
  expect(finding.evidence.flatMap(({ place }) => place?.file ?? [])).toContain('packages/db/src/client.ts');

  expect(discovery.profile).toEqual([
    { setting: 'product', value: 'pgbouncer', source: { file: 'docker/pgbouncer/pgbouncer.ini', line: 4 } },
    { setting: 'version', value: '1.24', source: { file: 'docker/compose.yml', line: 5 } },
    { setting: 'poolMode', value: 'transaction', source: { file: 'docker/pgbouncer/pgbouncer.ini', line: 7 } },
    { setting: 'maxPreparedStatements', value: '200', source: { file: 'docker/pgbouncer/pgbouncer.ini', line: 8 } },
    { setting: 'trackedParameters', value: '', source: { file: 'docker/pgbouncer/pgbouncer.ini', line: 4 } },
    { setting: 'ignoredStartupParameters', value: 'extra_float_digits', source: { file: 'docker/pgbouncer/pgbouncer.ini', line: 9 } },
    { setting: 'postgresMajor', value: '16', source: { file: 'docker/compose.yml', line: 3 } },
  ]);
  expect(discovery.drivers.map(({ name, version, workspace }) => `${workspace} ${name} ${version}`)).toEqual([
    'apps/worker pg 8.16.3',
    'packages/db pg 8.16.3',
    'packages/db drizzle-orm 0.45.4',
  ]);
  expect(discovery.clients.map(({ file, reach }) => `${file} ${reach}`)).toEqual([
    'packages/db/src/client.ts pooled',
    'packages/db/src/client.ts pooled',
    'packages/db/src/direct.ts direct',
  ]);
  expect(coverage.skipped).toEqual([]);
});
