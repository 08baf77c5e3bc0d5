import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { debianPackage } from '../../lab/src/servers/debian-packages.ts';
import { type Program, unpackedProgram } from '../../lab/src/servers/unpacked-program.ts';
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
const { groups } = parse(shipped('monitoring/pgbouncer.rules.yml')) as { groups: readonly { rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const promtool: Program = await unpackedProgram(await debianPackage('prometheus', 'bookworm'), 'usr/bin/promtool');
const run = (...args: string[]) =>
  execute(promtool.command, [...promtool.args, ...args]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `FAILED ${error.stdout}${error.stderr}`,
  );

describe('the alert rules', () => {
  it('do what their unit tests say', async () => {
    expect(await run('test', 'rules', path('tests/alerts/pgbouncer.test.yml'))).not.toMatch(/FAILED/);
  });

  it('are all unit-tested', () => {
    const tests = shipped('tests/alerts/pgbouncer.test.yml');
    expect(rules.map(({ alert }) => alert).filter((name) => !new RegExp(`alertname(: |=")${name}\\b`).test(tests))).toEqual([]);
  });

  it('use no metric that the exporter does not give', () => {
    // Recorded from pgbouncer_exporter 0.12.1 before PgBouncer 1.26.1 with the shipped pgbouncer.ini.
    const given = new Set(
      readFileSync(path('tests/exporter-metrics.txt'), 'utf8')
        .split('\n')
        .flatMap((line) => /^(\w+)/.exec(line)?.[1] ?? []),
    );
    const used = rules.flatMap(({ expr }) => expr.match(/\bpgbouncer_\w+/g) ?? []);
    expect(used.length).toBeGreaterThan(rules.length);
    expect(used.filter((name) => !given.has(name))).toEqual([]);
  });

  it('warn of a wait before PgBouncer ends it', () => {
    const { expr } = rules.find(({ alert }) => alert === 'PgBouncerClientsWaiting')!;
    expect(Number(/> (\d+)$/.exec(expr)![1])).toBeLessThan(Number(settingsOf('pgbouncer').get('query_wait_timeout')));
  });

  it.each(rules)('$alert waits before it fires, and says what it is about', ({ for: pending, labels, annotations }) => {
    expect(pending).toMatch(/^[1-9]\d*m$/);
    expect(['warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\.$/);
    expect(annotations.description).toMatch(/\.$/);
  });
});

describe('the runbooks', () => {
  it('are one for each alert', () => {
    expect(readdirSync(path('monitoring/runbooks')).sort()).toEqual(rules.map(({ alert }) => `${alert}.md`).sort());
  });

  it.each(rules)('of $alert is where the alert says, and says what to look at and what to do', ({ alert, annotations }) => {
    expect(annotations.runbook_url).toMatch(new RegExp(`/packages/infra/monitoring/runbooks/${alert}\\.md$`));
    const headings = [...shipped(`monitoring/runbooks/${alert}.md`).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(['What it means', 'What to look at', 'What to do']);
  });
});
