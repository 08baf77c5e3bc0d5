import { Command } from 'commander';
import { RejectedRun } from '../bench/rejected-run.ts';
import { LabError } from '../lab-error.ts';
import { openLab } from '../lab.ts';
import { contradictions } from '../proof/contradictions.ts';
import { loadProof, loadProofs, provenHazards } from '../proof/load-proofs.ts';
import { runProofs } from '../proof/run-proofs.ts';
import { narrative } from '../results/narrative.ts';
import { resultsOf, writeResults } from '../results/results.ts';

await new Command('lab')
  .description('Runs the proofs of hazards against a real PostgreSQL and a real PgBouncer, and tells what happened.')
  .argument('[hazard...]', 'rule names such as no-session-set; all when left out')
  .option('--list', 'print the hazards that have a proof')
  .option('--update', 'write what was seen to results.json; only for a run of all proofs')
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
  if (update && hazards.length > 0) throw new LabError('--update is for a run of all proofs: leave out the hazards.');
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
    if (update) await writeResults(await resultsOf(opened, outcomes));
    return found.length > 0 ? 1 : 0;
  } finally {
    await opened.close();
  }
}
