import { defineCheck } from './check.ts';
import { pgbouncers } from './settings.ts';

export const wildcardDatabase = defineCheck({
  id: 'wildcard-database',
  taxonomy: ['80'],
  title: 'The pooler takes any name of a database',
  failure: 'exhaustion',
  severity: 'info',
  messages: {
    wildcard:
      '`*` takes any name of a database, and every name gets a pool of its own, each with up to default_pool_size server connections: the number of server connections has no bound. Name the databases, or set max_db_connections.',
  },
  *judge({ deployment }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const bounded = pooler.settings.some(({ name, value }) => name === 'max_db_connections' && Number(value) > 0);
      for (const { name, origin, parameters } of pooler.databases ?? []) {
        // A line that names the database that is meant has one database, and only its names differ.
        if (name === '*' && !bounded && !parameters.has('dbname')) yield { messageId: 'wildcard', at: origin, confidence: 'certain' };
      }
    }
  },
});
