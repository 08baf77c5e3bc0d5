import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openRunFolder } from '../../lab/src/servers/run-folder.ts';
import { monitoringProgram } from './support/monitoring/programs.ts';
import { settingsOf } from './support/settings.ts';
import { shipped } from './support/shipped.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

const execute = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
/** The groups of rules: `monitoring/<name>.rules.yml`, with the unit tests `tests/alerts/<name>.test.yml`. */
const groups = readdirSync(path('monitoring')).flatMap((file) => /^(\w+)\.rules\.yml$/.exec(file)?.[1] ?? []);
const rulesOf = (group: string): readonly Rule[] =>
  (parse(shipped(`monitoring/${group}.rules.yml`)) as { groups: readonly { rules: readonly Rule[] }[] }).groups
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined);
const rules = groups.flatMap(rulesOf);
/** For Loki; what is tried of them is in reload.test.ts. */
const lokiRules = (parse(shipped('monitoring/loki-rules.yml')) as { groups: readonly { rules: readonly Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const folder = await openRunFolder();
afterAll(() => folder.remove());
const promtool = await monitoringProgram('promtool', folder);
const run = (...args: string[]) =>
  execute(promtool.command, [...promtool.args, ...args]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `FAILED ${error.stdout}${error.stderr}`,
  );

describe('the alert rules', () => {
  it.each(groups)('of %s do what their unit tests say', { timeout: 180_000 }, async (group) => {
    expect(await run('test', 'rules', path(`tests/alerts/${group}.test.yml`))).not.toMatch(/FAILED/);
  });

  it.each(groups)('of %s are all unit-tested: each fires, and does not', (group) => {
    const tests = shipped(`tests/alerts/${group}.test.yml`);
    const named = (name: string) => new RegExp(`alertname(: |=")${name}\\b`).test(tests);
    expect(
      rulesOf(group)
        .map(({ alert }) => alert)
        .filter((name) => !named(name)),
    ).toEqual([]);
  });

  it('use no metric that the exporter does not give', () => {
    // Recorded from pgbouncer_exporter 0.12.1 before PgBouncer 1.26.1 with the shipped pgbouncer.ini.
    const given = new Set(
      readFileSync(path('tests/exporter-metrics.txt'), 'utf8')
        .split('\n')
        .flatMap((line) => /^(\w+)/.exec(line)?.[1] ?? []),
    );
    const used = rulesOf('pgbouncer').flatMap(({ expr }) => expr.match(/\bpgbouncer_\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(rulesOf('pgbouncer').length);
    expect(used.filter((name) => !given.has(name))).toEqual([]);
  });

  it('warn of a wait before PgBouncer ends it', () => {
    const { expr } = rules.find(({ alert }) => alert === 'PgBouncerClientsWaiting')!;
    expect(Number(/> (\d+)$/.exec(expr)![1])).toBeLessThan(Number(settingsOf('pgbouncer').get('query_wait_timeout')));
  });

  it.each(rules)(
    '$alert waits before it fires, but for the heartbeat, and says what it is about',
    ({ alert, for: pending, labels, annotations }) => {
      expect(alert === 'Watchdog' ? '1m' : pending).toMatch(/^[1-9]\d*[smh]$/);
      expect(['warning', 'critical', ...(alert === 'Watchdog' ? ['none'] : [])]).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.description).toMatch(/\.$/);
    },
  );
});

describe('what the alerts say', () => {
  const units = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
  const numbers = new Map(
    ['a', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'].map((word, index) => [word, index + 1]),
  );
  numbers.set('an', 1).set('fifteen', 15).set('thirty', 30);
  /** `ten minutes`, `a whole day`, `15 minutes`: in seconds. */
  const spoken = (text: string) =>
    [...text.matchAll(/\b(?:for|within|of) (\d+|\w+) (?:whole )?(second|minute|hour|day)s?\b/gi)].map(
      ([, count, unit]) => (Number(count) || numbers.get(count!.toLowerCase())!) * units[unit as keyof typeof units],
    );
  const seconds = (duration: string) =>
    [...duration.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, count, unit]) => sum + Number(count) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd'],
      0,
    );

  it('are the times of their expressions, not others', () => {
    const said = rules.flatMap(({ alert, expr, for: pending, annotations: { summary, description } }) => {
      const windows = [...expr.matchAll(/\[(\w+)/g)].map(([, window]) => seconds(window!));
      const waits = [0, ...windows].map((window) => window + seconds(pending ?? '0s'));
      const meant = [...waits, ...windows];
      return spoken(`${summary} ${description}`).map((time) => ({ alert, time, right: meant.some((each) => Math.abs(each - time) <= 15) }));
    });
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter(({ right }) => !right)).toEqual([]);
  });

  it('never rests on a date that blackbox_exporter gives wrongly where nothing is checked', () => {
    const [module] = /certificate_date:[\s\S]*?(?=\n {2}\w)/.exec(shipped('monitoring/blackbox.yml'))!;
    expect(module, 'the date is read without a check').toContain('insecure_skip_verify: true');
    expect(shipped('monitoring/certificates.rules.yml')).not.toContain('probe_ssl_last_chain_expiry_timestamp_seconds');
  });

  it('has a scrape behind it that is short enough for every window', () => {
    const jobs = parse(shipped('monitoring/scrape.yml')) as readonly { job_name: string; scrape_interval?: string }[];
    for (const { alert, expr } of rules) {
      for (const [, job] of expr.matchAll(/job="(pgbouncer|postgres|alertmanager|prometheus)"/g)) {
        const interval = seconds(jobs.find(({ job_name }) => job_name === job)?.scrape_interval ?? '1h');
        for (const [, window] of expr.matchAll(/rate\([^[]*\[(\w+)\]/g))
          expect(seconds(window!), `${alert}: two scrapes in ${window!}, though one may be missed`).toBeGreaterThanOrEqual(4 * interval);
      }
    }
  });
});

describe('the table of README.md', () => {
  const rows = [...shipped('README.md').matchAll(/^\| \[(\w+)\]\(monitoring\/runbooks\/\w+\.md\) +\| (\w+) +\| .* \| (\w[\w ]*?) +\|$/gm)];

  it('has each alert, with its severity and its wait', () => {
    const written = rows.map(([, alert, severity, wait]) => `${alert} ${severity} ${wait}`);
    // Those about backups have a table of their own: docs/backup.md.
    const meant = [...rules, ...lokiRules].filter(({ alert }) => !alert.startsWith('Backup'));
    expect(written.sort()).toEqual(meant.map(({ alert, labels, for: wait = 'at once' }) => `${alert} ${labels.severity} ${wait}`).sort());
  });
});

describe('the runbooks', () => {
  it('are one for each alert', () => {
    expect(readdirSync(path('monitoring/runbooks')).sort()).toEqual([...rules, ...lokiRules].map(({ alert }) => `${alert}.md`).sort());
  });

  it.each([...rules, ...lokiRules])(
    'of $alert is where the alert says, and says what to look at and what to do',
    ({ alert, annotations }) => {
      expect(annotations.runbook_url).toMatch(new RegExp(`/packages/infra/monitoring/runbooks/${alert}\\.md$`));
      const headings = [...shipped(`monitoring/runbooks/${alert}.md`).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual(['What it means', 'What to look at', 'What to do']);
      // Those about backups have pages of their own to say so: docs/backup.md.
      if (!alert.startsWith('Backup'))
        expect(shipped(`monitoring/runbooks/${alert}.md`), 'how to see that it is over').toMatch(/^It is over when /m);
    },
  );
});
