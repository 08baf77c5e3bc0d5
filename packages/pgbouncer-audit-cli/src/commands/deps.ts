import { Option } from 'commander';
import type { AddCommand } from './command.ts';
import { assumedBy, writeEvidence, type EvidenceFlags } from './evidence-options.ts';

interface DepsFlags extends Pick<EvidenceFlags, 'format' | 'output' | 'config' | 'result' | 'color'> {
  readonly failOn: 'direct' | 'never';
}

export const addDeps: AddCommand = (program, { terminal, end }) => {
  program
    .command('deps')
    .description('read the installed packages that talk to PostgreSQL: which of them need a direct connection, and why')
    .option('--result <file>', 'an audit that was saved with --format json, for the pooler that it assumes')
    .option('-c, --config <file>', 'configuration file; by default the nearest pgbouncer-audit.config.{json,js,mjs,ts}')
    .addOption(new Option('-f, --format <format>', 'format of the report').choices(['terminal', 'json']).default('terminal'))
    .option('-o, --output <file>', 'write it to a file instead of the standard output')
    .addOption(
      new Option('--fail-on <verdict>', 'make the exit code 1 where a package needs a direct connection')
        .choices(['direct', 'never'])
        .default('never'),
    )
    .option('--no-color', 'no colours in the terminal report')
    .action(async (flags: DepsFlags) => {
      const { findFiles } = await import('../discover/find-files.ts');
      const { repositoryRoot } = await import('../discover/repository-root.ts');
      const { deps, workspaceFolders } = await import('../deps/deps.ts');
      const { renderDeps } = await import('../deps/render-deps.ts');
      const { setupOf } = await import('../statements/setup-of.ts');
      const evidence: EvidenceFlags = { ...flags, failOn: 'never', timeout: 0 };
      const { audited, settings } = await assumedBy(evidence, terminal);
      const root = repositoryRoot(terminal.cwd);
      const { manifests } = findFiles(root, root, { includeTests: false });
      const result = deps({ root, folders: workspaceFolders(root, manifests), setup: setupOf(audited, settings) });
      await writeEvidence(result, (color) => renderDeps(result, color), evidence, terminal);
      end(flags.failOn === 'direct' && result.packages.some(({ verdict }) => verdict === 'direct') ? 1 : 0);
    });
};
