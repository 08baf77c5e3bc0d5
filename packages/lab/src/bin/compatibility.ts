import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { compatibilityFile, compatibilityPage } from '../pages/compatibility-page.ts';
import { loadProofs } from '../proof/load-proofs.ts';
import { readResults } from '../results/results.ts';

await new Command('compatibility')
  .description('Writes docs/compatibility.md from the proofs and results.json.')
  .option('--check', 'write nothing; exit with 1 where the page is not what would be written')
  .action(async ({ check }: { check?: true }) => {
    const wanted = await compatibilityPage(await loadProofs(), await readResults());
    if (!check) {
      await writeFile(compatibilityFile, wanted);
      return;
    }
    if ((await readFile(compatibilityFile, 'utf8').catch(() => '')) === wanted) return;
    console.error(
      'docs/compatibility.md is not what the results say: run `pnpm --filter @pgbouncer-audit/lab compatibility`, and commit it.',
    );
    process.exitCode = 1;
  })
  .parseAsync();
