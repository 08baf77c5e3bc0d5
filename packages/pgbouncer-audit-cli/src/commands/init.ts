import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import type { AddCommand } from './command.ts';

export const addInit: AddCommand = (program, { terminal }) => {
  program
    .command('init')
    .description('write a commented configuration from what is found in a repository, and print the lines for ESLint')
    .argument('[path]', 'a folder of the repository', '.')
    .option('--dry-run', 'print the configuration instead of writing it')
    .action(async (path: string, flags: { readonly dryRun?: true }) => {
      const start = resolve(terminal.cwd, path);
      if (!existsSync(start)) throw new UsageError(`\`${path}\` does not exist. Give a folder of the repository.`);
      const { repositoryRoot } = await import('../discover/repository-root.ts');
      const { configNames } = await import('../load-config.ts');
      const root = repositoryRoot(start);
      const existing = configNames.find((name) => existsSync(join(root, name)));
      if (existing !== undefined && !flags.dryRun) {
        throw new UsageError(
          `\`${existing}\` is there already, and was left as it is. \`init --dry-run\` prints what a new one would say.`,
        );
      }

      const { audit } = await import('../audit.ts');
      const { configText, eslintLines } = await import('../init-text.ts');
      const result = audit({ paths: [root], cwd: root, root });
      const name = `pgbouncer-audit.config.${existsSync(join(root, 'tsconfig.json')) ? 'ts' : 'mjs'}`;
      if (flags.dryRun) {
        await terminal.stdout.write(`// ${name}\n${configText(result)}\n${eslintLines(result)}`);
        return;
      }
      const { writeFileAtomically } = await import('../write-file.ts');
      writeFileAtomically(join(root, name), configText(result), name);
      await terminal.stdout.write(`Wrote ${name}: look through it, and state what was only assumed.\n\n${eslintLines(result)}`);
    });
};
