import type { TSESTree } from '@typescript-eslint/types';
import type { Edit } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';

/**
 * The edit that gives one more option to a call whose options are written in it, or that takes only a connection string so far.
 *
 * @param option as it is to be written: `prepare: false`
 * @returns `undefined` where the call has another shape: its options may come from anywhere
 */
export function addOption(call: TSESTree.CallExpression | TSESTree.NewExpression, option: string, { text }: SourceFile): Edit | undefined {
  const [first, second] = call.arguments;
  const last = second ?? first;
  if (!last || call.arguments.length > 2 || last.type === 'SpreadElement' || first?.type === 'SpreadElement') return undefined;
  if (last.type === 'ObjectExpression') {
    // A spread may bring the option, too, and the last one holds.
    if (last.properties.some(({ type }) => type === 'SpreadElement')) return undefined;
    const at = last.range[0] + 1;
    return { range: [at, at], text: last.properties.length > 0 ? ` ${option},` : ` ${option} ` };
  }
  // Nothing stands behind the argument, no bracket around it either.
  if (second || !/^\s*,?\s*\)$/.test(text.slice(last.range[1], call.range[1]))) return undefined;
  return { range: [last.range[1], last.range[1]], text: `, { ${option} }` };
}

/**
 * The edit that takes a property out of the object that it is written in.
 *
 * @param value the value of the property
 * @returns `undefined` where the property is all that there is, its value does something, or a comment stands beside it
 */
export function removeProperty(value: TSESTree.Node, { text }: SourceFile): Edit | undefined {
  const property = value.parent;
  if (value.type !== 'Literal' || property?.type !== 'Property' || property.parent.type !== 'ObjectExpression') return undefined;
  const { properties } = property.parent;
  const index = properties.indexOf(property);
  const next = properties[index + 1];
  const before = properties[index - 1];
  if (!next && !before) return undefined;
  const range = next ? ([property.range[0], next.range[0]] as const) : ([before!.range[1], property.range[1]] as const);
  const beside = next ? text.slice(property.range[1], next.range[0]) : text.slice(before!.range[1], property.range[0]);
  return /^\s*,\s*$/.test(beside) ? { range: [range[0], range[1]], text: '' } : undefined;
}
