import { cpSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  // Two formats: an eslint.config.cjs requires the plugin, and not every tool that runs ESLint can require() an ES module.
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  noExternal: ['@pgbouncer-audit/core'],
  // Gives `import.meta.url` a meaning in the CommonJS file.
  shims: true,
  clean: true,
  // Every rule's documentation URL leads to its page in the package.
  onSuccess: () => Promise.resolve(cpSync('../../docs/hazards', 'docs/hazards', { recursive: true })),
  dts: {
    compilerOptions: {
      // tsup sets `baseUrl`.
      ignoreDeprecations: '6.0',
      // Where types are bundled, a package is taken in only if it looks like a file of this one.
      paths: { '@pgbouncer-audit/core': ['../core/src/index.ts'] },
    },
  },
});
