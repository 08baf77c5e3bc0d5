import type { Severity } from '@pgbouncer-audit/core';
import { isQuiet, listedFindings } from './findings.ts';
import { jsonText } from './json-text.ts';
import { printable } from './printable.ts';
import type { Reporter } from './reporter.ts';
import { dependsDetail } from './words.ts';

const severities: Readonly<Record<Severity, string>> = { error: 'blocker', warning: 'major', info: 'minor' };

/** A Code Quality report of GitLab, which shows it in the merge request. A quiet finding is of the lowest severity. */
export const gitlab: Reporter = (result, options) =>
  jsonText(
    listedFindings(result, options).map((finding) => ({
      description: printable(finding.message + (finding.dependsOn ? ` ${dependsDetail(finding.dependsOn)}` : '')),
      check_name: finding.hazard,
      fingerprint: finding.fingerprint,
      severity: isQuiet(finding) ? 'info' : severities[finding.severity],
      location: {
        path: finding.file,
        positions: {
          begin: { line: finding.line, column: finding.column },
          end: { line: finding.endLine, column: finding.endColumn },
        },
      },
    })),
  );
