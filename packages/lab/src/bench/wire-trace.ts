import { connect, createServer, type Socket } from 'node:net';

/** A proxy that writes down what goes through it. */
export interface Trace {
  /** The URL to give to the driver instead of the pooler's. */
  readonly url: string;
  /** The messages so far, in order, such as `> Parse[s1] select 1` (from the client) and `< ErrorResponse 26000`. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

/**
 * Puts a decoder of PostgreSQL's wire protocol (version 3, without TLS) before a server or pooler.
 *
 * @param url where the proxy leads to
 * @param hold is told of each message of the client, as `messages` would have it, before it is passed on, and may keep it waiting; what it throws ends
 * the connection
 */
export async function traceWire(url: string, hold?: (message: string) => Promise<void>): Promise<Trace> {
  const target = new URL(url);
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    const fromClient = decoder(frontendMessage, true);
    const fromServer = decoder(backendMessage, false);
    server.on('data', (chunk) => messages.push(...fromServer(chunk).map((message) => `< ${message}`)));
    server.pipe(client);
    let passed = Promise.resolve();
    client.on('data', (chunk) => {
      const sent = fromClient(chunk).map((message) => `> ${message}`);
      messages.push(...sent);
      if (!hold) return;
      passed = passed
        .then(async () => {
          for (const message of sent) await hold(message);
          server.write(chunk);
        })
        .catch(() => void client.destroy());
    });
    if (hold) client.on('end', () => void passed.then(() => server.end()));
    else client.pipe(server);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.port = String((proxy.address() as { port: number }).port);
  return {
    url: own.href,
    messages,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        proxy.close(() => resolve());
      }),
  };
}

/** The names of the statements that a client prepared, in order; an empty name is the unnamed statement. */
export function preparedNames(messages: readonly string[]): { name: string; text: string }[] {
  return messages.flatMap((message) => {
    const [, name, text] = /^> Parse\[(.*?)\] (.*)$/s.exec(message) ?? [];
    return name === undefined || text === undefined ? [] : [{ name, text }];
  });
}

/** Cuts a stream into messages. The first one of a client, the startup packet, has no type byte. */
function decoder(describe: (type: string, body: Buffer) => string, startsUntyped: boolean): (chunk: Buffer) => string[] {
  let rest = Buffer.alloc(0);
  let untyped = startsUntyped;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const found: string[] = [];
    for (;;) {
      const header = untyped ? 0 : 1;
      if (rest.length < header + 4) return found;
      const end = header + rest.readInt32BE(header);
      if (rest.length < end) return found;
      const body = rest.subarray(header + 4, end);
      found.push(
        untyped ? `StartupMessage ${strings(body.subarray(4)).join(' ')}`.trimEnd() : describe(String.fromCharCode(rest[0] ?? 0), body),
      );
      untyped = false;
      rest = rest.subarray(end);
    }
  };
}

function frontendMessage(type: string, body: Buffer): string {
  const [first = '', second = ''] = strings(body);
  switch (type) {
    case 'Q':
      return `Query ${first}`;
    case 'P':
      return `Parse[${first}] ${second}`;
    case 'B':
      return `Bind[${second}]`;
    case 'D':
      return `Describe ${first.slice(0, 1)}[${first.slice(1)}]`;
    case 'E':
      return `Execute[${first}]`;
    case 'C':
      return `Close ${first.slice(0, 1)}[${first.slice(1)}]`;
    case 'p':
      return 'Password';
    default:
      return frontendNames[type] ?? `message ${type}`;
  }
}

function backendMessage(type: string, body: Buffer): string {
  switch (type) {
    case 'C':
      return `CommandComplete ${strings(body)[0] ?? ''}`;
    case 'E':
      return `ErrorResponse ${
        strings(body)
          .find((field) => field.startsWith('C'))
          ?.slice(1) ?? ''
      }`;
    case 'S':
      return `ParameterStatus ${strings(body).slice(0, 2).join('=')}`;
    case 'Z':
      return `ReadyForQuery ${String.fromCharCode(body[0] ?? 0)}`;
    default:
      return backendNames[type] ?? `message ${type}`;
  }
}

const frontendNames: Record<string, string> = { S: 'Sync', H: 'Flush', X: 'Terminate', d: 'CopyData', c: 'CopyDone', f: 'CopyFail' };

const backendNames: Record<string, string> = {
  '1': 'ParseComplete',
  '2': 'BindComplete',
  '3': 'CloseComplete',
  A: 'NotificationResponse',
  D: 'DataRow',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  I: 'EmptyQueryResponse',
  K: 'BackendKeyData',
  N: 'NoticeResponse',
  R: 'Authentication',
  T: 'RowDescription',
  n: 'NoData',
  s: 'PortalSuspended',
  t: 'ParameterDescription',
};

/** The texts in a message that end with a zero byte. */
function strings(body: Buffer): string[] {
  return body.toString('utf8').split('\0').slice(0, -1);
}
