import { type Confidence, type Edit, type Suggestion, weaker } from '../finding.ts';
import type { Verdict } from '../hazard.ts';
import { tracking } from '../pooler/capabilities.ts';
import type { PoolerProfile } from '../pooler/profile.ts';
import type { Fact, FactKind, SettingFact, Statement } from '../sql/script.ts';
import { ownsClient } from '../sites/owns-client.ts';
import type { ClientOptions, Handle, NamedStatementSite, OptionValue, QuerySite, Site, TransactionContext } from '../sites/site.ts';

/** A fact of a query, with the statement it stands in. */
export interface Sighting<F extends Fact> {
  readonly fact: F;
  readonly statement: Statement;
  /** Position of the statement in its script. */
  readonly index: number;
  /** The transaction context of this very statement: a script of several statements is one transaction of its own. */
  readonly context: TransactionContext;
}

/** The facts of one kind that a site has. */
export function* sightings<K extends FactKind>(site: Site, kind: K): Generator<Sighting<Fact & { readonly kind: K }>> {
  if (site.kind !== 'query') return;
  for (const [index, statement] of site.script.statements.entries()) {
    for (const fact of statement.facts) {
      if (fact.kind === kind) yield { fact: fact as Fact & { readonly kind: K }, statement, index, context: statementContext(site) };
    }
  }
}

/**
 * PostgreSQL runs the statements of one simple-query string in one transaction (FACTS.md 13). With values the string goes over the
 * extended protocol, which takes a single statement.
 */
function statementContext(site: QuerySite): TransactionContext {
  if (site.context.state === 'in' || site.parameters || site.script.statements.length < 2) return site.context;
  // Psql, and programs that cut a file by themselves, send its statements one by one.
  if (site.migration && site.context.state === 'unknown')
    return { state: 'in', confidence: 'possible', evidence: [{ text: 'the statements of one string run in one transaction' }] };
  return { state: 'in', confidence: 'certain', evidence: [{ text: 'the statements of one string run in one transaction' }] };
}

/** Whether the connections of a handle may go through the pooler. */
export function isPooled(handle: Handle): boolean {
  return handle.reach !== 'direct';
}

/** How sure a finding can be of what it was sent on and of how its text was read. */
export function confidenceOf(site: Site): Confidence {
  let confidence = site.handle.confidence;
  // What has no hole and is no PostgreSQL is another dialect.
  if (site.kind === 'query' && site.script.completeness === 'partial' && site.text.parts.every((part) => part.kind === 'constant'))
    return 'possible';
  if (site.handle.reach === 'unknown') confidence = weaker(confidence, 'possible');
  if (site.kind === 'query' && !site.script.isSql && !site.script.isFragment) confidence = weaker(confidence, 'likely');
  return confidence;
}

/** Like `confidenceOf`, for a verdict that rests on the statement being outside a transaction. */
export function confidenceOutside(site: Site, context: TransactionContext): Confidence {
  return context.state === 'unknown' ? 'possible' : weaker(confidenceOf(site), context.confidence);
}

/** What `sessionSettings` yields: a parameter set for the session. */
export type SessionSetting = Sighting<SettingFact>;

/**
 * The settings of a site that outlive the transaction and so stay on the server connection: not `SET LOCAL`, not a reset, not one that
 * the same string rolls back.
 */
export function* sessionSettings(site: Site): Generator<SessionSetting> {
  if (site.kind !== 'query' || !isPooled(site.handle)) return;
  for (const sighting of sightings(site, 'setting')) {
    const { fact } = sighting;
    if (fact.reset || (fact.scope !== 'session' && fact.scope !== 'unknown')) continue;
    if (isRolledBack(site, sighting.index)) continue;
    yield sighting;
  }
}

/**
 * What it means for a verdict that the pooler may keep the parameter per client: `undefined` where it does, and nothing leaks. Where it
 * does so by assumption only, the finding is a quiet one.
 */
export function leak(
  profile: PoolerProfile,
  name: string | undefined,
  confidence: Confidence,
): Pick<Verdict, 'confidence' | 'severity' | 'dependsOn'> | undefined {
  if (name === undefined) return { confidence: weaker(confidence, 'likely') };
  const { tracked, dependsOn } = tracking(profile, name);
  if (!tracked) return { confidence };
  return dependsOn && { confidence: 'possible', severity: 'info', dependsOn };
}

/** ROLLBACK undoes a `SET` of the same transaction (FACTS.md 14). */
function isRolledBack(site: QuerySite, index: number): boolean {
  for (const statement of site.script.statements.slice(index + 1)) {
    for (const fact of statement.facts) {
      if (fact.kind !== 'transaction') continue;
      if (fact.command === 'rollback') return true;
      if (fact.command === 'commit') return false;
    }
  }
  return false;
}

