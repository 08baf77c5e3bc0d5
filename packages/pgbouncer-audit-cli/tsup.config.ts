import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  // The name is the one that `bin` of package.json has.
  entry: { cli: 'src/bin.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  noExternal: ['@pgbouncer-audit/core'],
  clean: true,
  // What `--explain` prints.
  onSuccess: () => {
    for (const folder of ['hazards', 'configuration-checks']) cpSync(`../../docs/${folder}`, `docs/${folder}`, { recursive: true });
    return Promise.resolve();
  },
});
