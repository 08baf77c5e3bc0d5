/** A mistake of the user: in the arguments, the configuration or a file it names. Shown without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
