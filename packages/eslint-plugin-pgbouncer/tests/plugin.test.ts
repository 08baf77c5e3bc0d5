import { hazards } from '@pgbouncer-audit/core';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import plugin, * as module from '../src/index.ts';

describe('the plugin', () => {
  it('says its name and its version', () => {
    expect(plugin.meta).toEqual({ name: manifest.name, version: manifest.version, namespace: 'pgbouncer' });
  });

  it('has a rule for every hazard', () => {
    expect(Object.keys(plugin.rules)).toEqual(hazards.map(({ id }) => id));
  });

  it('is the same whether a module takes its default export or the module itself', () => {
    expect(module).toMatchObject({ meta: plugin.meta, rules: plugin.rules, configs: plugin.configs });
  });

  it('finds nothing, and says nothing, in code that has nothing to do with PostgreSQL', async () => {
    const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [plugin.configs.all] });
    const [result] = await eslint.lintText('app.listen(3000);\n');
    expect(result?.messages).toEqual([]);
  });

  it.each(['recommended', 'strict', 'all'] as const)('has rules in `%s` that ESLint accepts', async (preset) => {
    const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [plugin.configs[preset]] });
    const config = (await eslint.calculateConfigForFile('file.js')) as { rules: Record<string, unknown> };
    expect(Object.keys(config.rules)).not.toEqual([]);
  });
});
