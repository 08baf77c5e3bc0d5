import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, test } from 'vitest';
import { printable } from '../src/report/printable.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import { formats, reporters, type Format } from '../src/report/reporters.ts';
import { commandsIn } from './support/github-runner.ts';
import { hostileResult, hostileText } from './support/hostile.ts';
import { junitValues } from './support/junit-schema.ts';
import { problemsOf } from './support/schema.ts';

const options: ReportOptions = { color: false, minConfidence: 'likely', show: new Set(['possible', 'dependent']) };
const hostile = hostileResult();
const reportOf = async (format: Format) => (await reporters[format]())(hostile, options);

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

/** Every node of a tree, parents first. */
function nodes(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodes)];
}

describe('text of a hostile repository stays text', () => {
  test('the result itself is one that an audit could have written', () => {
    expect(problemsOf(hostile)).toEqual([]);
  });

  test.each(formats)('%s: nothing moves a cursor or turns the direction of a text, and no half of a character is left', async (format) => {
    const report = await reportOf(format);
    expect(report).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF\uFFFE]/);
    expect(Buffer.from(report).toString()).toBe(report);
  });

  test('JSON: it is what it was', async () => {
    expect(JSON.parse(await reportOf('json'))).toEqual(hostile);
  });

  test('SARIF: it is valid, and no message is a link', async () => {
    const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
    const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);
    const log: { runs: { results: { message: { text: string } }[] }[] } = JSON.parse(await reportOf('sarif'));
    validate(log);
    // `helpUri` is what whoever saved the result says it is: the schema sees that it is no address.
    expect(validate.errors ?? []).toEqual([]);
    for (const { message } of log.runs[0]!.results) expect(message.text).not.toMatch(/\]\(/);
  });

  test('Markdown: a parser finds no markup but that of the report', async () => {
    const tree = fromMarkdown(await reportOf('markdown'), { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }) as Node;
    const all = nodes(tree);
    const html = all.filter(({ type }) => type === 'html').map(({ value = '' }) => value.replace(/<summary>[^]*<\/summary>/, ''));
    expect(new Set(html)).toEqual(new Set(['<details>', '</details>', '<sub>', '</sub>']));
    expect(html.filter((each) => each === '<details>')).toHaveLength(html.filter((each) => each === '</details>').length);
    const summaries = all
      .filter(({ value = '' }) => value.startsWith('<details>'))
      .map(({ value = '' }) => value.replace(/<\/?(details|summary|b)>/g, ''));
    for (const summary of summaries) expect(summary).not.toContain('<');
    for (const kind of ['link', 'linkReference', 'image', 'imageReference', 'code', 'definition', 'footnoteReference']) {
      expect(all.filter(({ type }) => type === kind)).toEqual([]);
    }
    expect(all.filter(({ type }) => type === 'heading')).toHaveLength(1);
    for (const row of all.filter(({ type }) => type === 'tableRow')) expect([3, 4, 5]).toContain(row.children!.length);
    for (const { value = '' } of all.filter(({ type }) => type === 'text')) expect(value).not.toMatch(/@\w|#\d|\bwww\.|GH-\d/);
    expect(all.some(({ type, value }) => type === 'inlineCode' && value!.includes('<script>alert(1)</script>'))).toBe(true);
  });

  test('GitHub annotations: the runner finds one command for each finding', async () => {
    const report = await reportOf('github');
    const commands = commandsIn(report);
    expect(commands.map(({ name }) => name)).toEqual(['error', 'warning', 'notice', 'notice']);
    expect(report.trimEnd().split('\n')).toHaveLength(4);
    for (const { properties, data } of commands) {
      expect(properties['file']).toBe(printable(`src/${hostileText}.ts`));
      expect(data).toContain(printable(hostileText));
    }
  });

  test('GitLab: one issue for each finding', async () => {
    expect(JSON.parse(await reportOf('gitlab'))).toHaveLength(4);
  });

  test('JUnit: a parser finds the text, and no element but those of the report', async () => {
    const report = await reportOf('junit');
    expect(junitValues(report, '//failure/@message')).toEqual([printable(hostileText)]);
    expect(junitValues(report, '//testcase')).toHaveLength(6);
    expect(junitValues(report, '//failure')[0]).toContain('<script>alert(1)</script>');
  });
});
