import { addAudit } from './audit.ts';
import type { AddCommand } from './command.ts';
import { addInit } from './init.ts';
import { addReport } from './report.ts';

/** Every command, in the order in which the help lists them. */
export const commands: readonly AddCommand[] = [addAudit, addInit, addReport];
