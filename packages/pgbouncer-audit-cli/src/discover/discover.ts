import { resolve } from 'node:path';
import { defaultSetup, readSettings, readSettingsOver, type PoolerProfile, type ProfileSetting, type Setup } from '@pgbouncer-audit/core';
import { takeBudget, type BudgetSettings } from '../budget/budget-settings.ts';
import type { Deployment } from '../deployment/facts.ts';
import { readDeployment } from '../deployment/read-deployment.ts';
import { UsageError } from '../errors.ts';
import type { Discovery, ProfileValue } from '../result.ts';
import { findDrivers } from './drivers.ts';
import type { PackageManifest, Packages } from './packages.ts';
import { findPoolers, type NamedIni, readPgbouncerIni } from './poolers.ts';

export interface DiscoverOptions {
  readonly root: string;
  /** Files that tell how the repository is built and deployed. */
  readonly manifests: readonly string[];
  /** The folders that were asked for: a pooler in one of them is preferred. */
  readonly folders: readonly string[];
  readonly packages: Packages;
  readonly workspaces: readonly PackageManifest[];
  /** The pooler's configuration that the call names, absolute. It wins over the one that the settings name. */
  readonly pgbouncerIni?: string;
  readonly settings: unknown;
  /** What relative paths of the settings start from. */
  readonly settingsFolder: string;
}

/** What the repository is made of, and the setup that its code is judged by. */
export function discover(options: DiscoverOptions): {
  setup: Setup;
  deployment: Deployment;
  budget: BudgetSettings;
  result: Omit<Discovery, 'clients'>;
} {
  const { root, manifests, folders, packages, workspaces } = options;
  const stated = takeBudget(options.settings);
  const ini = namedIni(options, readSettings(stated.rest).pgbouncerIni);
  const named = ini && readPgbouncerIni(root, ini);
  const found = named ?? findPoolers(root, manifests, folders);
  const { poolers, notes } = found;
  const read = named
    ? readSettingsOver(stated.rest, named.configuration, defaultSetup, ini.by)
    : readSettings(stated.rest, withProfile(found.profile));
  const problems = [...read.problems, ...stated.problems];
  if (problems.length > 0) {
    throw new UsageError(
      `The configuration is wrong:\n${problems.map(({ path, message }) => `  ${path || 'settings'}: ${message}`).join('\n')}`,
    );
  }
  const { setup } = read;
  return {
    setup,
    deployment: readDeployment(root, manifests, workspaces, found),
    budget: stated.budget,
    result: {
      workspaces: workspaces.map(({ name, folder }) => ({ name: name ?? (folder || '.'), path: folder || '.' })),
      drivers: findDrivers(workspaces, packages),
      poolers,
      profile: profileValues(setup.profile),
      notes,
    },
  };
}

function namedIni({ pgbouncerIni, settingsFolder }: DiscoverOptions, stated: string | undefined): NamedIni | undefined {
  if (pgbouncerIni !== undefined) return { path: pgbouncerIni, by: '--pgbouncer-ini' };
  return stated === undefined ? undefined : { path: resolve(settingsFolder, stated), by: 'pgbouncerIni' };
}

/** The default setup, with what was found in place of what would be assumed. */
function withProfile(profile: Partial<PoolerProfile>): Setup {
  const sources = { ...defaultSetup.profile.sources, ...profile.sources };
  return { ...defaultSetup, profile: { ...defaultSetup.profile, ...profile, sources } };
}

const profileSettings: readonly ProfileSetting[] = [
  'product',
  'version',
  'poolMode',
  'maxPreparedStatements',
  'trackedParameters',
  'ignoredStartupParameters',
  'postgresMajor',
];

function profileValues(profile: PoolerProfile): ProfileValue[] {
  return profileSettings.map((setting) => {
    const value = profile[setting];
    return { setting, value: Array.isArray(value) ? value.join(', ') : String(value), source: profile.sources[setting] ?? 'assumed' };
  });
}
