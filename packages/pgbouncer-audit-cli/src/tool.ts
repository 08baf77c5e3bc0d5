import packageJson from '../package.json' with { type: 'json' };

export const toolName: string = packageJson.name;
export const toolVersion: string = packageJson.version;
