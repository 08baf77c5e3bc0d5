import { Command, CommanderError, Help } from 'commander';
import { defaultCommand } from './commands/audit.ts';
import type { ExitCode } from './commands/command.ts';
import { commands } from './commands/commands.ts';
import { UsageError } from './errors.ts';
import type { Terminal } from './terminal.ts';
import { toolName, toolVersion } from './tool.ts';

const afterHelp = `
Exit codes:
  0  nothing to act on
  1  findings at or over --fail-on
  2  a mistake in the arguments or the configuration
  3  an internal failure, or no file could be examined

Examples:
  pgbouncer-audit                       audits the repository of the current folder
  pgbouncer-audit apps/api --show possible
  pgbouncer-audit --reporter terminal --reporter html=report.html --reporter json=result.json
  pgbouncer-audit report result.json --format sarif --output pgbouncer.sarif
  pgbouncer-audit --explain no-session-set
`;

/**
 * Runs the command line.
 *
 * @param args without the program's own two
 * @returns the exit code
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const pending: Promise<void>[] = [];
  let code: ExitCode = 0;
  const program = new Command(toolName)
    .description('Finds the code of a back end that breaks behind PgBouncer in transaction mode.')
    .version(toolVersion, '-v, --version')
    .usage('[options] [paths...]')
    .configureHelp({ visibleOptions: withDefaultCommand })
    .addHelpText('after', afterHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void pending.push(terminal.stdout.write(text)),
      writeErr: (text) => void pending.push(terminal.stderr.write(text)),
    });
  for (const add of commands) add(program, { terminal, end: (ending) => (code = ending) });

  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
    if (cause instanceof UsageError) {
      await terminal.stderr.write(`${toolName}: ${cause.message}\n`);
      return 2;
    }
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    await terminal.stderr.write(`${toolName}: internal failure; please report it with what follows.\n${detail}\n`);
    return 3;
  } finally {
    await Promise.all(pending);
  }
}

/** The help of the program shows the options of the command that runs where none is named. */
function withDefaultCommand(this: void, command: Command) {
  const help = new Help();
  const standing = command.commands.find((each) => each.name() === defaultCommand);
  return [...(standing ? help.visibleOptions(standing).filter(({ long }) => long !== '--help') : []), ...help.visibleOptions(command)];
}
