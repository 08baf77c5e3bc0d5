/** A query of a package that is read, or written, in pieces: `client.query(new Cursor(..))`. */
export interface StreamRow {
  readonly module: string;
  readonly name: string;
  /** A portal stays open between two reads, and keeps the server connection until it is read to its end or closed. */
  readonly keepsPortal: boolean;
  readonly source: string;
}

const streams: readonly StreamRow[] = [
  {
    module: 'pg-cursor',
    name: 'default',
    keepsPortal: true,
    source: 'pg-cursor 2.22.0 on the wire: Execute(n), Flush; Sync only at the end (FACTS.md 19)',
  },
  { module: 'pg-query-stream', name: 'default', keepsPortal: true, source: 'pg-query-stream 4.17.0, over pg-cursor (FACTS.md 19)' },
  {
    module: 'pg-copy-streams',
    name: 'to',
    keepsPortal: false,
    source: 'pg-copy-streams 7.0.0: one COPY, which the server sends at its own pace (FACTS.md 20)',
  },
  {
    module: 'pg-copy-streams',
    name: 'from',
    keepsPortal: false,
    source: 'pg-copy-streams 7.0.0: one COPY; a failing one may keep the server (FACTS.md 20)',
  },
];

/** The row of an export of a package. */
export function streamOf(module: string, name: string): StreamRow | undefined {
  return streams.find((row) => row.module === module && row.name === name);
}
