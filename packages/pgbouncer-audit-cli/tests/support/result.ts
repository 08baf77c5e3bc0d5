import { describeHazards } from '../../src/describe-hazards.ts';
import type { AuditResult, FindingResult } from '../../src/result.ts';

/** A finding with everything that a report can show. */
export function finding(overrides: Partial<FindingResult> = {}): FindingResult {
  const place = { file: 'src/users.ts', line: 12, column: 20, endLine: 12, endColumn: 31 };
  return {
    hazard: 'no-session-set',
    taxonomy: ['01'],
    ...place,
    message: '`SET search_path` changes a server connection that another client gets next. Use `SET LOCAL` in a transaction.',
    severity: 'error',
    confidence: 'certain',
    evidence: [
      { text: '`db` is a pool', place: { ...place, line: 3, endLine: 3, column: 7, endColumn: 9 } },
      { text: 'the statement runs outside a transaction' },
    ],
    suggestions: [{ message: 'Use SET LOCAL', equivalent: false, edits: [{ range: [300, 303], text: 'SET LOCAL' }] }],
    range: [300, 311],
    frame: { text: '  await db.execute(sql`SET search_path TO tenant`);', start: 24, end: 35 },
    code: 'SET search_path',
    fingerprint: '0123456789abcdef',
    ...overrides,
  };
}

/** A result with the findings given. */
export function result(findings: readonly FindingResult[] = [finding()], overrides: Partial<AuditResult> = {}): AuditResult {
  return {
    schemaVersion: 1,
    tool: { name: 'pgbouncer-audit', version: '1.2.3' },
    verdict: {
      state: findings.length > 0 ? 'not-ready' : 'ready',
      blockers: findings.length,
      risks: 0,
      possible: 0,
      dependent: 0,
      suppressed: 0,
      notApplicable: [],
    },
    discovery: {
      workspaces: [{ name: 'api', path: 'apps/api' }],
      drivers: [
        {
          name: 'pg',
          version: '8.16.0',
          versionFrom: 'lock file',
          workspace: 'apps/api',
          origin: { file: 'apps/api/package.json', line: 7 },
        },
      ],
      poolers: [
        {
          product: 'pgbouncer',
          label: 'pgbouncer.ini',
          origin: { file: 'docker/pgbouncer.ini', line: 3 },
          poolMode: 'transaction',
          used: true,
          settings: [],
        },
      ],
      profile: [
        { setting: 'poolMode', value: 'transaction', source: { file: 'docker/pgbouncer.ini', line: 4 } },
        { setting: 'version', value: '1.26', source: 'assumed' },
      ],
      clients: [],
      notes: [],
    },
    coverage: {
      files: { examined: 40, irrelevant: 30, leftOut: { tests: 5, generated: 0, minified: 0, declarations: 0, 'symbolic links': 0 } },
      skipped: [{ file: 'src/broken.ts', reason: 'syntax error', detail: 'Unexpected token', line: 4 }],
      notes: [],
      sites: 20,
      partial: 3,
      opaque: 1,
      opaqueSites: [{ file: 'src/raw.ts', line: 5, column: 9, endLine: 5, endColumn: 20 }],
    },
    findings,
    suppressionProblems: [],
    ...describeHazards(findings),
    ...overrides,
  };
}
