// `pnpm generate` writes what follows from the hazards (their registry, the tables of the rules, the headers of the pages) and from the sources of
// the infra (dashboards, programs of containers).
// `pnpm generate --check` writes nothing, and fails where a file is not as it would be written.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles, root } from './generated-files.ts';

const check = process.argv.includes('--check');

try {
  const files = await generatedFiles();
  const stale = files.filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text);
  if (check) {
    for (const { path } of stale) console.error(`${path} is not as \`pnpm generate\` writes it.`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const { path, text } of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      console.log(`wrote ${path}`);
    }
    if (stale.length === 0) console.log('everything is as it should be');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
