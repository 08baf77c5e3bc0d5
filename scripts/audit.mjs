// `npm run audit -- PATH`: sets the workspace up where need be, then runs the audit from the folder that npm was called in.
import { join } from 'node:path';
import { exitOnSetupError, setUp } from './setup.mjs';
import { root, run } from './workspace.mjs';

const cli = 'packages/pgbouncer-audit-cli';

exitOnSetupError(() => setUp([cli]));
process.exitCode = run(process.execPath, [join(root, cli, 'dist', 'cli.js'), ...process.argv.slice(2)], {
  cwd: process.env.INIT_CWD ?? process.cwd(),
  shell: false,
});
