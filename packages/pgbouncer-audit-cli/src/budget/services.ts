import type { Deployment, Workload } from '../deployment/facts.ts';
import { isSample } from '../deployment/facts.ts';
import { perCpu } from '../deployment/pm2.ts';
import { dependencyRange, type PackageManifest } from '../discover/packages.ts';
import type { BudgetNumber } from '../result.ts';

/** A program that runs a client, and what multiplies its processes. */
export interface Service {
  readonly name: string;
  /** Other names that the configuration may know it by. */
  readonly aliases: readonly string[];
  readonly times: readonly BudgetNumber[];
}

/**
 * The services that run the code of a file: what is built from its folder, or from that of a package that depends on it; else what is
 * called as the package is; else the package itself, once.
 */
export function servicesOf(file: string, deployment: Deployment, workspaces: readonly PackageManifest[]): readonly Service[] {
  const own = workspaceOf(file, workspaces);
  const programs = own ? dependents(own, workspaces) : [];
  const services = new Map<string, Service>();
  for (const program of programs.length > 0 ? programs : [own]) {
    for (const service of servicesOfPackage(program, deployment)) if (!services.has(service.name)) services.set(service.name, service);
  }
  return [...services.values()];
}

function servicesOfPackage(program: PackageManifest | undefined, deployment: Deployment): readonly Service[] {
  const folder = program?.folder ?? '';
  const name = program?.name ?? (folder || 'application');
  const short = name.slice(name.lastIndexOf('/') + 1);
  const workloads = merged(deployment.workloads);
  const isCalled = (each: Workload): boolean => [name, short, folder.slice(folder.lastIndexOf('/') + 1)].includes(each.name);
  const built = workloads.filter((each) => each.folder !== undefined && isBelow(each.folder, folder));
  const found = built.length > 0 ? built : workloads.filter(isCalled);
  const started = pm2Of(folder, deployment);
  const inFolder = deployment.applications.filter((each) => each.folder !== undefined && isBelow(each.folder, folder));
  const applications = inFolder.length > 0 ? inFolder : deployment.applications.filter(isCalled);
  if (found.length === 0) {
    if (applications.length === 0) return [{ name: short, aliases: [name, folder], times: started }];
    return applications.map((each) => ({ name: each.name, aliases: [name, short, folder], times: timesOf(each) }));
  }
  // In a container that starts them; else they are another way to run the same program.
  const contained = deployment.commands.some(({ text }) => startsPm2.test(text)) ? applications : [];
  if (contained.length > 0) {
    return found.flatMap((workload) =>
      contained.map((each) => ({
        name: contained.length > 1 ? `${workload.name}/${each.name}` : workload.name,
        aliases: [workload.name, each.name, name, short, folder],
        times: [...timesOf(workload), ...timesOf(each)],
      })),
    );
  }
  return found.map((workload) => ({
    name: workload.name,
    aliases: [name, short, folder],
    times: [...timesOf(workload), ...started],
  }));
}

/** `pm2-runtime ecosystem.config.js`: a container that runs what a file of PM2 lists. */
const startsPm2 = /\bpm2(?:-runtime)?\b.*\.(?:[cm]?js|json)\b/;

/** What a machine has, where nothing says how many. */
const assumedCpus = 4;

function timesOf({ multipliers }: Workload): readonly BudgetNumber[] {
  return multipliers.flatMap(({ name, value, origin }): BudgetNumber[] => {
    if (value === perCpu) return [{ name: `${name}, ${perCpu}`, value: assumedCpus, source: 'assumed' }];
    return /^\d+$/.test(value.trim()) ? [{ name, value: Number(value), source: isSample(origin.file) ? 'assumed' : origin }] : [];
  });
}

function isBelow(folder: string, top: string): boolean {
  return folder === top || (top !== '' && folder.startsWith(`${top}/`));
}

/** One workload per name: an autoscaler's most holds, and a file that is deployed before an example. */
function merged(workloads: readonly Workload[]): readonly Workload[] {
  const byName = new Map<string, Workload>();
  for (const workload of workloads) {
    const known = byName.get(workload.name);
    if (!known) {
      byName.set(workload.name, workload);
      continue;
    }
    const scaled = [known, workload].find(({ multipliers }) => multipliers.some(({ name }) => name === 'maxReplicas'));
    const preferred = isSample(known.origin.file) && !isSample(workload.origin.file) ? workload : known;
    const folder = preferred.folder ?? known.folder ?? workload.folder;
    byName.set(workload.name, {
      ...preferred,
      ...(folder !== undefined && { folder }),
      multipliers: scaled?.multipliers ?? (preferred.multipliers.length > 0 ? preferred.multipliers : workload.multipliers),
    });
  }
  return [...byName.values()];
}

/** `pm2 start dist/main.js -i 4` in a script of the package, or in its Dockerfile. */
function pm2Of(folder: string, { commands }: Deployment): readonly BudgetNumber[] {
  for (const { text, origin } of commands) {
    const here = origin.file.includes('/') ? origin.file.slice(0, origin.file.lastIndexOf('/')) : '';
    const count = here === folder ? /\bpm2(?:-runtime)?\b.*?\s(?:-i|--instances)[ =](\d+)/.exec(text)?.[1] : undefined;
    if (count !== undefined && Number(count) > 0) return [{ name: 'PM2 instances', value: Number(count), source: origin }];
  }
  return [];
}

function workspaceOf(file: string, workspaces: readonly PackageManifest[]): PackageManifest | undefined {
  return workspaces
    .filter(({ folder }) => folder === '' || file.startsWith(`${folder}/`))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

/** The packages that depend on one, directly or not, and that none depends on themselves: the programs. */
function dependents(library: PackageManifest, workspaces: readonly PackageManifest[]): readonly PackageManifest[] {
  const found = new Set<PackageManifest>();
  const queue = [library];
  for (let at = queue.pop(); at; at = queue.pop()) {
    for (const each of workspaces) {
      if (at.name === undefined || each === library || found.has(each) || dependencyRange(each, at.name) === undefined) continue;
      found.add(each);
      queue.push(each);
    }
  }
  return [...found].filter(
    ({ name, folder }) => folder !== '' && !workspaces.some((each) => name !== undefined && dependencyRange(each, name) !== undefined),
  );
}
