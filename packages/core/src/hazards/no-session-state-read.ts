import { type Confidence, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { tracking } from '../pooler/capabilities.ts';
import type { SessionReadFact, Statement } from '../sql/script.ts';
import type { QuerySite } from '../sites/site.ts';
import { confidenceOf, confidenceOutside, isPooled, sightings } from './kit.ts';

export const noSessionStateRead = defineHazard({
  id: 'no-session-state-read',
  taxonomy: ['08'],
  family: 'session-settings',
  title: 'Disallow reading the state of the session outside a transaction',
  failure: 'silent',
  severity: 'warning',
  preset: 'strict',
  messages: {
    setting:
      '`{{head}}` reads whatever the server connection at hand holds: what this client set may be on another one, and what it finds may be of another client. Pass the value as a parameter, or read it in the transaction that set it with SET LOCAL.',
    pid: '`{{head}}` is the number of the server connection of this moment: kept for later, it is that of another client, so that pg_cancel_backend ends the query of a stranger. Use it in the same statement or transaction, or cancel through the driver.',
    state:
      '`{{head}}` shows the server connection at hand, not this client: what it lists was left there by others, and what this client made may be on another one. Keep track of it in the application, or use a direct connection.',
    address: '`{{head}}` is the address of the pooler, not of this client. Pass what is to be recorded as a parameter.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact, statement, context } of sightings(site, 'session-read')) {
      const said = { data: { head: fact.head }, range: fact.range };
      if (addresses.has(fact.what)) yield { messageId: 'address', ...said, confidence: confidenceOf(site) };
      if (context.state === 'in') continue;
      const confidence = confidenceOutside(site, context);
      if (fact.what === 'pg_backend_pid') {
        // `… WHERE pid <> pg_backend_pid()` is answered on the connection that it asks about.
        if (!statement.usesTables && !isUsed(statement)) yield { messageId: 'pid', ...said, confidence: weaker(confidence, 'likely') };
      } else if (lists.has(fact.what)) {
        yield { messageId: 'state', ...said, confidence: weaker(confidence, 'likely') };
      } else {
        const sure = sureOfSetting(fact, site);
        if (!sure || (fact.parameter !== undefined && tracking(profile, fact.parameter).tracked)) continue;
        yield { messageId: 'setting', ...said, confidence: weaker(confidence, sure) };
      }
    }
  },
});

const addresses: ReadonlySet<string> = new Set(['inet_client_addr', 'inet_client_port']);

const lists: ReadonlySet<string> = new Set(['pg_listening_channels', 'pg_my_temp_schema', 'pg_prepared_statements', 'pg_cursors']);

/** What applications set for themselves; the other parameters of PostgreSQL are the server's, and reading them is harmless. */
const setByClients: ReadonlySet<string> = new Set([
  'default_transaction_isolation',
  'default_transaction_read_only',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'role',
  'row_security',
  'search_path',
  'session_authorization',
  'session_replication_role',
  'statement_timeout',
  'transaction_timeout',
  'work_mem',
]);

/** How sure it is that a read is of something that clients set; `undefined` where it is not. */
function sureOfSetting({ what, parameter }: SessionReadFact, site: QuerySite): Confidence | undefined {
  if (what !== 'current_setting' && what !== 'SHOW' && parameter === undefined) return undefined;
  if (parameter === undefined) return 'possible';
  if (isSetIn(site, parameter)) return undefined;
  // A parameter of an extension or of the application has a dot in its name.
  return parameter.includes('.') || setByClients.has(parameter) ? 'likely' : undefined;
}

/** `WITH s AS (SELECT set_config(…)) SELECT current_setting(…)`: one statement, one server connection. */
function isSetIn(site: QuerySite, parameter: string): boolean {
  return [...sightings(site, 'setting')].some(({ fact }) => fact.name === parameter && !fact.reset);
}

/** The statement does something with the number itself. */
function isUsed({ facts }: Statement): boolean {
  return facts.some(({ kind }) => kind !== 'session-read');
}
