import { posix } from 'node:path';
import { walk } from '@pgbouncer-audit/core/walk';
import type { TSESTree } from '@typescript-eslint/types';
import { Lines } from '../lines.ts';
import { isParseFailure, parseSource } from '../parse-source.ts';
import { bare, keyName } from '../semantics/tree.ts';
import type { Setting, Workload } from './facts.ts';

/** What PM2 looks for when it is started without a file, and what is started with one. */
const ecosystemFile = /(?:^|\/)(?:[\w.-]*ecosystem[\w.-]*|pm2(?:\.config)?|pm2\.[\w.-]+|process)\.(?:[cm]?js|json)$/i;

export function isPm2File(file: string): boolean {
  return ecosystemFile.test(file) && !/(?:^|\/)process\.[cm]?js$/i.test(file);
}

/** How many processes an application gets that asks for one per CPU: PM2 writes `max`, 0 or less. */
export const perCpu = 'one per CPU';

/** The applications of an ecosystem file of PM2, JavaScript or JSON, read and not run. */
export function readPm2(file: string, text: string): readonly Workload[] {
  const isJson = file.endsWith('.json');
  const source = parseSource(isJson ? `${file}.js` : file, isJson ? `export default ${text}` : text);
  if (isParseFailure(source)) return [];
  const lines = new Lines(source.text);
  const found: Workload[] = [];
  walk(source.ast, (node) => {
    if (node.type !== 'Property' || keyName(node.key, node.computed) !== 'apps') return;
    const list = bare(node.value);
    if (list.type !== 'ArrayExpression') return;
    for (const element of list.elements) {
      const app = element && bare(element);
      if (app?.type === 'ObjectExpression') found.push(workload(app, file, lines));
    }
  });
  return found;
}

function workload(app: TSESTree.ObjectExpression, file: string, lines: Lines): Workload {
  const origin = (node: TSESTree.Node) => ({ file, line: lines.at(node.range[0]).line });
  const script = textOf(property(app, 'script'));
  const folder = folderOf(file, textOf(property(app, 'cwd')), script);
  const instances = property(app, 'instances');
  const count = instances && countOf(instances);
  const multipliers: Setting[] =
    instances && count !== undefined ? [{ name: 'PM2 instances', value: count, origin: origin(instances) }] : [];
  const name = textOf(property(app, 'name')) ?? (script === undefined ? 'app' : posix.basename(script).replace(/\.\w+$/, ''));
  return { name, origin: origin(app), ...(folder !== undefined && { folder }), multipliers };
}

/** The folder that a program belongs to: where it is started, or where its script was built from. */
function folderOf(file: string, cwd: string | undefined, script: string | undefined): string | undefined {
  const base = posix.join(posix.dirname(file), cwd ?? '.');
  const isTool = script === undefined || !script.includes('/') || script.includes('node_modules');
  const folder = isTool ? base : posix.join(base, posix.dirname(script)).replace(/(?:^|\/)(?:dist|build|out|lib|src|bin)(?:\/.*)?$/, '');
  if (posix.isAbsolute(folder) || folder.startsWith('..')) return undefined;
  return folder === '.' || folder === './' ? '' : folder.replace(/\/$/, '');
}

/** A number in digits, or `perCpu`; `undefined` where it is known only when the file runs. */
function countOf(node: TSESTree.Node): string | undefined {
  const value = bare(node);
  switch (value.type) {
    case 'Literal':
      if (value.value === 'max') return perCpu;
      return /^\d+$/.test(String(value.value)) ? (Number(value.value) > 0 ? String(value.value) : perCpu) : undefined;
    case 'UnaryExpression':
      return value.operator === '-' ? perCpu : undefined;
    case 'LogicalExpression':
      // `process.env.INSTANCES || 4`
      return countOf(value.right);
    case 'CallExpression':
      return value.callee.type === 'Identifier' && /^(?:Number|parseInt)$/.test(value.callee.name) && value.arguments[0]
        ? countOf(value.arguments[0])
        : undefined;
    default:
      return undefined;
  }
}

function property(object: TSESTree.ObjectExpression, name: string): TSESTree.Node | undefined {
  const found = object.properties.findLast((each) => each.type === 'Property' && keyName(each.key, each.computed) === name);
  return found?.type === 'Property' ? found.value : undefined;
}

function textOf(node: TSESTree.Node | undefined): string | undefined {
  const value = node && bare(node);
  return value?.type === 'Literal' && typeof value.value === 'string' && value.value !== '' ? value.value : undefined;
}
