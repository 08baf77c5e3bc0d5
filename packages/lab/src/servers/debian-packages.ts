import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabError } from '../lab-error.ts';
import { cacheFolder } from './cache-folder.ts';

const run = promisify(execFile);

/**
 * Unpacks a Debian package of any suite, with the libraries it needs, into the cache folder. Nothing is installed, and the machine's own package
 * sources are read but never written: apt works on a private state of its own.
 *
 * @param name the package, such as `pgbouncer`
 * @param suite the Debian suite to take it from, such as `sid`
 * @param alongside packages that are unpacked into the same tree
 * @returns the folder that holds the unpacked tree (`usr/bin`, `usr/lib`, …)
 * @throws LabError where the package cannot be had, with what to do about it
 */
export async function debianPackage(name: string, suite: string, alongside: readonly string[] = []): Promise<string> {
  const folder = join(cacheFolder(), `${treeName([name, ...alongside])}-${suite}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'unpacking-'));
  try {
    const apt = await privateApt(work, suite);
    const packages = await apt.withLibraries([name, ...alongside]);
    await apt.download(packages);
    const root = join(work, 'root');
    await mkdir(root);
    for (const archive of (await readdir(work)).filter((file) => file.endsWith('.deb')))
      await run('dpkg-deb', ['-x', join(work, archive), root]);
    // Another run may have been faster; either tree will do.
    await rename(root, folder).catch(() => undefined);
  } catch (error) {
    throw new LabError(
      `The package ${name} of Debian ${suite} is not in ${cacheFolder()}, and apt could not fetch it: ${reason(error)}. ` +
        `Make sure that apt-get and dpkg-deb are there and that this machine's Debian mirror is within reach, then run \`pnpm --filter @pgbouncer-audit/lab setup\`.`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

/** Says what is in it, but for a long list, which no file system takes for a name. */
function treeName(packages: readonly string[]): string {
  const name = packages.join('+');
  return name.length <= 100 ? name : `${packages[0]}+${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
}

/** An apt that knows one suite of the machine's own Debian mirror and nothing that is installed. */
async function privateApt(work: string, suite: string) {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'sources']) await mkdir(join(work, folder), { recursive: true });
  const status = join(work, 'status');
  await writeFile(status, '');
  await writeFile(
    join(work, 'sources', `${suite}.sources`),
    `Types: deb\nURIs: ${await debianMirror()}\nSuites: ${suite}\nComponents: main\n`,
  );
  const options = [
    `Dir::State=${work}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(work, 'sources')}`,
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    // apt's unprivileged account cannot write into a folder that is private to this one.
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, 'update', '--error-on=any']);
  return {
    /** The packages and every library they need, themselves included; no programs, which would only be run by an installation. */
    async withLibraries(names: readonly string[]): Promise<string[]> {
      const found = new Set(names);
      for (let added = [...names]; added.length > 0;) {
        const { stdout } = await run('apt-cache', [...options, 'depends', '--important', '--no-recommends', ...added]);
        added = stdout
          .split('\n')
          .map((line) => /^\s+(?:\|?Pre)?-?\|?Depends: (lib[^<>\s]+)$/.exec(line)?.[1])
          .filter((dependency): dependency is string => dependency !== undefined && !found.has(dependency));
        added = [...new Set(added)];
        for (const dependency of added) found.add(dependency);
      }
      return [...found];
    },
    async download(packages: readonly string[]): Promise<void> {
      await run('apt-get', [...options, 'download', ...packages], { cwd: work });
    },
  };
}

/** The mirror that this machine's apt is configured with for Debian itself. */
async function debianMirror(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(ORIGIN)\t$(LABEL)\t$(REPO_URI)', 'Created-By: Packages']);
  for (const line of stdout.split('\n')) {
    const [origin, label, uri] = line.split('\t');
    if (origin === 'Debian' && label === 'Debian' && uri) return uri;
  }
  throw new LabError("this machine's apt has no Debian source with a downloaded index: run `apt-get update`");
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr = '' } = error as { stderr?: string };
  const told = stderr.split('\n').filter((line) => line.startsWith('E:'));
  return (told.length > 0 ? told.join(' ') : error.message).trim().replace(/\.$/, '');
}
