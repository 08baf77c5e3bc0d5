import type { AddCommand } from './command.ts';
import { addEvidenceOptions, assumedBy, evidenceExit, writeEvidence, type EvidenceFlags } from './evidence-options.ts';

interface LiveFlags extends EvidenceFlags {
  readonly databaseUrl?: string;
}

export const addLive: AddCommand = (program, { terminal, end }) => {
  const command = program
    .command('live')
    .description('ask a running PgBouncer what it is, and hold it against what the audit assumes; reads only')
    .argument('<admin-url>', 'its admin console: postgres://USER:PASSWORD@HOST:6432/pgbouncer, or $NAME for a variable that holds it')
    .option('--database-url <url>', 'PostgreSQL behind it, to ask for connections, settings of roles, locks and LISTENs')
    .action(async (url: string, flags: LiveFlags) => {
      const { fromEnvironment } = await import('../live/from-environment.ts');
      const { live } = await import('../live/live.ts');
      const { renderLive } = await import('../live/render-live.ts');
      const adminUrl = fromEnvironment(url, terminal.env);
      const databaseUrl = flags.databaseUrl === undefined ? undefined : fromEnvironment(flags.databaseUrl, terminal.env);
      const { audited } = await assumedBy(flags, terminal);
      const result = await live({ adminUrl, timeout: flags.timeout, assumed: audited, ...(databaseUrl !== undefined && { databaseUrl }) });
      await writeEvidence(result, (color) => renderLive(result, color), flags, terminal);
      end(
        evidenceExit(
          [...result.differences, ...result.findings.filter(({ dependsOn }) => !dependsOn), ...result.observations],
          flags.failOn,
        ),
      );
    });
  addEvidenceOptions(command);
};
