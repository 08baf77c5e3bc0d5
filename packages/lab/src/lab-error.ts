/** Something that the person who runs the lab can put right: what is missing or wrong, and what to do next. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
