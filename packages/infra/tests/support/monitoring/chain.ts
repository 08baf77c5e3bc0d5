import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../../../../lab/src/servers/free-port.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { lentTo } from '../../../../lab/src/servers/server-account.ts';
import { type ServerProcess, startServer } from '../../../../lab/src/servers/server-process.ts';
import { shipped } from '../shipped.ts';
import { hurriedAlertmanager, hurriedRules } from './derived.ts';
import { monitoringProgram } from './programs.ts';

/** A notification as the script got it. */
export interface Notified {
  readonly status: string;
  readonly severity: string;
  readonly title: string;
  readonly message: string;
}

/** Prometheus, Alertmanager, the bridge and a notify.sh that writes down what it is told: all of them real. */
export interface AlertingChain {
  readonly prometheus: string;
  readonly alertmanager: string;
  /** Everything that notify.sh was told, in order. */
  notified(): Promise<readonly Notified[]>;
  /** The names of the alerts that fire, sorted. */
  firing(): Promise<readonly string[]>;
  /** The result of an instant query. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Ends Alertmanager, as a crash does. */
  stopAlertmanager(): Promise<void>;
  startAlertmanager(): Promise<void>;
  /** Lets notify.sh do something else; without a text what it did at first. */
  scriptDoes(text?: string): Promise<void>;
  stop(): Promise<void>;
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface ChainOptions {
  /** Entries of `scrape_configs` besides Prometheus and Alertmanager themselves; each target is scraped every second. */
  readonly scrape: readonly object[];
  /** Rule files of this package, such as `monitoring/pgbouncer.rules.yml`; time passes faster in them. */
  readonly rules: readonly string[];
  /** How much faster; 30 times where it is not said. */
  readonly hurry?: number;
  /** For how long the bridge waits for a heartbeat, in seconds; as long as it is shipped otherwise. */
  readonly heartbeatPatience?: number;
}

const records = `#!/usr/bin/env bash
# Appends what it is told to the file that is its first argument, each argument ended by a NUL.
printf '%s\\0' "\${@:2}" >> "$1"
`;

/** Starts the whole way of an alert, from the scrape to notify.sh. */
export async function startChain(folder: RunFolder, { scrape, rules, hurry, heartbeatPatience }: ChainOptions): Promise<AlertingChain> {
  const running: ServerProcess[] = [];
  const record = await folder.file('notified', '');
  const script = await folder.file('notify.sh', records);
  const start = async (name: string, program: Parameters<typeof startServer>[1], health: string) => {
    const server = await startServer(name, program, () => reached(health), 'SIGKILL');
    running.unshift(server);
    return server;
  };
  const [bridgePort, alertmanagerPort, prometheusPort] = [await freePort(), await freePort(), await freePort()];
  const [bridge, alertmanager, prometheus] = [bridgePort, alertmanagerPort, prometheusPort].map((port) => `http://127.0.0.1:${port}`) as [
    string,
    string,
    string,
  ];

  const arguments_ = ['{status}', '{severity}', '{title}', '{message}'];
  const patience = heartbeatPatience === undefined ? [] : ['--heartbeat-patience', String(heartbeatPatience)];
  await start('notify-bridge', notifyBridge(bridgePort, [...patience, '--', 'bash', script, record, ...arguments_]), `${bridge}/healthy`);

  const alertmanagerConfig = await folder.file(
    'alertmanager.yml',
    hurriedAlertmanager(shipped('monitoring/alertmanager.yml'), bridge, hurry),
  );
  const { command, args } = await monitoringProgram('alertmanager', folder);
  const alertmanagerArgs = [
    `--config.file=${alertmanagerConfig}`,
    `--storage.path=${join(folder.path, 'alertmanager-data')}`,
    `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
    '--cluster.listen-address=',
  ];
  const startAlertmanager = () => start('Alertmanager', { command, args: [...args, ...alertmanagerArgs] }, `${alertmanager}/-/ready`);
  let alertmanagerServer = await startAlertmanager();

  const ruleFiles = await Promise.all(rules.map((name) => folder.file(name.replaceAll('/', '-'), hurriedRules(shipped(name), hurry))));
  const prometheusConfig = await folder.file(
    'prometheus.yml',
    stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      scrape_configs: [
        { job_name: 'prometheus', static_configs: [{ targets: [`127.0.0.1:${prometheusPort}`] }] },
        { job_name: 'alertmanager', static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] },
        ...scrape,
      ],
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    }),
  );
  const server = await monitoringProgram('prometheus', folder);
  const prometheusArgs = [
    `--config.file=${prometheusConfig}`,
    `--storage.tsdb.path=${join(folder.path, 'prometheus-data')}`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
    // Otherwise it waits for a minute before it says again that an alert fires.
    '--rules.alert.resend-delay=5s',
  ];
  await start('Prometheus', { command: server.command, args: [...server.args, ...prometheusArgs] }, `${prometheus}/-/ready`);

  return {
    prometheus,
    alertmanager,
    async notified() {
      const texts = (await readFile(record, 'utf8')).split('\0').slice(0, -1);
      return Array.from({ length: texts.length / arguments_.length }, (_, index) => {
        const [status, severity, title, message] = texts.slice(index * arguments_.length) as [string, string, string, string];
        return { status, severity, title, message };
      });
    },
    async firing() {
      const { data } = await answerOf<{ alerts: { state: string; labels: { alertname: string } }[] }>(`${prometheus}/api/v1/alerts`);
      return data.alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => labels.alertname)
        .sort();
    },
    async query(expr) {
      const { data } = await answerOf<{ result: Sample[] }>(`${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`);
      return data.result;
    },
    stopAlertmanager: () => alertmanagerServer.stop(),
    async startAlertmanager() {
      alertmanagerServer = await startAlertmanager();
    },
    async scriptDoes(text = records) {
      await folder.file('notify.sh', text);
    },
    async stop() {
      for (const server of running) await server.stop();
    },
  };
}

/** The bridge as it is shipped, in a process of its own. */
function notifyBridge(port: number, args: readonly string[]) {
  const program = fileURLToPath(new URL('../../../monitoring/notify/notify-bridge.mjs', import.meta.url));
  const own = { uid: process.getuid!(), gid: process.getgid!() };
  return lentTo(own, { command: process.execPath, args: [program, '--listen', `127.0.0.1:${port}`, ...args] }, 'KILL');
}

async function reached(url: string): Promise<void> {
  const { ok, status } = await fetch(url);
  if (!ok) throw new Error(`${url} answered ${status}`);
}

async function answerOf<Data>(url: string): Promise<{ data: Data }> {
  const answer = (await (await fetch(url)).json()) as { status: string; error?: string; data: Data };
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer;
}
