import { analyseFile, defaultSetup, type FileAnalysis, nothingBeyondTheFile, type Semantics, type Setup } from '../../src/index.ts';
import { extract } from '../../src/sites/extract.ts';
import type { Handle, QuerySite, Site } from '../../src/sites/site.ts';
import type { SourceFile } from '../../src/source-file.ts';
import { newWorld, type World } from '../../src/world.ts';
import { parse } from './parse.ts';
import { setUpRules } from './set-up-rules.ts';

/** What a test says besides the code. */
export interface Given {
  readonly setup?: Partial<Setup>;
  readonly semantics?: Semantics;
  /** Versions of installed packages. */
  readonly installed?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export function worldOf({ setup, semantics, installed }: Given = {}): World {
  return newWorld({
    setup: { ...defaultSetup, ...setup },
    semantics: semantics ?? nothingBeyondTheFile,
    packageVersion: (name) => installed?.[name],
  });
}

/** Without the findings about how a pool is set up: a test that is about those asks for the finding by name. */
export function analyse(code: string | SourceFile, given: Given = {}): FileAnalysis {
  const analysis = analyseFile(typeof code === 'string' ? parse(code, given.path) : code, worldOf(given));
  return { ...analysis, findings: analysis.findings.filter(({ hazard }) => !setUpRules.has(hazard)) };
}

function sitesOf(code: string | SourceFile, given: Given = {}): readonly Site[] {
  return extract(typeof code === 'string' ? parse(code, given.path) : code, worldOf(given)).sites;
}

/** The findings of a code, each as `hazard: the words under the squiggle`. */
export function findingsOf(code: string, given: Given = {}): string[] {
  return analyse(code, given).findings.map(({ hazard, range }) => `${hazard}: ${code.slice(...range)}`);
}

export type Sighted = Pick<Handle, 'kind' | 'driver' | 'reach' | 'confidence'> & { readonly transaction: QuerySite['context']['state'] };

/** What is known of each place where a code sends `SET geqo = ..`, in the order of the source. */
export function probes(code: string | SourceFile, given: Given = {}): Sighted[] {
  return sitesOf(code, given)
    .filter(
      (site): site is QuerySite =>
        site.kind === 'query' && site.text.parts.some((part) => part.kind === 'constant' && /\bgeqo\b/.test(part.value)),
    )
    .sort((a, b) => a.range[0] - b.range[0])
    .map(({ handle: { kind, driver, reach, confidence }, context }) => ({ kind, driver, reach, confidence, transaction: context.state }));
}

/** The one place where a code sends `SET geqo = ..`; `undefined` where the engine takes it for no PostgreSQL client. */
export function probe(code: string | SourceFile, given: Given = {}): Sighted | undefined {
  const found = probes(code, given);
  if (found.length > 1) throw new Error(`${found.length} places send the probe, where the test means one`);
  return found[0];
}
