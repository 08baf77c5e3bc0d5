import { capabilityTable, type Cells } from './capability-table.ts';
import { isAtLeast } from './is-at-least.ts';
import type { PoolerProduct } from './profile.ts';

/**
 * What a product of a version can do, from the table.
 *
 * @param version `major.minor`; matters where the product is told apart by versions
 */
export function cellsOf(product: PoolerProduct, version: string): Cells {
  const own = capabilityTable.filter((row) => row.product === product);
  const [first, ...later] = own;
  const rows = [...(first ? [first] : []), ...later.filter(({ since }) => since === undefined || isAtLeast(version, since))];
  const inherited = own.some(({ isPgBouncer }) => isPgBouncer) ? cellsOf('pgbouncer', version) : {};
  // A test holds that every product has every cell.
  return Object.assign({}, inherited, ...rows.map(({ cells }) => cells)) as Cells;
}
