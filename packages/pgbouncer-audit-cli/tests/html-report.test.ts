import axe from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { browser as installedBrowser } from '../../lab/src/servers/browser.ts';
import { html } from '../src/report/html.ts';
import type { ReportOptions } from '../src/report/reporter.ts';
import type { AuditResult } from '../src/result.ts';
import { hostileResult } from './support/hostile.ts';
import { finding, result } from './support/result.ts';

const options: ReportOptions = { color: false, minConfidence: 'likely', show: new Set() };
const dependsOn = { setting: 'maxPreparedStatements', assumed: '200', holdsWhen: '`max_prepared_statements` is 0' };
const users = finding();
const listen = finding({
  hazard: 'no-listen',
  file: 'src/jobs.ts',
  line: 7,
  endLine: 7,
  message: '`LISTEN jobs` is lost.',
  fingerprint: 'b',
});
const risk = finding({ hazard: 'no-external-io-in-transaction', severity: 'warning', file: 'src/pay.ts', fingerprint: 'c' });
const quiet = finding({ hazard: 'no-named-prepared-statement', dependsOn, file: 'src/prepared.ts', fingerprint: 'd' });
const notReady = result([users, listen, risk, quiet], {
  verdict: { state: 'not-ready', blockers: 2, risks: 1, possible: 0, dependent: 1, suppressed: 0, notApplicable: [] },
});

let browser: Browser;

beforeAll(async () => {
  const { executable, environment } = await installedBrowser();
  // A container without user namespaces has no sandbox; the pages are our own.
  browser = await chromium.launch({ executablePath: executable, env: { ...environment }, chromiumSandbox: false });
}, 600_000);

afterAll(() => browser.close());

/** Opens a report as a file would be opened; whatever it asks for or complains about is kept. */
async function open(
  value: AuditResult,
  settings: BrowserContextOptions = {},
): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...settings });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  const address = 'http://report.example/';
  await page.route('**', (route) => {
    if (route.request().url() === address) return route.fulfill({ contentType: 'text/html; charset=utf-8', body: html(value, options) });
    requests.push(route.request().url());
    return route.abort();
  });
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(address);
  return { page, requests, complaints };
}

const shown = (page: Page) => page.locator('#findings .finding:visible .title').allInnerTexts();

describe('the page', () => {
  test('asks for nothing and complains of nothing', async () => {
    const { page, requests, complaints } = await open(notReady);
    await page.emulateMedia({ media: 'print' });
    expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });
  });

  test('forbids every request, so that nothing in it could make one', async () => {
    const { page, requests } = await open(notReady);
    const blocked = await page.evaluate(`(async () => {
      const violations = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      await fetch('http://other.example/').catch(() => undefined);
      const image = document.body.appendChild(document.createElement('img'));
      image.src = 'http://other.example/a.png';
      const script = document.body.appendChild(document.createElement('script'));
      script.textContent = 'globalThis.ran = true';
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { violations: violations.sort(), ran: 'ran' in globalThis };
    })()`);
    expect(blocked).toEqual({ violations: ['connect-src', 'img-src', 'script-src-elem'], ran: false });
    expect(requests).toEqual([]);
  });

  test('answers first, then says what to do in which order', async () => {
    const { page } = await open(notReady);
    expect(await page.locator('h1').innerText()).toBe('Not ready for transaction mode');
    expect(await page.locator('.verdict').innerText()).toContain('2 places in 2 files break when PgBouncer gives out server connections');
    expect(await page.locator('.work > li h3').allInnerTexts()).toEqual([
      'Settings of the session',
      'LISTEN and NOTIFY',
      'Connections that are held too long',
      'Before the switch',
    ]);
    const last = await page.locator('.work > li').last().innerText();
    expect(last).toContain(
      'Check maxPreparedStatements, which was assumed to be 200: 1 more finding counts when max_prepared_statements is 0.',
    );
  });

  test('leads from the work to the finding, with its code and its evidence', async () => {
    const { page } = await open(notReady);
    await page.getByRole('link', { name: 'src/users.ts, line 12' }).click();
    const target = page.locator('.finding:target');
    expect(await target.locator('.title').innerText()).toBe('src/users.ts:12:20');
    expect(await target.locator('mark').innerText()).toBe('SET search_');
    expect(await target.locator('.because li').allInnerTexts()).toEqual([
      'because db is a pool src/users.ts:3:7',
      '← the statement runs outside a transaction',
    ]);
  });

  test('says that it is ready where it is, and what is left to do', async () => {
    const { page } = await open(result([]));
    expect(await page.locator('h1').innerText()).toBe('Ready for transaction mode');
    expect(await page.locator('#work').innerText()).toContain('No code has to change.');
  });

  test('says what a baseline knows, lists what it does not, and folds the rest', async () => {
    const baseline = { unchanged: 1, new: 1, stale: [] };
    const { page } = await open({ ...notReady, findings: [users, { ...listen, baseline: 'unchanged' }], baseline });
    expect(await page.locator('.verdict').innerText()).toContain('The baseline knows 1 finding, and does not know 1.');
    expect(await shown(page)).toEqual(['src/users.ts:12:20']);
    await page.locator('#known summary').click();
    expect(await page.locator('#known .finding .title').innerText()).toBe('src/jobs.ts:7:20');
  });

  test('says where it shows a part only', async () => {
    const { page } = await open({ ...notReady, findings: [users], scope: { since: 'main', omitted: 3 } });
    expect(await page.locator('.verdict').innerText()).toContain('Only what changed since main is listed; 3 other findings are not.');
  });

  test('says that nothing was examined, which is not the same', async () => {
    const nothing = result([], {
      verdict: { state: 'nothing-examined', blockers: 0, risks: 0, possible: 0, dependent: 0, suppressed: 0, notApplicable: [] },
    });
    const { page } = await open(nothing);
    expect(await page.locator('.verdict').innerText()).toContain('No code that talks to PostgreSQL was found in 40 files.');
  });
});

