import { run } from '../../src/cli.ts';

/** Runs the command line in this process. */
export async function command(cwd: string, ...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    cwd,
    env: {},
    stdout: { write: (text) => Promise.resolve(void (stdout += text)) },
    stderr: { write: (text) => Promise.resolve(void (stderr += text)) },
  });
  return { code, stdout, stderr };
}
