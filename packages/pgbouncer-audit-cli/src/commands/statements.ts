import type { AddCommand } from './command.ts';
import { addEvidenceOptions, assumedBy, evidenceExit, writeEvidence, type EvidenceFlags } from './evidence-options.ts';

interface StatementsFlags extends EvidenceFlags {
  readonly logLinePrefix?: string;
  readonly user?: readonly string[];
  readonly show?: 'all';
}

export const addStatements: AddCommand = (program, { terminal, end }) => {
  const command = program
    .command('statements')
    .description('judge the statements that a server has run: of pg_stat_statements, or of a log')
    .argument('<source>', 'postgres://.., $NAME for a variable that holds it, or a log of PostgreSQL (stderr, csvlog, jsonlog, also .gz)')
    .option('--log-line-prefix <prefix>', 'log_line_prefix of the server, where the log is text')
    .option('--user <name...>', 'only what these users have sent')
    .option('--show <kinds>', 'all: list quiet findings, too')
    .action(async (source: string, flags: StatementsFlags) => {
      const { fromEnvironment } = await import('../live/from-environment.ts');
      const { statements } = await import('../statements/statements.ts');
      const { renderStatements } = await import('../statements/render-statements.ts');
      const { setupOf } = await import('../statements/setup-of.ts');
      const { counts } = await import('../verdict.ts');
      const { audited, settings } = await assumedBy(flags, terminal);
      const result = await statements({
        source: fromEnvironment(source, terminal.env),
        cwd: terminal.cwd,
        setup: setupOf(audited, settings),
        timeout: flags.timeout,
        audited,
        ...(flags.logLinePrefix !== undefined && { logLinePrefix: flags.logLinePrefix }),
        ...(flags.user && { users: flags.user }),
      });
      await writeEvidence(result, (color) => renderStatements(result, color, flags.show === 'all'), flags, terminal);
      end(
        evidenceExit(
          result.findings.filter((finding) => counts(finding)),
          flags.failOn,
        ),
      );
    });
  addEvidenceOptions(command);
};
