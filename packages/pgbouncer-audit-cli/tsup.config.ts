import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/cli.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  noExternal: ['@pgbouncer-audit/core'],
  clean: true,
});
