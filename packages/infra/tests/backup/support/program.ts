import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The program as it is shipped: one file, made by the same configuration as the image's. */
export async function program(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'pg-backup-bundle-'));
  try {
    await build({ config: fileURLToPath(new URL('../../../backup/tsup.config.ts', import.meta.url)), outDir, silent: true });
    return await readFile(join(outDir, 'pg-backup.mjs'), 'utf8');
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}
