import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../../lab/src/servers/free-port.ts';
import type { RunFolder } from '../../../../lab/src/servers/run-folder.ts';
import { startServer } from '../../../../lab/src/servers/server-process.ts';
import { monitoringProgram } from './programs.ts';

/** An ACME server that signs for whoever answers on one port. */
export interface AcmeServer {
  /** The block of Caddy's directive `tls` for a site on that port. */
  readonly tls: string;
  /** Nobody reaches it any more, until it is restored. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Pebble, Let's Encrypt's own ACME server for tests: real orders, real challenges, real renewal information (ARI).
 *
 * @param sitePort where it asks for the answer to a challenge (TLS-ALPN)
 * @param lifetime of its certificates, in seconds
 */
export async function startAcmeServer(folder: RunFolder, sitePort: number, lifetime: number): Promise<AcmeServer> {
  const home = await folder.folder('acme');
  const [key, certificate] = [join(home, 'key.pem'), join(home, 'certificate.pem')];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', key];
  const names = ['-subj', '/CN=acme', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...ec, ...names, '-days', '2', '-out', certificate], { stdio: 'pipe' });
  const [port, management] = [await freePort(), await freePort()];
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate,
    privateKey: key,
    httpPort: sitePort,
    tlsPort: sitePort,
    profiles: { default: { description: 'of the test', validityPeriod: lifetime } },
  };
  const configFile = await folder.file('pebble.json', JSON.stringify({ pebble: config }));
  const { command, args } = await monitoringProgram('pebble', folder);
  // By default it dawdles and refuses at random, to try clients.
  const settings = ['PEBBLE_VA_NOSLEEP=1', 'PEBBLE_WFE_NONCEREJECT=0', 'PEBBLE_AUTHZREUSE=0'];
  const program = { command: 'env', args: [...settings, command, ...args, '-config', configFile] };
  const answers = async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  };
  const running = await startServer('Pebble', program, answers, 'SIGKILL');
  // Pebble forgets its accounts when it ends, so what comes and goes is the way to it.
  const sockets = new Set<Socket>();
  const way = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    const on = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [socket, on],
      [on, socket],
    ] as const) {
      one.on('error', () => other.destroy()).pipe(other);
    }
  });
  const open = async (at: number) => {
    way.listen(at, '127.0.0.1');
    await once(way, 'listening');
  };
  const cut = async () => {
    const closed = once(way, 'close');
    way.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await open(0);
  const { port: front } = way.address() as AddressInfo;
  return {
    tls: [
      '{',
      'issuer acme {',
      `dir https://127.0.0.1:${front}/dir`,
      `trusted_roots ${certificate}`,
      'disable_http_challenge',
      `alt_tlsalpn_port ${sitePort}`,
      '}',
      '}',
    ].join('\n'),
    cut,
    restore: () => open(front),
    async stop() {
      if (way.listening) await cut();
      await running.stop();
    },
  };
}
