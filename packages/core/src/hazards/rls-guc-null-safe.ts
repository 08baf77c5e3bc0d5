import { weaker, type Confidence, type Suggestion } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import type { UnsetSettingFact } from '../sql/script.ts';
import { suggestion } from './kit.ts';

/** Types of PostgreSQL whose input refuses an empty string. */
const refusing = /^(uuid|int[248]|numeric|float[48]|bool|date|time|timetz|timestamp|timestamptz|interval|jsonb?|inet|cidr|oid)$|\[\]$/;

/**
 * A parameter of an application is NULL for `current_setting(name, true)` until some transaction sets it on that server connection, and an
 * empty string ever after (FACTS.md, `rls_wrong_tenant`; `proof.ts`).
 */
export const rlsGucNullSafe = defineHazard({
  id: 'rls-guc-null-safe',
  taxonomy: ['09'],
  family: 'session-settings',
  title: 'Require policies and functions to take an unset parameter for NULL and for an empty string',
  failure: 'error',
  severity: 'warning',
  preset: 'strict',
  messages: {
    cast: "`{{head}}` is NULL only until a transaction sets {{name}} on the server connection, and '' ever after: the cast to {{type}} then fails with 22P02 for every client that has not set it. Put nullif(.., '') around it.",
    nullTest:
      "`{{head}}` is NULL only until a transaction sets {{name}} on the server connection, and '' ever after: the test for NULL then says that it is set, for clients that have not set it. Put nullif(.., '') around it.",
    coalesce:
      "`{{head}}` is NULL only until a transaction sets {{name}} on the server connection, and '' ever after: the fallback of coalesce() is then never used, for clients that have not set it. Put nullif(.., '') around it.",
  },
  suggests: true,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query' && site.kind !== 'stored-expression') return;
    for (const fact of site.script.statements.flatMap(({ facts }) => facts)) {
      if (fact.kind !== 'unset-setting') continue;
      yield {
        messageId: messages[fact.use],
        data: { head: fact.head, name: fact.name ?? 'the parameter', ...(fact.type !== undefined && { type: fact.type }) },
        range: fact.range,
        confidence: weaker(site.handle.confidence, confidenceOf(fact)),
        suggestions: suggestions(fact),
      };
    }
  },
});

const messages = { cast: 'cast', 'null test': 'nullTest', coalesce: 'coalesce' } as const;

/** That the parameter is not set for good, by ALTER ROLE or ALTER DATABASE, cannot be seen here. */
function confidenceOf({ use, type, name }: UnsetSettingFact): Confidence {
  if (name === undefined) return 'possible';
  return use !== 'cast' || refusing.test(type ?? '') ? 'likely' : 'possible';
}

/** After the first SET LOCAL nothing tells "unset" from an empty string, so that nothing is lost by reading both as NULL. */
function suggestions({ range, isWritten }: UnsetSettingFact): Suggestion[] {
  if (!isWritten) return [];
  return [
    suggestion(
      "Put nullif(.., '') around it",
      { range: [range[0], range[0]], text: 'nullif(' },
      { range: [range[1], range[1]], text: ", '')" },
    ),
  ];
}
