import { families, hazards } from '@pgbouncer-audit/core';
import packageJson from '../package.json' with { type: 'json' };
import type { AuditResult, FindingResult } from './result.ts';

/** What a reader should know of the hazards that findings name, and of their families; both in the order of the taxonomy. */
export function describeHazards(findings: readonly Pick<FindingResult, 'hazard'>[]): Pick<AuditResult, 'hazards' | 'families'> {
  const named = new Set(findings.map(({ hazard }) => hazard));
  const described = hazards.filter(({ id }) => named.has(id));
  return {
    hazards: Object.fromEntries(
      described.map(({ id, title, family, taxonomy, failure, severity }) => [
        id,
        { title, family, url: hazardUrl(id), taxonomy, failure, severity },
      ]),
    ),
    families: Object.fromEntries(described.map(({ family }) => [family, families[family]])),
  };
}

/** The page of a hazard as the package of this very version has it. */
function hazardUrl(id: string): string {
  return `https://unpkg.com/${packageJson.name}@${packageJson.version}/docs/hazards/${id}.md`;
}
