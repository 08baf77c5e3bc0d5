import type { Confidence, Dependency, Failure, PoolerProduct, PoolMode, Severity, SuppressionProblemKind } from '@pgbouncer-audit/core';

/** Raised when a key is removed or means something else; not for a key that is added. */
export const schemaVersion = 1;

/**
 * What one audit found: plain JSON, the same for the same files, options and version of the tool. Every reporter is a
 * pure function of it. Paths are relative to the root, with slashes; lines and columns count from 1, columns in
 * UTF-16 units; an end is the place after the last character. Described for users in docs/json-format.md.
 */
export interface AuditResult {
  readonly schemaVersion: typeof schemaVersion;
  readonly tool: { readonly name: string; readonly version: string };
  readonly verdict: VerdictResult;
  readonly discovery: Discovery;
  readonly coverage: CoverageResult;
  /** Sorted by file, position and hazard. */
  readonly findings: readonly FindingResult[];
  /** Set where a baseline was given. */
  readonly baseline?: BaselineResult;
  /** Set where only the findings of a change are listed. */
  readonly scope?: ScopeResult;
  /** What is wrong with comments that suppress findings, sorted by place. */
  readonly suppressionProblems: readonly SuppressionProblemResult[];
  /** The hazards that the findings name, by id. */
  readonly hazards: Readonly<Record<string, HazardResult>>;
  /** The families of those hazards, by id: what is worked off together. */
  readonly families: Readonly<Record<string, FamilyResult>>;
  /** How many connections the code may open, held against what the pooler and PostgreSQL take. Absent where no client was found. */
  readonly budget?: BudgetResult;
}

export interface BudgetResult {
  /** One per client of the code and service that runs it. */
  readonly rows: readonly BudgetRow[];
  readonly sums: readonly BudgetSum[];
  /** What the numbers rest on that was read nowhere, and how to state it. Whole sentences. */
  readonly assumptions: readonly string[];
}

/** A number of the budget, with where it comes from. */
export interface BudgetNumber {
  readonly value: number;
  readonly source: 'stated' | 'assumed' | Origin;
  /** What it is: `max`, `replicas`, `WEB_CONCURRENCY`. */
  readonly name: string;
}

export interface BudgetClient extends PlaceResult {
  readonly label: string;
  readonly driver: string;
}

export interface BudgetRow {
  readonly service: string;
  readonly client: BudgetClient;
  readonly reach: ClientResult['reach'];
  /** Connections that one process may open. */
  readonly max: BudgetNumber;
  /** What multiplies it; empty is once. */
  readonly times: readonly BudgetNumber[];
  readonly total: number;
}

export interface BudgetSum {
  readonly id: 'clients' | 'postgres';
  /** What is added up, in words. */
  readonly title: string;
  readonly value: number;
  /** How it was reckoned: `10 × 4 + 5`. */
  readonly arithmetic: string;
  readonly limit: BudgetNumber;
  readonly exceeded: boolean;
  /** Numbers that were assumed, by name; a sum that rests on one is no certainty. */
  readonly assumed: readonly string[];
}

export interface VerdictResult {
  /**
   * - `ready`: no blocker.
   * - `not-ready`: at least one blocker.
   * - `not-applicable`: no blocker, and the pooler was stated to keep sessions: the hazards of `notApplicable` were not judged.
   * - `nothing-examined`: no code was found that talks to PostgreSQL, so nothing can be said.
   */
  readonly state: 'ready' | 'not-ready' | 'not-applicable' | 'nothing-examined';
  /** Errors, at least `likely`, that hold for the pooler as it was read or stated. */
  readonly blockers: number;
  /** Warnings of the same kind. */
  readonly risks: number;
  /** Findings that are only `possible`. */
  readonly possible: number;
  /** Findings that hold for another value of a setting that was assumed. */
  readonly dependent: number;
  /** Findings that a comment suppresses. They are counted nowhere else. */
  readonly suppressed: number;
  /** Hazards that were not judged, because behind this pooler a client keeps its server connection. Not the same as passed. */
  readonly notApplicable: readonly string[];
}

