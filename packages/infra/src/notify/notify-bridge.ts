import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deadManSwitch } from './dead-man-switch.ts';
import { type Notification, notificationOf, readAlertGroup } from './notification.ts';
import { runScript, type ScriptCommand, type ScriptOutcome } from './run-script.ts';

export interface NotifyBridgeOptions {
  readonly host: string;
  readonly port: number;
  readonly command: ScriptCommand;
  /** How long the script may run, in milliseconds. */
  readonly scriptTimeout: number;
  /** For how long no heartbeat may come before the script is told so, in milliseconds; 0 waits for none. */
  readonly heartbeatPatience: number;
  /** Takes the lines of the log. */
  readonly log: (line: string) => void;
}

export interface NotifyBridge {
  readonly port: number;
  stop(): Promise<void>;
}

/** Alertmanager groups alerts, and cuts groups that grow beyond `max_alerts`: more than this is something else. */
const largestBody = 1_000_000;

const silence: Notification = {
  status: 'firing',
  severity: 'critical',
  title: '[FIRING:1] AlertingSilent: no alert can arrive.',
  message:
    'The heartbeat of Prometheus (alert Watchdog) no longer comes through Alertmanager. One of them is down, or its configuration lost the rule or ' +
    'the route. Until it is back, nothing else is noticed.',
};

const silenceEnded: Notification = {
  ...silence,
  status: 'resolved',
  title: '[RESOLVED:1] AlertingSilent: the heartbeat is back.',
  message: 'The heartbeat of Prometheus comes through Alertmanager again.',
};

/**
 * Listens for Alertmanager's webhook and runs a script for each notification, one after the other, so that a `resolved` never overtakes its `firing`.
 *
 * - `POST /alerts`: 200 once the script succeeded. 500 where it failed, so that Alertmanager tries again and counts the failure.
 * - `POST /heartbeat`: the alert that always fires. When it stays away, the script is told.
 * - `GET /healthy`
 *
 * @throws Error where the port cannot be had
 */
export async function startNotifyBridge(options: NotifyBridgeOptions): Promise<NotifyBridge> {
  const { command, scriptTimeout, heartbeatPatience, log } = options;
  let last: Promise<unknown> = Promise.resolve();
  const notify = (notification: Notification, input: string): Promise<ScriptOutcome> => {
    const run = last.then(async () => {
      const outcome = await runScript(command, notification, input, scriptTimeout);
      log(outcome.failure === undefined ? `sent ${notification.title}` : `NOT SENT ${notification.title}: ${outcome.failure}`);
      return outcome;
    });
    last = run.catch(() => undefined);
    return run;
  };
  const heartbeat =
    heartbeatPatience > 0
      ? deadManSwitch(heartbeatPatience, (state) => void notify(state === 'silent' ? silence : silenceEnded, '{}'))
      : undefined;

  const routes: Readonly<Record<string, (request: IncomingMessage) => Promise<Answer>>> = {
    'POST /alerts': async (request) => {
      const body = await bodyOf(request);
      if (body === undefined) return { status: 413, text: 'The body is too large.' };
      let notification: Notification;
      try {
        notification = notificationOf(readAlertGroup(JSON.parse(body)));
      } catch (error) {
        return { status: 400, text: (error as Error).message };
      }
      const { failure } = await notify(notification, body);
      return failure === undefined ? ok : { status: 500, text: failure };
    },
    'POST /heartbeat': async (request) => {
      if ((await bodyOf(request)) === undefined) return { status: 413, text: 'The body is too large.' };
      heartbeat?.beat();
      return ok;
    },
    'GET /healthy': () => Promise.resolve(ok),
  };

  const server = createServer((request, response) => {
    const route = routes[`${request.method ?? ''} ${request.url ?? ''}`];
    if (!route) return answer(response, { status: 404, text: 'There is POST /alerts, POST /heartbeat and GET /healthy.' });
    // A client that is gone gets no answer.
    route(request).then(
      (result) => answer(response, result),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      heartbeat?.stop();
      server.close();
      server.closeIdleConnections();
      await last;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const ok: Answer = { status: 200, text: 'ok' };

function answer(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

/** The body as text; undefined where it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
  }
  return size <= largestBody ? Buffer.concat(chunks).toString('utf8') : undefined;
}
