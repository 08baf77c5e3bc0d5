import { setTimeout as sleep } from 'node:timers/promises';
import type { Pooler } from '../servers.ts';

/** Clients that query again and again, and connect again after an error. */
export interface Traffic {
  stop(): Promise<void>;
}

/**
 * Sends a query again and again through PgBouncer.
 *
 * @param pause between two queries of a client, in milliseconds
 */
export function startTraffic(pooler: Pooler, user: string, password: string, query: string, clients = 1, pause = 200): Traffic {
  let stopped = false;
  const loop = async () => {
    let client = pooler.client(user, password);
    let connected = false;
    while (!stopped) {
      try {
        if (!connected) await client.connect();
        connected = true;
        await client.query(query);
      } catch {
        await client.end().catch(() => undefined);
        client = pooler.client(user, password);
        connected = false;
      }
      await sleep(pause);
    }
    if (connected) await client.end().catch(() => undefined);
  };
  const running = Array.from({ length: clients }, loop);
  return {
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}
