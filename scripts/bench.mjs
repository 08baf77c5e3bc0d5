// `pnpm bench`: sets the workspace up where need be, then times the audit and the plugin beside their peers. `pnpm bench --help` lists its options.
import { exitOnSetupError, setUp } from './setup.mjs';
import { runTool } from './workspace.mjs';

exitOnSetupError(() => setUp());
process.exitCode = runTool('tsx', ['scripts/bench/run.ts', ...process.argv.slice(2)]);
