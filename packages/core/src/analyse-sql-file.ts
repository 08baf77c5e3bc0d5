import type { TSESTree } from '@typescript-eslint/types';
import { findingsOf } from './analyse-file.ts';
import type { FileAnalysis } from './analysis.ts';
import type { Evidence } from './finding.ts';
import type { Setup } from './setup.ts';
import type { QuerySite } from './sites/site.ts';
import { readScript } from './sql/read-script.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

export interface AnalyseSqlOptions {
  readonly setup: Setup;
  /** Whether what runs the file connects through the pooler. */
  readonly reach: 'pooled' | 'direct' | 'unknown';
  /** Who runs the file, and how that is known. */
  readonly evidence: readonly Evidence[];
}

/**
 * Judges the statements of a migration. Drizzle and Prisma send a migration as one transaction, so what it sets for the session stays on
 * the server connection when it commits (HAZARDS.md 0.7).
 *
 * @param path as findings spell it
 */
export function analyseSqlFile(path: string, text: string, options: AnalyseSqlOptions): FileAnalysis {
  const range = [0, text.length] as const;
  if (!mayHoldFact(text)) return { findings: [], clients: [], coverage: { sites: 0, partial: 0, opaque: 0 }, opaqueSites: [] };
  const at = { parts: [{ kind: 'constant', value: text, range }], at: range } as const;
  const script = readScript(at);
  const site: QuerySite = {
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
  return {
    findings: findingsOf([site], options.setup, path),
    clients: [],
    coverage: { sites: 1, partial: script.completeness === 'partial' ? 1 : 0, opaque: 0 },
    opaqueSites: [],
  };
}
