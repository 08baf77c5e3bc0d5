import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRunFolder, type RunFolder } from '../../lab/src/servers/run-folder.ts';
import { deadManSwitch } from '../src/notify/dead-man-switch.ts';
import { type NotifyBridge, startNotifyBridge } from '../src/notify/notify-bridge.ts';
import { notificationOf, readAlertGroup } from '../src/notify/notification.ts';
import type { ScriptCommand } from '../src/notify/run-script.ts';

let folder: RunFolder;
let lines: string[];
const bridges: NotifyBridge[] = [];

beforeAll(async () => {
  folder = await openRunFolder();
});
beforeEach(() => {
  lines = [];
});
afterAll(async () => {
  for (const bridge of bridges) await bridge.stop();
  await folder.remove();
});

/** A group of alerts as Alertmanager posts it. */
const group = (labels: Record<string, string>, annotations: Record<string, string> = {}, status: 'firing' | 'resolved' = 'firing') => ({
  version: '4',
  status,
  truncatedAlerts: 0,
  alerts: [
    { status, labels: { alertname: 'PgBouncerDown', severity: 'critical', ...labels }, annotations, startsAt: '2026-11-24T03:00:00Z' },
  ],
});

async function start(command: ScriptCommand, options: { scriptTimeout?: number; heartbeatPatience?: number } = {}) {
  const bridge = await startNotifyBridge({
    host: '127.0.0.1',
    port: 0,
    command,
    scriptTimeout: 10_000,
    heartbeatPatience: 0,
    log: (line) => lines.push(line),
    ...options,
  });
  bridges.push(bridge);
  return async (path: string, body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { status } = await fetch(`http://127.0.0.1:${bridge.port}${path}`, { method: 'POST', body: text });
    return status;
  };
}

/** A script that writes down its arguments, each ended by a NUL. */
async function recorder(name: string): Promise<{ script: string; record: string; told: () => Promise<string[]> }> {
  const record = await folder.file(`${name}.record`, '');
  const script = await folder.file(`${name}.sh`, `printf '%s\\0' "$@" >> ${record}\n`);
  return { script, record, told: async () => (await readFile(record, 'utf8')).split('\0').slice(0, -1) };
}

