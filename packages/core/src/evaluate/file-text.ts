import type { TSESTree } from '@typescript-eslint/types';
import type { Semantics } from '../semantics.ts';
import { unwrap, unwrapAwait } from '../syntax/unwrap.ts';
import { exportOf, type Located, meaningOf } from './meaning.ts';

/** A path, and what it starts from: the folder of the file that names it, or the one that the program is started in. */
interface FilePath {
  readonly from: 'file' | 'working folder';
  readonly path: string;
}

/** The text of the file that a call reads: `readFileSync('setup.sql', 'utf8')`, `await readFile(new URL('./setup.sql', import.meta.url))`. */
export function textReadBy(at: Located<TSESTree.CallExpression>, semantics: Semantics): string | undefined {
  const exported = exportOf(at.node.callee, at.file, semantics);
  if (!exported || !/^(?:node:)?fs(?:\/promises)?$/.test(exported.module) || !/(?:^|\.)readFile(?:Sync)?$/.test(exported.name))
    return undefined;
  const [path] = at.node.arguments;
  return path && textOfFile({ node: path, file: at.file }, semantics);
}

/** The text of the file that a path leads to, where the front end sees it. */
export function textOfFile(at: Located, semantics: Semantics): string | undefined {
  const found = pathOf(at, semantics);
  return found && semantics.text({ file: at.file.path, from: found.from, path: found.path });
}

function pathOf(at: Located, semantics: Semantics, depth = 0): FilePath | undefined {
  const node = unwrapAwait(at.node);
  const again = (next: TSESTree.Node): FilePath | undefined =>
    depth > 6 ? undefined : pathOf({ node: next, file: at.file }, semantics, depth + 1);
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? { from: 'working folder', path: node.value } : undefined;
    case 'TemplateLiteral': {
      const [first] = node.expressions;
      if (!first) return { from: 'working folder', path: node.quasis[0]!.value.cooked ?? '' };
      const start = node.expressions.length === 1 && node.quasis[0]!.value.raw === '' ? again(first) : undefined;
      return start && { ...start, path: `${start.path}/${node.quasis[1]!.value.cooked}` };
    }
    case 'NewExpression': {
      const [path, base] = node.arguments;
      const isHere = base && at.file.text.slice(base.range[0], base.range[1]) === 'import.meta.url';
      const found = isHere && path && node.callee.type === 'Identifier' && node.callee.name === 'URL' ? again(path) : undefined;
      return found && { from: 'file', path: found.path };
    }
    case 'CallExpression':
      return joined(node, at.file, semantics, again);
    case 'Identifier': {
      if (node.name === '__dirname') return { from: 'file', path: '.' };
      const meaning = meaningOf(node, at.file, semantics);
      return meaning?.kind === 'value' && meaning.path.length === 0 && meaning.file === at.file ? again(meaning.node) : undefined;
    }
    case 'MemberExpression':
      return at.file.text.slice(node.range[0], node.range[1]) === 'import.meta.dirname' ? { from: 'file', path: '.' } : undefined;
    default:
      return undefined;
  }
}

/** `join(__dirname, 'sql', 'setup.sql')`, `fileURLToPath(new URL(..))`, `process.cwd()`. */
function joined(
  node: TSESTree.CallExpression,
  file: Located['file'],
  semantics: Semantics,
  again: (node: TSESTree.Node) => FilePath | undefined,
): FilePath | undefined {
  if (file.text.slice(node.range[0], node.range[1]) === 'process.cwd()') return { from: 'working folder', path: '.' };
  const exported = exportOf(node.callee, file, semantics);
  const [first, ...rest] = node.arguments.map((argument) => again(unwrap(argument)));
  if (!exported || !first) return undefined;
  if (/^(?:node:)?url$/.test(exported.module) && exported.name.endsWith('fileURLToPath')) return first;
  if (!/^(?:node:)?path(?:\/posix)?$/.test(exported.module) || rest.includes(undefined)) return undefined;
  const name = exported.name.split('.').at(-1);
  // Of the module's own path: `dirname(fileURLToPath(import.meta.url))`.
  if (name === 'dirname') return undefined;
  return name === 'join' || name === 'resolve' ? { ...first, path: [first, ...rest].map((part) => part!.path).join('/') } : undefined;
}
