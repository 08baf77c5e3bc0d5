import { createHash } from 'node:crypto';
import type { AuditResult } from '../result.ts';
import { holds } from '../verdict.ts';
import { isQuiet, listedFindings, workItems } from './findings.ts';
import { assumptions } from './html/assumptions.ts';
import { budget } from './html/budget.ts';
import { coverage } from './html/coverage.ts';
import { discovery } from './html/discovery.ts';
import { findingList, knownFindings, quietFindings, suppressedFindings } from './html/finding-list.ts';
import { html as markup, trusted } from './html/markup.ts';
import { script } from './html/script.ts';
import { style } from './html/style.ts';
import { verdict } from './html/verdict.ts';
import { work } from './html/work.ts';
import type { Reporter, ReportOptions } from './reporter.ts';
import { verdictLabels } from './words.ts';

/**
 * A page for people: what to do, in which order, and everything that it rests on. One file that loads nothing, in light and dark, readable
 * without JavaScript and on paper.
 */
export const html: Reporter = (result, options) => `${page(result, options).text}\n`;

function page(result: AuditResult, options: ReportOptions) {
  const listed = listedFindings(result, options);
  const items = workItems(result, listed);
  const isListed = new Set(listed);
  const quiet = result.findings.filter((finding) => !isListed.has(finding) && !finding.suppression && isQuiet(finding));
  const known = result.findings.filter((finding) => !isListed.has(finding) && holds(finding, options.minConfidence));
  const suppressed = result.findings.filter(({ suppression }) => suppression);
  const sections = [
    { id: 'work', title: 'What to do', body: work(result, items) },
    { id: 'discovery', title: 'What was found', body: discovery(result.discovery) },
    { id: 'coverage', title: 'What was read', body: coverage(result.coverage) },
    { id: 'budget', title: 'Connection budget', body: budget(result) },
    { id: 'assumptions', title: 'What the verdict assumes', body: assumptions(result) },
    { id: 'findings', title: 'Findings', body: findingList(result, items) },
    { id: 'quiet', title: 'Findings that do not count', body: quietFindings(result, quiet) },
    { id: 'known', title: 'Findings that the baseline knows', body: knownFindings(result, known) },
    { id: 'suppressed', title: 'Suppressed findings', body: suppressedFindings(result, suppressed) },
  ].flatMap(({ body, ...section }) => (body ? [{ ...section, body }] : []));

  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${verdictLabels[result.verdict.state]} (pgbouncer-audit)</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#work">Skip to what to do</a>
<header>
<p class="tool">${result.tool.name} ${result.tool.version}: code behind PgBouncer in transaction mode</p>
${verdict(result, listed)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(({ id, title, body }) => markup`<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${body}\n</section>\n`)}
</main>
<footer>
<p>A blocker is an error and a risk a warning; both are certain or likely, and hold for the pooler as it was read, stated or assumed.
The same files and options give the same page.</p>
</footer>
<script>${trusted(script)}</script>
</body>
</html>`;
}

/** Forbids every request, and every style and script but the two of the page itself. */
const policy = [
  "default-src 'none'",
  'img-src data:',
  `style-src ${sourceHash(style)}`,
  `script-src ${sourceHash(script)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
