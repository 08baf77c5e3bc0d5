import type { PoolerProfile, ProfileSetting } from '../packages/core/src/pooler/profile.ts';
import { findPoolers } from '../packages/pgbouncer-audit-cli/src/discover/poolers.ts';

/** Relative to the root of the repository. */
export const defaultProfilePath = 'packages/core/src/pooler/default-profile.ts';

/** What the profile is read from, relative to `packages/infra`: the settings, and the image that has the version. */
const shippedFiles = ['compose.pgbouncer.yml', 'pgbouncer/pgbouncer.ini'];

/**
 * PostgreSQL is the user's own, so nothing that is shipped tells its version. From 18 on it reports `search_path`, which PgBouncer then keeps per
 * client: to assume 18 would hide what breaks before an older one, to assume 17 asks at worst for what 18 no longer needs.
 */
const assumedPostgresMajor = 17;

/**
 * The pooler that the rules assume, as the audit reads it from what is shipped.
 *
 * @param infra the folder of `packages/infra`
 * @throws Error where the files leave a setting open, or the audit has a remark on them, which it would have for every user
 */
export function readDefaultProfile(infra: string): Omit<PoolerProfile, 'sources'> {
  const { profile, notes } = findPoolers(infra, shippedFiles, []);
  const settings: Readonly<Record<ProfileSetting, unknown>> = {
    product: profile.product,
    version: profile.version,
    poolMode: profile.poolMode,
    maxPreparedStatements: profile.maxPreparedStatements,
    trackedParameters: profile.trackedParameters,
    ignoredStartupParameters: profile.ignoredStartupParameters,
    postgresMajor: assumedPostgresMajor,
  };
  const open = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [`${name} is told by none of them.`] : []));
  const problems = [...notes, ...open];
  if (problems.length > 0) {
    throw new Error(
      `${defaultProfilePath} cannot be written from ${shippedFiles.join(' and ')} of packages/infra:\n${problems.join('\n')}`,
    );
  }
  return settings as Omit<PoolerProfile, 'sources'>;
}

/** The module that holds it. To a project that says nothing about its pooler, all of it is an assumption. */
export function defaultProfileModule(infra: string): string {
  const profile = readDefaultProfile(infra);
  const sources = Object.fromEntries(Object.keys(profile).map((setting) => [setting, 'assumed']));
  return [
    `// Written by \`pnpm generate\` from ${shippedFiles.join(' and ')} of packages/infra.`,
    "import type { PoolerProfile } from './profile.ts';",
    '',
    '/** What `packages/infra` ships, and what is assumed where nothing says otherwise. */',
    `export const defaultProfile: PoolerProfile = ${JSON.stringify({ ...profile, sources }, null, 2)};`,
    '',
  ].join('\n');
}
