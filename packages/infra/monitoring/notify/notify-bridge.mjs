// Written by `pnpm generate` from src/bin/notify-bridge.ts.
// src/bin/notify-bridge.ts
import { parseArgs } from 'node:util';

// src/notify/notify-bridge.ts
import { createServer } from 'node:http';

// src/notify/dead-man-switch.ts
function deadManSwitch(patience, changed) {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    changed('silent');
  }, patience);
  return {
    beat() {
      timer.refresh();
      if (silent) changed('back');
      silent = false;
    },
    stop: () => clearTimeout(timer),
  };
}

// src/notify/notification.ts
var severities = ['critical', 'warning', 'none'];
var longest = { title: 200, message: 4e3 };
function readAlertGroup(body) {
  const { status, alerts, truncatedAlerts } = record(body, 'The body');
  if (!Array.isArray(alerts) || alerts.length === 0) throw new RangeError('The body has no alerts.');
  return {
    status: readStatus(status, 'The body'),
    truncatedAlerts: typeof truncatedAlerts === 'number' ? truncatedAlerts : 0,
    alerts: alerts.map((entry) => {
      const alert = record(entry, 'An alert');
      return {
        status: readStatus(alert.status, 'An alert'),
        labels: texts(alert.labels, 'labels'),
        annotations: texts(alert.annotations, 'annotations'),
        startsAt: typeof alert.startsAt === 'string' ? alert.startsAt : '',
      };
    }),
  };
}
function notificationOf({ status, alerts, truncatedAlerts }) {
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? 'unnamed'))];
  const firing = alerts.filter((alert) => alert.status === 'firing').length;
  const count = status === 'firing' ? firing : alerts.length;
  const [only] = alerts;
  const about = alerts.length === 1 && only.annotations.summary ? `${names[0]}: ${only.annotations.summary}` : names.join(', ');
  const paragraphs = alerts.map(paragraph);
  if (truncatedAlerts > 0) paragraphs.push(`${truncatedAlerts} more alerts were left off.`);
  return {
    status,
    severity: severities.find((severity) => alerts.some(({ labels }) => labels.severity === severity)) ?? 'none',
    title: shortened(oneLine(`[${status.toUpperCase()}:${count}] ${about}`), longest.title),
    message: shortened(paragraphs.join('\n\n'), longest.message),
  };
}
function paragraph({ status, labels, annotations, startsAt }) {
  const { summary = '', description = '', runbook_url: runbook = '' } = annotations;
  const told = Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity');
  const lines = [
    `${status.toUpperCase()} ${labels.alertname ?? 'unnamed'} (${labels.severity ?? 'none'}): ${summary}`,
    description,
    told.map(([name, value]) => `${name}=${value}`).join(' '),
    startsAt && `since ${startsAt}`,
    runbook && `runbook: ${runbook}`,
  ];
  return lines
    .map(oneLine)
    .filter((line) => line !== '')
    .join('\n');
}
function oneLine(text) {
  return text.replace(new RegExp('\\p{Cc}+', 'gu'), ' ').trim();
}
function shortened(text, most) {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
function record(value, what) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError(`${what} is no object.`);
  return value;
}
function readStatus(value, what) {
  if (value !== 'firing' && value !== 'resolved') throw new RangeError(`${what} has a status that is neither firing nor resolved.`);
  return value;
}
function texts(value, what) {
  const entries = Object.entries(record(value ?? {}, what));
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}

// src/notify/run-script.ts
import { spawn } from 'node:child_process';
function runScript([program, ...args], notification, input, timeout) {
  return new Promise((resolve) => {
    const child = spawn(program, args.map(filledWith(notification)), { stdio: ['pipe', 'inherit', 'pipe'], detached: true });
    let complaints = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, timeout);
    child.stderr.setEncoding('utf8').on('data', (text) => {
      process.stderr.write(text);
      complaints = (complaints + text).slice(-500);
    });
    child.stdin.on('error', () => void 0).end(input);
    const settle = (outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    child.once('error', ({ message }) => settle({ failure: `${program} could not be started: ${message}` }));
    child.once('exit', (code, signal) => {
      if (late) settle({ failure: `${program} was ended: it ran for more than ${timeout / 1e3} seconds` });
      else if (code === 0) settle({});
      else settle({ failure: `${program} ended with ${code === null ? signal : `exit code ${code}`}: ${complaints.trim()}` });
    });
  });
}
function filledWith(notification) {
  return (argument) => argument.replace(/\{(status|severity|title|message)\}/g, (_, name) => notification[name]);
}
function endGroup(pid) {
  if (pid === void 0) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {}
}

