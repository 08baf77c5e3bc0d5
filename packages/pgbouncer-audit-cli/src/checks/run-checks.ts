import type { FindingResult } from '../result.ts';
import type { CheckInput } from './check.ts';
import { checks } from './index.ts';
import type { CheckPresenter } from './check-presenter.ts';

/** Everything that the checks say, as findings like those in the code. */
export function runChecks(input: CheckInput, presenter: CheckPresenter): FindingResult[] {
  return checks.flatMap((check) => [...check.judge(input)].map((verdict) => presenter.finding(check, verdict)));
}
