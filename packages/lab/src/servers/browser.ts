import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackage } from './debian-packages.ts';
import { libraryFolders } from './unpacked-program.ts';

/** How to start the browser. */
export interface Browser {
  readonly executable: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A Chromium without windows, the same on every machine; its fonts come with it, so that pages look the same, too. */
const browserPackage = {
  name: 'chromium-headless-shell',
  suite: 'bookworm',
  alongside: ['chromium-common', 'fonts-dejavu-core', 'fonts-liberation'],
} as const;

/** The parts of the C library belong to the loader, and that is the machine's own. */
const ofTheLoader =
  /^(ld-linux.*|lib(c|m|mvec|dl|pthread|rt|resolv|util|anl|nsl|nss_\w+|thread_db|BrokenLocale|c_malloc_debug|memusage|pcprofile))\.so(\.\d+)?$/;

/**
 * Chromium, unpacked into the cache folder where it is not there yet. It is started by the machine's own loader, because it starts itself
 * again for every page: by the name of the file that runs.
 *
 * @throws LabError where the packages cannot be had
 */
export async function browser(): Promise<Browser> {
  const { name, suite, alongside } = browserPackage;
  const root = await debianPackage(name, suite, alongside);
  const settings = join(root, 'pgbouncer-lab');
  if (!existsSync(settings)) await prepare(root, settings);
  return {
    executable: join(root, 'usr/lib/chromium/chromium-headless-shell'),
    environment: {
      LD_LIBRARY_PATH: join(settings, 'lib'),
      FONTCONFIG_FILE: join(settings, 'fonts.conf'),
      HOME: settings,
      LC_ALL: 'C.UTF-8',
      PATH: process.env.PATH ?? '',
    },
  };
}

async function prepare(root: string, settings: string): Promise<void> {
  const work = await mkdtemp(join(root, 'preparing-'));
  try {
    await mkdir(join(work, 'lib'));
    // Libraries name folders of an installed system (`…/pulseaudio`) that are not where they say.
    const folders = await libraryFolders(root);
    const below = folders.map(async (folder) =>
      (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name)),
    );
    for (const folder of [...folders, ...(await Promise.all(below)).flat()]) {
      for (const file of await readdir(folder)) {
        if (/\.so(\.|$)/.test(file) && !ofTheLoader.test(file))
          await symlink(join(folder, file), join(work, 'lib', file)).catch(unlessThere);
      }
    }
    await writeFile(
      join(work, 'fonts.conf'),
      `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(root, 'usr/share/fonts')}</dir>
  <cachedir>${join(settings, 'font-cache')}</cachedir>
  <alias><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
`,
    );
    // Another run may have been faster; either will do.
    await rename(work, settings).catch(() => undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
