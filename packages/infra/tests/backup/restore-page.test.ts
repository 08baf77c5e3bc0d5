import { execFile } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';
import { type PostgresServer, startPostgres } from '../../../lab/src/servers/postgresql.ts';
import { unpackedProgram } from '../../../lab/src/servers/unpacked-program.ts';
import { type Bench, type Environment, openBench } from './support/bench.ts';
import './support/patience.ts';

// docs/restore.md, followed by somebody who has nothing but it: every command of the page in its order, in an empty folder, for a new server. Only what
// the page says is to be replaced is replaced: addresses, keys, passwords, and which backup.

const run = promisify(execFile);
let bench: Bench;
let page: string;
let tools: string;
let source: Environment;
const sum = `select count(*), md5(string_agg(t::text, null order by id)) from t`;

beforeAll(async () => {
  page = await readFile(new URL('../../../../docs/restore.md', import.meta.url), 'utf8');
  bench = await openBench();
  source = await bench.newBucket('backups');
  await bench.sql('postgres', `create role "shop owner" login password 'of the shop'`);
  await bench.newDatabase('app');
  await bench.sql('app', 'alter table t owner to "shop owner"; grant select on t to app');
  tools = await toolsFolder();
}, 240_000);
afterAll(() => bench?.stop());

/** What the page asks to be installed, under the names that it uses. */
async function toolsFolder(): Promise<string> {
  const folder = await bench.folder.folder('tools');
  const script = (name: string, text: string) => writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  for (const name of ['psql', 'pg_restore', 'createdb']) await symlink(join(source.BACKUP_PG_BIN!, name), join(folder, name));
  for (const [name, path] of [
    ['rclone', 'usr/bin/rclone'],
    ['jq', 'usr/bin/jq'],
    ['age', 'usr/bin/age'],
    ['age', 'usr/bin/age-keygen'],
  ] as const) {
    const root = await debianPackage(name, 'bookworm');
    const program = name === 'jq' ? await unpackedProgram(root, path) : { command: join(root, path), args: [] };
    await script(path.slice('usr/bin/'.length), `exec ${[program.command, ...program.args].join(' ')} "$@"`);
  }
  await script('pg-backup', `exec ${process.execPath} ${join(bench.folder.path, 'pg-backup.mjs')} "$@"`);
  return folder;
}

interface Section {
  /** The blocks of commands, and the commands that stand in the text, in the order of the page. */
  readonly commands: readonly string[];
}

