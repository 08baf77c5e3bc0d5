import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { labPages } from '../pages/lab-pages.ts';
import { loadProofs } from '../proof/load-proofs.ts';
import { readResults } from '../results/results.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

await new Command('compatibility')
  .description('Writes docs/compatibility.md, and what really happens into the pages of the hazards, from the proofs and results.json.')
  .option('--check', 'write nothing; exit with 1 where a page is not what would be written')
  .action(async ({ check }: { check?: true }) => {
    for (const { path, text } of await labPages(await loadProofs(), await readResults())) {
      if ((await readFile(path, 'utf8').catch(() => '')) === text) continue;
      if (!check) {
        await writeFile(path, text);
        continue;
      }
      console.error(
        `${relative(root, path)} is not what the results say: run \`pnpm --filter @pgbouncer-audit/lab compatibility\`, and commit it.`,
      );
      process.exitCode = 1;
    }
  })
  .parseAsync();
