import type { PoolerProduct } from '@pgbouncer-audit/core';
import type { Origin } from '../result.ts';
import type { Pooler, Setting } from './facts.ts';
import { pgbouncerSettings } from './pgbouncer-settings.ts';

const products: readonly (readonly [image: RegExp, product: PoolerProduct])[] = [
  [/pgbouncer(?![\w-]*exporter)/, 'pgbouncer'],
  [/supavisor/, 'supavisor'],
  [/\bpgcat\b/, 'pgcat'],
  [/\bpgdog\b/, 'pgdog'],
  [/\bodyssey\b/, 'odyssey'],
];

/** The pooler that a container image, or a service by its name, is. Whose image it is says nothing: `pgbouncer-audit/notify-bridge` is none. */
export function productOfImage(name: string): PoolerProduct | undefined {
  const lower = name.toLowerCase().split('/').at(-1)!;
  return /exporter/.test(lower) ? undefined : products.find(([pattern]) => pattern.test(lower))?.[1];
}

/** `edoburu/pgbouncer:v1.24.1-p1`: what the findings need of it, and the whole. */
export function versionsOfImage(image: string, origin: Origin): Pick<Pooler, 'version' | 'exactVersion'> {
  const [, minor, patch] = /:v?(\d+\.\d+)(\.\d+)?(?:[\w.-]*)(?:@|$)/.exec(image) ?? [];
  if (minor === undefined) return {};
  return {
    version: { name: 'version', value: minor, origin },
    ...(patch !== undefined && { exactVersion: { name: 'version', value: minor + patch, origin } }),
  };
}

/**
 * The settings that an image takes from its environment: edoburu/pgbouncer, pgbouncer/pgbouncer and their kind take a setting in upper
 * case, bitnami/pgbouncer with a prefix.
 */
export function poolerOfEnvironment(
  file: string,
  environment: ReadonlyMap<string, { readonly value: string | undefined; readonly line: number }>,
): Setting[] {
  return [...pgbouncerSettings].flatMap((name): Setting[] => {
    const variable = [`PGBOUNCER_${name.toUpperCase()}`, name.toUpperCase()]
      .map((each) => environment.get(each))
      .find((each) => each?.value !== undefined);
    return variable?.value === undefined ? [] : [{ name, value: variable.value, origin: { file, line: variable.line } }];
  });
}
