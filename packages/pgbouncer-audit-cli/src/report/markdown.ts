import type { AuditResult, BudgetResult, EvidenceResult, FindingResult, Origin, PlaceResult } from '../result.ts';
import { rowArithmetic, sumDetail } from './budget-words.ts';
import { byUrgency, label, listedFindings, workItems, type WorkItem } from './findings.ts';
import { groupBy } from '../group-by.ts';
import { markdownCode, markdownSentence, markdownText } from './markdown-text.ts';
import { printable } from './printable.ts';
import type { Reporter, ReportOptions } from './reporter.ts';
import {
  baselineDetail,
  callPathLabels,
  coverageDetail,
  dependsDetail,
  leftOutDetail,
  plural,
  scopeDetail,
  verdictDetail,
  verdictLabels,
} from './words.ts';

/** GitHub refuses a comment of more than 65,536 characters; an emoji may count as several, so bytes are counted, and some are kept back. */
const maxBytes = 65_000;

/** A comment on a pull request: the verdict and the work in a few lines, the findings folded, and all of it short enough for GitHub. */
export const markdown: Reporter = (result, options) => {
  const items = workItems(result, listedFindings(result, options));
  const head = [
    `## pgbouncer-audit: ${verdictLabels[result.verdict.state].toLowerCase()}`,
    `**${markdownSentence(verdictDetail(result))}**`,
    ...[scopeDetail(result), baselineDetail(result)].flatMap((detail) => (detail ? [markdownSentence(detail)] : [])),
    ...(items.length > 0 ? [workTable(items)] : []),
  ];
  const tail = [
    ...(result.budget ? [details('Connection budget', budget(result.budget))] : []),
    details('What was discovered and read', discovery(result)),
    `<sub>${closing(result, options)}</sub>`,
  ];
  const room = maxBytes - bytes([...head, ...tail].join('\n\n')) - 500;
  const { sections, cut } = fitting(result, items, room);
  const notice =
    cut > 0
      ? [`**${plural(cut, 'more finding')} not shown here**: a comment holds 65,536 characters. The other reports have all of them.`]
      : [];
  return `${[...head, ...sections, ...notice, ...tail].join('\n\n')}\n`;
};

function workTable(items: readonly WorkItem[]): string {
  return [
    '| | what | blockers | risks | places |',
    '| --: | :-- | --: | --: | --: |',
    ...items.map(
      ({ family, blockers, risks, findings }, index) =>
        `| ${index + 1} | ${markdownText(family.title)} | ${blockers || ''} | ${risks || ''} | ${findings.length} |`,
    ),
  ].join('\n');
}

/** As many findings as there is room for, the most urgent of each family first. */
function fitting({ hazards }: AuditResult, items: readonly WorkItem[], room: number): { sections: string[]; cut: number } {
  const sections: string[] = [];
  let left = room;
  let cut = 0;
  for (const item of items) {
    const blocks = [markdownSentence(item.family.breaks), cure(item)].filter(Boolean);
    left -= bytes(details(summary(item), blocks)) + 4;
    let shown = 0;
    for (const alike of groupBy(byUrgency(item.findings), sameAdvice).values()) {
      const lines: string[] = [];
      for (const [index, finding] of alike.entries()) {
        const text = index === 0 ? advice(finding, hazards[finding.hazard]?.url ?? '') + place(finding) : place(finding);
        // What follows is less urgent, even where it is shorter.
        if (cut === 0 && bytes(text) + 2 <= left) {
          left -= bytes(text) + 2;
          lines.push(text);
        } else cut++;
      }
      if (lines.length > 0) blocks.push(lines.join('\n'));
      shown += lines.length;
    }
    if (shown > 0) sections.push(details(summary(item), blocks));
  }
  return { sections, cut };
}

