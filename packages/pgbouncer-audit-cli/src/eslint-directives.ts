import { createRequire } from 'node:module';
import {
  type Finding,
  hazards,
  isDate,
  nearest,
  reasonOf,
  type SourceFile,
  type Suppression,
  type SuppressionProblem,
  type SuppressionProblemKind,
} from '@pgbouncer-audit/core';
import { groupBy } from './group-by.ts';
import { Lines } from './lines.ts';

/** How this plugin's rules are called in a directive. */
const prefix = 'pgbouncer/';

const require = createRequire(import.meta.url);

/** A comment that disables or enables rules. */
interface Comment {
  readonly range: readonly [number, number];
  readonly reason: string;
  readonly until?: string;
  /** What the comment was the last of to suppress a finding, by rule; null stands for every rule. */
  readonly used: Set<string | null>;
}

/** One rule of a comment, taking effect at a position; in the order of the positions. */
interface Switch {
  readonly on: 'disable' | 'enable';
  readonly line: number;
  readonly column: number;
  /** Every rule where it is null. */
  readonly rule: string | null;
  readonly comment: Comment;
}

export interface SuppressOptions {
  /** As `2027-01-01`. */
  readonly today: string;
  /** In session mode there are no findings to suppress, and no suppression is called unused. */
  readonly keepsSessions: boolean;
}

/**
 * Suppresses findings by ESLint's own comments, as ESLint does: `eslint-disable-next-line`, `eslint-disable-line`, blocks from
 * `eslint-disable` to `eslint-enable`, and `eslint pgbouncer/rule: "off"` for a file. What stands behind `--` is the reason. Beyond ESLint,
 * the last day of `until=2027-01-31` in it is heeded: from the next day on the comment counts no more. One without a reason counts, as in
 * ESLint, and is reported.
 */
export function suppressByComments(
  source: SourceFile,
  findings: readonly Finding[],
  options: SuppressOptions,
): { readonly findings: readonly Finding[]; readonly problems: readonly SuppressionProblem[] } {
  if (!/\beslint(?:-disable|\s)/.test(source.text)) return { findings, problems: [] };
  const { blocks, lines, comments, problems } = switchesIn(source, options);
  const positions = new Lines(source.text);
  const byLine = groupBy(lines, ({ line }) => line);
  const suppressed = findings.map((finding) => {
    const at = { ...positions.at(finding.range[0]), rule: prefix + finding.hazard };
    const inBlock = lastOf(blocks, at);
    const onLine = lastOf(byLine.get(at.line) ?? [], at);
    const by = inBlock ?? onLine;
    if (!by) return finding;
    by.comment.used.add(by.rule);
    const { reason, until, range } = by.comment;
    const suppression: Suppression = { reason, ...(until !== undefined && { until }), place: { file: source.path, range } };
    return { ...finding, suppression };
  });
  return { findings: suppressed, problems: [...problems, ...unused(source.path, [...blocks, ...lines], comments, options)] };
}

/** The directive that disables a rule where a finding begins: of several the last one, as long as none enables it behind that. */
function lastOf(switches: readonly Switch[], at: { line: number; column: number; rule: string }): Switch | undefined {
  let last: Switch | undefined;
  for (const each of switches) {
    if (each.line > at.line || (each.line === at.line && each.column > at.column)) break;
    if (each.rule === null || each.rule === at.rule) last = each.on === 'disable' ? each : undefined;
  }
  return last;
}

