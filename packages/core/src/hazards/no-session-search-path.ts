import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { isTracked } from '../pooler/capabilities.ts';
import { confidenceOf, localSuggestion, sessionSettings } from './kit.ts';

export const noSessionSearchPath = defineHazard({
  id: 'no-session-search-path',
  taxonomy: ['04'],
  title: 'Disallow setting search_path for the session',
  failure: 'leak',
  severity: 'error',
  preset: 'recommended',
  messages: {
    searchPath:
      '`{{head}}` stays on the server connection: unqualified names of the next client that gets it resolve in this schema, so it reads and writes the wrong tables. Qualify the names (`pgSchema`), use ALTER ROLE .. SET search_path, or SET LOCAL inside a transaction.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }) {
    for (const sighting of sessionSettings(site)) {
      const { fact } = sighting;
      if (fact.name !== 'search_path' || isTracked(profile, fact.name)) continue;
      if (site.kind === 'query' && site.inConnectHook) continue;
      yield {
        messageId: 'searchPath',
        data: { head: fact.head },
        range: fact.range,
        confidence: fact.scope === 'unknown' ? weaker(confidenceOf(site), 'possible') : confidenceOf(site),
        suggestions: localSuggestion(sighting),
      };
    }
  },
});
