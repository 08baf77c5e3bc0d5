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
      expect(alert === 'Watchdog' ? '1m' : pending).toMatch(/^[1-9]\d*[mh]$/);
      expect(['warning', 'critical', ...(alert === 'Watchdog' ? ['none'] : [])]).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.description).toMatch(/\.$/);
    },
  );
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
    },
  );
});
