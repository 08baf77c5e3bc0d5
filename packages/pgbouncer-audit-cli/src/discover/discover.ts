import { defaultSetup, readSettings, type PoolerProfile, type ProfileSetting, type Setup } from '@pgbouncer-audit/core';
import { takeBudget, type BudgetSettings } from '../budget/budget-settings.ts';
import type { Deployment } from '../deployment/facts.ts';
import { readDeployment } from '../deployment/read-deployment.ts';
import { UsageError } from '../errors.ts';
import type { Discovery, ProfileValue } from '../result.ts';
import { findDrivers } from './drivers.ts';
import type { PackageManifest, Packages } from './packages.ts';
import { findPoolers, readPgbouncerIni } from './poolers.ts';

export interface DiscoverOptions {
  readonly root: string;
  /** Files that tell how the repository is built and deployed. */
  readonly manifests: readonly string[];
  /** The folders that were asked for: a pooler in one of them is preferred. */
  readonly folders: readonly string[];
  readonly packages: Packages;
  readonly workspaces: readonly PackageManifest[];
  /** Absolute. */
  readonly pgbouncerIni?: string;
  readonly settings: unknown;
}

/** What the repository is made of, and the setup that its code is judged by. */
export function discover(options: DiscoverOptions): {
  setup: Setup;
  deployment: Deployment;
  budget: BudgetSettings;
  result: Omit<Discovery, 'clients'>;
} {
  const { root, manifests, folders, packages, workspaces, pgbouncerIni } = options;
  const found = pgbouncerIni ? readPgbouncerIni(root, pgbouncerIni) : findPoolers(root, manifests, folders);
  const { profile, poolers, notes } = found;
  const base: Setup = {
    ...defaultSetup,
    profile: { ...defaultSetup.profile, ...profile, sources: { ...defaultSetup.profile.sources, ...profile.sources } },
  };
  const stated = takeBudget(options.settings);
  const { setup, problems: settingProblems } = readSettings(stated.rest, base);
  const problems = [...settingProblems, ...stated.problems];
  if (problems.length > 0) {
    throw new UsageError(
      `The configuration is wrong:\n${problems.map(({ path, message }) => `  ${path || 'settings'}: ${message}`).join('\n')}`,
    );
  }
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
