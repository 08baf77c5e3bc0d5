import * as orm from 'drizzle-orm';
import * as nodePostgres from 'drizzle-orm/node-postgres';
import * as nodePostgresMigrator from 'drizzle-orm/node-postgres/migrator';
import * as pgCore from 'drizzle-orm/pg-core';
import * as postgresJs from 'drizzle-orm/postgres-js';
import * as postgresJsMigrator from 'drizzle-orm/postgres-js/migrator';
import * as orm1 from 'drizzle-orm-1';
import * as nodePostgres1 from 'drizzle-orm-1/node-postgres';
import * as nodePostgresMigrator1 from 'drizzle-orm-1/node-postgres/migrator';
import * as pgCore1 from 'drizzle-orm-1/pg-core';
import * as postgresJs1 from 'drizzle-orm-1/postgres-js';
import * as postgresJsMigrator1 from 'drizzle-orm-1/postgres-js/migrator';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver, Experiment } from '../proof/proof.ts';

/** A Drizzle, for code that is the same in every one of them. */
export interface Drizzle {
  readonly overPg: Driver & `drizzle${string}`;
  readonly overPostgres: Driver & `drizzle${string}`;
  readonly orm: Pick<typeof orm, 'eq' | 'sql'>;
  readonly tables: Pick<typeof pgCore, 'pgTable' | 'integer'>;
  readonly nodePostgres: Pick<typeof nodePostgres, 'drizzle'> & Pick<typeof nodePostgresMigrator, 'migrate'>;
  readonly postgresJs: Pick<typeof postgresJs, 'drizzle'> & Pick<typeof postgresJsMigrator, 'migrate'>;
  /** Writes a folder of migrations as drizzle-kit does, with one migration, or with none. */
  writeMigration(folder: string, sql: string | undefined): Promise<void>;
}

const drizzle045: Drizzle = {
  overPg: 'drizzle+pg',
  overPostgres: 'drizzle+postgres',
  orm,
  tables: pgCore,
  nodePostgres: { ...nodePostgres, ...nodePostgresMigrator },
  postgresJs: { ...postgresJs, ...postgresJsMigrator },
  async writeMigration(folder, sql) {
    await mkdir(join(folder, 'meta'), { recursive: true });
    const entries = sql === undefined ? [] : [{ idx: 0, version: '7', when: 1, tag: '0000_first', breakpoints: true }];
    await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
    if (sql !== undefined) await writeFile(join(folder, '0000_first.sql'), sql);
  },
};

/** Its types are others, but what the proofs call of it is called in the same way. */
const drizzle1: Drizzle = {
  overPg: 'drizzle 1.0+pg',
  overPostgres: 'drizzle 1.0+postgres',
  orm: orm1 as unknown as Drizzle['orm'],
  tables: pgCore1 as unknown as Drizzle['tables'],
  nodePostgres: { ...nodePostgres1, ...nodePostgresMigrator1 } as unknown as Drizzle['nodePostgres'],
  postgresJs: { ...postgresJs1, ...postgresJsMigrator1 } as unknown as Drizzle['postgresJs'],
  async writeMigration(folder, sql) {
    const migration = join(folder, '20260101000000_first');
    await mkdir(sql === undefined ? folder : migration, { recursive: true });
    if (sql !== undefined) await writeFile(join(migration, 'migration.sql'), sql);
  },
};

/** What most projects have, and the release candidate of 1.0. */
export const drizzles: readonly Drizzle[] = [drizzle045, drizzle1];

/** The same experiments for each Drizzle. */
export function forEachDrizzle(make: (drizzle: Drizzle) => readonly Experiment[]): Experiment[] {
  return drizzles.flatMap(make);
}
