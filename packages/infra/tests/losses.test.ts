import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countBenchLosses, countLosses, faults } from './support/losses.ts';
import { type Stack, startStack } from './support/servers.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
  await stack.administrator.query("create role orders login password 'orders-1'");
});
afterAll(() => stack?.stop());

/** Does something to a PgBouncer of its own under load. */
async function during<Counted>(fault: string, count: (...args: Parameters<typeof countLosses>) => Promise<Counted>): Promise<Counted> {
  let pooler = await stack.startPooler();
  try {
    return await count(stack, pooler, async () => {
      pooler = await faults[fault]!(stack, pooler);
    });
  } finally {
    await pooler.stop();
  }
}

describe('under load', { timeout: 120_000 }, () => {
  it.each(Object.keys(faults))('nothing that was told to be committed is lost, and everybody is served again: %s', async (fault) => {
    const { lost, committed } = await during(fault, countLosses);
    expect(lost).toBe(0);
    // As many before it as after.
    expect(committed).toBeGreaterThanOrEqual(300);
  });

  it.each(['nothing', 'PgBouncer is reloaded five times'])('not one transaction fails: %s', async (fault) => {
    expect(await during(fault, countLosses)).toMatchObject({ failed: 0, unknown: 0, refused: 0 });
    expect(await during(fault, countBenchLosses)).toMatchObject({ failed: 0, abortedClients: 0 });
  });

  it('a stop by SIGINT cuts off no transaction at its COMMIT', async () => {
    expect(await during('PgBouncer is stopped (SIGINT) and started', countLosses)).toMatchObject({ unknown: 0 });
  });

  it('a killed server connection costs the transactions that were on it, and no more', async () => {
    const { failed, unknown, refused } = await during('a server connection is killed', countLosses);
    expect(failed + unknown).toBeLessThanOrEqual(1);
    expect(refused).toBe(0);
  });
});
