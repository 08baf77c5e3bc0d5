import { parseArgs } from 'node:util';
import { startNotifyBridge } from '../notify/notify-bridge.ts';
import type { ScriptCommand } from '../notify/run-script.ts';

// Bundled into monitoring/notify/notify-bridge.mjs, which runs in a container that holds Node and nothing of this repository.
const usage = `Runs a script for each notification of Alertmanager.

  notify-bridge [--listen 0.0.0.0:9911] [--script-timeout 30] [--heartbeat-patience 900] -- program argument ...

{status}, {severity}, {title} and {message} in an argument stand for what the script is told; the webhook's JSON is on its standard input.
Times are in seconds. Without a heartbeat (POST /heartbeat) for as long as --heartbeat-patience the script is told so; 0 waits for none.`;

const options = {
  listen: { type: 'string', default: '0.0.0.0:9911' },
  'script-timeout': { type: 'string', default: '30' },
  'heartbeat-patience': { type: 'string', default: '900' },
} as const;

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);

try {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [, host, port] = /^(.+):(\d+)$/.exec(values.listen) ?? fail(`--listen is ${values.listen}: give an address and a port.`);
  if (positionals.length === 0) fail('No script is named after `--`.');
  const bridge = await startNotifyBridge({
    host: host!,
    port: Number(port),
    command: positionals as unknown as ScriptCommand,
    scriptTimeout: milliseconds(values, 'script-timeout'),
    heartbeatPatience: milliseconds(values, 'heartbeat-patience'),
    log,
  });
  log(`listening on ${values.listen}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void bridge.stop().then(() => process.exit(0)));
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}

function milliseconds(values: Readonly<Record<string, string>>, name: string): number {
  const text = values[name]!;
  if (!/^\d{1,6}$/.test(text)) fail(`--${name} is ${text}: give whole seconds.`);
  return Number(text) * 1000;
}

function fail(message: string): never {
  throw new RangeError(message);
}
