import { isRelevantStatement, type SourceFile } from '@pgbouncer-audit/core';

/** A text of a file that may be SQL, with `$1` in the place of what is put into it. */
export interface TextInCode {
  readonly text: string;
  readonly offset: number;
}

/** A tree is walked with a stack of its own: bundles are nested deeper than a call stack bears. */
export function textsOf({ ast }: SourceFile): TextInCode[] {
  const found: TextInCode[] = [];
  const stack: unknown[] = [ast];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if (Array.isArray(node)) {
      stack.push(...(node as unknown[]));
      continue;
    }
    const { type, value, range, quasis } = node as {
      type?: string;
      value?: unknown;
      range?: readonly [number, number];
      quasis?: readonly { readonly value: { readonly cooked: string | null; readonly raw: string } }[];
    };
    if (type === 'Literal' && typeof value === 'string' && range) add(found, value, range[0]);
    if (type === 'TemplateLiteral' && quasis && range) {
      add(found, quasis.map(({ value: text }, index) => (index === 0 ? '' : `$${index}`) + (text.cooked ?? text.raw)).join(''), range[0]);
    }
    for (const [key, child] of Object.entries(node)) if (key !== 'parent' && key !== 'tokens' && key !== 'comments') stack.push(child);
  }
  return found.sort((a, b) => a.offset - b.offset);
}

/** English has the words of SQL, too: a command begins in upper case, or the text calls a function of PostgreSQL. */
const command =
  /(?:^|;)\s*(?:--[^\n]*\n\s*|\/\*[^]*?\*\/\s*)*(?:SET|RESET|LISTEN|UNLISTEN|LOAD|PREPARE|DISCARD|DECLARE|CREATE|BEGIN|DO|SELECT|WITH|LOCK|DEALLOCATE|EXECUTE)\b/;
const call = /\b(?:pg_(?:try_)?advisory_\w*lock\w*|set_config|currval|lastval)\s*\(/;

function add(found: TextInCode[], text: string, offset: number): void {
  if (text.length > 5 && text.length < 200_000 && isRelevantStatement(text) && (command.test(text) || call.test(text)))
    found.push({ text, offset });
}
