import { addAudit } from './audit.ts';
import type { AddCommand } from './command.ts';
import { addDeps } from './deps.ts';
import { addInit } from './init.ts';
import { addLive } from './live.ts';
import { addReport } from './report.ts';
import { addStatements } from './statements.ts';

/** Every command, in the order in which the help lists them. */
export const commands: readonly AddCommand[] = [addAudit, addInit, addReport, addLive, addStatements, addDeps];
