import { defineHazard } from '../hazard.ts';
import { tracking } from '../pooler/capabilities.ts';
import type { PoolerProfile } from '../pooler/profile.ts';
import type { SettingFact } from '../sql/script.ts';
import { confidenceOf, isPooled, isResetInTransaction, leak, localSuggestion, migrationData, sessionSettings } from './kit.ts';

export const noSessionSearchPath = defineHazard({
  id: 'no-session-search-path',
  taxonomy: ['04'],
  family: 'session-settings',
  title: 'Disallow setting search_path for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    option:
      '`searchPath` makes Knex send SET search_path on every new connection: it reaches one server connection, stays there for other clients, and most queries of this one run without it. Qualify the names (`withSchema`), or use ALTER ROLE .. SET search_path.',
    searchPath:
      '`{{head}}` stays on the server connection: unqualified names of the next client that gets it resolve in this schema, so it reads and writes the wrong tables. Qualify the names (`pgSchema`), use ALTER ROLE .. SET search_path, or SET LOCAL inside a transaction.',
    migration:
      '`{{head}}` outlives the migration: when {{tool}} has committed, unqualified names of the next client on this server connection resolve by the search_path of the migration; an empty one, as in a dump, makes its tables unknown (42P01). Write SET LOCAL search_path, or pass `true` to set_config(); at the top of a dump, delete it.',
    emptied:
      '`{{head}}` makes search_path empty, which this pooler cannot carry over: it sends `SET search_path=;` to the next server connection, PostgreSQL refuses that, and the client is disconnected (`invalid server parameter`). Qualify the names, or pass `true` to set_config() inside a transaction.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    if (
      site.kind === 'construction' &&
      site.handle.driver === 'knex' &&
      isPooled(site.handle) &&
      !tracking(profile, 'search_path').tracked
    ) {
      const option = site.options.properties.get('searchPath') ?? site.options.properties.get('connection.searchPath');
      if (option && option.constant !== null && !(option.known && option.constant === undefined)) {
        yield { messageId: 'option', range: option.range, confidence: confidenceOf(site) };
      }
    }
    for (const sighting of sessionSettings(site)) {
      const { fact } = sighting;
      if (fact.name !== 'search_path') continue;
      if ((site.kind === 'query' && site.inConnectHook) || isResetInTransaction(site, sighting, sites)) continue;
      const confidence = fact.scope === 'unknown' ? 'possible' : confidenceOf(site);
      const suggestions = localSuggestion(site, sighting);
      if (isEmptied(fact) && tracking(profile, fact.name).tracked && isPgbouncer(profile)) {
        yield { messageId: 'emptied', data: { head: fact.head }, range: fact.range, confidence, suggestions };
        continue;
      }
      const leaks = leak(profile, fact.name, confidence);
      if (!leaks) continue;
      const migration = migrationData(site, sighting);
      yield {
        messageId: migration ? 'migration' : 'searchPath',
        data: { head: fact.head, ...migration },
        range: fact.range,
        ...leaks,
        suggestions,
      };
    }
  },
});

/** `set_config('search_path', '', ..)` leaves no text at all; after `SET search_path TO ''` it is `""`, which can be carried over. */
function isEmptied({ via, values }: SettingFact): boolean {
  return via === 'set_config' && values.some((value) => value.kind === 'constant' && value.text.trim() === '');
}

/** Others that keep search_path were not seen doing so. */
function isPgbouncer({ product }: PoolerProfile): boolean {
  return product === 'pgbouncer' || product === 'azure-pgbouncer';
}
