import { run } from '../../src/cli.ts';

/** Runs the command line in this process. */
export async function command(cwd: string, ...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    cwd,
    env: {},
    stdout: { write: async (text) => void (stdout += text) },
    stderr: { write: async (text) => void (stderr += text) },
  });
  return { code, stdout, stderr };
}
