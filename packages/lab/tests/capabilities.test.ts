import { describe, expect, test } from 'vitest';
import { type Capability, capabilityTable, type Cell, type LabSource } from '../../core/src/pooler/capability-table.ts';
import type { Observation } from '../src/proof/observation.ts';
import { readResults } from '../src/results/results.ts';

// A cell of the table of poolers that names an experiment must say what the experiment saw.
const { outcomes } = await readResults();

interface ShownCell {
  readonly version: string;
  readonly capability: Capability;
  readonly value: Cell['value'];
  readonly source: LabSource;
}

const shown = capabilityTable.flatMap(({ product, since, cells }): ShownCell[] =>
  product === 'pgbouncer' && since !== undefined
    ? Object.entries(cells).flatMap(([capability, { value, source }]) =>
        typeof source === 'object' ? [{ version: since, capability: capability as Capability, value, source }] : [],
      )
    : [],
);

describe.each(shown.map((cell) => [`${cell.capability} of PgBouncer ${cell.version}`, cell] as const))('%s', (_, cell) => {
  test('names experiments that were run with that version', () => {
    for (const experiment of cell.source.shows) expect(seen(cell, experiment, cell.version)).toBeDefined();
  });

  test('is what they saw', () => {
    expect(cell.value).toEqual(said[cell.capability]!(cell));
  });
});

test('every version of the lab shows cells', () => {
  expect([...new Set(shown.map(({ version }) => version))]).toEqual(['1.18', '1.24', '1.26']);
});

/** What the table has to say, from what was seen. */
const said: Partial<Record<Capability, (cell: ShownCell) => Cell['value']>> = {
  namedStatements: (cell) => {
    if (!works(cell, cell.source.shows[0]!, cell.version)) return 'never';
    // With the setting at 0 the same version must break.
    return works(cell, cell.source.shows[0]!, `${cell.version} mps=0`) ? 'always' : 'setting';
  },
  // What the lab starts without a setting has 200 of them, or none.
  preparedByDefault: (cell) => (works(cell, cell.source.shows[0]!, cell.version) ? 200 : 0),
  sqlPrepare: leaks,
  sessionSet: leaks,
  setRole: leaks,
  advisoryLocks: leaks,
  listen: leaks,
  tempObjects: leaks,
  // client_encoding is sent by every driver at startup, and no experiment sets another: PgBouncer's documentation has it.
  tracked: (cell) => [
    'client_encoding',
    ...Object.entries(statements).flatMap(([name, statement]) => (works(cell, statement, cell.version) ? [name] : [])),
  ],
  tracksReported: (cell) => works(cell, cell.source.shows[0]!, cell.version),
  startup: (cell) => (seen(cell, cell.source.shows[0]!, cell.version)?.outcome === 'works' ? 'applied' : 'refused'),
  startupOptions: (cell) => {
    const [tracked, other] = cell.source.shows.map((experiment) => works(cell, experiment, cell.version));
    return tracked && !other ? 'parsed' : tracked ? 'applied' : 'refused';
  },
};

const statements = {
  datestyle: "SET DateStyle = 'SQL, DMY'",
  timezone: "SET TIME ZONE 'Asia/Tokyo'",
  standard_conforming_strings: 'SET standard_conforming_strings = off',
  intervalstyle: 'SET IntervalStyle = iso_8601',
  application_name: "SET application_name = 'billing'",
};

function leaks(cell: ShownCell): Cell['value'] {
  return cell.source.shows.some((experiment) => works(cell, experiment, cell.version)) ? 'kept' : 'leak';
}

function works(cell: ShownCell, experiment: string, environment: string): boolean {
  return seen(cell, experiment, environment)?.outcome === 'works';
}

function seen({ source }: ShownCell, experiment: string, environment: string): Observation | undefined {
  return outcomes.find(({ hazard, shows, driver }) => hazard === source.lab && shows === experiment && driver === 'pg')?.observed[
    environment
  ];
}
