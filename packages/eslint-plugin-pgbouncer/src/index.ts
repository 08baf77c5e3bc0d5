import type { ESLint } from 'eslint';
import { hazards } from '@pgbouncer-audit/core';
import manifest from '../package.json' with { type: 'json' };
import { presetsOf, type Presets } from './presets.ts';
import { ruleFromHazard, type HazardRule } from './rule-from-hazard.ts';

/** Who made this plugin, for ESLint's cache and for `--print-config`. */
export const meta = { name: manifest.name, version: manifest.version, namespace: 'pgbouncer' } as const;

/** One rule per hazard, under the hazard's id. */
export const rules: Readonly<Record<string, HazardRule>> = Object.fromEntries(hazards.map((hazard) => [hazard.id, ruleFromHazard(hazard)]));

/** Ready-made flat configurations: `recommended`, `strict`, `all`. */
export const configs: Presets = presetsOf(hazards, () => plugin);

/**
 * The plugin. `import` takes it as the default export; `require()` gives a module whose `rules`, `configs` and `meta`
 * are these, so that it can be used as a plugin as it is.
 */
const plugin = { meta, rules, configs } satisfies ESLint.Plugin;

export default plugin;
