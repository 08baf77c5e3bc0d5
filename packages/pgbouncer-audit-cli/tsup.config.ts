import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * The scope analysis brings the names of every library of TypeScript, which take longer to load than the rest of the start. It is asked for none
 * of them (`lib: []` in parse-source.ts).
 */
const withoutLibraryNames: Plugin = {
  name: 'without-library-names',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]scope-manager[\\/]dist[\\/]lib[\\/]index\.js$/ }, () => ({ contents: 'exports.lib = new Map();' }));
  },
};

/** Packages that are bundled ask for their licence to go along. */
const licences: Plugin = {
  name: 'licences',
  setup({ onEnd }) {
    onEnd(({ metafile }) => {
      const folders = Object.keys(metafile?.inputs ?? {}).flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
      const texts = [...new Set(folders)].map((folder) => {
        const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string; version: string };
        const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
        if (file === undefined) throw new Error(`${name} is bundled and has no file with its licence.`);
        return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
      });
      mkdirSync('dist', { recursive: true });
      writeFileSync('dist/THIRD-PARTY-LICENCES.txt', texts.sort().join(`\n${'-'.repeat(80)}\n\n`));
    });
  },
};

export default defineConfig({
  // The name is the one that `bin` of package.json has.
  entry: { cli: 'src/bin.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // What is no dependency of package.json is bundled, too: a few files load in a third of the time of three hundred.
  noExternal: ['@pgbouncer-audit/core'],
  // CommonJS that is bundled asks for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
  },
  esbuildPlugins: [withoutLibraryNames, licences],
  clean: true,
  // What `--explain` prints.
  onSuccess: () => {
    for (const folder of ['hazards', 'configuration-checks']) cpSync(`../../docs/${folder}`, `docs/${folder}`, { recursive: true });
    return Promise.resolve();
  },
});
