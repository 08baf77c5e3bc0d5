import type { Confidence, Hazard, Preset } from '@pgbouncer-audit/core';
import type { ESLint, Linter } from 'eslint';

/** A flat configuration that can be put into the array of an `eslint.config.js` as it is. */
export interface PresetConfig {
  readonly name: string;
  readonly plugins: { readonly pgbouncer: ESLint.Plugin };
  readonly rules: Linter.RulesRecord;
}

export type Presets = Readonly<Record<Preset, PresetConfig>>;

/** Which hazards a preset enables, and how sure a finding has to be. */
const contents: Readonly<Record<Preset, { readonly includes: readonly Preset[]; readonly minConfidence: Confidence }>> = {
  recommended: { includes: ['recommended'], minConfidence: 'likely' },
  strict: { includes: ['recommended', 'strict'], minConfidence: 'possible' },
  all: { includes: ['recommended', 'strict', 'all'], minConfidence: 'possible' },
};

/**
 * @param plugin is asked for when a configuration is used: the configurations are part of the plugin they name
 */
export function presetsOf(hazards: readonly Hazard[], plugin: () => ESLint.Plugin): Presets {
  const config = (preset: Preset): PresetConfig => ({
    name: `pgbouncer/${preset}`,
    plugins: {
      get pgbouncer() {
        return plugin();
      },
    },
    rules: Object.fromEntries(
      hazards
        .filter((hazard) => contents[preset].includes.includes(hazard.preset))
        .map(({ id, severity }): [string, Linter.RuleEntry] => {
          const { minConfidence } = contents[preset];
          return [`pgbouncer/${id}`, [severity === 'error' ? 'error' : 'warn', { minConfidence }]];
        }),
    ),
  });
  return { recommended: config('recommended'), strict: config('strict'), all: config('all') };
}
