import { defineCheck } from './check.ts';
import { listOf, pgbouncers, settingOf, severityIn } from './settings.ts';

/** What a search_path cannot turn round: names with a schema, and operators written as OPERATOR(pg_catalog.=). */
function isQualified(query: string): boolean {
  const hasBareOperator = /[^(.<>=!\w]\s*(?:=|<>|<|>)\s*[^)]/.test(query.replace(/OPERATOR\s*\(\s*pg_catalog\s*\.[^)]*\)/gi, ''));
  const names = [...query.matchAll(/\b(?:from|join)\s+("?[\w$]+"?(?:\s*\.\s*"?[\w$]+"?)?)/gi)].map(([, name]) => name!);
  return !hasBareOperator && names.every((name) => name.includes('.'));
}

export const searchPathAtLogin = defineCheck({
  id: 'search-path-at-login',
  taxonomy: ['80'],
  title: 'A client may choose the search_path that auth_query runs with',
  failure: 'leak',
  severity: 'error',
  messages: {
    custom:
      'Anybody who reaches the port may run SQL as `auth_user` (CVE-2025-12819, before PgBouncer 1.25.1): search_path is tracked, so a client chooses it in its startup packet, and auth_query has names or operators without a schema. Update to 1.25.2 or later, and call a function with a schema and a search_path of its own in auth_query.',
    unset:
      'Anybody who reaches the port may run SQL as `auth_user` (CVE-2025-12819, before PgBouncer 1.25.1): search_path is tracked, so a client chooses it in its startup packet, and the default auth_query has operators without a schema. Update to 1.25.2 or later, and set auth_query to a function with a schema and a search_path of its own.',
  },
  *judge({ deployment, profile }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const tracked = settingOf(pooler, 'track_extra_parameters');
      const user = settingOf(pooler, 'auth_user') ?? (pooler.databases ?? []).find(({ parameters }) => parameters.has('auth_user'));
      const query = settingOf(pooler, 'auth_query');
      if (!tracked || !user || !listOf(tracked).includes('search_path') || (query && isQualified(query.value))) continue;
      const version = pooler.exactVersion?.value ?? pooler.version?.value;
      const [, minor = 0, patch] = (version ?? '').split('.').map(Number);
      const isFixed = version !== undefined && (minor > 25 || (minor === 25 && (patch ?? 0) >= 1));
      if (isFixed) continue;
      yield {
        messageId: query ? 'custom' : 'unset',
        at: query?.origin ?? tracked.origin,
        confidence: version === undefined ? 'possible' : 'likely',
        severity: severityIn(tracked.origin.file, version === undefined ? 'warning' : 'error'),
        ...(version === undefined && {
          dependsOn: { setting: 'version', assumed: profile.version, holdsWhen: 'PgBouncer is older than 1.25.1' },
        }),
        evidence: [
          { text: `track_extra_parameters = ${tracked.value}`, at: tracked.origin },
          { text: 'auth_user is set', at: user.origin },
        ],
      };
    }
  },
});