describe('the filter', () => {
  test('works by keyboard: words, family and kinds', async () => {
    const { page } = await open(notReady);
    const search = page.getByRole('searchbox', { name: 'Search' });
    const status = page.getByRole('status');
    expect(await status.innerText()).toBe('3 of 3 shown');

    await search.focus();
    await page.keyboard.type('LISTEN jobs');
    expect(await shown(page)).toEqual(['src/jobs.ts:7:20']);
    expect(await status.innerText()).toBe('1 of 3 shown');

    await search.fill('');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Conn');
    expect(await shown(page)).toEqual(['src/pay.ts:12:20']);

    await page.keyboard.type('all');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await shown(page)).toEqual(['src/pay.ts:12:20']);
    expect(await status.innerText()).toBe('1 of 3 shown');
  });

  test('gives way where a link leads to a finding that it hides', async () => {
    const { page } = await open(notReady);
    await page.getByRole('searchbox').fill('nothing like it');
    expect(await shown(page)).toEqual([]);
    await page.getByRole('link', { name: 'src/jobs.ts, line 7' }).click();
    await expect.poll(() => shown(page)).toHaveLength(3);
  });

  test('is not there without JavaScript, and everything else is', async () => {
    const { page } = await open(notReady, { javaScriptEnabled: false });
    expect(await page.locator('form.filter').isVisible()).toBe(false);
    expect(await shown(page)).toHaveLength(3);
    await page.locator('#quiet summary').click();
    expect(await page.locator('#quiet .finding .title').isVisible()).toBe(true);
  });
});

describe('everybody can read it', () => {
  /** Violations that axe finds, each with the elements it is about. */
  async function violations(page: Page): Promise<string[]> {
    return page.evaluate(async (source) => {
      const run = (0, eval)(`${source}; axe.run(document, { resultTypes: ['violations'] })`) as Promise<{
        violations: { id: string; nodes: { html: string }[] }[];
      }>;
      return (await run).violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    }, axe.source);
  }

  test.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['light, on a telephone', { colorScheme: 'light', viewport: { width: 360, height: 700 } }],
  ])('%s: names, order and contrast are as they should be', async (_, settings) => {
    const { page } = await open(notReady, { ...settings, bypassCSP: true });
    await page.locator('#quiet summary').click();
    expect(await violations(page)).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
  });

  test('the check finds a contrast that is too low, so that the tests above can fail', async () => {
    const { page } = await open(notReady, { bypassCSP: true });
    await page.addStyleTag({ content: '.verdict p { color: #e0a0a0 !important; }' });
    expect((await violations(page)).join()).toContain('color-contrast');
  });

  test('dark is dark, and paper is light whatever the screen is', async () => {
    const { page } = await open(notReady, { colorScheme: 'dark' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await background()).toBe('rgb(20, 23, 28)');
    await page.emulateMedia({ media: 'print' });
    expect(await background()).toBe('rgb(255, 255, 255)');
  });

  test('paper has everything, without the filter', async () => {
    const { page } = await open(notReady);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('form.filter').isVisible()).toBe(false);
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await page.locator('#quiet .finding .title').isVisible()).toBe(true);
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

test('text of a hostile repository stays text', async () => {
  const { page, requests, complaints } = await open(hostileResult());
  expect({ requests, complaints }).toEqual({ requests: [], complaints: [] });
  const elements = await page.evaluate(`({
    scripts: document.scripts.length,
    styles: document.styleSheets.length,
    foreign: document.querySelectorAll('img, iframe, object, embed, textarea, title:not(head title)').length,
    handlers: [...document.querySelectorAll('*')].filter((element) => [...element.attributes].some(({ name }) => name.startsWith('on')))
      .length,
    links: [...document.querySelectorAll('a')].map((link) => link.getAttribute('href')).filter((href) => !href.startsWith('#')),
    sections: [...document.querySelectorAll('main > section')].map(({ id }) => id),
  })`);
  expect(elements).toEqual({
    scripts: 1,
    styles: 1,
    foreign: 0,
    handlers: 0,
    links: [],
    sections: ['work', 'discovery', 'coverage', 'budget', 'assumptions', 'findings', 'quiet', 'suppressed'],
  });
  expect(await page.locator('#findings .finding').first().innerText()).toContain('<script>alert(1)</script>');
});
