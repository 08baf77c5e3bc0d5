import type { TSESTree } from '@typescript-eslint/types';
import { findingsOf } from './analyse-file.ts';
import type { PoliciesOfFile } from './across-files/replaced-policies.ts';
import type { FileAnalysis } from './analysis.ts';
import { applyDirectives } from './directive.ts';
import type { Evidence } from './finding.ts';
import type { Range } from './place.ts';
import { hazards } from './hazards/index.ts';
import { keepsSessions } from './pooler/capabilities.ts';
import type { Setup } from './setup.ts';
import type { QuerySite } from './sites/site.ts';
import { policyChanges } from './sql/policies.ts';
import { readScript } from './sql/read-script.ts';
import { sqlDirectives } from './sql/sql-directives.ts';
import type { TransactionFact } from './sql/script.ts';
import { mayHoldFact } from './sql/vocabulary.ts';

/** Everything one file of SQL gives. */
export interface SqlFileAnalysis extends FileAnalysis {
  /** For `replacedPolicies`. */
  readonly policies: PoliciesOfFile;
}

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
export function analyseSqlFile(path: string, text: string, options: AnalyseSqlOptions): SqlFileAnalysis {
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
    policies: { read: policiesRead(sites), changed: undoes(path) ? [] : policyChanges(piecesOf(withoutUndoing(text), options.tool)) },
  };
}

/** Whether a file takes a migration back: what it drops is there as long as it is not run. */
function undoes(path: string): boolean {
  return /[._-](?:down|undo|rollback)\.sql$/i.test(path);
}

/** Several tools have both ways in one file, told apart by a comment: `-- Down Migration`, `-- migrate:down`, `-- +goose Down`. */
function withoutUndoing(text: string): string {
  const down = /^[ \t]*--.*\bdown\b/im.exec(text);
  return down ? text.slice(0, down.index) : text;
}

/** Where expressions of policies read parameters that may be unset. */
function policiesRead(sites: readonly QuerySite[]): PoliciesOfFile['read'] {
  return sites.flatMap(({ script }) =>
    script.statements.flatMap(({ facts }) =>
      facts.flatMap((fact) => (fact.kind === 'unset-setting' && fact.policy ? [{ ...fact.policy, range: fact.range }] : [])),
    ),
  );
}

/** The texts that the tool sends. */
function piecesOf(text: string, { separator }: MigrationTool): { readonly sql: string; readonly at: number }[] {
  let at = 0;
  return (separator === undefined ? [text] : text.split(separator)).map((sql) => {
    const piece = { sql, at };
    at += sql.length + (separator?.length ?? 0);
    return piece;
  });
}

/** A site for each text that the tool sends. */
function sitesOf(text: string, options: AnalyseSqlOptions): QuerySite[] {
  const { tool } = options;
  const sites: QuerySite[] = [];
  let state = tool.transaction;
  for (const { sql: piece, at } of piecesOf(text, tool)) {
    const range = [at, at + piece.length] as const;
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
