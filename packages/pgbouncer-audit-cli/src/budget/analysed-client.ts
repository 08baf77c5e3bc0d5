import type { ClientFact } from '@pgbouncer-audit/core';
import type { ClientResult, PlaceResult } from '../result.ts';

/** A client of the code, as reports show it, with what the configuration is held against. */
export interface AnalysedClient {
  readonly shown: ClientResult;
  readonly fact: ClientFact;
  /** Where an option of it stands. */
  readonly placeOf: (range: readonly [number, number]) => PlaceResult;
}
