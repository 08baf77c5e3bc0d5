import { dirname, join, posix, resolve, sep } from 'node:path';
import {
  analyseFile,
  analyseSqlFile,
  type FileAnalysis,
  type Finding,
  mentions,
  notApplicable,
  type Setup,
  replacedPolicies,
  type SourceFile,
  type SqlFileAnalysis,
  statementNamesAcrossFiles,
} from '@pgbouncer-audit/core';
import type { AnalysedClient } from './budget/analysed-client.ts';
import { reckonBudget } from './budget/reckon.ts';
import { CheckPresenter } from './checks/check-presenter.ts';
import { runChecks } from './checks/run-checks.ts';
import { discover } from './discover/discover.ts';
import { findFiles, type FoundFiles, isTest, looksGenerated, looksMinified } from './discover/find-files.ts';
import { explain, readText } from './discover/read-text.ts';
import { Packages } from './discover/packages.ts';
import { repositoryRoot } from './discover/repository-root.ts';
import { UsageError } from './errors.ts';
import { suppressByComments } from './eslint-directives.ts';
import { growAsUsual, growSlowly } from './heap-growth.ts';
import { toRelative } from './files/to-relative.ts';
import { existsSync, type FileView, inView, realpathSync, statSync } from './files/view.ts';
import { migrationRunners } from './discover/migrations.ts';
import { isParseFailure } from './parse-source.ts';
import {
  schemaVersion,
  type AuditResult,
  type ClientResult,
  type CoverageResult,
  type FindingResult,
  type LeftOut,
  type PlaceResult,
  type SkippedFile,
  type SuppressionProblemResult,
} from './result.ts';
import { describeHazards } from './describe-hazards.ts';
import { Presenter } from './presenter.ts';
import { ProjectSemantics } from './semantics/project-semantics.ts';
import { toolName, toolVersion } from './tool.ts';
import { judge } from './judge.ts';

