import type { TSESTree } from '@typescript-eslint/types';
import { findingsOf } from './analyse-file.ts';
import type { FileAnalysis } from './analysis.ts';
import { applyDirectives } from './directive.ts';
import type { Evidence } from './finding.ts';
import type { Range } from './place.ts';
import { hazards } from './hazards/index.ts';
import { keepsSessions } from './pooler/capabilities.ts';
import type { Setup } from './setup.ts';
import type { QuerySite } from './sites/site.ts';
import { readScript } from './sql/read-script.ts';
import { sqlDirectives } from './sql/sql-directives.ts';
import type { TransactionFact } from './sql/script.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

/** What a migration tool does with a file. */
export interface MigrationTool {
  readonly name: string;
  /** Whether it has begun a transaction when it sends the file. */
  readonly transaction: 'in' | 'out' | 'unknown';
  /** A mark at which it cuts the file into texts that it sends one by one; otherwise it sends the file as one text. */
  readonly separator?: string;
  /** How a statement is run outside a transaction with this tool; a sentence without its full stop. */
  readonly outside: string;
}

export interface AnalyseSqlOptions {
  readonly setup: Setup;
  readonly tool: MigrationTool;
  /** Whether what runs the file connects through the pooler. */
  readonly reach: 'pooled' | 'direct' | 'unknown';
  /** Who runs the file, and how that is known. */
  readonly evidence: readonly Evidence[];
  /** The day of the analysis, as `2027-01-01`: some suppressions have a last one. */
  readonly today: string;
}

/**
 * Judges the statements of a migration. A transaction that the tool has begun does not end what a plain `SET` sets for the session: that
 * stays on the server connection when it commits (FACTS.md 14).
 *
 * @param path as findings spell it
 */
export function analyseSqlFile(path: string, text: string, options: AnalyseSqlOptions): FileAnalysis {
  const sites = sitesOf(text, options);
  const read = sqlDirectives(path, text);
  const sessions = keepsSessions(options.setup.profile);
  const { findings, problems } = applyDirectives(findingsOf(sites, options.setup, path), read.directives, {
    known: hazards.map(({ id }) => id),
    today: options.today,
    // In session mode nothing is found that a suppression could be for; it is needed again when the mode changes.
    applied: (rule) => !(sessions && hazards.some(({ id, onlyInTransactionMode }) => id === rule && onlyInTransactionMode)),
  });
  const partial = sites.some(({ script }) => script.completeness === 'partial');
  return {
    findings,
    clients: [],
    coverage: { sites: sites.length > 0 ? 1 : 0, partial: partial ? 1 : 0, opaque: 0 },
    opaqueSites: [],
    namedStatements: [],
    transactions: [],
    suppressionProblems: [...read.problems, ...problems],
  };
}

/** A site for each text that the tool sends. */
function sitesOf(text: string, options: AnalyseSqlOptions): QuerySite[] {
  const { tool } = options;
  const sites: QuerySite[] = [];
  let state = tool.transaction;
  let start = 0;
  for (const piece of tool.separator === undefined ? [text] : text.split(tool.separator)) {
    const range = [start, start + piece.length] as const;
    start = range[1] + (tool.separator?.length ?? 0);
    if (!mayHoldFact(piece)) continue;
    const site = siteOf(piece, range, state, options);
    sites.push(site);
    // A file can end the transaction of its tool, and begin another.
    const last = site.script.statements.flatMap(({ facts }) => facts).findLast((fact) => fact.kind === 'transaction' && !fact.inside);
    if (last?.kind === 'transaction') state = stateAfter[last.command] ?? state;
  }
  return sites;
}

const stateAfter: Partial<Readonly<Record<TransactionFact['command'], 'in' | 'out'>>> = {
  begin: 'in',
  commit: 'out',
  rollback: 'out',
  prepare: 'out',
};

function siteOf(piece: string, range: Range, state: MigrationTool['transaction'], { tool, reach, evidence }: AnalyseSqlOptions): QuerySite {
  const text = { parts: [{ kind: 'constant', value: piece, range }], at: range } as const;
  return {
    kind: 'query',
    node: { type: 'Program', range } as unknown as TSESTree.Node,
    range,
    text,
    script: readScript(text),
    part: 'statement',
    parameters: false,
    inConnectHook: false,
    settlement: 'awaited',
    hidesError: false,
    sent: true,
    frames: [],
    migration: { tool: tool.name, outside: tool.outside },
    // Everything is sent on one connection.
    handle: {
      kind: state === 'in' ? 'transaction' : 'client',
      driver: 'unknown',
      reach,
      confidence: 'likely',
      evidence,
      root: 'migration',
    },
    context: { state, confidence: 'likely', evidence: [{ text: contexts[state](tool.name) }] },
  };
}

const contexts: Readonly<Record<MigrationTool['transaction'], (tool: string) => string>> = {
  in: (tool) => `${tool} runs the file in a transaction`,
  out: (tool) => `${tool} has no transaction open here`,
  unknown: (tool) => `whether ${tool} has a transaction open here is not known`,
};
