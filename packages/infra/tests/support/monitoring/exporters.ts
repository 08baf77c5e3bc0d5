import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { freePort } from '../../../../lab/src/servers/free-port.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { type ServerProcess, startServer } from '../../../../lab/src/servers/server-process.ts';
import type { Program } from '../../../../lab/src/servers/unpacked-program.ts';
import type { Pooler, Stack } from '../servers.ts';
import { composeConfig } from '../compose.ts';
import { shipped } from '../shipped.ts';
import { monitoringProgram } from './programs.ts';

/** The machine's own. */
const opensslProgram = 'openssl';

/** A server that Prometheus can scrape. */
export interface Scraped extends ServerProcess {
  /** `host:port`, as a target is written. */
  readonly target: string;
}

const shippedServices = composeConfig().services;

/** What pgbouncer_exporter 0.12.0 (Debian's) sends at the start of a connection; 0.12.1, which is shipped, does not. */
export const exporterNeeds = { ignore_startup_parameters: 'extra_float_digits' } as const;

/** pgbouncer_exporter as the reader of statistics. The pooler has to be started with `exporterNeeds`. */
export async function startPgbouncerExporter(stack: Stack, pooler: Pooler): Promise<Scraped> {
  const port = await freePort();
  const { command = [] } = shippedServices['pgbouncer-exporter']!;
  const args = [...command!, `--web.listen-address=127.0.0.1:${port}`].map((text) =>
    text.replace('pgbouncer:6432', `127.0.0.1:${pooler.port}`),
  );
  const program = withPassfile(stack, 'pgbouncer_stats', await monitoringProgram('pgbouncerExporter', stack.folder), port);
  return scraped('pgbouncer_exporter', await program, args, port);
}

/** postgres_exporter, connected directly and with the rights that are shipped for it. */
export async function startPostgresExporter(stack: Stack): Promise<Scraped> {
  const port = await freePort();
  const program = await monitoringProgram('postgresExporter', stack.folder);
  const { environment, command: options } = shippedServices['postgres-exporter']!;
  const dsn = environment!.DATA_SOURCE_NAME!.replace('postgres:5432', `127.0.0.1:${stack.postgres.port}`);
  const queries = await stack.folder.file(`queries-${port}.yml`, shipped('monitoring/postgres_exporter.queries.yml'));
  const optionsHere = options!.map((text) => text.replace('/etc/postgres_exporter/queries.yml', queries));
  const { command, args } = await withPassfile(stack, 'postgres_exporter', program, port);
  const withSource: Program = { command: 'env', args: [`DATA_SOURCE_NAME=${dsn}`, command, ...args] };
  return scraped('postgres_exporter', withSource, [...optionsHere, `--web.listen-address=127.0.0.1:${port}`], port);
}

/** With the password in a file, as the compose file has it. */
async function withPassfile(stack: Stack, role: string, program: Program, port: number): Promise<Program> {
  const passfile = await stack.folder.file(`${role}-${port}.pgpass`, stack.secrets[`${role}.pgpass`]!);
  return { command: 'env', args: [`PGPASSFILE=${passfile}`, program.command, ...program.args] };
}

/** blackbox_exporter with the shipped modules. */
export async function startBlackbox(folder: RunFolder, modules = shipped('monitoring/blackbox.yml')): Promise<Scraped> {
  const port = await freePort();
  const config = await folder.file(`blackbox-${port}.yml`, modules);
  const args = [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`];
  return scraped('blackbox_exporter', await monitoringProgram('blackbox', folder), args, port);
}

export interface Caddy extends ServerProcess {
  /** Of a site whose certificate Caddy's internal authority signed; 12 hours by default. */
  readonly port: number;
}

/**
 * Caddy with a site for `localhost`.
 *
 * @param tls the arguments of the directive `tls`: `internal`, or the files of a certificate and a key
 * @param port where it is not just any: that of one that has ended, to take its place with what it had stored
 * @param options global ones, besides those of a test
 */
export async function startCaddy(folder: RunFolder, tls = 'internal', port?: number, options: readonly string[] = []): Promise<Caddy> {
  port ??= await freePort();
  const data = join(folder.path, `caddy-${port}`);
  if (!existsSync(data)) await folder.folder(`caddy-${port}`);
  const caddyfile = await folder.file(
    `Caddyfile-${port}`,
    [
      `{`,
      `  admin off`,
      `  auto_https disable_redirects`,
      `  skip_install_trust`,
      `  storage file_system ${data}`,
      ...options.map((option) => `  ${option}`),
      `}`,
      `https://localhost:${port} {`,
      `  bind 127.0.0.1`,
      `  tls ${tls}`,
      `  respond "ok"`,
      `}`,
      ``,
    ].join('\n'),
  );
  const { command, args } = await monitoringProgram('caddy', folder);
  // It saves the configuration in its home.
  const home = [`HOME=${data}`, `XDG_CONFIG_HOME=${data}`, `XDG_DATA_HOME=${data}`];
  const program = { command: 'env', args: [...home, command, ...args, 'run', '--adapter', 'caddyfile', '--config', caddyfile] };
  const answers = async () => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.destroy();
  };
  return { port, ...(await startServer('Caddy', program, answers, 'SIGKILL')) };
}

/** A self-signed certificate for `localhost` and its key, valid between two moments. */
export async function certificateFiles(
  folder: RunFolder,
  name: string,
  from: Date,
  to: Date,
): Promise<{ certificate: string; key: string }> {
  const home = await folder.folder(name);
  mkdirSync(join(home, 'new'));
  const openssl = (...args: string[]) => execFileSync(opensslProgram, args, { cwd: home, stdio: 'pipe' });
  const stamp = (date: Date) =>
    `${date
      .toISOString()
      .replace(/[-:T]|\.\d+/g, '')
      .replace('Z', '')}Z`;
  openssl(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-noenc',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'key.pem',
    '-out',
    'request.pem',
  );
  await folder.file(
    `${name}/ca.cnf`,
    [
      '[ca]',
      'default_ca = one',
      '[one]',
      `database = ${home}/index`,
      `new_certs_dir = ${home}/new`,
      'rand_serial = yes',
      'default_md = sha256',
      'policy = any',
      'x509_extensions = names',
      '[any]',
      'commonName = supplied',
      '[names]',
      'subjectAltName = DNS:localhost',
      '',
    ].join('\n'),
  );
  await folder.file(`${name}/index`, '');
  openssl(
    'ca',
    '-batch',
    '-selfsign',
    '-config',
    'ca.cnf',
    '-keyfile',
    'key.pem',
    '-in',
    'request.pem',
    '-out',
    'certificate.pem',
    '-notext',
    '-startdate',
    stamp(from),
    '-enddate',
    stamp(to),
  );
  return { certificate: join(home, 'certificate.pem'), key: join(home, 'key.pem') };
}

async function scraped(name: string, program: Program, args: readonly string[], port: number): Promise<Scraped> {
  const target = `127.0.0.1:${port}`;
  const answers = async () => {
    const { ok } = await fetch(`http://${target}/metrics`);
    if (!ok) throw new Error(`${name} is not ready`);
  };
  return { target, ...(await startServer(name, { command: program.command, args: [...program.args, ...args] }, answers, 'SIGKILL')) };
}
