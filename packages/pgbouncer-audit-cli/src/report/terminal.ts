import { Chalk, type ChalkInstance } from 'chalk';
import type { AuditResult, EvidenceResult, FindingResult, Origin, PlaceResult } from '../result.ts';
import { counts } from '../verdict.ts';
import { sumDetail } from './budget-words.ts';
import { failureLabels, listedFindings, severityLabels, workItems } from './findings.ts';
import { groupBy } from '../group-by.ts';
import { printableValue } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { callPathLabels, coverageDetail, leftOutDetail, plural, verdictDetail } from './words.ts';

/** How many clients and opaque sites are listed; a report is read from the top. */
const maxListed = 8;

/** For people: verdict, what was found in the repository, what was read, then the findings by file. */
export const terminal: Reporter = (raw, { color, minConfidence, show }) => {
  // Whatever is added below, no text of the repository reaches the terminal as it is.
  const result = printableValue(raw);
  const c = new Chalk({ level: color ? 1 : 0 });
  const listed = listedFindings(result, { minConfidence, show });
  const sections = [
    verdict(result, c),
    discovery(result, c),
    coverage(result, c),
    budget(result, c),
    work(result, listed, c),
    suppressionProblems(result, c),
    baseline(result, c),
    ...[...groupBy(listed, ({ file }) => file)].map(([file, findings]) => fileSection(file, findings, c)),
    closing(result, listed, c),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
};

const banners = {
  ready: 'READY for transaction mode',
  'not-ready': 'NOT READY for transaction mode',
  'not-applicable': 'NOT APPLICABLE',
  'nothing-examined': 'NOTHING EXAMINED',
} as const;

function verdict(result: AuditResult, c: ChalkInstance): string {
  const { scope, findings, coverage: examined } = result;
  if (!scope) return wholeVerdict(result, c);
  const toActOn = findings.filter((finding) => counts(finding)).length;
  const what = scope.staged ? 'STAGED' : `CHANGED SINCE ${scope.since ?? ''}`;
  const text = toActOn === 0 ? c.green.bold(`${what}: nothing to act on`) : c.red.bold(`${what}: ${plural(toActOn, 'finding')} to act on`);
  const others = scope.widened
    ? `; all of them, because ${scope.widened}`
    : scope.omitted > 0
      ? `; ${plural(scope.omitted, 'other')} not listed`
      : '';
  // What is staged is a part, and says nothing of the whole.
  return scope.staged
    ? `${text} in ${plural(examined.files.examined, 'file')}${others}.`
    : `${text}${others}.\n${c.bold('whole    ')}${wholeVerdict(result, c)}`;
}

function wholeVerdict(result: AuditResult, c: ChalkInstance): string {
  const { state } = result.verdict;
  const paint = { ready: c.green, 'not-ready': c.red, 'not-applicable': c.yellow, 'nothing-examined': c.yellow }[state];
  return `${paint.bold(banners[state])}: ${lowerFirst(verdictDetail(result))}`;
}

/** From this many findings on, a list of them is long enough to want a summary. */
const manyFindings = 10;

/** What to do, in which order; the findings below it are sorted by file. */
function work(result: AuditResult, listed: readonly FindingResult[], c: ChalkInstance): string {
  if (listed.length < manyFindings) return '';
  const items = workItems(result, listed);
  const width = Math.max(...items.map(({ family }) => family.title.length));
  return items
    .map(({ family, blockers, risks, quiet, files, failure }, index) => {
      const sizes = [
        ...(blockers > 0 ? [c.red(plural(blockers, 'blocker'))] : []),
        ...(risks > 0 ? [c.yellow(plural(risks, 'risk'))] : []),
        ...(quiet > 0 ? [`${quiet} quiet`] : []),
      ];
      const name = family.title.padEnd(width);
      return `${c.bold(index === 0 ? 'work     ' : '         ')}${index + 1}. ${name}  ${sizes.join(', ')} in ${plural(files, 'file')}; ${c.dim(failureLabels[failure])}`;
    })
    .join('\n');
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
          .map((client) => `${client.label} ${client.reach === 'unknown' ? '' : `${client.reach} `}${c.dim(at(client))}`),
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

function coverage({ coverage: read }: AuditResult, c: ChalkInstance): string {
  const { skipped, notes, opaqueSites } = read;
  const left = leftOutDetail(read);
  const lines = [
    `${c.bold('coverage ')}${coverageDetail(read).replace(/\.$/, '')}`,
    ...(left ? [`         left out: ${left}`] : []),
    ...opaqueSites.slice(0, maxListed).map((site) => `         opaque SQL ${c.dim(at(site))}`),
    ...furtherOnes(opaqueSites.length, 'opaque site', c).map((text) => `         ${text}`),
    ...skipped.map(({ file, line, reason, detail }) => `${c.yellow('skipped  ')}${file}${line ? `:${line}` : ''}: ${reason} (${detail})`),
    ...notes.map(({ file, note }) => `${c.dim('note')}     ${file}: ${note}`),
  ];
  return lines.join('\n');
}

/** The sums; the table of what is added up is in the other reports. */
function budget({ budget: found }: AuditResult, c: ChalkInstance): string {
  return (found?.sums ?? [])
    .map((sum, index) => `${c.bold((index === 0 ? 'budget' : '').padEnd(9))}${(sum.exceeded ? c.yellow : String)(sumDetail(sum))}`)
    .join('\n');
}

function suppressionProblems(result: AuditResult, c: ChalkInstance): string {
  return result.suppressionProblems.map((problem) => `${c.yellow('suppression')} ${at(problem)}: ${problem.message}`).join('\n');
}

function baseline({ baseline: known }: AuditResult, c: ChalkInstance): string {
  if (!known) return '';
  return [
    `${c.bold('baseline ')}${known.unchanged} known, ${known.new} new, ${known.stale.length} stale`,
    ...known.stale.slice(0, maxListed).map(({ file, hazard, code }) => `         stale: ${file} ${hazard} ${c.dim(code)}`),
    ...furtherOnes(known.stale.length, 'stale one', c).map((text) => `         ${text}`),
  ].join('\n');
}

function fileSection(file: string, findings: readonly FindingResult[], c: ChalkInstance): string {
  return [c.underline(file), ...findings.map((finding) => findingSection(finding, c))].join('\n\n');
}

function findingSection(finding: FindingResult, c: ChalkInstance): string {
  const { hazard, line, column, severity, confidence, message, frame, evidence, callPaths, suggestions, dependsOn } = finding;
  const paint = { error: c.red, warning: c.yellow, info: c.blue }[severity];
  const gutter = String(line);
  const blank = ' '.repeat(gutter.length);
  const link = ({ text, place }: EvidenceResult): string => `${text}${place ? ` ${c.dim(`(${at(place)})`)}` : ''}`;
  return [
    `  ${finding.file}:${line}:${column}  ${paint(severityLabels[severity])}  ${c.bold(hazard)}  ${c.dim(confidence)}`,
    `  ${c.dim(`${gutter} |`)} ${frame.text}`,
    `  ${c.dim(`${blank} |`)} ${' '.repeat(frame.start - 1)}${paint('~'.repeat(Math.max(1, frame.end - frame.start)))}`,
    ...wrap(message).map((text) => `  ${text}`),
    ...(dependsOn ? [`  depends on: ${dependsOn.setting} (assumed ${dependsOn.assumed}); holds when ${dependsOn.holdsWhen}`] : []),
    ...evidence.map((each, index) => `  ${c.dim(index === 0 ? 'because:' : '       <')} ${link(each)}`),
    ...(callPaths ?? []).flatMap(({ transaction, steps }) => [
      `  ${c.dim(`${callPathLabels[transaction]}:`)}`,
      ...steps.map((step) => `  ${c.dim('       >')} ${link(step)}`),
    ]),
    ...suggestions.map(({ message: fix }) => `  ${c.green('fix:')} ${fix}`),
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
  return `${place.file}:${place.line}${'column' in place ? `:${place.column}` : ''}`;
}

function more(count: number): string {
  return count === 0 ? '' : ` and ${count} more`;
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

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
