import packageJson from '../package.json' with { type: 'json' };

/** The command's name. */
export const toolName = 'pgbouncer-audit';
export const toolVersion: string = packageJson.version;
