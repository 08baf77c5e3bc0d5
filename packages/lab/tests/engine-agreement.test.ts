import { hazards, type PoolerProfile } from '@pgbouncer-audit/core';
import { describe, expect, test } from 'vitest';
import { analyse } from '../../core/tests/support/analyse.ts';
import { type Environment, environment, searchPathTracked, standardEnvironments } from '../src/environments.ts';
import { loadProofs } from '../src/proof/load-proofs.ts';
import type { Outcome } from '../src/proof/run-proofs.ts';
import { readResults } from '../src/results/results.ts';

const proofs = await loadProofs();
const { outcomes } = await readResults();

test('every hazard of the engine has a proof, and every proof is of a hazard', () => {
  expect(proofs.map(({ hazard }) => hazard).sort()).toEqual(hazards.map(({ id }) => id).sort());
});

// What the engine says about a statement must be what the pooler did with it, version by version.
const poolers = [...standardEnvironments, ...searchPathTracked.map(environment)].filter(({ mode }) => mode === 'transaction');

describe.each(poolers)('with PgBouncer $version $manner', (pooler) => {
  const statements = proofs.flatMap(({ hazard, experiments }) =>
    experiments.flatMap(({ statement, shows, driver, variant }) =>
      statement && driver === 'pg' ? [{ hazard, statement, shows, driver, variant }] : [],
    ),
  );

  test.each(statements.filter((about) => recorded(about)?.observed[pooler.id]))('$hazard, $variant: $shows', (about) => {
    expect(reported(about.statement, pooler).length > 0).toBe(recorded(about)?.observed[pooler.id]?.outcome !== 'works');
  });
});

/** What the lab saw of an experiment. */
function recorded(about: Pick<Outcome, 'hazard' | 'shows' | 'driver' | 'variant'>): Outcome | undefined {
  return outcomes.find(
    ({ hazard, shows, driver, variant }) =>
      [hazard, shows, driver, variant].join() === [about.hazard, about.shows, about.driver, about.variant].join(),
  );
}

/** The hazards that the engine finds in code of pg that sends the statement. */
function reported({ text, inTransaction }: { text: string; inTransaction: boolean }, pooler: Environment): string[] {
  const query = (sql: string) => `await client.query(${JSON.stringify(sql)});`;
  const code = [
    "import { Client } from 'pg';",
    'const client = new Client({ connectionString: process.env.DATABASE_URL });',
    ...(inTransaction ? ["await client.query('BEGIN');", query(text), "await client.query('COMMIT');"] : [query(text)]),
  ].join('\n');
  const { findings } = analyse(code, { setup: { profile: profileOf(pooler) } });
  return findings.map((finding) => finding.hazard);
}

function profileOf({ version = '', maxPreparedStatements, settings, postgresql }: Environment): PoolerProfile {
  return {
    product: 'pgbouncer',
    version,
    poolMode: 'transaction',
    maxPreparedStatements,
    trackedParameters: String(settings.track_extra_parameters ?? '')
      .toLowerCase()
      .split(',')
      .filter(Boolean),
    ignoredStartupParameters: [],
    postgresMajor: postgresql === '18' ? 18 : 15,
    sources: {
      product: 'stated',
      version: 'stated',
      poolMode: 'stated',
      maxPreparedStatements: 'stated',
      trackedParameters: 'stated',
      postgresMajor: 'stated',
    },
  };
}
