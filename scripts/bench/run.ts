import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '../../packages/lab/src/lab-error.ts';
import { cacheFolder } from '../../packages/lab/src/servers/cache-folder.ts';

import { BenchError } from './bench-error.ts';
import { measure } from './measure.ts';
import { programs } from './programs.ts';
import { isMet, type Results, type ScenarioResult, valueOf } from './results.ts';
import { scenarios } from './scenarios.ts';

const usage = `pnpm bench [--sizes 20000,200000,2000000] [--rounds 5] [--only ID] [--update]

Times the audit and the plugin beside their peers, on the same files, in turns. Ratios carry over to other machines; seconds do not.
--sizes   lines of the code bases that are made; up to 10000000, which needs 1 GB of disk
--rounds  how often each is run
--only    scenarios whose id begins so: start, cold, warm, eslint, migrations, hostile
--update  writes scripts/bench/results.json, which docs/speed.md is made of`;

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '20000,200000,2000000' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    update: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

try {
  await main();
} catch (error) {
  if (!(error instanceof BenchError || error instanceof LabError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  if (values.help) return console.log(usage);
  const sizes = values.sizes.split(',').map(Number);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || sizes.some((size) => !(size >= 1_000))) throw new BenchError(usage);
  const cache = join(cacheFolder(), 'bench');
  const tools = await programs(cache);
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios({ root, cache, programs: tools, sizes, rounds })) {
    if (!scenario.id.startsWith(values.only)) continue;
    const { id, title, on, ratios } = scenario;
    console.log(`\n${title}: ${on}`);
    const result = { id, title, on, ratios, measured: measure(tools.time, scenario.subjects, scenario.rounds) };
    results.push(result);
    for (const [name, { wall, cpu, memory }] of Object.entries(result.measured)) {
      console.log(
        `${wall.median.toFixed(2).padStart(9)} s  ${cpu.median.toFixed(2).padStart(8)} s CPU ${String(memory).padStart(6)} MB  ${name}`,
      );
    }
    for (const ratio of ratios) {
      const met = isMet(ratio, result);
      const verdict = met === undefined ? '' : `  (${JSON.stringify(ratio.target).replace(/[{}"]/g, '')}: ${met ? 'met' : 'NOT met'})`;
      console.log(`${valueOf(ratio, result).toFixed(2).padStart(9)} x  ${ratio.of} / ${ratio.to}${verdict}`);
    }
  }
  if (!values.update) return;
  const [processor] = cpus();
  const machine = `${cpus().length} processors (${processor?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}, Linux`;
  const path = join(root, 'scripts/bench/results.json');
  // A part of the scenarios takes the place of what was measured of it before.
  const before = values.only ? (JSON.parse(readFileSync(path, 'utf8')) as Results).scenarios : [];
  const merged = [
    ...before.map((old) => results.find(({ id }) => id === old.id) ?? old),
    ...results.filter(({ id }) => !before.some((old) => old.id === id)),
  ];
  const all: Results = { day: new Date().toISOString().slice(0, 10), machine, scenarios: merged };
  writeFileSync(path, `${JSON.stringify(all, undefined, 2)}\n`);
  console.log('\nWritten to scripts/bench/results.json. `pnpm generate` makes the page of it.');
}
