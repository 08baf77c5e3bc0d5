import type { Place, Semantics, SourceFile } from '../../src/index.ts';
import { parse } from './parse.ts';

/** Several files in memory, and the answers about them. */
export interface Files {
  readonly semantics: Semantics;
  source(path: string): SourceFile;
}

/**
 * Files in memory, with a table for a resolver.
 *
 * @param codes by path
 * @param definitions where a name used in a file is declared: `{ 'use.ts db': 'client.ts pool' }` says that `db` in `use.ts` is the `pool`
 *   that `client.ts` declares; `default` stands for the expression behind `export default`
 */
export function files(codes: Readonly<Record<string, string>>, definitions: Readonly<Record<string, string>>): Files {
  const sources = new Map(Object.entries(codes).map(([path, code]) => [path, parse(code, path)]));
  const source = (path: string): SourceFile => {
    const found = sources.get(path);
    if (!found) throw new Error(`The test has no file ${path}`);
    return found;
  };
  const definition = (place: Place): Place | undefined => {
    const [path, name] = definitions[`${place.file} ${source(place.file).text.slice(...place.range)}`]?.split(' ') ?? [];
    return path === undefined || name === undefined ? undefined : declarationOf(source(path), name);
  };
  return {
    source,
    semantics: {
      definition,
      isFunction: () => false,
      references: () => [],
      type: () => undefined,
      source: (path) => sources.get(path),
      text: () => undefined,
    },
  };
}

function declarationOf({ path, text, ast }: SourceFile, name: string): Place {
  if (name === 'default') {
    const statement = ast.body.find(({ type }) => type === 'ExportDefaultDeclaration');
    if (statement?.type !== 'ExportDefaultDeclaration') throw new Error(`${path} has no default export`);
    return { file: path, range: statement.declaration.range };
  }
  const match = new RegExp(`\\b(?:const|let|function\\*?|class|enum|type|interface)\\s+(${name})\\b`, 'd').exec(text);
  if (!match) throw new Error(`${path} declares no ${name}`);
  return { file: path, range: match.indices![1]! };
}
