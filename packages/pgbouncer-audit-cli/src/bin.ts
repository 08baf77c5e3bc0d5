#!/usr/bin/env node
// From a checkout, without a build: node --import tsx packages/pgbouncer-audit-cli/src/bin.ts PATH --format json
import { run } from './cli.ts';

function output(stream: NodeJS.WriteStream) {
  return {
    isTTY: stream.isTTY,
    write: (text: string) => new Promise<void>((resolve) => void stream.write(text, () => resolve())),
  };
}

// A reader that has seen enough (`| head`) closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

void run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: output(process.stdout),
  stderr: output(process.stderr),
}).then((code) => (process.exitCode = code));