// src/notify/notify-bridge.ts
var largestBody = 1e6;
var silence = {
  status: 'firing',
  severity: 'critical',
  title: '[FIRING:1] AlertingSilent: no alert can arrive.',
  message:
    'The heartbeat of Prometheus (alert Watchdog) no longer comes through Alertmanager. One of them is down, or its configuration lost the rule or the route. Until it is back, nothing else is noticed.',
};
var silenceEnded = {
  ...silence,
  status: 'resolved',
  title: '[RESOLVED:1] AlertingSilent: the heartbeat is back.',
  message: 'The heartbeat of Prometheus comes through Alertmanager again.',
};
async function startNotifyBridge(options2) {
  const { command, scriptTimeout, heartbeatPatience, log: log2 } = options2;
  let last = Promise.resolve();
  const notify = (notification, input) => {
    const run = last.then(async () => {
      const outcome = await runScript(command, notification, input, scriptTimeout);
      log2(outcome.failure === void 0 ? `sent ${notification.title}` : `NOT SENT ${notification.title}: ${outcome.failure}`);
      return outcome;
    });
    last = run.catch(() => void 0);
    return run;
  };
  const heartbeat =
    heartbeatPatience > 0
      ? deadManSwitch(heartbeatPatience, (state) => void notify(state === 'silent' ? silence : silenceEnded, '{}'))
      : void 0;
  const routes = {
    'POST /alerts': async (request) => {
      const body = await bodyOf(request);
      if (body === void 0) return { status: 413, text: 'The body is too large.' };
      let notification;
      try {
        notification = notificationOf(readAlertGroup(JSON.parse(body)));
      } catch (error) {
        return { status: 400, text: error.message };
      }
      const { failure } = await notify(notification, body);
      return failure === void 0 ? ok : { status: 500, text: failure };
    },
    'POST /heartbeat': async (request) => {
      if ((await bodyOf(request)) === void 0) return { status: 413, text: 'The body is too large.' };
      heartbeat?.beat();
      return ok;
    },
    'GET /healthy': () => Promise.resolve(ok),
  };
  const server = createServer((request, response) => {
    const route = routes[`${request.method ?? ''} ${request.url ?? ''}`];
    if (!route) return answer(response, { status: 404, text: 'There is POST /alerts, POST /heartbeat and GET /healthy.' });
    route(request).then(
      (result) => answer(response, result),
      () => response.destroy(),
    );
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(options2.port, options2.host, resolve));
  return {
    port: server.address().port,
    async stop() {
      heartbeat?.stop();
      server.close();
      server.closeIdleConnections();
      await last;
    },
  };
}
var ok = { status: 200, text: 'ok' };
function answer(response, { status, text }) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}
`);
}
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size <= largestBody ? Buffer.concat(chunks).toString('utf8') : void 0;
}

// src/bin/notify-bridge.ts
var usage = `Runs a script for each notification of Alertmanager.

  notify-bridge [--listen 0.0.0.0:9911] [--script-timeout 30] [--heartbeat-patience 900] -- program argument ...

{status}, {severity}, {title} and {message} in an argument stand for what the script is told; the webhook's JSON is on its standard input.
Times are in seconds. Without a heartbeat (POST /heartbeat) for as long as --heartbeat-patience the script is told so; 0 waits for none.`;
var options = {
  listen: { type: 'string', default: '0.0.0.0:9911' },
  'script-timeout': { type: 'string', default: '30' },
  'heartbeat-patience': { type: 'string', default: '900' },
};
var log = (line) => console.log(`${/* @__PURE__ */ new Date().toISOString()} ${line}`);
try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [, host, port] = /^(.+):(\d+)$/.exec(values.listen) ?? fail(`--listen is ${values.listen}: give an address and a port.`);
  if (positionals.length === 0) fail('No script is named after `--`.');
  const bridge = await startNotifyBridge({
    host,
    port: Number(port),
    command: positionals,
    scriptTimeout: milliseconds(values, 'script-timeout'),
    heartbeatPatience: milliseconds(values, 'heartbeat-patience'),
    log,
  });
  log(`listening on ${values.listen}`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void bridge.stop().then(() => process.exit(0)));
} catch (error) {
  console.error(`${error.message}

${usage}`);
  process.exitCode = 2;
}
function milliseconds(values, name) {
  const text = values[name];
  if (!/^\d{1,6}$/.test(text)) fail(`--${name} is ${text}: give whole seconds.`);
  return Number(text) * 1e3;
}
function fail(message) {
  throw new RangeError(message);
}
