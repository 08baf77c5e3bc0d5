import { readSettings, type Setup } from '@pgbouncer-audit/core';
import { SettingsError } from './settings-error.ts';

/**
 * What `settings.pgbouncer` of an ESLint configuration says, and the defaults where it says nothing.
 *
 * @throws SettingsError when a value of it is wrong: a setting that is quietly ignored would judge code by a pooler that nobody runs
 */
export function setupOf(settings: Readonly<Record<string, unknown>>): Setup {
  const { setup, problems } = readSettings(settings['pgbouncer']);
  if (problems.length > 0) throw new SettingsError(problems);
  return setup;
}
