import { expect } from 'vitest';
import { run } from '../../src/cli.ts';
import { problemsOf } from './schema.ts';

/** Runs the command line in this process. A JSON report that it prints has to be valid. */
export function command(cwd: string, ...args: readonly string[]) {
  return commandWith({}, cwd, ...args);
}

/** The same, with variables of the environment. */
export async function commandWith(env: Readonly<Record<string, string>>, cwd: string, ...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    cwd,
    env,
    stdout: { write: (text) => Promise.resolve(void (stdout += text)) },
    stderr: { write: (text) => Promise.resolve(void (stderr += text)) },
  });
  if (stdout.startsWith('{\n  "schemaVersion"')) expect(problemsOf(JSON.parse(stdout))).toEqual([]);
  return { code, stdout, stderr };
}
