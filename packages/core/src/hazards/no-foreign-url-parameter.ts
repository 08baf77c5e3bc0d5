import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { startupParameter } from '../pooler/capabilities.ts';
import { confidenceOf, isPooled, makesPostgresJs } from './kit.ts';

export const noForeignUrlParameter = defineHazard({
  id: 'no-foreign-url-parameter',
  taxonomy: ['71'],
  family: 'startup',
  title: 'Disallow URL parameters that postgres.js would send to the server',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    foreign:
      'postgres.js sends `{{name}}` of the connection string as a startup parameter: PgBouncer refuses the connection with 08P01, PostgreSQL with 42704. Remove it; it belongs to another client (Prisma, psql).',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site, { profile }) {
    if (site.kind !== 'construction' || !isPooled(site.handle) || !makesPostgresJs(site.handle)) return;
    for (const [path, option] of site.options.properties) {
      const name = path.startsWith('?') ? path.slice(1) : undefined;
      if (name === undefined || own.has(name)) continue;
      const answer = startupParameter(profile, name.toLowerCase());
      if (answer !== 'refused' && answer !== 'unknown') continue;
      // PostgreSQL refuses what is none of its parameters, whatever the pooler does.
      yield {
        messageId: 'foreign',
        data: { name },
        range: option.range,
        confidence: weaker(confidenceOf(site), answer === 'unknown' ? 'likely' : 'certain'),
      };
    }
  },
});

/** What postgres.js 3 takes out of the query string itself (src/index.js, `parseOptions`). */
const own = new Set([
  'host',
  'port',
  'path',
  'database',
  'db',
  'user',
  'username',
  'pass',
  'password',
  'max',
  'ssl',
  'sslmode',
  'sslrootcert',
  'idle_timeout',
  'connect_timeout',
  'max_lifetime',
  'max_pipeline',
  'backoff',
  'keep_alive',
  'prepare',
  'debug',
  'fetch_types',
  'publications',
  'target_session_attrs',
  'application_name',
  'onnotice',
  'types',
  'transform',
  'no_prepare',
  'timeout',
  'connection',
]);
