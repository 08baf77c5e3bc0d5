import type { Finding } from './finding.ts';
import { nearest } from './nearest.ts';
import type { Place } from './place.ts';
import type { Suppression, SuppressionProblem } from './suppression.ts';

/** A comment that suppresses findings, in whatever language it is written. */
export interface Directive {
  /** As written, without the prefix of a plugin. */
  readonly rules: readonly string[];
  readonly reason: string;
  /** As written. */
  readonly until?: string;
  /** The comment. */
  readonly place: Place;
  /** Whether a finding stands where the comment reaches. */
  readonly covers: (finding: Finding) => boolean;
}

export interface Suppressed {
  /** All of them, in their order: those that are suppressed say by what. */
  readonly findings: readonly Finding[];
  /** In the order of the directives. */
  readonly problems: readonly SuppressionProblem[];
}

/** What decides whether a directive counts, besides what it says. */
export interface DirectiveContext {
  /** Ids of every rule that exists. */
  readonly known: readonly string[];
  /** The day of the analysis, as `2027-01-01`. */
  readonly today: string;
  /** Whether a rule was applied at all: one that was not leaves its directives neither used nor unused. */
  readonly applied: (rule: string) => boolean;
}

/** Splits `run by hand until=2027-01-01` into the reason and the day. */
export function reasonOf(text: string): { readonly reason: string; readonly until?: string } {
  const match = /(?:^|\s)until=(\S*)\s*$/.exec(text);
  return match ? { reason: text.slice(0, match.index).trim(), until: match[1]! } : { reason: text.trim() };
}

/** Suppresses the findings that directives cover, and says what is wrong with the directives. */
export function applyDirectives(findings: readonly Finding[], directives: readonly Directive[], context: DirectiveContext): Suppressed {
  const problems: SuppressionProblem[] = [];
  const suppressions = new Map<Finding, Suppression>();
  for (const directive of directives) {
    const { place, reason, until } = directive;
    const invalid = whyInvalid(directive, context);
    if (invalid) problems.push({ ...invalid, place });
    for (const rule of directive.rules) {
      if (!context.known.includes(rule)) {
        const near = nearest(rule, context.known);
        const advice = near ? `did you mean \`${near}\`?` : 'the rules are listed in docs/hazards.';
        problems.push({ kind: 'unknown-rule', rule, message: `There is no rule \`${rule}\`; ${advice}`, place });
        continue;
      }
      if (invalid) continue;
      const covered = findings.filter((finding) => finding.hazard === rule && directive.covers(finding));
      for (const finding of covered) {
        if (!suppressions.has(finding)) suppressions.set(finding, { reason, ...(until !== undefined && { until }), place });
      }
      if (covered.length === 0 && context.applied(rule)) {
        problems.push({ kind: 'unused', rule, message: `There is no finding of \`${rule}\` here to suppress. Delete the comment.`, place });
      }
    }
  }
  return {
    findings: findings.map((finding) => {
      const suppression = suppressions.get(finding);
      return suppression ? { ...finding, suppression } : finding;
    }),
    problems,
  };
}

function whyInvalid({ rules, reason, until }: Directive, { today }: DirectiveContext): Omit<SuppressionProblem, 'place'> | undefined {
  if (rules.length === 0) {
    return {
      kind: 'no-rule',
      message: 'A suppression names the rules that it is for, with commas between them, then a colon and the reason.',
    };
  }
  if (reason === '') {
    return {
      kind: 'no-reason',
      message: `The suppression of \`${rules.join(', ')}\` gives no reason, and without one it does not count. Write a colon and why it is in order.`,
    };
  }
  if (until === undefined) return undefined;
  if (!isDate(until)) {
    return {
      kind: 'bad-date',
      message: `\`until=${until}\` is no date, so the suppression does not count. Write it as \`until=2027-01-31\`.`,
    };
  }
  if (until < today) {
    return {
      kind: 'expired',
      message: `The suppression of \`${rules.join(', ')}\` ended with ${until}. Repair what it was for, or give a new reason and day.`,
    };
  }
  return undefined;
}

/** Whether a text is a day of the calendar, written as `2027-01-31`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