function switchesIn({ path, text, ast }: SourceFile, { today }: SuppressOptions) {
  const parser = commentParser();
  const positions = new Lines(text);
  const blocks: Switch[] = [];
  const lines: Switch[] = [];
  const comments: Comment[] = [];
  const problems: SuppressionProblem[] = [];
  for (const { type, value, range } of ast.comments ?? []) {
    const directive = value.includes('eslint') ? parser.parseDirective(value) : undefined;
    if (!directive) continue;
    const { label, justification } = directive;
    const isLine = label === 'eslint-disable-line' || label === 'eslint-disable-next-line';
    if (!isLine && (type === 'Line' || !['eslint-disable', 'eslint-enable', 'eslint'].includes(label))) continue;
    const start = positions.at(range[0]);
    const end = positions.at(range[1]);
    // ESLint refuses it.
    if (label === 'eslint-disable-line' && start.line !== end.line) continue;

    const rules = label === 'eslint' ? switchedOff(parser, directive.value) : Object.keys(parser.parseListConfig(directive.value));
    if (label === 'eslint' && rules.length === 0) continue;
    const { reason, until } = reasonOf(justification.replace(/\s+/g, ' '));
    const comment: Comment = { range, reason, ...(until !== undefined && { until }), used: new Set() };
    const own = rules.filter((rule) => rule.startsWith(prefix));
    const place = { file: path, range };
    const report = (kind: SuppressionProblemKind, message: string, rule?: string): void => {
      problems.push({ kind, ...(rule !== undefined && { rule }), message, place });
    };
    const names = own.map((rule) => `\`${rule}\``).join(', ');
    if (label !== 'eslint-enable' && own.length > 0) {
      comments.push(comment);
      if (reason === '')
        report('no-reason', `Nothing says why ${names} may be switched off here. Write \` -- \` and the reason behind it.`);
      if (until !== undefined && !isDate(until)) {
        report('bad-date', `\`until=${until}\` is no date, so the comment does not count. Write it as \`until=2027-01-31\`.`);
        continue;
      }
      if (until !== undefined && until < today) {
        report(
          'expired',
          `The suppression of ${names} ended with ${until}. Repair what it was for, or give a new reason and day. (ESLint still heeds it.)`,
        );
        continue;
      }
    }
    for (const rule of rules.length > 0 ? rules : [null]) {
      const known = rule === null || !rule.startsWith(prefix) || hazards.some(({ id }) => prefix + id === rule);
      if (!known) {
        const near = nearest(rule.slice(prefix.length), hazards.map(({ id }) => id)); // prettier-ignore
        const advice = near === undefined ? 'the rules are listed in docs/hazards.' : `did you mean \`${prefix}${near}\`?`;
        report('unknown-rule', `There is no rule \`${rule}\`; ${advice}`, rule);
        continue;
      }
      const whole = { rule, comment };
      if (label === 'eslint') blocks.push({ on: 'disable', line: 0, column: 0, ...whole });
      else if (!isLine) blocks.push({ on: label === 'eslint-disable' ? 'disable' : 'enable', ...start, ...whole });
      else {
        const line = label === 'eslint-disable-line' ? start.line : end.line + 1;
        lines.push({ on: 'disable', line, column: 1, ...whole }, { on: 'enable', line: line + 1, column: 0, ...whole });
      }
    }
  }
  return { blocks: blocks.sort(byPosition), lines: lines.sort(byPosition), comments, problems };
}

/** Rules of this plugin that no finding was suppressed for. A comment for every rule may be about those of others. */
function unused(
  file: string,
  switches: readonly Switch[],
  comments: readonly Comment[],
  { keepsSessions }: SuppressOptions,
): SuppressionProblem[] {
  const byComment = groupBy(switches, ({ comment }) => comment);
  return comments.flatMap((comment) => {
    const own = byComment.get(comment) ?? [];
    const rules = new Set(own.flatMap((each) => (each.on === 'disable' && each.rule !== null ? each.rule : [])));
    return [...rules]
      .filter((rule) => rule.startsWith(prefix) && !comment.used.has(rule))
      .filter((rule) => !(keepsSessions && hazards.some(({ id, onlyInTransactionMode }) => onlyInTransactionMode && prefix + id === rule)))
      .map((rule) => ({
        kind: 'unused' as const,
        rule,
        message: `There is no finding of \`${rule}\` here to suppress. Delete it from the comment.`,
        place: { file, range: comment.range },
      }));
  });
}

type Parser = InstanceType<typeof import('@eslint/plugin-kit').ConfigCommentParser>;

/** ESLint's own; loaded by the first file with such a comment. */
function commentParser(): Parser {
  const { ConfigCommentParser } = require('@eslint/plugin-kit') as typeof import('@eslint/plugin-kit');
  return new ConfigCommentParser();
}

function switchedOff(parser: Parser, value: string): string[] {
  const parsed = parser.parseJSONLikeConfig(value);
  if (!parsed.ok) return [];
  return Object.entries(parsed.config).flatMap(([rule, setting]) => {
    const severity: unknown = Array.isArray(setting) ? setting[0] : setting;
    return rule.startsWith(prefix) && (severity === 'off' || severity === 0) ? rule : [];
  });
}

function byPosition(a: Switch, b: Switch): number {
  return a.line - b.line || a.column - b.column;
}
