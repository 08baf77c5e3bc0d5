import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';

/** 0 nothing to act on, 1 findings, 2 a mistake of the user, 3 an internal failure or nothing examined. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a command is given to work with. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Says how the program ends. A command that says nothing ends it with 0, one that throws a `UsageError` with 2. */
  readonly end: (code: ExitCode) => void;
}

/**
 * Adds one command to the program: `program.command('name')`, its arguments, options and action. What the action needs is imported in it,
 * so that a run loads only the command that was asked for.
 */
export type AddCommand = (program: Command, context: CommandContext) => void;