/** A place in a file of the repository. */
export interface PlaceResult {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a fact was read. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface Discovery {
  readonly workspaces: readonly { readonly name: string; readonly path: string }[];
  readonly drivers: readonly DriverResult[];
  readonly poolers: readonly PoolerResult[];
  /** The profile that the findings assume, each value with where it came from. */
  readonly profile: readonly ProfileValue[];
  readonly clients: readonly ClientResult[];
  /** What a reader should know of the above: several poolers, a mode that differs. Whole sentences. */
  readonly notes: readonly string[];
}

export interface DriverResult {
  readonly name: string;
  readonly version?: string;
  readonly versionFrom?: 'lock file' | 'node_modules' | 'package.json';
  readonly workspace: string;
  readonly origin: Origin;
}

export interface PoolerResult {
  readonly product: PoolerProduct;
  /** What was read: `pgbouncer.ini`, or the service of a compose file. */
  readonly label: string;
  readonly origin: Origin;
  readonly version?: string;
  readonly poolMode?: PoolMode;
  /** True for the one that the profile was read from. */
  readonly used: boolean;
  /** Every setting that was read and matters to a verdict. */
  readonly settings: readonly { readonly name: string; readonly value: string; readonly origin: Origin }[];
}

export interface ProfileValue {
  readonly setting: string;
  readonly value: string;
  readonly source: 'stated' | 'assumed' | Origin;
}

export interface ClientResult extends PlaceResult {
  readonly driver: string;
  readonly label: string;
  readonly reach: 'pooled' | 'direct' | 'unknown';
  readonly evidence: readonly EvidenceResult[];
  /** How many connections one process may open with it; absent where it opens none itself. */
  readonly connections?: { readonly value: number; readonly from: 'option' | 'driver' | 'unread' };
  /** The variable or the expression that its connection string comes from. */
  readonly urlSource?: string;
}

export interface CoverageResult {
  readonly files: {
    /** Source files that were looked at. */
    readonly examined: number;
    /** Of those, the ones that mention nothing that could matter. */
    readonly irrelevant: number;
    /** Source files that were left out on purpose, by why. */
    readonly leftOut: Readonly<Record<LeftOut, number>>;
  };
  /** Source files that should have been examined and could not be. */
  readonly skipped: readonly SkippedFile[];
  /** Files that were examined, with something to know about how. */
  readonly notes: readonly { readonly file: string; readonly note: string }[];
  /** Places where SQL reaches a client. */
  readonly sites: number;
  readonly partial: number;
  readonly opaque: number;
  readonly opaqueSites: readonly PlaceResult[];
}

export type LeftOut = 'tests' | 'generated' | 'minified' | 'declarations' | 'symbolic links';

export interface SkippedFile {
  readonly file: string;
  readonly reason: 'unreadable' | 'too large' | 'not text' | 'syntax error' | 'internal error';
  readonly detail: string;
  readonly line?: number;
}

export interface FindingResult extends PlaceResult {
  readonly hazard: string;
  /** Ids of the taxonomy that the hazard covers. */
  readonly taxonomy: readonly string[];
  readonly message: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Fingerprint of the SQL statement, which `pgbouncer-audit statements` joins by. */
  readonly statement?: string;
  readonly dependsOn?: Dependency;
  readonly evidence: readonly EvidenceResult[];
  /**
   * Where callers decide about the transaction: one way of each kind where they disagree, else the ways by which the code is reached
   * without one.
   */
  readonly callPaths?: readonly CallPathResult[];
  readonly suggestions: readonly SuggestionResult[];
  /** UTF-16 offsets of the place in the file. */
  readonly range: readonly [start: number, end: number];
  /** The line that the finding starts in, secrets removed, with where the squiggle begins and ends in it (from 1). */
  readonly frame: { readonly text: string; readonly start: number; readonly end: number };
  /** The words that the finding is about: white space and secrets made plain, shortened. */
  readonly code: string;
  /**
   * The same for the same code under the same function, wherever it lies: after lines were added or removed, the code was moved within
   * the file, or the file was renamed. Unique in a result.
   */
  readonly fingerprint: string;
  /** Set where a baseline was given: whether it knows the finding. */
  readonly baseline?: 'new' | 'unchanged';
  /** Set where a comment says that the finding does not count. */
  readonly suppression?: SuppressionResult;
}

/** The change that the listed findings belong to. The verdict is about all of them. */
export interface ScopeResult {
  /** The branch or commit that it began at. */
  readonly since?: string;
  /** It is what is staged, and only staged files were examined. */
  readonly staged?: true;
  /** Findings that are not listed: they do not belong to it. */
  readonly omitted: number;
  /** Why all findings belong to it: it changed what they rest on. */
  readonly widened?: string;
}

/** How the findings compare with a baseline. Suppressed ones are not counted. */
export interface BaselineResult {
  /** Findings that it knows, and findings that it does not. */
  readonly unchanged: number;
  readonly new: number;
  /** Entries for which there is no finding any more. */
  readonly stale: readonly BaselineEntry[];
}

/** A finding that is known. It has no line, so that nothing changes when lines move. */
export interface BaselineEntry {
  readonly file: string;
  readonly hazard: string;
  readonly code: string;
  readonly fingerprint: string;
  /** It did not count: it was only possible, or depended on a setting that was assumed. Should it ever count, it is new. */
  readonly quiet?: true;
}

export interface SuppressionResult {
  readonly reason: string;
  /** The last day on which it holds, as `2027-01-01`. */
  readonly until?: string;
  /** The comment. */
  readonly place: PlaceResult;
}

export interface SuppressionProblemResult extends PlaceResult {
  readonly kind: SuppressionProblemKind;
  /** The rule it is about, as written. */
  readonly rule?: string;
  readonly message: string;
}

export interface EvidenceResult {
  readonly text: string;
  readonly place?: PlaceResult;
}

/** A way by which the place of a finding is reached, and whether a transaction is open on it. */
export interface CallPathResult {
  readonly transaction: 'in' | 'out';
  /** In the order in which they run; the place of the finding comes after the last one. */
  readonly steps: readonly EvidenceResult[];
}

export interface SuggestionResult {
  readonly message: string;
  readonly equivalent: boolean;
  readonly edits: readonly { readonly range: readonly [start: number, end: number]; readonly text: string }[];
}

export interface HazardResult {
  readonly title: string;
  /** Key of `families`. */
  readonly family: string;
  /** The page that describes the hazard. */
  readonly url: string;
  readonly taxonomy: readonly string[];
  readonly failure: Failure;
  readonly severity: Severity;
}

export interface FamilyResult {
  readonly title: string;
  /** What breaks, and for whom. */
  readonly breaks: string;
  /** What to do, in the order in which to do it; code stands in backticks. */
  readonly cure: readonly string[];
}
