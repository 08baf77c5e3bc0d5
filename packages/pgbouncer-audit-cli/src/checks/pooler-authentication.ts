import type { Severity } from '@pgbouncer-audit/core';
import { defineCheck } from './check.ts';
import { pgbouncers, settingOf, severityIn } from './settings.ts';

/** What each weak kind is, and how much it matters. `md5` takes SCRAM where the stored secret is one, so it is a remark. */
const weak: Readonly<Record<string, { readonly messageId: string; readonly severity: Severity }>> = {
  trust: { messageId: 'none', severity: 'error' },
  any: { messageId: 'none', severity: 'error' },
  plain: { messageId: 'plain', severity: 'warning' },
  md5: { messageId: 'md5', severity: 'info' },
};

export const poolerAuthentication = defineCheck({
  id: 'pooler-authentication',
  taxonomy: ['80'],
  title: 'The pooler lets clients in without a password, or with a weak one',
  failure: 'leak',
  severity: 'error',
  messages: {
    none: 'With `auth_type = {{type}}` whoever reaches the port of PgBouncer is logged in without a password. Use `scram-sha-256`.',
    plain:
      'With `auth_type = plain` passwords cross the network as they are, and stand so in auth_file. Use `scram-sha-256`, or TLS with it.',
    md5: '`auth_type = md5` still takes MD5 secrets, which PostgreSQL 18 warns about. Use `scram-sha-256` once every secret is a SCRAM one.',
  },
  *judge({ deployment }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const setting = settingOf(pooler, 'auth_type');
      const type = setting?.value.trim().toLowerCase() ?? '';
      const row = Object.hasOwn(weak, type) ? weak[type] : undefined;
      if (!setting || !row) continue;
      const local = /^(?:127\.|localhost|::1|\/)/.test(settingOf(pooler, 'listen_addr')?.value.trim() ?? '');
      yield {
        messageId: row.messageId,
        data: { type },
        at: setting.origin,
        confidence: 'certain',
        severity: local && row.severity === 'error' ? 'warning' : severityIn(setting.origin.file, row.severity),
      };
    }
  },
});
