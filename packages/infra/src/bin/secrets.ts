import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from 'commander';
import { drawSecrets, readByContainers } from '../secrets.ts';

program
  .name('secrets')
  .description('Draws the passwords of PgBouncer and writes the files that compose.pgbouncer.yml mounts; never over existing ones.')
  .option('--out <folder>', 'where to write', 'secrets')
  .action(({ out }: { out: string }) => {
    const template = readFileSync(new URL('../../pgbouncer/userlist.txt.template', import.meta.url), 'utf8');
    try {
      mkdirSync(out, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') program.error(`${out} exists: move it away to draw new passwords.`);
      program.error(`${out} could not be made: ${(error as Error).message}.`);
    }
    for (const [name, text] of Object.entries(drawSecrets(template))) writeFileSync(join(out, name), text, { mode: 0o400, flag: 'wx' });
    console.log(
      `Written to ${out}. Next: run ${join(out, 'roles.sql')} in PostgreSQL, and give to PGBOUNCER_UID what the containers read: ${readByContainers.join(', ')}.`,
    );
  })
  .parse();
