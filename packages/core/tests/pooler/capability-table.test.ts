import { describe, expect, test } from 'vitest';
import { capabilityTable, documents } from '../../src/pooler/capability-table.ts';
import { cellsOf } from '../../src/pooler/cells-of.ts';

const capabilities = Object.keys(cellsOf('pgbouncer', '1.18')).sort();

describe.each(capabilityTable.map((row) => [`${row.product} ${row.since ?? ''}`.trim(), row] as const))('the row of %s', (_, row) => {
  const cells = cellsOf(row.product, row.since ?? '1.26');

  test('answers everything that can be asked', () => {
    expect(Object.keys(cells).sort()).toEqual(capabilities);
  });

  test('says where each of its own cells comes from, and nothing of what is unknown', () => {
    for (const { value, source } of Object.values(row.cells)) {
      expect(typeof source === 'object' || source in documents).toBe(true);
      expect(source === 'nothing').toBe(value === 'unknown');
    }
  });
});

test('PgBouncer has a row for each minor version from 1.18 on, in their order', () => {
  expect(capabilityTable.flatMap(({ product, since }) => (product === 'pgbouncer' ? [since] : []))).toEqual(
    ['18', '19', '20', '21', '22', '23', '24', '25', '26'].map((minor) => `1.${minor}`),
  );
});

test('an experiment of the lab speaks for the versions that it ran, and no other', () => {
  const shown = capabilityTable.filter(({ cells }) => Object.values(cells).some(({ source }) => typeof source === 'object'));
  expect(shown.map(({ product, since }) => `${product} ${since}`)).toEqual(['pgbouncer 1.18', 'pgbouncer 1.24', 'pgbouncer 1.26']);
  const inherited = ['1.19', '1.20', '1.21', '1.22', '1.23', '1.25'].flatMap((version) => Object.values(cellsOf('pgbouncer', version)));
  expect(inherited.filter(({ source }) => typeof source === 'object')).toEqual([]);
});

test('a version without a row is judged by the one before it, an older one by the first', () => {
  expect(cellsOf('pgbouncer', '1.30')).toEqual(cellsOf('pgbouncer', '1.26'));
  expect(cellsOf('pgbouncer', '1.12')).toEqual(cellsOf('pgbouncer', '1.18'));
});
