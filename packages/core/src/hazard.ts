import type { Confidence, Dependency, Evidence, Failure, Severity, Suggestion } from './finding.ts';
import type { FamilyId } from './families.ts';
import type { Range } from './place.ts';
import type { Setup } from './setup.ts';
import type { Site } from './sites/site.ts';

/** What a hazard says of one site. */
export interface Verdict {
  readonly messageId: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly range: Range;
  readonly confidence: Confidence;
  /** Overrides the hazard's own. */
  readonly severity?: Severity;
  readonly dependsOn?: Dependency;
  readonly evidence?: readonly Evidence[];
  readonly suggestions?: readonly Suggestion[];
}

/** Which ready-made configuration a hazard is part of; `all` has every hazard. */
export type Preset = 'recommended' | 'strict' | 'all';

/**
 * One way to lose data, leak state or hang behind a transaction pooler. One file, one reason to exist.
 */
export interface Hazard {
  /** Kebab-case; the ESLint rule's name and the docs page's. */
  readonly id: string;
  /** Ids of the taxonomy this covers (`01`). */
  readonly taxonomy: readonly string[];
  /** The hazards with which it is worked off. */
  readonly family: FamilyId;
  /** One line, no full stop: what the rule disallows or requires. */
  readonly title: string;
  readonly failure: Failure;
  readonly severity: Severity;
  readonly preset: Preset;
  /** What breaks, for whom, what to do, in that order; `{{name}}` is filled from the verdict's data. */
  readonly messages: Readonly<Record<string, string>>;
  /** True where suggestions may be given. */
  readonly suggests: boolean;
  /** In session pooling a client keeps its server connection, so that the hazard does not exist. */
  readonly onlyInTransactionMode: boolean;
  /** Pure: reads the site, the setup and the other sites of the file, returns what it has to say. */
  judge(site: Site, setup: Setup, sites: readonly Site[]): Iterable<Verdict>;
}

/** Declares a hazard, and checks nothing: the meta test does. */
export function defineHazard(hazard: Hazard): Hazard {
  return hazard;
}
