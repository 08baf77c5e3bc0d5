import { Chalk, type ChalkInstance } from 'chalk';
import type { Severity } from '@pgbouncer-audit/core';
import type { AuditResult, FindingResult, LeftOut, Origin, PlaceResult } from '../result.ts';
import { counts } from '../verdict.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';

/** How many clients and opaque sites are listed; a report is read from the top. */
const maxListed = 8;

/** For people: verdict, what was found in the repository, what was read, then the findings by file. */
export const terminal: Reporter = (result, { color, minConfidence, show }) => {
  const c = new Chalk({ level: color ? 1 : 0 });
  const listed = result.findings.filter(
    (finding) =>
      counts(finding, minConfidence) ||
      (finding.suppression ? false : finding.dependsOn ? show.has('dependent') : finding.confidence === 'possible' && show.has('possible')),
  );
  const sections = [
    verdict(result, c),
    discovery(result, c),
    coverage(result, c),
    suppressionProblems(result, c),
    baseline(result, c),
    ...[...groupBy(listed, ({ file }) => file)].map(([file, findings]) => fileSection(file, findings, c)),
    closing(result, listed, c),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
};

const verdictLabels = {
  ready: 'READY for transaction mode',
  'not-ready': 'NOT READY for transaction mode',
  'nothing-examined': 'NOTHING EXAMINED',
} as const;

function verdict(result: AuditResult, c: ChalkInstance): string {
  const { scope, findings, coverage: examined } = result;
  if (!scope) return wholeVerdict(result, c);
  const toActOn = findings.filter((finding) => counts(finding)).length;
  const what = scope.staged ? 'STAGED' : `CHANGED SINCE ${printable(scope.since ?? '')}`;
  const text = toActOn === 0 ? c.green.bold(`${what}: nothing to act on`) : c.red.bold(`${what}: ${plural(toActOn, 'finding')} to act on`);
  const others = scope.widened
    ? `; all of them, because ${printable(scope.widened)}`
    : scope.omitted > 0
      ? `; ${plural(scope.omitted, 'other')} not listed`
      : '';
  // What is staged is a part, and says nothing of the whole.
  return scope.staged
    ? `${text} in ${plural(examined.files.examined, 'file')}${others}.`
    : `${text}${others}.\n${c.bold('whole    ')}${wholeVerdict(result, c)}`;
}

function wholeVerdict({ verdict: { state, blockers, risks, dependent }, coverage: { files } }: AuditResult, c: ChalkInstance): string {
  const proviso = dependent > 0 ? `; ${plural(dependent, 'more finding')} if an assumed setting is wrong` : '';
  const paint = { ready: c.green, 'not-ready': c.red, 'nothing-examined': c.yellow }[state];
  const detail =
    state === 'nothing-examined'
      ? files.examined === 0
        ? 'no source file could be read. This says nothing about the code.'
        : `no code that talks to PostgreSQL was found in ${plural(files.examined, 'file')}. If there is some, name its client in \`clients\` of the configuration.`
      : `${plural(blockers, 'blocker')}, ${plural(risks, 'risk')}${proviso}.`;
  return `${paint.bold(verdictLabels[state])}: ${detail}`;
}

function discovery({ discovery: found }: AuditResult, c: ChalkInstance): string {
  const drivers = [...groupBy(found.drivers, ({ name, version }) => (version ? `${name} ${version}` : name))];
  const assumed = found.profile.filter(({ source }) => source === 'assumed');
  const rows: [string, readonly string[]][] = [
    [
      'pooler',
      found.poolers.map(
        (pooler) =>
          `${pooler.label}${pooler.version ? ` ${pooler.version}` : ''}${pooler.poolMode ? `, ${pooler.poolMode} mode` : ''} ${c.dim(at(pooler.origin))}${pooler.used || found.poolers.length === 1 ? '' : c.dim(' not used')}`,
      ),
    ],
    [
      'profile',
      found.profile
        .filter(({ source }) => source !== 'assumed')
        .map(
          ({ setting, value, source }) => `${setting} = ${value || 'none'} ${c.dim(source === 'stated' ? 'stated' : at(source as Origin))}`,
        ),
    ],
    [
      'assumed',
      assumed.length > 0
        ? [
            `${assumed.map(({ setting, value }) => `${setting} = ${value || 'none'}`).join(', ')} ${c.dim('(state it in the configuration)')}`,
          ]
        : [],
    ],
    ['drivers', drivers.map(([label, [first, ...others]]) => `${label} ${c.dim(at(first!.origin) + more(others.length))}`)],
    [
      'clients',
      [
        ...found.clients
          .slice(0, maxListed)
          .map((client) => `${printable(client.label)} ${client.reach === 'unknown' ? '' : `${client.reach} `}${c.dim(at(client))}`),
        ...furtherOnes(found.clients.length, 'client', c),
      ],
    ],
    ['note', found.notes],
  ];
  return rows
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => values.map((value, index) => `${c.bold((index === 0 ? name : '').padEnd(9))}${value}`).join('\n'))
    .join('\n');
}

const leftOutLabels: Readonly<Record<LeftOut, string>> = {
  tests: 'of tests (--include-tests)',
  generated: 'generated',
  minified: 'minified',
  declarations: 'of type declarations',
  'symbolic links': 'symbolic links',
};

