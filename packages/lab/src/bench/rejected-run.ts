/** The harness did not manage to bring about what an experiment is about, so its outcome would mean nothing. */
export class RejectedRun extends Error {
  override readonly name = 'RejectedRun';
}
