import { join, posix } from 'node:path';
import { readCompose } from '../discover/compose.ts';
import type { PackageManifest } from '../discover/packages.ts';
import { record } from '../record.ts';
import type { FoundPoolers } from '../discover/poolers.ts';
import { readText } from '../discover/read-text.ts';
import { Lines } from '../lines.ts';
import { readDockerfile } from './dockerfile.ts';
import { readEnvFile } from './env-file.ts';
import type { Command, Deployment, Setting, Variable, Workload } from './facts.ts';
import { mentionsKubernetes, readKubernetes } from './kubernetes.ts';
import { isPm2File, readPm2 } from './pm2.ts';
import { isPipeline, readPipeline } from './pipeline.ts';

interface Found {
  readonly postgres: Setting[];
  readonly workloads: Workload[];
  readonly applications: Workload[];
  readonly variables: Variable[];
  readonly commands: Command[];
}

/** What reads a kind of file, tried from the top. */
const readers: readonly (readonly [is: (file: string) => boolean, read: (file: string, text: string, found: Found) => void])[] = [
  [
    (file) => /(?:^|\/)(?:\.env(?:\.[\w.-]+)?|[\w-]+\.env)$/i.test(file),
    (file, text, found) => found.variables.push(...readEnvFile(file, text)),
  ],
  [(file) => /(?:^|\/)(?:[\w.-]+\.)?Dockerfile(?:\.[\w-]+)?$/i.test(file), dockerfile],
  [(file) => /(?:^|\/)Procfile$/i.test(file), procfile],
  [(file) => /(?:^|\/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i.test(file), compose],
  [isPm2File, (file, text, found) => found.applications.push(...readPm2(file, text))],
  [isPipeline, pipeline],
  [(file) => /\.ya?ml$/i.test(file), kubernetes],
];

/**
 * Reads what the files of a deployment say. What cannot be read says nothing.
 *
 * @param manifests paths relative to the root
 */
export function readDeployment(
  root: string,
  manifests: readonly string[],
  workspaces: readonly PackageManifest[],
  { configurations, used }: Pick<FoundPoolers, 'configurations' | 'used'>,
): Deployment {
  const found: Found = { postgres: [], workloads: [], applications: [], variables: [], commands: [] };
  for (const file of manifests) {
    const read = readers.find(([is]) => is(file))?.[1];
    if (!read) continue;
    const content = readText(join(root, file));
    if (!('text' in content)) continue;
    try {
      read(file, content.text, found);
    } catch {
      // The file is broken. Where it holds a pooler, the search for poolers has said so.
    }
  }
  for (const manifest of workspaces) scripts(manifest, found);
  return { poolers: configurations, ...(used && { used }), ...found };
}

function dockerfile(file: string, text: string, found: Found): void {
  const { commands, variables } = readDockerfile(file, text);
  found.commands.push(...commands);
  found.variables.push(...variables);
}

function procfile(file: string, text: string, found: Found): void {
  for (const [index, line] of text.split('\n').entries()) {
    const [, name, command] = /^([\w-]+):\s*(.+)$/.exec(line) ?? [];
    if (name !== undefined && command !== undefined)
      found.commands.push({ label: `process ${name}`, text: command, origin: { file, line: index + 1 } });
  }
}

function pipeline(file: string, text: string, found: Found): void {
  const { commands, variables } = readPipeline(file, text);
  found.commands.push(...commands);
  found.variables.push(...variables);
}

function kubernetes(file: string, text: string, found: Found): void {
  if (!mentionsKubernetes(text)) return;
  const read = readKubernetes(file, text);
  found.postgres.push(...read.postgres);
  found.workloads.push(...read.workloads);
  found.variables.push(...read.variables);
}

function compose(file: string, text: string, found: Found): void {
  const { services, postgresSettings } = readCompose(text);
  found.postgres.push(...postgresSettings.map(({ name, value, line }) => ({ name, value, origin: { file, line } })));
  for (const { name, line, context, commands, environment, replicas } of services) {
    const folder = context === undefined ? undefined : posix.join(posix.dirname(file), context);
    const multipliers: Setting[] = replicas ? [{ name: 'replicas', value: replicas.value, origin: { file, line: replicas.line } }] : [];
    for (const [variable, { value, line: at }] of environment) {
      if (value === undefined) continue;
      found.variables.push({ name: variable, value, origin: { file, line: at } });
      if (processVariables.has(variable)) multipliers.push({ name: variable, value, origin: { file, line: at } });
    }
    found.workloads.push({
      name,
      origin: { file, line },
      ...(folder !== undefined &&
        !folder.startsWith('..') && { folder: folder === '.' || folder === './' ? '' : folder.replace(/\/$/, '') }),
      multipliers,
    });
    for (const { key, text: command, line: at } of commands)
      found.commands.push({ label: `${key} of ${name}`, text: command, origin: { file, line: at } });
  }
}

/** Variables that say how many processes a container starts. */
const processVariables: ReadonlySet<string> = new Set(['WEB_CONCURRENCY', 'PM2_INSTANCES', 'CLUSTER_WORKERS']);

function scripts({ folder, text, json }: PackageManifest, found: Found): void {
  const lines = new Lines(text);
  const file = folder ? `${folder}/package.json` : 'package.json';
  for (const [name, command] of Object.entries(record(json['scripts']))) {
    if (typeof command !== 'string') continue;
    const at = text.indexOf(JSON.stringify(command));
    found.commands.push({ label: `script ${name}`, text: command, origin: { file, line: lines.at(Math.max(0, at)).line } });
  }
}