function coverage({ coverage: { files, skipped, notes, sites, partial, opaque, opaqueSites } }: AuditResult, c: ChalkInstance): string {
  const left = (Object.keys(leftOutLabels) as LeftOut[])
    .filter((why) => files.leftOut[why] > 0)
    .map((why) => `${files.leftOut[why]} ${leftOutLabels[why]}`);
  const lines = [
    `${c.bold('coverage ')}${plural(sites, 'SQL site')}: ${sites - partial - opaque} read, ${partial} in part, ${opaque} opaque; ` +
      `${plural(files.examined, 'file')} examined, ${files.irrelevant} of them without a word that matters`,
    ...(left.length > 0 ? [`         left out: ${left.join(', ')}`] : []),
    ...opaqueSites.slice(0, maxListed).map((site) => `         opaque SQL ${c.dim(at(site))}`),
    ...furtherOnes(opaqueSites.length, 'opaque site', c).map((text) => `         ${text}`),
    ...skipped.map(
      ({ file, line, reason, detail }) =>
        `${c.yellow('skipped  ')}${printable(file)}${line ? `:${line}` : ''}: ${reason} (${printable(detail)})`,
    ),
    ...notes.map(({ file, note }) => `${c.dim('note')}     ${printable(file)}: ${note}`),
  ];
  return lines.join('\n');
}

function suppressionProblems(result: AuditResult, c: ChalkInstance): string {
  return result.suppressionProblems.map((problem) => `${c.yellow('suppression')} ${at(problem)}: ${printable(problem.message)}`).join('\n');
}

function baseline({ baseline: known }: AuditResult, c: ChalkInstance): string {
  if (!known) return '';
  return [
    `${c.bold('baseline ')}${known.unchanged} known, ${known.new} new, ${known.stale.length} stale`,
    ...known.stale
      .slice(0, maxListed)
      .map(({ file, hazard, code }) => `         stale: ${printable(file)} ${hazard} ${c.dim(printable(code))}`),
    ...furtherOnes(known.stale.length, 'stale one', c).map((text) => `         ${text}`),
  ].join('\n');
}

const severityLabels: Readonly<Record<Severity, string>> = { error: 'blocker', warning: 'risk', info: 'info' };

function fileSection(file: string, findings: readonly FindingResult[], c: ChalkInstance): string {
  return [c.underline(printable(file)), ...findings.map((finding) => findingSection(finding, c))].join('\n\n');
}

function findingSection(finding: FindingResult, c: ChalkInstance): string {
  const { hazard, line, column, severity, confidence, message, frame, evidence, suggestions, dependsOn } = finding;
  const paint = { error: c.red, warning: c.yellow, info: c.blue }[severity];
  const gutter = String(line);
  const blank = ' '.repeat(gutter.length);
  const chain = evidence.map(({ text, place }) => `${printable(text)}${place ? ` ${c.dim(`(${at(place)})`)}` : ''}`);
  return [
    `  ${printable(finding.file)}:${line}:${column}  ${paint(severityLabels[severity])}  ${c.bold(hazard)}  ${c.dim(confidence)}`,
    `  ${c.dim(`${gutter} |`)} ${printable(frame.text)}`,
    `  ${c.dim(`${blank} |`)} ${' '.repeat(frame.start - 1)}${paint('~'.repeat(Math.max(1, frame.end - frame.start)))}`,
    ...wrap(printable(message)).map((text) => `  ${text}`),
    ...(dependsOn ? [`  depends on: ${dependsOn.setting} (assumed ${dependsOn.assumed}); holds when ${dependsOn.holdsWhen}`] : []),
    ...chain.map((text, index) => `  ${c.dim(index === 0 ? 'because:' : '       <')} ${text}`),
    ...suggestions.map(({ message: fix }) => `  ${c.green('fix:')} ${printable(fix)}`),
  ].join('\n');
}

function closing(
  { verdict: { possible, dependent, suppressed }, baseline: known }: AuditResult,
  listed: readonly FindingResult[],
  c: ChalkInstance,
): string {
  const hazard = listed[0]?.hazard;
  const shown = (of: (finding: FindingResult) => boolean): number => listed.filter(of).length;
  const quiet = [
    [possible - shown((finding) => !finding.dependsOn && finding.confidence === 'possible'), 'possible', '--show possible'],
    [dependent - shown((finding) => Boolean(finding.dependsOn)), 'depending on an assumed setting', '--show dependent'],
  ] as const;
  return [
    ...quiet
      .filter(([count]) => count > 0)
      .map(([count, what, flag]) => c.dim(`${plural(count, 'finding')} ${what}: ${flag} lists ${count === 1 ? 'it' : 'them'}.`)),
    ...(known?.unchanged ? [c.dim(`${plural(known.unchanged, 'finding')} known to the baseline: --format json lists them.`)] : []),
    ...(suppressed > 0 ? [c.dim(`${plural(suppressed, 'finding')} suppressed by a comment: --format json lists them.`)] : []),
    ...(hazard ? [c.dim(`\`pgbouncer-audit --explain ${hazard}\` says more about a hazard.`)] : []),
  ].join('\n');
}

function furtherOnes(count: number, noun: string, c: ChalkInstance): string[] {
  return count > maxListed ? [c.dim(`and ${plural(count - maxListed, `more ${noun}`)} (--format json lists all)`)] : [];
}

function at(place: Origin | PlaceResult): string {
  return `${printable(place.file)}:${place.line}${'column' in place ? `:${place.column}` : ''}`;
}

function more(count: number): string {
  return count === 0 ? '' : ` and ${count} more`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function wrap(text: string, width = 100): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
