import type { AuditResult } from '../../src/result.ts';
import { finding, result } from './result.ts';

/** What breaks out of one format or another, where it is not kept in. */
export const hostileText = [
  '\u001B[31mred\u001B]0;title\u0007\u0008\u0000',
  `<script>alert(1)</script><img src=x onerror="alert(1)"><svg/onload='alert(1)'>&lt;&amp;`,
  '"\'`]]>--></style></script></title></details></textarea><!--<?xml ?><![CDATA[',
  '``` ~~~ | pipe || *bold* _it_ # head @everyone #1 GH-1 \\',
  '[link](javascript:alert(1)) ![image](http://evil.example/i.png) http://evil.example/ www.evil.example <http://evil.example>',
  '\u202Etxt.ts\u2066\u200B\u2028\u2029\uFEFF \uD800 \uFFFE',
  '\r\n::error file=a::owned\r\n##[error]owned\n::stop-commands::x\n%0A::warning::owned%25',
  '\n\n# heading\n\n<details open>\n\n- item\n\n| a | b |\n|---|---|\n',
  '__proto__ constructor ${process.exit(1)} {{x}} $(touch x)',
].join(' ');

/** A result in which every text that comes from a repository, or from whoever saved the result, is hostile. */
export function hostileResult(): AuditResult {
  const text = hostileText;
  const place = { file: `src/${text}.ts`, line: 3, column: 2, endLine: 3, endColumn: 9 };
  const origin = { file: place.file, line: 3 };
  const base = finding({
    ...place,
    message: text,
    evidence: [{ text, place }, { text: `\`${text}\`` }],
    callPaths: [
      { transaction: 'out', steps: [{ text, place }, { text }] },
      { transaction: 'in', steps: [{ text, place }] },
    ],
    suggestions: [{ message: text, equivalent: false, edits: [] }],
    frame: { text, start: 4, end: 40 },
  });
  const findings = [
    base,
    { ...base, fingerprint: 'risk', severity: 'warning' as const },
    { ...base, fingerprint: 'depends', dependsOn: { setting: text, assumed: text, holdsWhen: text } },
    { ...base, fingerprint: 'possible', confidence: 'possible' as const },
    { ...base, fingerprint: 'suppressed', suppression: { reason: text, until: text, place } },
  ];
  const plain = result(findings);
  return {
    ...plain,
    tool: { name: 'pgbouncer-audit', version: text },
    verdict: { state: 'not-ready', blockers: 1, risks: 1, possible: 1, dependent: 1, suppressed: 1, notApplicable: [text] },
    discovery: {
      workspaces: [{ name: text, path: text }],
      drivers: [{ name: text, version: text, workspace: text, origin }],
      poolers: [{ product: 'pgbouncer', label: text, version: text, used: true, origin, settings: [] }],
      profile: [{ setting: text, value: text, source: origin }],
      clients: [{ ...place, driver: text, label: text, reach: 'pooled', evidence: [] }],
      notes: [text],
    },
    budget: {
      rows: [
        {
          service: text,
          client: { ...place, label: text, driver: text },
          reach: 'pooled',
          max: { value: 10, source: origin, name: text },
          times: [{ value: 2, source: 'assumed', name: text }],
          total: 20,
        },
      ],
      sums: [
        {
          id: 'clients',
          title: text,
          value: 20,
          arithmetic: text,
          limit: { value: 10, source: origin, name: text },
          exceeded: true,
          assumed: [text],
        },
      ],
      assumptions: [text],
    },
    coverage: {
      ...plain.coverage,
      skipped: [{ file: text, reason: 'syntax error', detail: text, line: 1 }],
      notes: [{ file: text, note: text }],
      opaqueSites: [place],
    },
    suppressionProblems: [{ ...place, kind: 'unused', rule: text, message: text }],
    hazards: { 'no-session-set': { ...plain.hazards['no-session-set']!, title: text, url: `javascript:alert(1)//${text}` } },
    families: { 'session-settings': { title: text, breaks: text, cure: [text, text] } },
  };
}
