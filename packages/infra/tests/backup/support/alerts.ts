import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { monitoringProgram } from '../../support/monitoring/programs.ts';
import { shipped } from '../../support/shipped.ts';

const run = promisify(execFile);
const rules = fileURLToPath(new URL('../../../monitoring/backup.rules.yml', import.meta.url));
const target = { job: 'backup', instance: 'backup:9187' };

/** Longer than every alert waits; shorter than a day, in which the next backup would have changed something. */
const minutes = 240;

/** Minutes between two scrapes: Prometheus takes more than five for a gap. */
const step = 4;

/** The alerts that are shipped, with their severity. */
export const backupAlerts: ReadonlyMap<string, string> = new Map(
  (parse(shipped('monitoring/backup.rules.yml')) as { groups: { rules: { alert: string; labels: { severity: string } }[] }[] }).groups
    .flatMap((group) => group.rules)
    .map(({ alert, labels }) => [alert, labels.severity]),
);

const used = new Set(shipped('monitoring/backup.rules.yml').match(/\bpgbackup_\w+/g));

/**
 * Says what Prometheus makes of metrics that stay as they are for four hours, by the shipped rules in the real `promtool`.
 *
 * @param metrics what `/metrics` answered; empty where it did not
 * @param firing the names of all alerts that are to fire then
 * @returns what differs, or nothing
 */
export async function wrongAlerts(folder: RunFolder, metrics: string, firing: readonly string[], database: string): Promise<string> {
  const samples = firing.map((alert) => {
    const severity = backupAlerts.get(alert);
    if (severity === undefined) throw new RangeError(`${alert} is no alert`);
    const of = alert === 'BackupExporterDown' ? {} : { database };
    return { labels: `ALERTS${labelsText({ alertname: alert, alertstate: 'firing', severity, ...target, ...of })}`, value: 1 };
  });
  const { start, series } = timeline(metrics);
  const up = { series: `up${labelsText(target)}`, values: `1x${start / step - 1} ${held(metrics === '' ? 0 : 1)}` };
  const test = {
    rule_files: [rules],
    evaluation_interval: `${step}m`,
    tests: [
      {
        interval: `${step}m`,
        input_series: [up, ...series],
        promql_expr_test: [{ expr: 'ALERTS{alertstate="firing"}', eval_time: `${start + minutes}m`, exp_samples: samples }],
      },
    ],
  };
  const file = await folder.file(`alerts-${Date.now()}.yml`, stringify(test));
  const { command, args } = await monitoringProgram('promtool', folder);
  return run(command, [...args, 'test', 'rules', file]).then(
    () => '',
    (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
  );
}

/**
 * promtool's time begins at 0 and a moment that never was is 0 too, so the metrics begin late enough for the oldest moment in them to be later than that.
 *
 * @returns the minute at which they begin
 */
function timeline(metrics: string): { start: number; series: { series: string; values: string }[] } {
  const now = Date.now() / 1000;
  const samples = metrics.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(pgbackup_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    // What no rule asks for decides nothing, and may tell of a time that is far away.
    return name === undefined || !used.has(name)
      ? []
      : [{ name, labels, value: Number(value), isMoment: /_timestamp_seconds$/.test(name) && Number(value) > 0 }];
  });
  const oldest = Math.max(0, ...samples.filter(({ isMoment }) => isMoment).map(({ value }) => now - value));
  const start = Math.ceil((oldest + 3600) / 60 / step) * step;
  const series = samples.map(({ name, labels, value, isMoment }) => ({
    series: `${name}{${[labels, ...Object.entries(target).map(pair)].filter((label) => label !== '').join(',')}}`,
    values: `_x${start / step - 1} ${held(isMoment ? Math.round(value - now + start * 60) : value)}`,
  }));
  return { start, series };
}

const held = (value: number) => `${value}x${minutes / step}`;
const pair = ([name, value]: readonly [string, string]) => `${name}=${JSON.stringify(value)}`;
const labelsText = (labels: Readonly<Record<string, string>>) => `{${Object.entries(labels).map(pair).join(', ')}}`;
