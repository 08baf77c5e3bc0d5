import type { TSESTree } from '@typescript-eslint/types';
import type { Range } from '../place.ts';
import { propertyName } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';

/** Methods of Kysely and Knex. */
const methods = /^for(NoKeyUpdate|KeyShare|Update|Share)$/;
/** What Drizzle's `.for()` takes. */
const strengths = /^(no key update|key share|update|share)$/;

/** Where a query builder's chain says that the rows it reads are locked. */
export function rowLockOf(chainEnd: TSESTree.Node): Range | undefined {
  let at = unwrap(chainEnd);
  while (at.type === 'CallExpression' || at.type === 'MemberExpression') {
    if (at.type === 'MemberExpression') {
      at = unwrap(at.object);
      continue;
    }
    const callee: TSESTree.Node = unwrap(at.callee);
    if (callee.type !== 'MemberExpression') return undefined;
    const name = propertyName(callee) ?? '';
    const [strength] = at.arguments;
    if (methods.test(name) || (name === 'for' && strength?.type === 'Literal' && strengths.test(String(strength.value))))
      return [callee.property.range[0], name === 'for' ? at.range[1] : callee.property.range[1]];
    at = unwrap(callee.object);
  }
  return undefined;
}
