import { families, hazards } from '@pgbouncer-audit/core';
import packageJson from '../package.json' with { type: 'json' };
import { checks } from './checks/index.ts';
import type { AuditResult, FindingResult } from './result.ts';

/** What a reader should know of the hazards that findings name, and of their families; both in the order of the taxonomy. */
export function describeHazards(findings: readonly Pick<FindingResult, 'hazard'>[]): Pick<AuditResult, 'hazards' | 'families'> {
  const named = new Set(findings.map(({ hazard }) => hazard));
  const described = [
    ...hazards.map((hazard) => ({ ...hazard, folder: 'hazards' })),
    ...checks.map((check) => ({ ...check, family: 'deployment' as const, folder: 'configuration-checks' })),
  ].filter(({ id }) => named.has(id));
  return {
    hazards: Object.fromEntries(
      described.map(({ id, title, family, taxonomy, failure, severity, folder }) => [
        id,
        { title, family, url: pageUrl(folder, id), taxonomy, failure, severity },
      ]),
    ),
    families: Object.fromEntries(described.map(({ family }) => [family, families[family]])),
  };
}

/** The page of a hazard or of a check as the package of this very version has it. */
function pageUrl(folder: string, id: string): string {
  return `https://unpkg.com/${packageJson.name}@${packageJson.version}/docs/${folder}/${id}.md`;
}
