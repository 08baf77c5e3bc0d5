import { describe, expect, it } from 'vitest';
import { type Deployment, helperConnections, poolSizes, shippedDeployment } from '../src/pool-sizes.ts';
import { settingsOf } from './support/settings.ts';

const sizesOf = (changes: Partial<Deployment>) => poolSizes({ ...shippedDeployment, ...changes });

describe('the sizes of pgbouncer.ini', () => {
  it('are those of the formula', () => {
    const settings = settingsOf('pgbouncer');
    for (const [name, value] of Object.entries(poolSizes(shippedDeployment))) expect(settings.get(name), name).toBe(String(value));
  });
});

describe('the formula', () => {
  it('follows the cores, and keeps half as many servers for a peak', () => {
    expect(sizesOf({ cores: 2 })).toMatchObject({ default_pool_size: 8, reserve_pool_size: 4, max_db_connections: 12 });
    expect(sizesOf({ cores: 8, processes: 8 })).toMatchObject({ default_pool_size: 32, reserve_pool_size: 16, max_db_connections: 48 });
  });

  it('opens no more servers than the back end can ask for', () => {
    expect(sizesOf({ cores: 64, processes: 2, clientPool: 5 })).toMatchObject({ default_pool_size: 10, reserve_pool_size: 0 });
  });

  it('lets old and new processes connect side by side', () => {
    expect(sizesOf({ processes: 6, clientPool: 20 }).max_client_conn).toBeGreaterThanOrEqual(2 * 6 * 20);
  });

  it('never takes more connections than PostgreSQL has, whatever the deployment', () => {
    for (const cores of [1, 4, 96])
      for (const processes of [1, 8, 200])
        for (const maxConnections of [24, 100, 500])
          for (const poolers of [1, 2]) {
            const { default_pool_size, reserve_pool_size, max_db_connections } = sizesOf({ cores, processes, maxConnections, poolers });
            const { reserved, direct } = shippedDeployment;
            expect(poolers * (max_db_connections + helperConnections) + reserved + direct).toBeLessThanOrEqual(maxConnections);
            expect(default_pool_size + reserve_pool_size).toBe(max_db_connections);
            expect(default_pool_size).toBeGreaterThan(0);
            expect(reserve_pool_size).toBeGreaterThanOrEqual(0);
          }
  });

  it('says what to do where nothing is left for the application', () => {
    expect(() => sizesOf({ maxConnections: 16 })).toThrow(/of 16, 3 are reserved and 10 go past the pooler.*Raise max_connections/);
    expect(sizesOf({ maxConnections: 17 })).toMatchObject({ default_pool_size: 1, reserve_pool_size: 0 });
  });

  it.each([
    ['processes', 0],
    ['cores', 1.5],
    ['direct', -1],
    ['maxConnections', Number.NaN],
  ] as const)('refuses %s = %d', (name, value) => {
    expect(() => sizesOf({ [name]: value })).toThrow(`${name} is ${value}: give a whole number`);
  });
});
