import { spawn } from 'node:child_process';
import type { Notification } from './notification.ts';

/** A program and its arguments; `{status}`, `{severity}`, `{title}` and `{message}` stand for what it is told. */
export type ScriptCommand = readonly [program: string, ...args: string[]];

/** What a run of the script came to; `failure` says why, where it did. */
export interface ScriptOutcome {
  readonly failure?: string;
}

/**
 * Runs a notification script. No shell reads what it is told: an argument is handed over as it is, whatever characters it holds.
 *
 * @param input is written to its standard input, which it need not read
 * @param timeout in milliseconds; whoever runs for longer is killed, with what it started
 */
export function runScript(
  [program, ...args]: ScriptCommand,
  notification: Notification,
  input: string,
  timeout: number,
): Promise<ScriptOutcome> {
  return new Promise((resolve) => {
    // A process group of its own, so that a curl that hangs is ended with it.
    const child = spawn(program, args.map(filledWith(notification)), { stdio: ['pipe', 'inherit', 'pipe'], detached: true });
    let complaints = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      endGroup(child.pid);
    }, timeout);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      complaints = (complaints + text).slice(-500);
    });
    // It may end before it has read everything.
    child.stdin.on('error', () => undefined).end(input);
    const settle = (outcome: ScriptOutcome) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    child.once('error', ({ message }) => settle({ failure: `${program} could not be started: ${message}` }));
    child.once('exit', (code, signal) => {
      if (late) settle({ failure: `${program} was ended: it ran for more than ${timeout / 1000} seconds` });
      else if (code === 0) settle({});
      else settle({ failure: `${program} ended with ${code === null ? signal! : `exit code ${code}`}: ${complaints.trim()}` });
    });
  });
}

function filledWith(notification: Notification): (argument: string) => string {
  return (argument) => argument.replace(/\{(status|severity|title|message)\}/g, (_, name: keyof Notification) => notification[name]);
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
