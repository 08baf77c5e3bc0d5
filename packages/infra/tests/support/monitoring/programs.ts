import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackage } from '../../../../lab/src/servers/debian-packages.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { lentTo } from '../../../../lab/src/servers/server-account.ts';
import { type Program, unpackedProgram } from '../../../../lab/src/servers/unpacked-program.ts';
import { monitoringPackages } from '../../../../lab/src/servers/monitoring-packages.ts';

export type ProgramName = keyof typeof programs;

/** Where the programs are in Debian's packages. */
const programs = {
  prometheus: ['prometheus', 'usr/bin/prometheus'],
  promtool: ['promtool', 'usr/bin/promtool'],
  alertmanager: ['alertmanager', 'usr/bin/prometheus-alertmanager'],
  amtool: ['alertmanager', 'usr/bin/amtool'],
  blackbox: ['blackbox', 'usr/bin/prometheus-blackbox-exporter'],
  caddy: ['caddy', 'usr/bin/caddy'],
  pebble: ['pebble', 'usr/bin/pebble'],
  pgbouncerExporter: ['pgbouncerExporter', 'usr/bin/prometheus-pgbouncer-exporter'],
  postgresExporter: ['postgresExporter', 'usr/bin/prometheus-postgres-exporter'],
} as const satisfies Readonly<Record<string, readonly [packageOf: keyof typeof monitoringPackages, path: string]>>;

/** Where Debian's Alertmanager and amtool look for their templates, whatever they are told. */
const compiledIn = '/usr/share/prometheus/alertmanager';

/**
 * A program of the monitoring, of the newest Debian that packages it. It ends with the process that started it.
 *
 * @param folder takes what has to be changed for it
 */
export async function monitoringProgram(name: ProgramName, folder: RunFolder): Promise<Program> {
  const [packageOf, path] = programs[name];
  const [debianName, suite] = monitoringPackages[packageOf];
  const root = await debianPackage(debianName, suite);
  const program = await unpackedProgram(root, path);
  const own = { uid: process.getuid!(), gid: process.getgid!() };
  if (packageOf !== 'alertmanager') return lentTo(own, program, 'KILL');
  const relocated = await relocatedCopy(join(root, path), join(folder.path, name));
  const args = program.args.map((argument) => (argument === join(root, path) ? relocated : argument));
  return lentTo(own, { command: 'env', args: ['--chdir', root, program.command, ...args] }, 'KILL');
}

/** A copy that looks for its templates from its working directory, which has to be the unpacked package. The text keeps its length. */
async function relocatedCopy(original: string, copy: string): Promise<string> {
  const bytes = await readFile(original);
  const from = Buffer.from(compiledIn);
  const to = Buffer.from(`${compiledIn.slice(1)}/`);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
  await writeFile(copy, bytes, { mode: 0o700 });
  return copy;
}
