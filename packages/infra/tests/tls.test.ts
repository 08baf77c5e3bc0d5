import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Program } from '../../lab/src/servers/unpacked-program.ts';
import { type Pooler, type Stack, startStack } from './support/servers.ts';

/** The machine's own. */
const program: Program = { command: 'openssl', args: [] };

let stack: Stack;
let certificates: string;

beforeAll(async () => {
  stack = await startStack();
  await stack.administrator.query("create role orders login password 'orders-1'");
  certificates = makeCertificates(join(stack.folder.path, 'certificates'));
  await stack.administrator.query(`alter system set ssl_cert_file = '${certificates}/server.crt'`);
  await stack.administrator.query(`alter system set ssl_key_file = '${certificates}/server.key'`);
  await stack.administrator.query('alter system set ssl = on');
  await stack.administrator.query('select pg_reload_conf()');
  await vi.waitFor(async () => expect((await stack.administrator.query('show ssl')).rows).toEqual([{ ssl: 'on' }]), 10_000);
});
afterAll(() => stack?.stop());

/** Two authorities, and a certificate for 127.0.0.1 signed by the first. */
function makeCertificates(folder: string): string {
  mkdirSync(folder);
  const openssl = (...args: string[]) => execFileSync(program.command, [...program.args, ...args], { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  for (const name of ['authority', 'stranger']) {
    openssl('req', '-x509', ...key, '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  }
  const signed = ['-CA', 'authority.crt', '-CAkey', 'authority.key', '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', '-x509', ...key, ...signed, '-days', '2', '-subj', '/CN=server', '-keyout', 'server.key', '-out', 'server.crt');
  for (const name of ['', 'server.key', 'server.crt', 'authority.crt', 'stranger.crt']) {
    chownSync(join(folder, name), stack.folder.account.uid, stack.folder.account.gid);
  }
  return folder;
}

/** Both sides as the read-me has them for connections across machines. */
function startEncrypted(authority: string): Promise<Pooler> {
  return stack.startPooler({
    client_tls_sslmode: 'require',
    client_tls_key_file: `${certificates}/server.key`,
    client_tls_cert_file: `${certificates}/server.crt`,
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: `${certificates}/${authority}.crt`,
    query_wait_timeout: 1,
  });
}

describe('TLS', () => {
  it('encrypts both sides, with certificates that are checked', async () => {
    const pooler = await startEncrypted('authority');
    const client = pooler.client('orders', 'orders-1', 'app', { ca: readFileSync(`${certificates}/authority.crt`, 'utf8') });
    await client.connect();
    const { rows } = await client.query<{ ssl: boolean }>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    expect(rows, 'between PgBouncer and PostgreSQL').toEqual([{ ssl: true }]);
    await client.end();
  });

  it('lets nobody in without it', async () => {
    const pooler = await startEncrypted('authority');
    await expect(pooler.client('orders', 'orders-1').connect()).rejects.toThrow(/SSL required/);
  });

  it('does not talk to a PostgreSQL whose certificate another authority signed', async () => {
    const pooler = await startEncrypted('stranger');
    const client = pooler.client('orders', 'orders-1', 'app', { ca: readFileSync(`${certificates}/authority.crt`, 'utf8') });
    await expect(client.connect()).rejects.toThrow(/query_wait_timeout|server login/);
  });
});
