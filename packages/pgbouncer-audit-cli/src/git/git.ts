import { execFile, type ExecFileException } from 'node:child_process';
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
  ask(args: readonly string[], options: { readonly input?: string; readonly problem?: string } = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        'git',
        ['-c', 'core.quotePath=false', ...args],
        { cwd: this.#root, maxBuffer: maxOutput, encoding: 'buffer' },
        (error, stdout, stderr) => (error ? reject(new UsageError(options.problem ?? this.#problemOf(error, stderr))) : resolve(stdout)),
      );
      // A git that ends before it has read its input says why on its standard error.
      child.stdin?.on('error', () => {});
      child.stdin?.end(options.input);
    });
  }

  /** What git says in a list of texts with a NUL behind each. */
  async list(args: readonly string[]): Promise<string[]> {
    return (await this.ask(args)).toString().split('\0').slice(0, -1);
  }

  #problemOf({ code, message }: ExecFileException, stderr: Buffer): string {
    if (code === 'ENOENT') return `${this.#why} needs git, which is not installed.`;
    if (typeof code === 'string') return `${this.#why} needs git: ${message}.`;
    const said = stderr
      .toString()
      .split('\n')[0]!
      .replace(/^(?:fatal|error): /, '')
      .replace(/\.$/, '');
    return `${this.#why} needs what git does not give: ${said || `exit code ${code}`}.`;
  }
}