/** Whether two sites stand in the callback of the same transaction, or are the same. */
export function sameTransaction(site: Site, other: Site): boolean {
  if (site === other) return true;
  const callback = site.frames[0]?.callback;
  if (callback) return other.frames[0]?.callback === callback && other.handle.root === site.handle.root;
  return (
    site.context.state === 'in' && other.context.state === 'in' && site.handle.root !== undefined && other.handle.root === site.handle.root
  );
}

/**
 * Whether a session-level SET is undone by a RESET before its transaction ends: COMMIT comes after the RESET, and an error before it rolls
 * both back.
 */
export function isResetInTransaction(site: Site, { fact, context }: SessionSetting, sites: readonly Site[]): boolean {
  if (context.state !== 'in' || fact.name === undefined) return false;
  return sites.some(
    (other) =>
      other.range[0] >= site.range[0] &&
      sameTransaction(site, other) &&
      [...sightings(other, 'setting')].some(
        ({ fact: reset }) => reset.reset && (reset.name === fact.name || (reset.name === 'all' && fact.name !== 'role')),
      ),
  );
}

/** The parameter's name for a message, and as a part of SQL. */
export function parameterName(fact: SettingFact): string {
  return fact.name ?? 'the setting';
}

/** What a message about a migration names: its tool, where the statement is in the tool's transaction or in one of the file's own. */
export function migrationData(site: Site, { context }: Pick<SessionSetting, 'context'>): { readonly tool: string } | undefined {
  return site.kind === 'query' && site.migration && context.state === 'in' ? { tool: site.migration.tool } : undefined;
}

/** Offers `SET LOCAL` or the third argument `true`, where the statement is known to be in a transaction. */
export function localSuggestion(site: Site, { fact, context, index }: SessionSetting): Suggestion[] {
  if (context.state !== 'in' || context.confidence === 'possible' || !fact.scopeRange || fact.inside) return [];
  // In a string that is its own transaction LOCAL serves only the statements behind it.
  if (
    site.context.state !== 'in' &&
    !(site.kind === 'query' && site.script.statements.slice(index + 1).some((statement) => statement.tag !== 'VariableSetStmt'))
  )
    return [];
  if (fact.via === 'set_config')
    return [suggestion('Pass true, so that the setting ends with the transaction', { range: fact.scopeRange, text: 'true' })];
  if (fact.via !== 'SET') return [];
  const edit: Edit = fact.sessionRange
    ? { range: fact.sessionRange, text: 'LOCAL' }
    : { range: [fact.scopeRange[1], fact.scopeRange[1]], text: ' LOCAL' };
  return [suggestion('Use SET LOCAL', edit)];
}

/** A suggestion whose edit changes what the code means on a direct connection. */
export function suggestion(message: string, ...edits: readonly Edit[]): Suggestion {
  return { message, edits, equivalent: false };
}

/** A suggestion whose edit keeps what the code means on a direct connection, so that it may be applied unasked. */
export function equivalent(message: string, edit: Edit): Suggestion {
  return { message, edits: [edit], equivalent: true };
}

export { ownsClient };

/** Whether a construction makes a postgres.js client: `postgres(..)`, and `drizzle(url)` that makes one by itself. */
export function makesPostgresJs(handle: Handle): boolean {
  return handle.driver === 'postgres.js' || (ownsClient(handle) && handle.underlying?.driver === 'postgres.js');
}

/** postgres.js' `prepare`, in its options, below Drizzle's `connection`, or in the URL. */
export function prepareOption(options: ClientOptions | undefined): {
  readonly option?: OptionValue;
  readonly isOff: boolean;
  readonly isUnread: boolean;
} {
  const option = ['prepare', 'connection.prepare', '?prepare']
    .map((name) => options?.properties.get(name))
    .find((found) => found !== undefined);
  const isUnread = option ? !option.known : options === undefined || options.open;
  return { ...(option && { option }), isOff: option?.constant === false || option?.constant === 'false', isUnread };
}

/** Whether a site sends the name of a prepared statement that is written, to what may be the pooler: postgres.js draws its own. */
export function sendsItsName(site: Site): site is NamedStatementSite {
  if (site.kind !== 'named-statement' || !isPooled(site.handle) || site.handle.kind === 'http') return false;
  const carrier = site.handle.underlying ?? site.handle;
  return site.by !== 'postgres.js prepare' && carrier.driver !== 'postgres.js' && !prepareOption(carrier.options).isOff;
}
