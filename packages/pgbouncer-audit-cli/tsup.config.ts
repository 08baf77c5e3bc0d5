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

/**
 * CommonJS, which Node loads at once: modules of ECMAScript are read one after the other through its thread pool, and no release before 22 keeps what
 * was compiled of them. esbuild splits a bundle into chunks of ECMAScript only, so each chunk is turned into CommonJS afterwards.
 */
const asCommonJs: Plugin = {
  name: 'as-commonjs',
  setup({ onEnd, esbuild }) {
    onEnd(async ({ outputFiles = [] }) => {
      for (const file of outputFiles.filter(({ path }) => path.endsWith('.js'))) {
        const { code } = await esbuild.transform(file.text, {
          format: 'cjs',
          platform: 'node',
          target: 'node20.19',
          supported: { 'dynamic-import': false },
          define: { 'import.meta.url': 'urlOfThisFile' },
        });
        const url = code.includes('urlOfThisFile') ? "const urlOfThisFile = require('node:url').pathToFileURL(__filename).href;\n" : '';
        file.contents = Buffer.from(code.replace(/^(?:#!.*\n)?/, (start) => `${start}'use strict';\n${url}`));
      }
    });
  },
};

/** Commander starts other programs for commands in files of their own, of which there are none here. */
const commanderAlone: Plugin = {
  name: 'commander-alone',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8');
      const loads = "const childProcess = require('node:child_process');";
      if (!contents.includes(loads))
        throw new Error(`${path} no longer loads node:child_process as it did: see whether it still has to be kept from that.`);
      return {
        contents: contents.replace(loads, "const childProcess = { spawn: (...args) => require('node:child_process').spawn(...args) };"),
      };
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
  esbuildPlugins: [withoutLibraryNames, commanderAlone, asCommonJs, licences],
  clean: true,
  onSuccess: () => {
    writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
    // What `--explain` prints.
    for (const folder of ['hazards', 'configuration-checks']) cpSync(`../../docs/${folder}`, `docs/${folder}`, { recursive: true });
    return Promise.resolve();
  },
});
