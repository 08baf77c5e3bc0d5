/** The benchmark cannot run, for a reason that its user can mend. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}
