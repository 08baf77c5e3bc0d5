import type { SettingsProblem } from '@pgbouncer-audit/core';

/** `settings.pgbouncer` is wrong. It stops the run, as a wrong option of a rule does. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(problems: readonly SettingsProblem[]) {
    const lines = problems.map(({ path, message }) => `  settings.pgbouncer${path && `.${path}`}: ${message}`);
    super(
      [
        'The settings of eslint-plugin-pgbouncer are wrong:',
        ...lines,
        'Correct them in the ESLint configuration; docs/editor.md lists every setting.',
      ].join('\n'),
    );
    // ESLint prints the stack of what a rule throws, and this is no fault of the rule.
    this.stack = `${this.name}: ${this.message}`;
  }
}
