import type { Hazard } from '../hazard.ts';

/** Every hazard, in the order of the taxonomy. */
export const hazards: readonly Hazard[] = [];
