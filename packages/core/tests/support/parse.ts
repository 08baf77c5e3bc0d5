import { analyze } from '@typescript-eslint/scope-manager';
import type { TSESTree } from '@typescript-eslint/types';
import { parseSync } from 'oxc-parser';
import type { SourceFile } from '../../src/index.ts';

/**
 * One source text as the front ends hand it to the engine.
 *
 * @throws Error for a text that does not parse: a test must not pass because its code was never read
 */
export function parse(text: string, path = '/app/src/code.ts'): SourceFile {
  const lang = path.endsWith('x') ? 'tsx' : 'ts';
  const { program, errors } = parseSync(path, text, { lang, sourceType: 'module', astType: 'ts', range: true, preserveParens: false });
  const [error] = errors;
  if (error) throw new Error(`${error.message} in:\n${text.slice(0, 500)}`);
  const ast = program as unknown as TSESTree.Program;
  linkParents(ast);
  return { path, text, ast, scopes: analyze(ast, { sourceType: 'module', lib: [] }) };
}

function linkParents(program: TSESTree.Program): void {
  const open: object[] = [program];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'parent') continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type !== 'string') continue;
        child.parent = node;
        open.push(child);
      }
    }
  }
}
