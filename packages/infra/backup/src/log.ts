import type { Redact } from './redact.ts';

/** Where the program says what it does: one line for each thing, on standard error, without secrets. */
export interface Log {
  say(line: string): void;
  warn(line: string): void;
  /** Replaces the line that it showed last, on a terminal; elsewhere nothing. `undefined` takes the line away. */
  progress(line: string | undefined): void;
}

/** @param out standard error */
export function openLog(out: NodeJS.WriteStream, redact: Redact): Log {
  const clear = () => (out.isTTY ? '\r\u001b[K' : '');
  const write = (line: string) => void out.write(`${clear()}${new Date().toISOString()} ${redact(line)}\n`);
  return {
    say: write,
    warn: (line) => write(`WARNING ${line}`),
    progress: (line) => {
      if (out.isTTY) out.write(`${clear()}${line === undefined ? '' : redact(line).slice(0, (out.columns || 80) - 1)}`);
    },
  };
}
