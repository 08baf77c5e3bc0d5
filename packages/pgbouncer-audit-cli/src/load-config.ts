import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { readSettings } from '@pgbouncer-audit/core/settings';
import { takeBudget } from './budget/budget-settings.ts';
import { UsageError } from './errors.ts';

/** The names a configuration file may have, in the order of preference. */
export const configNames: readonly string[] = ['json', 'js', 'mjs', 'ts'].map((extension) => `pgbouncer-audit.config.${extension}`);

export interface LoadedConfig {
  /** As the user would write it, for messages; absent when there is no file. */
  readonly path?: string;
  readonly settings: unknown;
  /** The folder of the file, which relative paths in it start from. */
  readonly folder?: string;
}

/**
 * Loads the file that `--config` names, or the nearest configuration file from a folder up to the top of the repository.
 *
 * @throws UsageError for a file that does not exist, cannot be loaded, or says something that is not a setting
 */
export async function loadConfig(cwd: string, named: string | undefined, start: string, root: string): Promise<LoadedConfig> {
  const path = named === undefined ? findConfig(start, root) : resolve(cwd, named);
  if (path === undefined) return { settings: undefined };
  const shown = named ?? (relative(cwd, path) || path);
  if (!existsSync(path)) throw new UsageError(`The configuration file \`${shown}\` does not exist.`);

  const settings = await load(path, shown);
  const stated = takeBudget(settings);
  const problems = [...readSettings(stated.rest).problems, ...stated.problems];
  if (problems.length > 0) {
    const list = problems.map(({ path: key, message }) => `  ${key ? `${key}: ` : ''}${message}`);
    throw new UsageError(`\`${shown}\` is not right:\n${list.join('\n')}\nThe keys are described in docs/configuration.md.`);
  }
  return { path: shown, settings, folder: dirname(path) };
}

function findConfig(start: string, root: string): string | undefined {
  const folder = existsSync(start) && !statSync(start).isDirectory() ? dirname(start) : start;
  for (let at = folder; ; at = dirname(at)) {
    const found = configNames.map((name) => join(at, name)).find((path) => existsSync(path));
    if (found || at === root || at === dirname(at)) return found;
  }
}

async function load(path: string, shown: string): Promise<unknown> {
  if (path.endsWith('.json')) {
    try {
      return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as unknown;
    } catch (cause) {
      throw new UsageError(`\`${shown}\` is not valid JSON: ${messageOf(cause)}.`);
    }
  }
  let module: unknown;
  try {
    const { createJiti } = await import('jiti');
    module = await createJiti(import.meta.url, { moduleCache: false, interopDefault: false }).import(path);
  } catch (cause) {
    throw new UsageError(`\`${shown}\` could not be loaded: ${messageOf(cause)}`);
  }
  const settings = (module as { default?: unknown }).default;
  if (settings === undefined) {
    throw new UsageError(`\`${shown}\` exports no configuration. Write \`export default { ... }\` or \`module.exports = { ... }\`.`);
  }
  return settings;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
}
