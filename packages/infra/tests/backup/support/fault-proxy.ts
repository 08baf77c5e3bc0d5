import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { freePort } from '../../../../lab/src/servers/free-port.ts';

/** What becomes of a request. Undefined: it goes through. */
export type Fault =
  /** The connection is closed without an answer. */
  | 'refuse'
  /** There is never an answer. */
  | 'hang'
  /** The server does what it is asked, and its answer is lost. */
  | 'lose the answer'
  /** An answer of S3 with this status. */
  | { readonly status: number; readonly code: string }
  /** The first bytes of the answer only. */
  | { readonly cut: number; readonly honest: boolean };

export interface Request {
  readonly method: string;
  readonly url: string;
  /** How many requests came before it. */
  readonly number: number;
}

/** Stands before a real S3 server, hands everything on, and fails where it is told to. */
export interface FaultProxy {
  readonly endpoint: string;
  readonly seen: readonly Request[];
  fail(decide: ((request: Request) => Fault | undefined) | undefined): void;
  /** Listings say that every object is so many days older. */
  age(days: number): void;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const port = await freePort();
  const { hostname, port: targetPort } = new URL(target);
  let decide: ((request: Request) => Fault | undefined) | undefined;
  let olderByDays = 0;
  const seen: Request[] = [];

  const server = createServer((incoming, response) => {
    const asked: Request = { method: incoming.method ?? '', url: incoming.url ?? '', number: seen.length };
    seen.push(asked);
    const fault = decide?.(asked);
    incoming.on('error', () => undefined);
    if (fault === 'refuse') return void incoming.socket.destroy();
    if (fault === 'hang') return void incoming.resume();
    if (typeof fault === 'object' && 'status' in fault) return void refuse(incoming, response, fault.status, fault.code);
    // Everything is signed, the name of the host as well, so it goes on as it came.
    const forwarded = request(
      { hostname, port: targetPort, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        if (fault === 'lose the answer') {
          answer.resume().on('end', () => incoming.socket.destroy());
          return;
        }
        if (fault === undefined && olderByDays > 0 && asked.url.includes('list-type=2')) {
          void aged(answer, response, olderByDays);
          return;
        }
        if (fault === undefined) {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
          return;
        }
        void cut(answer, response, fault);
      },
    );
    forwarded.on('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    fail: (next) => {
      decide = next;
    },
    age: (days) => {
      olderByDays = days;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function refuse(incoming: IncomingMessage, response: ServerResponse, status: number, code: string): Promise<void> {
  incoming.resume();
  if (!incoming.complete) await once(incoming, 'end').catch(() => undefined);
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(
    incoming.method === 'HEAD' ? undefined : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>told to</Message></Error>`,
  );
}

/** An honest cut says how much there should be and ends early; the other says that what it sends is all. */
async function cut(
  answer: IncomingMessage,
  response: ServerResponse,
  fault: { readonly cut: number; readonly honest: boolean },
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const part = Buffer.concat(chunks).subarray(0, fault.cut);
  const headers = fault.honest ? answer.headers : headersFor(answer, part.length);
  response.writeHead(answer.statusCode ?? 500, headers);
  response.write(part, () => (fault.honest ? response.destroy() : response.end()));
}

async function aged(answer: IncomingMessage, response: ServerResponse, days: number): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const older = text.replace(
    /(<LastModified>)([^<]+)/g,
    (_, tag: string, time: string) => `${tag}${new Date(Date.parse(time) - days * 86_400_000).toISOString()}`,
  );
  response.writeHead(answer.statusCode ?? 500, headersFor(answer, Buffer.byteLength(older)));
  response.end(older);
}

/** Ceph sends listings in chunks; an answer has either those or a length. */
function headersFor({ headers: { 'transfer-encoding': _, ...headers } }: IncomingMessage, length: number) {
  return { ...headers, 'content-length': String(length) };
}
