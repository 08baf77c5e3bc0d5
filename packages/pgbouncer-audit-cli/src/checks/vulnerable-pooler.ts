import { isAtLeast } from '@pgbouncer-audit/core';
import { defineCheck } from './check.ts';
import { pgbouncers, severityIn } from './settings.ts';
import { vulnerabilitiesOf } from './vulnerabilities.ts';

export const vulnerablePooler = defineCheck({
  id: 'vulnerable-pooler',
  taxonomy: ['80'],
  title: 'This version of PgBouncer has known vulnerabilities',
  failure: 'leak',
  severity: 'warning',
  messages: {
    exact: 'PgBouncer {{version}} has known vulnerabilities: {{list}}. Use {{fixed}} or later.',
    minor:
      'PgBouncer {{version}} has known vulnerabilities in some or all of its releases, and the tag does not tell which one runs: {{list}}. Pin {{fixed}} or later.',
  },
  *judge({ deployment, profile }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const version = pooler.exactVersion ?? pooler.version;
      if (!version) continue;
      const found = vulnerabilitiesOf(version.value, pooler);
      if (found.length === 0) continue;
      yield {
        messageId: pooler.exactVersion ? 'exact' : 'minor',
        data: {
          version: version.value,
          list: found.map(({ id, summary }) => `${id} (${summary})`).join('; '),
          fixed: newest(found.map(({ fixed }) => fixed)),
        },
        at: version.origin,
        confidence: pooler.exactVersion ? 'certain' : 'likely',
        severity: severityIn(version.origin.file, 'warning'),
      };
    }
    const stated = profile.sources.version === 'stated' && deployment.used ? vulnerabilitiesOf(profile.version, deployment.used) : [];
    if (stated.length > 0 && deployment.used && !deployment.used.version) {
      yield {
        messageId: 'minor',
        data: {
          version: profile.version,
          list: stated.map(({ id, summary }) => `${id} (${summary})`).join('; '),
          fixed: newest(stated.map(({ fixed }) => fixed)),
        },
        at: deployment.used.origin,
        confidence: 'likely',
        evidence: [{ text: 'the version is stated in the configuration' }],
      };
    }
  },
});

function newest(versions: readonly string[]): string {
  return versions.reduce((newest, version) => (isAtLeast(version, newest) ? version : newest));
}
