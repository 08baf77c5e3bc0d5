import { execFileSync } from 'node:child_process';
import { LabError } from '../lab-error.ts';
import type { Program } from './unpacked-program.ts';

/** An account that may run servers. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that servers run under: PostgreSQL and PgBouncer both refuse to run as root, so root lends them another.
 *
 * @throws LabError where this is root and no account without privileges exists
 */
export function serverAccount(): ServerAccount {
  const own = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (own.uid !== 0) return own;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such account; the next one may exist.
    }
  }
  throw new LabError(
    'Servers do not run as root, and this machine has neither an account "postgres" nor "nobody": run the lab as another user.',
  );
}

/**
 * The same program, run under `account`, and ended by the kernel when the process that started it ends, however that happens.
 *
 * @param signal what the kernel sends, such as `KILL`
 */
export function lentTo(account: ServerAccount, program: Program, signal: string): Program {
  const change = process.getuid?.() === 0 ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  return { command: 'setpriv', args: [...change, `--pdeathsig=${signal}`, '--', program.command, ...program.args] };
}
