import type pg from 'pg';

/** Opens clients until one is refused, and gives the others, which are connected. */
export async function clientsUntilRefused(newClient: () => pg.Client): Promise<pg.Client[]> {
  const connected: pg.Client[] = [];
  for (;;) {
    const client = newClient();
    const isRefused = await client.connect().then(
      () => false,
      () => true,
    );
    if (isRefused) return connected;
    connected.push(client);
  }
}
