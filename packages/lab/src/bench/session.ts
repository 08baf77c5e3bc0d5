import type pg from 'pg';
import type postgres from 'postgres';
import { ask, type Row, type Subject } from './subject.ts';

/** Runs a text that may hold several statements, and gives the rows of the last. */
export type Run = (text: string) => Promise<Row[]>;

/** One client connection of either driver, for what is the same SQL in both. */
export interface Session {
  readonly subject: Subject;
  readonly run: Run;
  /** A transaction as the driver's users write it: `BEGIN` and `COMMIT` on one client, or `sql.begin`. */
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>;
  /** Disconnects. */
  close(): Promise<void>;
}

/** A session over a connected client of pg, or over a client of postgres.js that has one connection. */
export function openSession(client: pg.Client | postgres.Sql): Session {
  const run: Run = (text) => ask(client, text);
  return {
    subject: client,
    run,
    close: () => client.end(),
    async transaction(work) {
      if ('unsafe' in client)
        return (await client.begin((transaction) => work((text) => ask(transaction, text)))) as Awaited<ReturnType<typeof work>>;
      await run('begin');
      try {
        const result = await work(run);
        await run('commit');
        return result;
      } catch (error) {
        await run('rollback');
        throw error;
      }
    },
  };
}
