import { setTimeout as sleep } from 'node:timers/promises';
import { passwordIn, type Pooler } from '../servers.ts';
import type { SecretFiles } from '../../../src/secrets.ts';

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

/** The health check of the compose file: it logs in each time. There it is one every ten seconds. */
export function startHealthChecks(pooler: Pooler, secrets: SecretFiles, pause: number): Traffic {
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      const client = pooler.client('pgbouncer_health', passwordIn(secrets, 'pgbouncer_health'), 'health');
      await client
        .connect()
        .then(() => client.query('select 1'))
        .catch(() => undefined);
      await client.end().catch(() => undefined);
      await sleep(pause);
    }
  };
  const running = loop();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
