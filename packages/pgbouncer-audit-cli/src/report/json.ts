import { jsonText } from './json-text.ts';
import type { Reporter } from './reporter.ts';

/** The result itself: every finding, whatever its confidence. docs/json-format.md describes it. */
export const json: Reporter = (result) => jsonText(result);
