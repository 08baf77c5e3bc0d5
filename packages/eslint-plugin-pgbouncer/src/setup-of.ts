import { readSettings, readSettingsOver, type ReadSettings, type SettingsProblem, type Setup } from '@pgbouncer-audit/core';
import { readPgbouncerIniFile } from './pgbouncer-ini-file.ts';
import { SettingsError } from './settings-error.ts';

interface KnownSetup {
  readonly setup: Setup;
  readonly cwd: string;
  isCurrent(): boolean;
}

/**
 * Keyed by what ESLint holds for as long as a configuration is in use. So a `pgbouncer.ini` is read once, and again when it has changed: an editor
 * keeps its process for days.
 */
const known = new WeakMap<object, KnownSetup>();

/**
 * What `settings.pgbouncer` of an ESLint configuration says, what the `pgbouncer.ini` says that it names, and the defaults where neither says anything.
 *
 * @param cwd what the path of the file starts from
 * @throws SettingsError when a value of it is wrong: a setting that is quietly ignored would judge code by a pooler that nobody runs
 */
export function setupOf(settings: Readonly<Record<string, unknown>>, cwd: string): Setup {
  const stated = settings['pgbouncer'];
  const key = typeof stated === 'object' && stated !== null ? stated : undefined;
  const before = key && known.get(key);
  if (before && before.cwd === cwd && before.isCurrent()) return before.setup;

  const { setup, problems, isCurrent } = read(stated, cwd);
  // What is wrong is read again: the file may be there the next time.
  if (problems.length > 0) throw new SettingsError(problems);
  if (key) known.set(key, { setup, cwd, isCurrent });
  return setup;
}

function read(stated: unknown, cwd: string): ReadSettings & { isCurrent(): boolean } {
  const plain = readSettings(stated);
  if (plain.pgbouncerIni === undefined) return { ...plain, isCurrent: () => true };
  const { configuration, isCurrent } = readPgbouncerIniFile(plain.pgbouncerIni, cwd);
  if (typeof configuration !== 'string') return { ...readSettingsOver(stated, configuration), isCurrent };
  const problem: SettingsProblem = {
    path: 'pgbouncerIni',
    message: `\`${plain.pgbouncerIni}\` ${configuration}. Relative paths start from ${cwd}, the folder that ESLint runs in.`,
  };
  return { ...plain, problems: [...plain.problems, problem], isCurrent };
}
