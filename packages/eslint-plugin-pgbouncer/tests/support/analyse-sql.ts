import { analyseSqlFile, type FileAnalysis, type MigrationTool, readSettings } from '@pgbouncer-audit/core';
import type { Fixture } from './fixture.ts';

const drizzle: MigrationTool = {
  name: 'Drizzle',
  transaction: 'in',
  separator: '--> statement-breakpoint',
  outside: 'Run the statement by hand',
};

/** What the audit finds in a fixture of SQL that runs through the pooler. */
export function analyseSqlFixture({ name, code, settings, tool }: Pick<Fixture, 'name' | 'code' | 'settings' | 'tool'>): FileAnalysis {
  const { setup } = readSettings(settings);
  return analyseSqlFile(name, code, { setup, tool: { ...drizzle, ...tool }, reach: 'pooled', evidence: [], today: '2026-11-24' });
}
