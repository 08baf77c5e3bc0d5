import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Proof } from '../proof/proof.ts';
import { formatted } from '../results/formatted.ts';
import type { Results } from '../results/results.ts';
import { compatibilityFile, compatibilityPage } from './compatibility-page.ts';
import { hazardSection } from './hazard-section.ts';

/** A page, or a page with a section, that is written from the results. */
export interface LabPage {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Every page that the results go into, as it should be: the table of everything, and the page of each hazard. */
export async function labPages(proofs: readonly Proof[], results: Results): Promise<LabPage[]> {
  const pages = proofs
    .map((proof) => ({ proof, path: fileURLToPath(new URL(`../../../../docs/hazards/${proof.hazard}.md`, import.meta.url)) }))
    .filter(({ path }) => existsSync(path));
  return [
    { path: compatibilityFile, text: await compatibilityPage(proofs, results) },
    ...(await Promise.all(
      pages.map(async ({ proof, path }) => ({
        path,
        text: await formatted(path, withSection(await readFile(path, 'utf8'), hazardSection(proof, results).join('\n'))),
      })),
    )),
  ];
}

const begin = '<!-- results:begin -->';
const end = '<!-- results:end -->';
const writtenBy = '<!-- Written from packages/lab/results.json by `pnpm --filter @pgbouncer-audit/lab compatibility`. -->';

/** A page with the section between its markers; a page that has none gets it before the section that it belongs to. */
export function withSection(page: string, section: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  const text = `${begin}\n\n${writtenBy}\n\n${section}\n\n${end}`;
  if (from >= 0 && to > from) return page.slice(0, from) + text + page.slice(to + end.length);
  const follows = page.search(/^## By pooler and version$/m);
  if (follows < 0) return `${page.trimEnd()}\n\n${text}\n`;
  return `${page.slice(0, follows)}${text}\n\n${page.slice(follows)}`;
}