describe('the bridge', () => {
  it('hands the script status, severity, title and message', async () => {
    const { script, told } = await recorder('plain');
    const post = await start(['bash', script, '{status}', '{severity}', '{title}', '{message}']);
    const annotations = { summary: 'PgBouncer does not answer.', description: 'For a minute.', runbook_url: 'https://example.com/r' };
    expect(await post('/alerts', group({ instance: 'e:9127' }, annotations))).toBe(200);
    expect(await told()).toEqual([
      'firing',
      'critical',
      '[FIRING:1] PgBouncerDown: PgBouncer does not answer.',
      'FIRING PgBouncerDown (critical): PgBouncer does not answer.\nFor a minute.\ninstance=e:9127\nsince 2026-11-24T03:00:00Z\nrunbook: https://example.com/r',
    ]);
    expect(lines).toEqual(['sent [FIRING:1] PgBouncerDown: PgBouncer does not answer.']);
  });

  it.each([
    ['a command substitution', '$(touch INJECTED)'],
    ['backticks', '`touch INJECTED`'],
    ['a separator', '; touch INJECTED #'],
    ['quotes', `'; touch INJECTED; '"; touch INJECTED; "`],
    ['a line feed', 'x\ntouch INJECTED\n'],
    ['a function for the environment', '() { :; }; touch INJECTED'],
    ['an option', '--title=x -rf /'],
    ['a placeholder', '{message}{title}'],
    ['control characters', '\u0000\u001b[2J\u0007\u0085'],
    ['an array subscript', 'a[$(touch INJECTED)]'],
  ])('runs nothing that is in a label: %s', async (name, hostile) => {
    const { script, told } = await recorder(name.replaceAll(' ', '-'));
    const marked = hostile.replaceAll('INJECTED', join(folder.path, 'injected'));
    const post = await start(['bash', script, '{status}', '{severity}', '{title}', '{message}']);
    const everywhere = { alertname: marked, severity: marked, database: marked, [marked]: marked };
    expect(await post('/alerts', group(everywhere, { summary: marked, description: marked, runbook_url: marked }))).toBe(200);

    await expect(readFile(join(folder.path, 'injected'))).rejects.toThrow(/ENOENT/);
    const [status, severity, title, message, ...rest] = await told();
    expect({ status, severity, rest }, 'four arguments, the fixed ones untouched').toEqual({
      status: 'firing',
      severity: 'none',
      rest: [],
    });
    expect(title, 'begins with what the bridge says, so it is no option').toMatch(/^\[FIRING:1\] /);
    expect(title!.replace(/\P{Cc}/gu, '')).toBe('');
    expect(message!.split('\n').every((line) => line.replace(/\P{Cc}/gu, '') === '')).toBe(true);
    if (!/[\0\n]/.test(marked)) expect(message).toContain(marked);
  });

  it('lets the script read the JSON of Alertmanager from its standard input, and ignore it', async () => {
    const record = await folder.file('stdin.record', '');
    const reading = await start(['bash', await folder.file('reads.sh', `cat > ${record}\n`)]);
    const sent = group({ instance: 'e:9127' });
    expect(await reading('/alerts', sent)).toBe(200);
    expect(JSON.parse(await readFile(record, 'utf8'))).toEqual(sent);

    const ignoring = await start(['bash', await folder.file('ignores.sh', 'exec <&-\nexit 0\n')]);
    expect(await ignoring('/alerts', group({ padding: 'x'.repeat(500_000) }))).toBe(200);
  });

  it.each([
    ['fails', 'echo "chat said 500" >&2; exit 3', /exit code 3: chat said 500/],
    ['is killed', 'kill -9 $$', /ended with SIGKILL/],
    ['hangs', 'sleep 600', /ran for more than 0.3 seconds/],
  ])('answers 500, so that Alertmanager tries again, where the script %s', async (name, text, failure) => {
    const post = await start(['bash', await folder.file(`${name}.failing.sh`, text)], { scriptTimeout: 300 });
    expect(await post('/alerts', group({}))).toBe(500);
    expect(lines.join('\n')).toMatch(failure);
    expect(await post('/alerts', group({})), 'the next one is tried as well').toBe(500);
  });

  it('answers 500 where there is no script', async () => {
    const post = await start([join(folder.path, 'no-such-script')]);
    expect(await post('/alerts', group({}))).toBe(500);
    expect(lines.join('\n')).toMatch(/NOT SENT .*could not be started: .*ENOENT/);
  });

  it('ends what a script that hangs has started', async () => {
    const pidFile = join(folder.path, 'grandchild.pid');
    const post = await start(['bash', await folder.file('grandchild.sh', `sleep 600 & echo $! > ${pidFile}; wait`)], {
      scriptTimeout: 500,
    });
    expect(await post('/alerts', group({}))).toBe(500);
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect
      .poll(() =>
        readFile(`/proc/${pid}/stat`, 'utf8').then(
          (stat) => /\) (\w)/.exec(stat)![1],
          () => 'gone',
        ),
      )
      .toMatch(/gone|Z/);
  });

  it('tells one thing after the other, so that an end does not overtake its beginning', async () => {
    const { record, told } = await recorder('order');
    const slow = await folder.file('slow.sh', `[ "$1" = firing ] && sleep 0.3\nprintf '%s\\0' "$1" >> ${record}\n`);
    const post = await start(['bash', slow, '{status}']);
    await Promise.all([post('/alerts', group({})), post('/alerts', group({}, {}, 'resolved'))]);
    expect(await told()).toEqual(['firing', 'resolved']);
  });

  it.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['no alerts', { status: 'firing', alerts: [] }, 400],
    ['another status', { status: 'odd', alerts: [{}] }, 400],
    ['an alert that is none', { status: 'firing', alerts: [7] }, 400],
    ['more than a megabyte', 'x'.repeat(1_000_001), 413],
  ])('refuses %s, and runs nothing', async (_, body, status) => {
    const { script, told } = await recorder('refused');
    const post = await start(['bash', script, '{title}']);
    expect(await post('/alerts', body)).toBe(status);
    expect(await post('/elsewhere', body)).toBe(404);
    expect(await told()).toEqual([]);
  });
});

describe('a notification', () => {
  const alerts = (count: number) =>
    readAlertGroup({
      status: 'firing',
      truncatedAlerts: 7,
      alerts: Array.from({ length: count }, (_, index) => ({
        status: index === 0 ? 'resolved' : 'firing',
        labels: { alertname: 'PgBouncerPoolSaturated', severity: index === 1 ? 'critical' : 'warning', database: `db${index}` },
        annotations: { summary: `The pool of app on db${index} is full.`, description: 'd'.repeat(1000) },
        startsAt: '',
      })),
    });

  it('counts what fires, takes the worst severity, and tells each', () => {
    const { title, severity, message } = notificationOf(alerts(3));
    expect(title).toBe('[FIRING:2] PgBouncerPoolSaturated');
    expect(severity).toBe('critical');
    expect(message).toContain('RESOLVED PgBouncerPoolSaturated (warning): The pool of app on db0 is full.');
    expect(message).toContain('FIRING PgBouncerPoolSaturated (critical): The pool of app on db1 is full.');
    expect(message).toContain('7 more alerts were left off.');
  });

  it('is cut to what a chat takes', () => {
    const { message } = notificationOf(alerts(9));
    expect(message).toHaveLength(4000);
    expect(message).toMatch(/…$/);
  });
});

describe('the heartbeat', () => {
  it('is missed once, and its return is told once', async () => {
    const { script, told } = await recorder('heartbeat');
    const post = await start(['bash', script, '{status}', '{title}'], { heartbeatPatience: 400 });
    await expect.poll(told).toEqual(['firing', '[FIRING:1] AlertingSilent: no alert can arrive.']);
    await post('/heartbeat', '{}');
    await expect.poll(told).toHaveLength(4);
    expect((await told()).slice(2)).toEqual(['resolved', '[RESOLVED:1] AlertingSilent: the heartbeat is back.']);
  });

  it('keeps the switch quiet as long as it comes', async () => {
    const changes: string[] = [];
    const heartbeat = deadManSwitch(5000, (state) => changes.push(state));
    for (let beats = 0; beats < 3; beats++) heartbeat.beat();
    heartbeat.stop();
    expect(changes).toEqual([]);
  });
});
