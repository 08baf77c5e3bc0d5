import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openRunFolder, type RunFolder } from '../../lab/src/servers/run-folder.ts';
import type { Program } from '../../lab/src/servers/unpacked-program.ts';
import { monitoringProgram } from './support/monitoring/programs.ts';
import { shipped } from './support/shipped.ts';

const execute = promisify(execFile);
const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const configuration = path('monitoring/alertmanager.yml');

interface Matched {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

let folder: RunFolder;
let amtool: Program;

beforeAll(async () => {
  folder = await openRunFolder();
  amtool = await monitoringProgram('amtool', folder);
});
afterAll(() => folder?.remove());

const run = async (...args: string[]) => (await execute(amtool.command, [...amtool.args, ...args], { env: { HOME: folder.path } })).stdout;
const receiver = async (...labels: string[]) => (await run('config', 'routes', 'test', `--config.file=${configuration}`, ...labels)).trim();

/** Every alert of the rule files of this package, with its severity. */
const alerts = readdirSync(path('monitoring'))
  .filter((name) => /rules\.yml$/.test(name))
  .flatMap(
    (name) => (parse(shipped(`monitoring/${name}`)) as { groups: { rules: { alert?: string; labels?: { severity: string } }[] }[] }).groups,
  )
  .flatMap(({ rules }) => rules)
  .flatMap(({ alert, labels }) => (alert ? [{ alert, severity: labels!.severity }] : []));

describe('alertmanager.yml', () => {
  it('is taken by Alertmanager', async () => {
    expect(await run('check-config', configuration)).toMatch(/SUCCESS/);
  });

  it.each(alerts.filter(({ alert }) => alert !== 'Watchdog'))('leads $alert to notify.sh', async ({ alert, severity }) => {
    expect(await receiver(`alertname=${alert}`, `severity=${severity}`, 'instance=x')).toBe('notify');
  });

  it('leads the heartbeat to the switch, and not to notify.sh', async () => {
    expect(await receiver('alertname=Watchdog', 'severity=none')).toBe('heartbeat');
  });

  it('loses no alert, whatever labels it has', async () => {
    expect(await receiver('alertname=SomebodyElses')).toBe('notify');
    expect(await receiver('alertname=Watchdogs', 'severity=critical')).toBe('notify');
  });

  it('silences only alerts that exist, and by alerts that exist', () => {
    const { inhibit_rules } = parse(shipped('monitoring/alertmanager.yml')) as { inhibit_rules: readonly Matched[] };
    const names = alerts.map(({ alert }) => alert);
    for (const { source_matchers, target_matchers, equal } of inhibit_rules) {
      expect(equal, 'one cluster does not silence another').toContain('cluster');
      for (const matcher of [...source_matchers, ...target_matchers]) {
        const [, operator, pattern] = /^alertname(=~?)"(.+)"$/.exec(matcher)!;
        const meant = operator === '=' ? [pattern!] : expanded(pattern!);
        expect(
          meant.filter((name) => !names.includes(name)),
          matcher,
        ).toEqual([]);
      }
    }
  });

  it('never silences an alert by itself or by one that it silences', () => {
    const { inhibit_rules } = parse(shipped('monitoring/alertmanager.yml')) as { inhibit_rules: readonly Matched[] };
    const matches = (matchers: readonly string[], name: string) =>
      matchers.every((matcher) => new RegExp(`^(?:${/"(.+)"/.exec(matcher)![1]!})$`).test(name));
    const silencedBy = (name: string): string[] =>
      inhibit_rules
        .filter(({ source_matchers }) => matches(source_matchers, name))
        .flatMap(({ target_matchers }) => alerts.map(({ alert }) => alert).filter((alert) => matches(target_matchers, alert)));
    for (const { alert } of alerts) {
      for (const silenced of silencedBy(alert)) {
        expect(silenced).not.toBe(alert);
        expect(silencedBy(silenced), `${alert} and ${silenced} would silence each other`).not.toContain(alert);
      }
    }
  });
});

/** The names that `Prefix(A|B)` stands for. */
function expanded(pattern: string): string[] {
  const [, prefix, options] = /^(\w+)\((.+)\)$/.exec(pattern)!;
  return options!.split('|').map((option) => prefix! + option);
}
