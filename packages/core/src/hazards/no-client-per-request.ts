import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { ConstructionSite, Handle } from '../sites/site.ts';
import { confidenceOf, isPooled, ownsClient } from './kit.ts';

/** Every client that is made opens connections of its own; what nothing closes stays until the process ends, or the pool's idle time-out. */
export const noClientPerRequest = defineHazard({
  id: 'no-client-per-request',
  taxonomy: ['73'],
  family: 'clients',
  title: 'Disallow making a client for each request',
  failure: 'exhaustion',
  severity: 'warning',
  preset: 'recommended',
  messages: {
    perRequest:
      'Every request makes a client with connections of its own, in {{handler}}, and nothing closes it: the connections add up until the pooler refuses new clients (`max_client_conn`, 100 unless it is changed). Make the client once, outside of what runs for a request.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'construction' || !site.perRequest || !isPooled(site.handle) || !opensConnections(site)) return;
    const { handler, confidence, evidence } = site.perRequest;
    yield {
      messageId: 'perRequest',
      data: { handler },
      range: site.range,
      confidence: weaker(confidence, confidenceOf(site)),
      evidence: [...evidence, ...site.handle.evidence],
    };
  },
});

/** Drivers whose construction opens connections, or will; a layer over a client that is passed to it opens none. */
const openers: ReadonlySet<Handle['driver']> = new Set([
  'pg',
  'postgres.js',
  'knex',
  'prisma',
  'typeorm',
  'sequelize',
  'slonik',
  'pg-promise',
]);

function opensConnections({ handle, options }: ConstructionSite): boolean {
  if (ownsClient(handle)) return handle.underlying?.driver === 'pg' || handle.underlying?.driver === 'postgres.js';
  // `new PrismaClient({ adapter })` uses the adapter's pool.
  return openers.has(handle.driver) && !options.properties.has('adapter');
}
