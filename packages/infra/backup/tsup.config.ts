import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// One file with everything in it: the image needs Node and PostgreSQL's programs, and installs no packages.
export default defineConfig({
  entry: { 'pg-backup': here('src/bin.ts') },
  outDir: here('dist'),
  format: 'esm',
  target: 'node20',
  platform: 'node',
  noExternal: [/.*/],
  external: ['pg-native'],
  outExtension: () => ({ js: '.mjs' }),
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  splitting: false,
  clean: true,
  silent: true,
});
