// Written by `pnpm generate` from compose.pgbouncer.yml and pgbouncer/pgbouncer.ini of packages/infra.
import type { PoolerProfile } from './profile.ts';

/** What `packages/infra` ships, and what is assumed where nothing says otherwise. */
export const defaultProfile: PoolerProfile = {
  product: 'pgbouncer',
  version: '1.26',
  poolMode: 'transaction',
  maxPreparedStatements: 200,
  trackedParameters: [],
  ignoredStartupParameters: [],
  postgresMajor: 17,
  sources: {
    product: 'assumed',
    version: 'assumed',
    poolMode: 'assumed',
    maxPreparedStatements: 'assumed',
    trackedParameters: 'assumed',
    ignoredStartupParameters: 'assumed',
    postgresMajor: 'assumed',
  },
};
