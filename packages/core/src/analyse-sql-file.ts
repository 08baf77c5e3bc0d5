import type { TSESTree } from '@typescript-eslint/types';
import { findingsOf } from './analyse-file.ts';
import type { FileAnalysis } from './analysis.ts';
import { applyDirectives } from './directive.ts';
import type { Evidence } from './finding.ts';
import { hazards } from './hazards/index.ts';
import { keepsSessions } from './pooler/capabilities.ts';
import type { Setup } from './setup.ts';
import type { QuerySite } from './sites/site.ts';
import { readScript } from './sql/read-script.ts';
import { sqlDirectives } from './sql/sql-directives.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

export interface AnalyseSqlOptions {
  readonly setup: Setup;
  /** Whether what runs the file connects through the pooler. */
  readonly reach: 'pooled' | 'direct' | 'unknown';
  /** Who runs the file, and how that is known. */
  readonly evidence: readonly Evidence[];
  /** The day of the analysis, as `2027-01-01`: some suppressions have a last one. */
  readonly today: string;
}

/**
 * Judges the statements of a migration. Drizzle and Prisma send a migration as one transaction, so what it sets for the session stays on
 * the server connection when it commits (HAZARDS.md 0.7).
 *
 * @param path as findings spell it
 */
export function analyseSqlFile(path: string, text: string, options: AnalyseSqlOptions): FileAnalysis {
  const site = mayHoldFact(text) ? siteOf(text, options) : undefined;
  const read = sqlDirectives(path, text);
  const { findings, problems } = applyDirectives(site ? findingsOf([site], options.setup, path) : [], read.directives, {
    known: hazards.map(({ id }) => id),
    today: options.today,
    // In session mode nothing is found that a suppression could be for; it is needed again when the mode changes.
    applied: (rule) =>
      !(keepsSessions(options.setup.profile) && hazards.some(({ id, onlyInTransactionMode }) => id === rule && onlyInTransactionMode)),
  });
  return {
    findings,
    clients: [],
    coverage: { sites: site ? 1 : 0, partial: site?.script.completeness === 'partial' ? 1 : 0, opaque: 0 },
    opaqueSites: [],
    suppressionProblems: [...read.problems, ...problems],
  };
}

function siteOf(text: string, options: AnalyseSqlOptions): QuerySite {
  const range = [0, text.length] as const;
  const at = { parts: [{ kind: 'constant', value: text, range }], at: range } as const;
  const script = readScript(at);
  return {
    kind: 'query',
    node: { type: 'Program', range: [0, text.length] } as unknown as TSESTree.Node,
    range,
    text: at,
    script,
    part: 'statement',
    parameters: false,
    inConnectHook: false,
    settlement: 'awaited',
    hidesError: false,
    sent: true,
    frames: [],
    handle: { kind: 'transaction', driver: 'unknown', reach: options.reach, confidence: 'likely', evidence: options.evidence },
    context: { state: 'in', confidence: 'likely', evidence: [{ text: 'a migration is run in a transaction' }] },
  };
}
