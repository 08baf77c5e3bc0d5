import type { Pooler } from '../deployment/facts.ts';
import { listOf, numberOf, settingOf } from './settings.ts';

interface Vulnerability {
  readonly id: string;
  /** The first release that has it; absent where the changelog names none. */
  readonly since?: string;
  /** The first release without it. */
  readonly fixed: string;
  readonly summary: string;
  /** False where the settings of a pooler rule it out; a pooler whose settings are not all known has it. */
  readonly applies?: (pooler: Pooler) => boolean;
}

/** PgBouncer's changelog (https://www.pgbouncer.org/changelog.html), the sections "Security" of 1.16.1 and 1.24.1 to 1.26.1. */
const vulnerabilities: readonly Vulnerability[] = [
  {
    id: 'CVE-2026-107350',
    since: '1.17.0',
    fixed: '1.26.1',
    summary: 'a second startup message during SCRAM logs in as another user',
    applies: (pooler) => !pooler.complete || /^(?:scram-sha-256|md5|hba)$/.test(settingOf(pooler, 'auth_type')?.value.trim() ?? 'md5'),
  },
  {
    id: 'CVE-2026-107349',
    since: '1.20.0',
    fixed: '1.26.1',
    summary: 'an empty option name in the startup packet stops the pooler',
    applies: (pooler) => {
      const ignored = listOf(settingOf(pooler, 'ignore_startup_parameters'));
      return ignored.length > 0 && !ignored.includes('options');
    },
  },
  {
    id: 'CVE-2026-107348',
    since: '1.21.0',
    fixed: '1.26.1',
    summary: 'a huge packet header stops the pooler where max_packet_size is over 2147483648',
    applies: (pooler) => (numberOf(settingOf(pooler, 'max_packet_size')) ?? 0) > 2_147_483_648,
  },
  { id: 'CVE-2026-6664', fixed: '1.25.2', summary: 'a malformed SCRAM packet crashes the pooler before login' },
  { id: 'CVE-2026-6665', fixed: '1.25.2', summary: 'a malicious server overflows the stack during SCRAM' },
  { id: 'CVE-2026-6666', fixed: '1.25.2', summary: "a server's error without SQLSTATE crashes the pooler" },
  { id: 'CVE-2026-6667', fixed: '1.25.2', summary: 'every user of the admin console may run KILL_CLIENT' },
  {
    id: 'CVE-2025-12819',
    fixed: '1.25.1',
    summary: 'a search_path of the startup packet runs SQL during login',
    applies: (pooler) =>
      listOf(settingOf(pooler, 'track_extra_parameters')).includes('search_path') &&
      (!pooler.complete || Boolean(settingOf(pooler, 'auth_user'))),
  },
  {
    id: 'CVE-2025-2291',
    fixed: '1.24.1',
    summary: 'the default auth_query takes passwords that have expired',
    applies: (pooler) =>
      settingOf(pooler, 'auth_query') === undefined &&
      (Boolean(settingOf(pooler, 'auth_user')) || (pooler.databases ?? []).some(({ parameters }) => parameters.has('auth_user'))),
  },
  { id: 'CVE-2021-3935', fixed: '1.16.1', summary: 'a man in the middle injects data before the TLS handshake' },
];

/**
 * The vulnerabilities that a version may have with these settings.
 *
 * @param version `1.24`, which stands for every release of it that is known to be affected, or `1.24.1`
 */
export function vulnerabilitiesOf(version: string, pooler: Pooler): readonly Vulnerability[] {
  // Of `1.24` the first release is taken: one that is not pinned may be any.
  const exact = version.split('.').length < 3 ? `${version}.0` : version;
  const last = version.split('.').length < 3 ? `${version}.999` : version;
  return vulnerabilities.filter(
    ({ since, fixed, applies }) => before(exact, fixed) && (since === undefined || !before(last, since)) && (applies?.(pooler) ?? true),
  );
}

function before(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left![index] ?? 0) - (right![index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