/** The commands under a heading; those for containers, which this machine may have none of, are left out. */
function sectionOf(heading: string): Section {
  const text = page.split(/^## /m).find((section) => section.startsWith(heading))!;
  const commands = [
    ...text.matchAll(/^( *)```sh\n(.*?)^ *```|`((?:psql --dbname app|createdb|pg_restore --dbname app|jq '\.rows')[^`]*)`/gms),
  ].map(([, indent, block, inline]) => block?.replaceAll(new RegExp(`^${indent}`, 'gm'), '') ?? inline!);
  return { commands: commands.filter((command) => !/docker compose/.test(command)) };
}

/** A server on which nothing was made yet. */
async function newServer(name: string): Promise<PostgresServer> {
  const server = await startPostgres(bench.folder, source.BACKUP_PG_BIN!, name);
  const client = await server.connect('postgres');
  await client.query('drop role app; drop role tenant_reader').finally(() => client.end());
  return server;
}

/** Makes a backup, and gives the commands of a section for it and for a server. */
async function commandsFor({ commands }: Section, server: PostgresServer, settings: Environment): Promise<string[]> {
  const made = await bench.run({ ...source, ...settings }, 'backup', 'app');
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const name = made.stdout.trim();
  const replaced: readonly (readonly [string | RegExp, string])[] = [
    [/http:\/\/minio:9000/g, bench.s3.endpoint],
    [/THE KEY/g, bench.s3.accessKey],
    [/ITS SECRET/g, bench.s3.secretKey],
    [/THE PASSWORD/g, server.password],
    [/PGHOST=postgres PGPORT=5432/g, `PGHOST=127.0.0.1 PGPORT=${server.port}`],
    [/2026\/11\/24\/20261124T021700Z-1f0c2a3b/g, `${name.slice(0, 4)}/${name.slice(4, 6)}/${name.slice(6, 8)}/${name}`],
  ];
  return commands.map((command) => replaced.reduce((text, [from, to]) => text.replaceAll(from, () => to), command));
}

/** One shell for all of them, as one person has one; it stops at the first command that fails. */
async function follow(folder: string, commands: readonly string[]): Promise<{ stdout: string; seconds: number }> {
  const started = performance.now();
  const { stdout } = await run('bash', ['-e', '-o', 'pipefail', '-c', commands.join('\n')], {
    cwd: folder,
    env: { PATH: `${tools}:${process.env.PATH}`, HOME: folder, BACKUP_PG_BIN: source.BACKUP_PG_BIN!, LC_ALL: 'C.UTF-8' },
  });
  return { stdout, seconds: (performance.now() - started) / 1000 };
}

/** An empty folder, in which a key for encrypted backups was made as docs/backup.md says. */
async function emptyFolder(name: string): Promise<{ folder: string; encrypted: Environment }> {
  const folder = await bench.folder.folder(name);
  const keys = join(folder, 'age-key');
  await run(join(tools, 'age-keygen'), ['-o', keys]);
  const recipient = /# public key: (\S+)/.exec(await readFile(keys, 'utf8'))![1]!;
  return { folder, encrypted: { BACKUP_AGE_RECIPIENTS_FILE: await bench.secretFile('recipients', `${recipient}\n`) } };
}

const answer = async (server: PostgresServer, database: string) => {
  const client = await server.connect(database);
  return (await client.query(sum).finally(() => client.end())).rows;
};
const owner = async (server: PostgresServer, database: string) => {
  const client = await server.connect(database);
  const { rows } = await client
    .query<{ owner: string }>(`select tableowner as owner from pg_tables where tablename = 't'`)
    .finally(() => client.end());
  return rows[0]?.owner;
};

describe('docs/restore.md, followed to the letter', () => {
  it('brings an encrypted backup back with the program', async () => {
    const server = await newServer('with-program');
    const { folder, encrypted } = await emptyFolder('stranger-1');
    const commands = await commandsFor(sectionOf('With the program'), server, encrypted);
    expect(commands.filter((command) => /pg-backup (list|restore)/.test(command))).toHaveLength(4);
    const asked = commands.map((command) => (command.startsWith('psql --dbname app_restored') ? `${command} --command '${sum}'` : command));
    const { stdout, seconds } = await follow(folder, asked);
    console.log(`With the program: ${seconds.toFixed(1)} s.`);
    expect(stdout).toMatch(/^app\t\S+Z-[0-9a-f]{8}\t/m);
    expect(stdout).toMatch(/Would restore \S+ as app_restored/);
    for (const database of ['app_restored', 'app']) {
      expect(await answer(server, database)).toEqual(await answer(bench.postgres, 'app'));
      expect(await owner(server, database)).toBe('shop owner');
    }
    await server.stop();
  });

  it.each(['encrypted', 'plain', 'directory'] as const)('brings a backup back with standard tools only: %s', async (kind) => {
    const server = await newServer(`standard-${kind}`);
    const { folder, encrypted } = await emptyFolder(`stranger-${kind}`);
    const settings = { encrypted, plain: {}, directory: { BACKUP_FORMAT: 'directory' } }[kind];
    const all = await commandsFor(sectionOf('With standard tools only'), server, settings);
    expect(all).toHaveLength(9);
    const commands = all
      .filter((command) => kind === 'encrypted' || !command.startsWith('for file in dump.age'))
      .map((command) => (kind === 'directory' ? command.replace(/ dump\s*$/, ' --jobs 4 directory') : command));
    const { stdout, seconds } = await follow(folder, commands);
    console.log(`With standard tools, ${kind}: ${seconds.toFixed(1)} s.`);
    expect(stdout).toMatch(/^\d{4}\/\d\d\/\d\d\/\S+\/manifest\.json$/m);
    expect(stdout).toMatch(/"rows": 1000/);
    for (const database of ['app', 'app_restored']) {
      expect(await answer(server, database)).toEqual(await answer(bench.postgres, 'app'));
      expect(await owner(server, database)).toBe('shop owner');
    }
    await server.stop();
  });
});
