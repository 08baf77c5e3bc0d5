export type { NamedStatementFact } from './across-files/named-statement-fact.ts';
export { replacedPolicies } from './across-files/replaced-policies.ts';
export { statementNamesAcrossFiles } from './across-files/statement-names.ts';
export { analyseFile, type AnalyseOptions, notApplicable } from './analyse-file.ts';
export { analyseSqlFile, type AnalyseSqlOptions, type MigrationTool, type SqlFileAnalysis } from './analyse-sql-file.ts';
export {
  analyseStatement,
  type AnalyseStatementOptions,
  fingerprintOf,
  isRelevantStatement,
  type StatementAnalysis,
  withoutConstants,
} from './analyse-statement.ts';
export type { ClientFact, ConnectionLimit, Coverage, FileAnalysis, StartupParameter } from './analysis.ts';
export { isDate, reasonOf } from './directive.ts';
export { families, type Family, type FamilyId } from './families.ts';
export { confidences, weaker } from './finding.ts';
export type { Confidence, Dependency, Edit, Evidence, Failure, Finding, Severity, Suggestion } from './finding.ts';
export type { Hazard, Preset, Verdict } from './hazard.ts';
export { hazards } from './hazards/index.ts';
export { mentions } from './prefilter/mentions.ts';
export { nearest } from './nearest.ts';
export type { Place, Range } from './place.ts';
export { defaultProfile } from './pooler/default-profile.ts';
export { type PgbouncerConfiguration, type PoolerSetting, readPgbouncerConfiguration } from './pooler/pgbouncer-configuration.ts';
export { pathsOfInclude } from './pooler/pgbouncer-ini.ts';
export type { PoolerProduct, PoolerProfile, PoolMode, ProfileSetting, ProfileSource } from './pooler/profile.ts';
export { isAtLeast } from './pooler/is-at-least.ts';
export { type ConfiguredProfile, poolModeOf, profileOfConfiguration } from './pooler/profile-of-configuration.ts';
export { nothingBeyondTheFile, type PathInProgram, type Semantics } from './semantics.ts';
export { type ReadSettings, readSettings, readSettingsOver, type SettingsProblem } from './settings.ts';
export { reachOfSource } from './sites/reach.ts';
export { defaultSetup, type Setup } from './setup.ts';
export type { SourceFile } from './source-file.ts';
export type { Suppression, SuppressionProblem, SuppressionProblemKind } from './suppression.ts';
