import { type Capability, type CapabilityRow, capabilityTable, type Cell, type Cells } from './capability-table.ts';
import { isAtLeast } from './is-at-least.ts';
import type { PoolerProduct } from './profile.ts';

/**
 * What a product of a version can do, from the table.
 *
 * @param version `major.minor`; matters where the product is told apart by versions
 */
export function cellsOf(product: PoolerProduct, version: string): Cells {
  const rows = [...rowsOf(product, version, () => true)].reverse();
  // A test holds that every product has every cell.
  return Object.assign({}, ...rows.map(({ cells }) => cells)) as Cells;
}

/** One of these cells. Hazards ask for thousands, so that no more rows are looked at than have it. */
export function cellOf<K extends Capability>(product: PoolerProduct, version: string, capability: K): Cell<K> {
  for (const { cells } of rowsOf(product, version, (row) => capability in row.cells)) return cells[capability] as Cell<K>;
  throw new Error(`No row of the capability table says ${capability} of ${product}.`);
}

/** The rows that hold for a product, the one that counts most first. */
function* rowsOf(product: PoolerProduct, version: string, isAsked: (row: CapabilityRow) => boolean): Generator<CapabilityRow> {
  const own = capabilityTable.filter((row) => row.product === product);
  for (const [at, row] of [...own.entries()].reverse()) {
    if (isAsked(row) && (at === 0 || row.since === undefined || isAtLeast(version, row.since))) yield row;
  }
  if (own.some(({ isPgBouncer }) => isPgBouncer)) yield* rowsOf('pgbouncer', version, isAsked);
}
