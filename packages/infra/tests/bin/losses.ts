import { type BenchLosses, countBenchLosses, countLosses, faults, type Losses } from '../support/losses.ts';
import { startStack } from '../support/servers.ts';

// Prints, as tables, what transactions under load come to while something happens to the stack.
const stack = await startStack();
try {
  await stack.administrator.query("create role orders login password 'orders-1'");
  await table<Losses>(['committed', 'failed', 'unknown', 'unknownStored', 'lost', 'refused', 'longestPause'], countLosses);
  await table<BenchLosses>(['processed', 'failed', 'abortedClients'], countBenchLosses);
} finally {
  await stack.stop();
}

async function table<Counted>(
  columns: readonly (keyof Counted & string)[],
  count: (...args: Parameters<typeof countLosses>) => Promise<Counted>,
) {
  console.log(`\n| what happens | ${columns.join(' | ')} |`);
  console.log(`|${' - |'.repeat(columns.length + 1)}`);
  for (const [name, fault] of Object.entries(faults)) {
    let pooler = await stack.startPooler();
    const counted = await count(stack, pooler, async () => {
      pooler = await fault(stack, pooler);
    });
    console.log(`| ${name} | ${columns.map((column) => counted[column]).join(' | ')} |`);
    await pooler.stop();
  }
}
