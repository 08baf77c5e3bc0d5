import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { program } from 'commander';
import { parse } from 'yaml';
import { poolerProblems } from '../kubernetes/pooler-problems.ts';

program
  .name('check-pooler')
  .description('Holds a Pooler of CloudNativePG against the CustomResourceDefinition that a cluster has.')
  .argument('<crd>', 'a file with it: kubectl get crd poolers.postgresql.cnpg.io -o yaml')
  .argument('[pooler]', 'the Pooler', fileURLToPath(new URL('../../kubernetes/pooler.yaml', import.meta.url)))
  .action((crd: string, pooler: string) => {
    try {
      const problems = poolerProblems(read(crd), read(pooler));
      for (const problem of problems) console.error(problem);
      if (problems.length > 0) process.exitCode = 1;
      else console.log('ok');
    } catch (error) {
      program.error(error instanceof Error ? error.message : String(error), { exitCode: 2 });
    }
  })
  .parse();

function read(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
