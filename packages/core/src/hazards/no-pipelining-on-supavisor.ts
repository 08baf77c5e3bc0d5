import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { ConstructionSite } from '../sites/site.ts';
import { confidenceOf, isPooled, makesPostgresJs } from './kit.ts';

/**
 * postgres.js writes a query to a connection that still waits for the answer of another one. Supavisor in transaction mode gives the server
 * away at the first answer that is complete (porsager/postgres#970, supabase/supabase#50082 and #50358).
 */
export const noPipeliningOnSupavisor = defineHazard({
  id: 'no-pipelining-on-supavisor',
  taxonomy: ['78'],
  family: 'clients',
  title: 'Disallow drivers that pipeline queries behind Supavisor',
  failure: 'hang',
  severity: 'error',
  preset: 'recommended',
  messages: {
    pipelines:
      'postgres.js sends queries on a connection that still waits for an answer, and Supavisor in transaction mode loses the rest: queries hang without an error, get rows of another query, or leave a transaction open. Use node-postgres, which waits for each answer, or the session mode of port 5432. Do not set `max_pipeline: 0`, which breaks sql.begin().',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'construction' || !isPooled(site.handle) || !makesPostgresJs(site.handle)) return;
    const named = namesSupavisor(site);
    if (!named && profile.product !== 'supavisor') return;
    // Fixed in Supavisor's source, and still seen on the hosted one: which version answers, nobody outside can tell.
    yield { messageId: 'pipelines', range: site.range, confidence: weaker(confidenceOf(site), 'likely') };
  },
});

/** The connection string is that of Supabase's pooler, at the port of its transaction mode. */
function namesSupavisor({ options }: ConstructionSite): boolean {
  const url = options.url?.parts.map((part) => (part.kind === 'constant' ? part.value : '')).join('') ?? '';
  const constant = (name: string) => (options.properties.get(name) ?? options.properties.get(`connection.${name}`))?.constant;
  const host = `${url} ${String(constant('host') ?? '')}`;
  const port = String(constant('port') ?? /:(\d+)(?:\/|$)/.exec(url)?.[1] ?? '');
  return /\.pooler\.supabase\.com\b/.test(host) && port === '6543';
}
