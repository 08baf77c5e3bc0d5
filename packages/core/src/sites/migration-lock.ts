import type { TSESTree } from '@typescript-eslint/types';
import { type MigrationRunner, migrationRunners } from '../drivers/migration-runners.ts';
import { exportOf, type Located } from '../evaluate/meaning.ts';
import { optionsOf } from '../evaluate/options.ts';
import { isAtLeast } from '../pooler/capabilities.ts';
import { label } from '../syntax/names.ts';
import { unwrap } from '../syntax/unwrap.ts';
import type { World } from '../world.ts';
import { handleOf } from './handle-of.ts';
import { place, rootOf } from './place-of.ts';
import { reachOf, reachOfSource } from './reach.ts';
import type { ClientOptions, Handle } from './site.ts';
import { textView } from './tag-kind.ts';

/** What a library that locks while it migrates connects with; `possible` where its version decides and is not known. */
export function migrationLockOf(at: Located<TSESTree.CallExpression | TSESTree.NewExpression>, world: World): Handle | undefined {
  const { node, file } = at;
  const exported = exportOf(unwrap(node.callee), file, world.semantics);
  const runner =
    exported && migrationRunners.find(({ modules, exports }) => modules.includes(exported.module) && exports.includes(exported.name));
  if (!runner) return undefined;
  const version = world.packageVersion(runner.modules[0]!);
  if (runner.since !== undefined && version !== undefined && !isAtLeast(version, runner.since)) return undefined;
  const options = optionsOf(node.arguments, textView(file, world));
  const off = runner.unless === undefined ? undefined : options.properties.get(runner.unless);
  if (off && off.constant !== false) return undefined;
  const connected = connectionOf(runner, options, file, world) ?? made(at, runner, options, world);
  const isSure = runner.since === undefined || version !== undefined;
  return { ...connected, ...(!isSure && { confidence: 'possible' as const }) };
}

function connectionOf(runner: MigrationRunner, { properties }: ClientOptions, file: Located['file'], world: World): Handle | undefined {
  for (const name of runner.connection) {
    const node = properties.get(name)?.node;
    const handle = node && handleOf({ node, file }, world);
    if (handle) return handle;
  }
  return undefined;
}

/** It opens a connection of its own. */
function made({ node, file }: Located, runner: MigrationRunner, options: ClientOptions, world: World): Handle {
  const [url] = runner.connection.flatMap((name) => options.properties.get(name)?.node ?? []);
  const text = url && label(file.text, url.range, 200);
  return {
    kind: 'client',
    driver: 'pg',
    reach: text === undefined ? reachOf(options, world.setup).reach : reachOfSource(text, world.setup),
    confidence: 'certain',
    options,
    root: rootOf(file.path, node),
    evidence: [{ text: `\`${label(file.text, node.range, 50)}\``, place: place({ node, file }) }],
  };
}