export interface AuditOptions {
  /** Files and folders to examine. */
  readonly paths: readonly string[];
  /** What relative paths start from. */
  readonly cwd: string;
  /** The top of the repository; by default the nearest folder with a `.git` above the first path, or that path. */
  readonly root?: string;
  readonly includeTests?: boolean;
  /** What the user stated. What is discovered holds where nothing is stated. */
  readonly settings?: unknown;
  /** What relative paths in the settings start from; `cwd` unless it is given. */
  readonly settingsFolder?: string;
  /** Reads the pooler from this file instead of searching for one. */
  readonly pgbouncerIni?: string;
  /** The day that suppressions with a last one are held against, as `2027-01-01`; today unless it is given. */
  readonly today?: string;
  /** Of the files found, examines only these; relative to the root. */
  readonly only?: ReadonlySet<string>;
  /** What is seen of the repository; by default the files of the disk. */
  readonly files?: FileView;
  /** Whether findings name the fingerprints of their statements, which only a result that is kept is read for; by default they do. */
  readonly statements?: boolean;
  /** Is told how far the work is, and may print it. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly file: string;
}

/**
 * Audits the code of a repository for transaction pooling.
 *
 * @throws UsageError for a path that does not exist or a configuration that is wrong
 */
export function audit(options: AuditOptions): AuditResult {
  try {
    return options.files ? inView(options.files, () => auditInView(options)) : auditInView(options);
  } finally {
    growAsUsual();
  }
}

function auditInView(options: AuditOptions): AuditResult {
  const targets = options.paths.map((path) => target(resolve(options.cwd, path), path));
  const root = realpathSync(options.root ?? repositoryRoot(targets[0]?.folder ?? options.cwd));
  const outside = targets.find(({ folder }) => folder !== root && toRelative(root, folder).startsWith('..'));
  if (outside) {
    throw new UsageError(`\`${outside.given}\` is not in the repository of \`${targets[0]!.given}\`: audit one repository at a time.`);
  }

  const includeTests = options.includeTests ?? false;
  const found = withoutNested(targets).map(({ folder, file }) =>
    file
      ? { ...nothingFound, [file.endsWith('.sql') ? 'sql' : 'sources']: [toRelative(root, file)] }
      : findFiles(root, folder, { includeTests }),
  );
  const isWanted = (file: string): boolean => options.only?.has(file) ?? true;
  const sources = [...new Set(found.flatMap((each) => each.sources))].filter(isWanted).sort();
  const sqlFiles = [...new Set(found.flatMap((each) => each.sql))].filter(isWanted).sort();
  if (sources.length > manyFiles) growSlowly();
  const leftOut = { ...nothingFound.leftOut };
  for (const each of found) for (const why of Object.keys(leftOut) as LeftOut[]) leftOut[why] += each.leftOut[why];
  const skipped: SkippedFile[] = found.flatMap((each) => each.skipped);

  // Deployment and packages are described for a repository, not for the folder that was asked for.
  const whole = targets.some(({ folder, file }) => folder === root && !file) ? found[0]! : findFiles(root, root, { includeTests });
  const packages = new Packages(root);
  const workspaces = whole.manifests
    .filter((file) => posix.basename(file) === 'package.json')
    .flatMap((file) => packages.manifestOf(file) ?? []);
  const discovery = discover({
    root,
    manifests: whole.manifests,
    folders: targets.map(({ folder }) => toRelative(root, folder)),
    packages,
    workspaces,
    ...(options.pgbouncerIni !== undefined && { pgbouncerIni: resolve(options.cwd, options.pgbouncerIni) }),
    settings: options.settings,
    settingsFolder: options.settingsFolder ?? options.cwd,
  });
  const setup = discovery.setup;

  const semantics = new ProjectSemantics({ root, packages, workspaces, sources: () => whole.sources });
  const presenter = new Presenter((file) => semantics.fileText(file), { statements: options.statements ?? true });
  const analysedClients: AnalysedClient[] = [];
  const transactions: PlaceResult[] = [];
  const findings: FindingResult[] = [];
  const clients: ClientResult[] = [];
  const opaqueSites: PlaceResult[] = [];
  const suppressionProblems: SuppressionProblemResult[] = [];
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const notes: { file: string; note: string }[] = [];
  const coverage = { sites: 0, partial: 0, opaque: 0 };
  let irrelevant = 0;
  let examined = 0;

  /** Files whose findings are complete only when the names of all others are known. */
  const named: { readonly source: SourceFile; readonly analysis: FileAnalysis }[] = [];
  const report = (source: SourceFile, found: readonly Finding[]): void => {
    const judged = suppressByComments(source, found, { today, keepsSessions: setup.profile.poolMode === 'session' });
    findings.push(...judged.findings.map((finding) => presenter.finding(finding)));
    suppressionProblems.push(...judged.problems.map((problem) => presenter.suppressionProblem(problem)));
  };

  const relevant: { readonly file: string; readonly note?: string }[] = [];
  for (const [index, file] of sources.entries()) {
    options.onProgress?.({ done: index, total: sources.length, file });
    const read = readText(join(root, file), (text) => {
      const isRelevant = mayHoldHazard(text);
      // What is relevant leads to other files, by imports; without any, nobody asks for them.
      if (isRelevant || relevant.length > 0) semantics.glance(file, text);
      return isRelevant;
    });
    if ('skip' in read) skipped.push({ file, ...read.skip });
    else if ('irrelevant' in read) irrelevant++;
    else {
      semantics.remember(file, read.text);
      relevant.push({ file, ...(read.note !== undefined && { note: read.note }) });
    }
  }
  examined += irrelevant;

  for (const [index, { file, note }] of relevant.entries()) {
    options.onProgress?.({ done: sources.length - relevant.length + index, total: sources.length, file });
    const asked = targets.some((each) => each.file && toRelative(root, each.file) === file);
    const text = semantics.fileText(file);
    if (!asked && looksMinified(file, text)) {
      leftOut.minified++;
      continue;
    }
    if (!asked && looksGenerated(text)) {
      leftOut.generated++;
      continue;
    }
    const analysed = analyse(file, text, setup, semantics, packages);
    if ('skip' in analysed) {
      skipped.push(analysed.skip);
      continue;
    }
    examined++;
    if (note !== undefined) notes.push({ file, note });
    const { analysis, source } = analysed;
    if (analysis.namedStatements.length === 0 || isTest(file)) report(source, analysis.findings);
    else named.push({ source, analysis });
    for (const fact of analysis.clients) {
      const shown = presenter.client(file, fact);
      clients.push(shown);
      analysedClients.push({ shown, fact, placeOf: (range) => presenter.place({ file, range }) });
    }
    transactions.push(...analysis.transactions.map((range) => presenter.place({ file, range })));
    opaqueSites.push(...analysis.opaqueSites.map((range) => presenter.place({ file, range })));
    coverage.sites += analysis.coverage.sites;
    coverage.partial += analysis.coverage.partial;
    coverage.opaque += analysis.coverage.opaque;
  }
  const twice = statementNamesAcrossFiles(
    named.flatMap(({ analysis }) => analysis.namedStatements),
    { setup, isOneProgram: (one, other) => packages.mayRunTogether(one, other) },
  );
  for (const { source, analysis } of named) {
    const isKnown = ({ hazard, range }: Finding): boolean =>
      analysis.findings.some((finding) => finding.hazard === hazard && finding.range[0] === range[0] && finding.range[1] === range[1]);
    report(source, [...analysis.findings, ...twice.filter((finding) => finding.file === source.path && !isKnown(finding))]);
  }
  const migrations: { readonly file: string; readonly analysis: SqlFileAnalysis }[] = [];
  const runnerOf = migrationRunners(root, setup, packages);
  for (const file of sqlFiles) {
    const runner = runnerOf(file);
    if (!runner) continue;
    const read = readText(join(root, file));
    if (!('text' in read)) {
      if ('skip' in read) skipped.push({ file, ...read.skip });
      continue;
    }
    const analysis = analyseSqlFile(file, read.text, { setup, today, ...runner });
    examined++;
    if (analysis.coverage.sites === 0) irrelevant++;
    coverage.sites += analysis.coverage.sites;
    coverage.partial += analysis.coverage.partial;
    migrations.push({ file, analysis });
    suppressionProblems.push(...analysis.suppressionProblems.map((problem) => presenter.suppressionProblem(problem)));
  }
  for (const folder of new Set(migrations.map(({ file }) => folderOfMigrations(file)))) {
    // By name, as every tool runs them.
    const own = migrations.filter(({ file }) => folderOfMigrations(file) === folder);
    const isReplaced = replacedPolicies(own.map(({ file, analysis: { policies } }) => ({ file, policies })));
    for (const { analysis } of own)
      findings.push(...analysis.findings.filter((finding) => !isReplaced(finding)).map((finding) => presenter.finding(finding)));
  }
  options.onProgress?.({ done: sources.length, total: sources.length, file: '' });

  const { deployment } = discovery;
  // A sum over a part of the code says nothing.
  const budget = options.only ? undefined : reckonBudget({ clients: analysedClients, deployment, workspaces, settings: discovery.budget });
  const textOf = (file: string): string => {
    const read = readText(join(root, file));
    return 'text' in read ? read.text : '';
  };
  // Who asks for single files asks for no judgement of the deployment.
  if (targets.some(({ file }) => !file)) {
    const checked = runChecks(
      {
        deployment,
        profile: setup.profile,
        clients: analysedClients,
        findings: [...findings],
        transactions,
        manifests: whole.manifests,
        read: textOf,
        ...(budget && { budget }),
      },
      new CheckPresenter(textOf),
    );
    findings.push(...checked.filter(({ file }) => isWanted(file)));
  }

  const coverageResult: CoverageResult = {
    files: { examined, irrelevant, leftOut },
    skipped: skipped.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
    notes,
    ...coverage,
    opaqueSites,
  };
  return {
    schemaVersion,
    tool: { name: toolName, version: toolVersion },
    verdict: judge(findings, coverageResult, clients.length, notApplicable(setup.profile)),
    discovery: { ...discovery.result, clients },
    coverage: coverageResult,
    findings: presenter.fingerprinted(findings),
    suppressionProblems: suppressionProblems.sort((a, b) =>
      a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column,
    ),
    ...(budget && { budget }),
    ...describeHazards(findings),
  };
}

/** Some tools give each migration a folder of its own. */
function folderOfMigrations(file: string): string {
  const folder = posix.dirname(file);
  return posix.basename(file) === 'migration.sql' ? posix.dirname(folder) : folder;
}

/** Where memory counts for more than a tenth of the time. */
const manyFiles = 30_000;

/** The audit sees what lies in other files, so a statement whose text does may be a hazard, too. */
const mayHoldHazard = (text: string): boolean => mentions(text, 'repository');

const nothingFound: FoundFiles = {
  sources: [],
  sql: [],
  manifests: [],
  leftOut: { tests: 0, generated: 0, minified: 0, declarations: 0, 'symbolic links': 0 },
  skipped: [],
};

interface Target {
  /** As the user wrote it. */
  readonly given: string;
  readonly folder: string;
  readonly file?: string;
}

/** Targets without those that lie in another one. */
function withoutNested(targets: readonly Target[]): readonly Target[] {
  const isIn = (inner: Target, outer: Target): boolean =>
    !outer.file &&
    (inner.file ?? inner.folder) !== outer.folder &&
    `${inner.file ?? inner.folder}${sep}`.startsWith(`${outer.folder}${sep}`);
  const unique = [...new Map(targets.map((each) => [each.file ?? each.folder, each])).values()];
  return unique.filter((each) => !unique.some((other) => isIn(each, other)));
}

/** What was asked for: a folder, or a file in one. */
function target(path: string, given: string): Target {
  if (!existsSync(path)) throw new UsageError(`\`${given}\` does not exist. Give files or folders of the repository to audit.`);
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? { given, folder: real } : { given, folder: dirname(real), file: real };
  } catch (cause) {
    throw new UsageError(`\`${given}\` cannot be read: ${explain(cause)}.`);
  }
}

function analyse(
  file: string,
  text: string,
  setup: Setup,
  semantics: ProjectSemantics,
  packages: Packages,
): { analysis: FileAnalysis; source: SourceFile } | { skip: SkippedFile } {
  const parsed = semantics.parse(file, text);
  if (isParseFailure(parsed)) {
    const { error, line } = parsed;
    return { skip: { file, reason: 'syntax error', detail: error, ...(line !== undefined && { line }) } };
  }
  try {
    return { source: parsed, analysis: analyseFile(parsed, { setup, semantics, packageVersion: (name) => packages.version(name, file) }) };
  } catch (cause) {
    // One file that breaks the engine must not hide what the others hold; the report names it, and the exit code tells.
    return { skip: { file, reason: 'internal error', detail: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) } };
  }
}
