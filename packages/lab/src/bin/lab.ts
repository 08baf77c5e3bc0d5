import { Command } from 'commander';
import { RejectedRun } from '../bench/rejected-run.ts';
import { LabError } from '../lab-error.ts';
import { openLab } from '../lab.ts';
import { contradictions } from '../proof/contradictions.ts';
import { loadProof, loadProofs, provenHazards } from '../proof/load-proofs.ts';
import { runProofs } from '../proof/run-proofs.ts';
import { narrative } from '../results/narrative.ts';
import { readResults, type Results, resultsOf, writeResults } from '../results/results.ts';

await new Command('lab')
  .description('Runs the proofs of hazards against a real PostgreSQL and a real PgBouncer, and tells what happened.')
  .argument('[hazard...]', 'rule names such as no-session-set; all when left out')
  .option('--list', 'print the hazards that have a proof')
  .option('--update', 'write what was seen to results.json; of the hazards that are named, or of all')
  .action(async (hazards: string[], options: { list?: true; update?: true }) => {
    try {
      process.exitCode = await lab(hazards, options);
    } catch (error) {
      if (!(error instanceof LabError || error instanceof RejectedRun)) throw error;
      console.error(error.message);
      process.exitCode = error instanceof LabError ? 2 : 3;
    }
  })
  .parseAsync();

/** @returns the exit code: 1 where what was seen contradicts a claim */
async function lab(hazards: readonly string[], { list, update }: { list?: true; update?: true }): Promise<number> {
  if (list) {
    console.log((await provenHazards()).join('\n'));
    return 0;
  }
  const proofs = hazards.length > 0 ? await Promise.all(hazards.map(loadProof)) : await loadProofs();
  const opened = await openLab();
  try {
    const outcomes = await runProofs(opened, proofs);
    for (const { hazard, claim, source } of proofs) {
      console.log(`\n${hazard}\n${claim}`);
      if (source) console.log(source);
      for (const outcome of outcomes.filter((candidate) => candidate.hazard === hazard)) {
        console.log(`\n  ${outcome.variant}: ${outcome.shows} (${outcome.driver})`);
        for (const { where, what } of narrative(outcome)) console.log(`    ${where}:\n      ${what}`);
      }
    }
    const found = contradictions(proofs, outcomes);
    if (found.length > 0) console.error(`\nThis contradicts what is claimed:\n  ${found.join('\n  ')}`);
    if (update) await writeResults(await updated(await resultsOf(opened, outcomes)));
    return found.length > 0 ? 1 : 0;
  } finally {
    await opened.close();
  }
}

/** What was seen now, and the record of the hazards that were not run. */
async function updated(seen: Results): Promise<Results> {
  const run = new Set(seen.outcomes.map(({ hazard }) => hazard));
  const order = await provenHazards();
  if (order.every((hazard) => run.has(hazard))) return seen;
  const recorded = await readResults();
  const kept = recorded.outcomes.filter(({ hazard }) => !run.has(hazard) && order.includes(hazard));
  return {
    versions: { ...seen.versions, postgresql: [...new Set([...recorded.versions.postgresql, ...seen.versions.postgresql])].sort() },
    outcomes: [...kept, ...seen.outcomes].sort((a, b) => order.indexOf(a.hazard) - order.indexOf(b.hazard)),
  };
}
