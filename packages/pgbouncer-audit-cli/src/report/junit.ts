import type { EvidenceResult, FindingResult, SkippedFile } from '../result.ts';
import { isQuiet, label, listedFindings } from './findings.ts';
import { groupBy } from '../group-by.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { callPathLabels, dependsDetail, verdictDetail, verdictLabels } from './words.ts';

interface TestCase {
  readonly file: string;
  readonly name: string;
  readonly outcome: 'failure' | 'skipped' | 'error' | 'passed';
  readonly type?: string;
  readonly message?: string;
  readonly details?: string;
}

/**
 * JUnit XML: a suite for each file, a test for each finding. A blocker is a failure and a file that could not be examined an error; tests
 * know no warnings, so that a risk, a quiet finding and a suppressed one are skipped tests, with the reason.
 */
export const junit: Reporter = (result, options) => {
  const suppressed = result.findings.filter(({ suppression }) => suppression);
  const cases = [...[...listedFindings(result, options), ...suppressed].map(ofFinding), ...result.coverage.skipped.map(ofSkippedFile)];
  if (!cases.some(({ outcome }) => outcome === 'failure')) {
    cases.push({
      file: 'pgbouncer-audit',
      name: `${verdictLabels[result.verdict.state]}: ${verdictDetail(result)}`,
      outcome: result.verdict.state === 'nothing-examined' || result.verdict.state === 'not-applicable' ? 'skipped' : 'passed',
    });
  }
  const suites = [...groupBy(cases, ({ file }) => file)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="pgbouncer-audit" ${totals(cases)}>`,
    ...suites.flatMap(([file, each]) => [
      `  <testsuite name="${xml(file)}" ${totals(each)} skipped="${count(each, 'skipped')}">`,
      ...each.map(testCase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
};

function ofFinding(finding: FindingResult): TestCase {
  const { file, line, column, hazard, message, dependsOn, suppression, severity, evidence, callPaths, frame } = finding;
  const fails = !suppression && !isQuiet(finding) && severity === 'error';
  return {
    file,
    name: `${hazard} ${line}:${column}`,
    outcome: fails ? 'failure' : 'skipped',
    type: hazard,
    message: suppression ? `suppressed: ${suppression.reason}` : fails ? message : `${label(finding)}: ${message}`,
    details: [
      `${file}:${line}:${column}`,
      frame.text.trim(),
      message,
      ...(dependsOn ? [dependsDetail(dependsOn)] : []),
      ...evidence.map((each) => `because: ${link(each)}`),
      ...(callPaths ?? []).map(({ transaction, steps }) => `${callPathLabels[transaction]}: ${steps.map(link).join(' > ')}`),
    ]
      .map(printable)
      .join('\n'),
  };
}

function link({ text, place }: EvidenceResult): string {
  return `${text}${place ? ` (${place.file}:${place.line})` : ''}`;
}

function ofSkippedFile({ file, reason, detail }: SkippedFile): TestCase {
  return { file, name: 'is examined', outcome: 'error', type: reason, message: `Not examined: ${detail}` };
}

function testCase({ file, name, outcome, type = '', message = '', details = '' }: TestCase): string {
  const head = `    <testcase classname="${xml(file)}" name="${xml(name)}"`;
  if (outcome === 'passed') return `${head}/>`;
  const said = outcome === 'skipped' ? `<skipped message="${xml(message)}"/>` : failed(outcome, type, message, details);
  return `${head}>\n      ${said}\n    </testcase>`;
}

function failed(outcome: 'failure' | 'error', type: string, message: string, details: string): string {
  return `<${outcome} type="${xml(type)}" message="${xml(message)}">${lines(details)}</${outcome}>`;
}

function totals(cases: readonly TestCase[]): string {
  return `tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}"`;
}

function count(cases: readonly TestCase[], outcome: TestCase['outcome']): number {
  return cases.filter((each) => each.outcome === outcome).length;
}

/** One line of text, in an attribute or between tags; nothing that XML 1.0 cannot hold. */
function xml(text: string): string {
  return printable(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function lines(text: string): string {
  return text.split('\n').map(xml).join('\n');
}
