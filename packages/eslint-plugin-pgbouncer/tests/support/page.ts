import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const pagesFolder = join(import.meta.dirname, '../../../../docs/hazards');

/** The page of a hazard, as far as a test reads it. */
export interface Page {
  /** In their order. */
  readonly headings: readonly string[];
  /** The code blocks under a heading of the second level. */
  blocksUnder(heading: string): readonly CodeBlock[];
  /** Targets of the links to other files. */
  readonly links: readonly string[];
}

export interface CodeBlock {
  readonly code: string;
  /** 1-based, in the page. */
  readonly line: number;
}

/** @throws Error when a hazard has no page */
export function readPage(hazard: string): Page {
  const lines = readFileSync(join(pagesFolder, `${hazard}.md`), 'utf8').split('\n');
  const headings: string[] = [];
  const blocks: { readonly heading: string; readonly line: number; readonly code: string[] }[] = [];
  let open = false;
  lines.forEach((text, index) => {
    if (text.startsWith('```')) {
      open = !open;
      if (open) blocks.push({ heading: headings.at(-1) ?? '', line: index + 2, code: [] });
    } else if (open) blocks.at(-1)!.code.push(text);
    else if (text.startsWith('## ')) headings.push(text.slice(3));
  });
  return {
    headings,
    blocksUnder: (heading) =>
      blocks.filter((block) => block.heading === heading).map(({ code, line }) => ({ code: code.join('\n'), line })),
    links: [...lines.join('\n').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target!),
  };
}
