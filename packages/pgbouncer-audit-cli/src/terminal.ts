/** What the command line talks to; the process in earnest, buffers in a test. */
export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
}

export interface Output {
  readonly isTTY?: boolean;
  /** Resolves when everything is written: a pipe may be slower than the program. */
  write(text: string): Promise<void>;
}