/** Findings whose messages differ in the code that they name, and in nothing else. */
function sameAdvice({ hazard, message, dependsOn }: FindingResult): string {
  return JSON.stringify([hazard, message.replace(/`[^`]*`/g, '``'), dependsOn]);
}

function summary({ family, blockers, risks, quiet, files }: WorkItem): string {
  const counts = [
    ...(blockers > 0 ? [plural(blockers, 'blocker')] : []),
    ...(risks > 0 ? [plural(risks, 'risk')] : []),
    ...(quiet > 0 ? [`${quiet} quiet`] : []),
  ];
  return `<b>${html(family.title)}</b>: ${counts.join(', ')} in ${plural(files, 'file')}`;
}

function cure({ family }: WorkItem): string {
  return family.cure.map((step, index) => `${index + 1}. ${markdownSentence(step)}`).join('\n');
}

/** What is said once for places that are alike. */
function advice({ hazard, message, evidence, dependsOn, suggestions }: FindingResult, url: string): string {
  return [
    `**${hazardLink(hazard, url)}**: ${markdownSentence(message)}`,
    ...(dependsOn ? [markdownSentence(dependsDetail(dependsOn))] : []),
    ...suggestions.slice(0, 1).map((suggestion) => `Fix: ${markdownSentence(suggestion.message)}.`),
    ...(evidence.length > 0 ? [`Because: ${chain(evidence)}.`] : []),
  ]
    .join('\\\n')
    .concat('\n\n');
}

/** A saved result may say anything; what leads to no web page is no link. */
function hazardLink(hazard: string, url: string): string {
  return /^https:\/\/[\w./@-]+$/.test(url) ? `[${markdownText(hazard)}](${url})` : markdownText(hazard);
}

function place(finding: FindingResult): string {
  const kind = label(finding);
  const line = `- ${kind === 'blocker' ? '' : `${kind} `}${markdownCode(at(finding))} ${finding.frame.text.trim() ? markdownCode(finding.frame.text) : ''}`;
  const ways = (finding.callPaths ?? []).map(
    ({ transaction, steps }) => `  - ${callPathLabels[transaction]}: ${steps.map(link).join(' → ')} → ${markdownCode(at(finding))}`,
  );
  return [line.trimEnd(), ...ways].join('\n');
}

function chain(evidence: readonly EvidenceResult[]): string {
  return evidence.map(link).join(' ← ');
}

function link({ text, place }: EvidenceResult): string {
  return `${markdownSentence(text)}${place ? ` (${markdownCode(at(place))})` : ''}`;
}

function discovery({ discovery: found, coverage }: AuditResult): string[] {
  const rows = [
    ...found.poolers.map(
      ({ label: name, version, poolMode, origin }) =>
        ['Pooler', [name, version, poolMode && `${poolMode} mode`].filter(Boolean).join(', '), at(origin)] as const,
    ),
    ...found.drivers.map(({ name, version, origin }) => ['Driver', `${name} ${version ?? ''}`, at(origin)] as const),
    ...found.clients.map((client) => ['Client', `${client.label} (${client.reach})`, at(client)] as const),
  ];
  const limit = 20;
  const assumed = found.profile.filter(({ source }) => source === 'assumed').map(({ setting, value }) => `${setting} = ${value || 'none'}`);
  const left = leftOutDetail(coverage);
  return [
    ...(rows.length > 0
      ? [
          [
            '| | | where |',
            '| :-- | :-- | :-- |',
            ...rows
              .slice(0, limit)
              .map(([kind, what, where]) => `| ${kind} | ${cell(markdownCode(what))} | ${cell(markdownCode(where))} |`),
            ...(rows.length > limit ? [`| | and ${rows.length - limit} more | |`] : []),
          ].join('\n'),
        ]
      : []),
    ...(assumed.length > 0 ? [`Assumed, because nothing says otherwise: ${assumed.map(markdownCode).join(', ')}.`] : []),
    [markdownSentence(coverageDetail(coverage)), ...(left ? [`Left out: ${markdownText(left)}.`] : [])].join(' '),
    ...(coverage.skipped.length > 0
      ? [
          `**Not examined:** ${coverage.skipped
            .slice(0, limit)
            .map(({ file, reason }) => `${markdownCode(file)} (${reason})`)
            .join(', ')}${coverage.skipped.length > limit ? ` and ${coverage.skipped.length - limit} more` : ''}.`,
        ]
      : []),
    ...found.notes.map((note) => `- ${markdownSentence(note)}`),
  ];
}

function budget({ rows, sums, assumptions }: BudgetResult): string[] {
  const limit = 20;
  const lines = rows.slice(0, limit).map((row) => {
    const { service, client, total } = row;
    return `| ${markdownText(service)} | ${cell(markdownCode(client.label))} | ${markdownText(rowArithmetic(row))} | ${total} |`;
  });
  return [
    sums.map((sum) => `- ${markdownText(sumDetail(sum))}`).join('\n'),
    ['| service | client | reckoned | at most |', '| :-- | :-- | :-- | --: |', ...lines].join('\n'),
    ...(rows.length > limit ? [`And ${rows.length - limit} more.`] : []),
    ...(assumptions.length > 0 ? [assumptions.map((each) => `- ${markdownSentence(each)}`).join('\n')] : []),
  ];
}

function closing(result: AuditResult, { show }: ReportOptions): string {
  const { possible, dependent, suppressed } = result.verdict;
  const parts = [
    ...(possible > 0 && !show.has('possible') ? [`${possible} possible`] : []),
    ...(dependent > 0 && !show.has('dependent') ? [`${dependent} depending on an assumed setting`] : []),
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
  ];
  return `${parts.length > 0 ? `Not listed: ${parts.join(', ')}. ` : ''}${result.tool.name} ${markdownText(result.tool.version)}`;
}

function details(title: string, blocks: readonly string[]): string {
  return [`<details><summary>${title}</summary>`, ...blocks, '</details>'].join('\n\n');
}

/** A bar would end the cell, in a code span as well. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function html(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function at(place: Origin | PlaceResult): string {
  return `${place.file}:${place.line}`;
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
