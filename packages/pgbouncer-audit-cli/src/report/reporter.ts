import type { Confidence } from '@pgbouncer-audit/core';
import type { AuditResult } from '../result.ts';

export interface ReportOptions {
  readonly color: boolean;
  /** Least confidence of the findings that are listed. */
  readonly minConfidence: Confidence;
  /** The quiet findings that are listed as well. */
  readonly show: ReadonlySet<'possible' | 'dependent'>;
}

/** Pure: the text of a report, with a line end at its end. */
export type Reporter = (result: AuditResult, options: ReportOptions) => string;
