import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** The documents of a YAML file, with the lines of their nodes. */
export interface YamlFile {
  readonly documents: readonly Document[];
  /** From 1. */
  lineOf(node: unknown): number;
}

/**
 * Parses YAML. A document with an error is left out: templates of Helm and Jinja are no YAML, and what a broken file says is not known.
 *
 * @returns the first error where there is one
 */
export function parseYaml(text: string): YamlFile & { readonly error?: string } {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, merge: true, strict: false, logLevel: 'silent' });
  const all: readonly Document[] = 'empty' in parsed ? [] : parsed;
  const documents = all.filter(({ errors }) => errors.length === 0);
  const error = all.flatMap(({ errors }) => errors)[0]?.message.split('\n')[0];
  return {
    documents,
    lineOf: (node) => {
      const range = (node as { range?: readonly number[] | null } | undefined | null)?.range;
      return range ? lineCounter.linePos(range[0]!).line : 1;
    },
    ...(error !== undefined && { error }),
  };
}

/** The value behind a path of keys, aliases resolved; `undefined` where there is none. */
export function nodeAt(document: Document, from: unknown, path: readonly string[]): unknown {
  let at = resolved(document, from);
  for (const key of path) {
    if (!isMap(at)) return undefined;
    at = resolved(document, at.get(key, true));
  }
  return at;
}

/** What an alias stands for; anything else is itself. */
export function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** The entries of a map whose keys are scalars: the key's text, its node, and its value. */
export function entriesOf(document: Document, node: unknown): { key: string; keyNode: unknown; value: unknown }[] {
  const map = resolved(document, node);
  if (!isMap(map)) return [];
  return map.items.flatMap(({ key, value }) =>
    isScalar(key) ? [{ key: String(key.value), keyNode: key, value: resolved(document, value) }] : [],
  );
}

export function itemsOf(document: Document, node: unknown): unknown[] {
  const list = resolved(document, node);
  return isSeq(list) ? list.items.map((item) => resolved(document, item)) : [];
}

/** A text, a number or a truth value as it is written; nothing for anything else. */
export function scalarText(node: unknown): string | undefined {
  const value = isScalar(node) ? node.value : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
