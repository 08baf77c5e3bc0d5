import { spawnSync } from 'node:child_process';
import { UsageError } from '../errors.ts';

/** The most that git may say: an index of a million files, or the blobs of a commit. */
const maxOutput = 1_000_000_000;

/** Asks git about one repository. The variables that a hook is run with (`GIT_DIR`, `GIT_INDEX_FILE`) hold. */
export class Git {
  readonly #root: string;
  /** The option that needs git, for messages. */
  readonly #why: string;

  constructor(root: string, why: string) {
    this.#root = root;
    this.#why = why;
  }

  /**
   * @param problem what to tell the user when git refuses; by default its own first line
   * @throws UsageError
   */
  ask(args: readonly string[], options: { readonly input?: string; readonly problem?: string } = {}): Buffer {
    const { status, stdout, stderr, error } = spawnSync('git', ['-c', 'core.quotePath=false', ...args], {
      cwd: this.#root,
      maxBuffer: maxOutput,
      ...(options.input !== undefined && { input: options.input }),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    if (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new UsageError(`${this.#why} needs git${missing ? ', which is not installed' : `: ${error.message}`}.`);
    }
    if (status === 0) return stdout;
    const said = stderr
      .toString()
      .split('\n')[0]!
      .replace(/^(?:fatal|error): /, '')
      .replace(/\.$/, '');
    throw new UsageError(options.problem ?? `${this.#why} needs what git does not give: ${said || `exit code ${status}`}.`);
  }

  /** What git says in a list of texts with a NUL behind each. */
  list(args: readonly string[]): string[] {
    return this.ask(args).toString().split('\0').slice(0, -1);
  }
}
