import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type YAMLMap } from 'yaml';
import type { PoolerProduct } from '@pgbouncer-audit/core';

/** A service of a compose file that is a pooler. */
export interface ComposePooler {
  readonly service: string;
  readonly product: PoolerProduct;
  readonly line: number;
  /** `major.minor` by the tag of the image. */
  readonly version?: { readonly value: string; readonly line: number };
  /** Variables of its environment; the value is `undefined` where only the deployment knows it. */
  readonly environment: ReadonlyMap<string, { readonly value: string | undefined; readonly line: number }>;
  /** Host paths of what is mounted into it. */
  readonly mounts: readonly string[];
}

export interface ComposeFile {
  readonly poolers: readonly ComposePooler[];
  /** PostgreSQL's major version by the tags of its images. */
  readonly postgres: readonly { readonly major: number; readonly line: number }[];
}

const products: readonly (readonly [image: RegExp, product: PoolerProduct])[] = [
  [/pgbouncer(?![\w-]*exporter)/, 'pgbouncer'],
  [/supavisor/, 'supavisor'],
  [/\bpgcat\b/, 'pgcat'],
  [/\bpgdog\b/, 'pgdog'],
  [/\bodyssey\b/, 'odyssey'],
];

const postgresImage = /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb(?:-ha)?|pgvector|postgresml|spilo)(?::|$)/;

/** Reads the services of a compose file. @throws when it is not YAML */
export function readCompose(text: string): ComposeFile {
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { lineCounter: lines, merge: true, strict: false });
  if (!document || 'empty' in document) return { poolers: [], postgres: [] };
  const syntaxError = document.errors[0];
  if (syntaxError) throw new Error(syntaxError.message.split('\n')[0]);

  const poolers: ComposePooler[] = [];
  const postgres: { major: number; line: number }[] = [];
  const services = document.get('services');
  const lineOf = (node: unknown): number => {
    const range = (node as { range?: readonly number[] | null } | undefined)?.range;
    return range ? lines.linePos(range[0]!).line : 1;
  };
  for (const { key, value } of isMap(services) ? services.items : []) {
    const service = isScalar(key) ? String(key.value) : '';
    const definition =
      value && typeof value === 'object' && 'resolve' in value ? (value as { resolve(d: unknown): unknown }).resolve(document) : value;
    if (!isMap(definition)) continue;
    const imageNode = definition.get('image', true);
    const image = substitute(scalarText(imageNode) ?? '') ?? '';
    const name = image || service;
    const product = products.find(([pattern]) => pattern.test(name.toLowerCase()) && !/exporter/.test(`${name}${service}`))?.[1];
    if (product) {
      const version = versionOf(image);
      poolers.push({
        service,
        product,
        line: lineOf(key),
        ...(version !== undefined && { version: { value: version, line: lineOf(imageNode) } }),
        environment: environmentOf(definition, lineOf),
        mounts: mountsOf(definition),
      });
    } else if (postgresImage.test(image.replace(/@.*$/, ''))) {
      const major = postgresMajor(image);
      if (major !== undefined) postgres.push({ major, line: lineOf(imageNode) });
    }
  }
  return { poolers, postgres };
}

/** A text, a number or a truth value as it is written; nothing for anything else. */
function scalarText(node: unknown): string | undefined {
  const value = isScalar(node) ? node.value : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** `environment` is a map, or a list of `NAME=value`. */
function environmentOf(service: YAMLMap, lineOf: (node: unknown) => number): ComposePooler['environment'] {
  const variables = new Map<string, { value: string | undefined; line: number }>();
  const environment = service.get('environment');
  if (isMap(environment)) {
    for (const { key, value } of environment.items) {
      if (!isScalar(key)) continue;
      const text = scalarText(value);
      variables.set(String(key.value), { value: text === undefined ? undefined : substitute(text), line: lineOf(key) });
    }
  } else if (isSeq(environment)) {
    for (const item of environment.items) {
      const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(isScalar(item) ? String(item.value) : '') ?? [];
      if (name) variables.set(name, { value: value === undefined ? undefined : substitute(value), line: lineOf(item) });
    }
  }
  return variables;
}

/** The short form `./pgbouncer.ini:/etc/pgbouncer/pgbouncer.ini:ro`, and the long one with a `source`. */
function mountsOf(service: YAMLMap): string[] {
  const volumes = service.get('volumes');
  return (isSeq(volumes) ? volumes.items : []).flatMap((item) => {
    const source = isMap(item) ? item.get('source') : isScalar(item) ? /^([^:]+):/.exec(String(item.value))?.[1] : undefined;
    return typeof source === 'string' && /^\.{0,2}\//.test(source) ? [source] : [];
  });
}

/**
 * A value with `${NAME:-default}` replaced by the default.
 *
 * @returns `undefined` where a variable has none: only the deployment knows it
 */
function substitute(value: string): string | undefined {
  let known = true;
  const text = value.replace(/\$\$|\$\{\w+(?::?-([^}]*))?[^}]*\}|\$\w+/g, (match, fallback: string | undefined) => {
    if (match === '$$') return '$';
    if (fallback === undefined) known = false;
    return fallback ?? '';
  });
  return known ? text : undefined;
}

function versionOf(image: string): string | undefined {
  return /:v?(\d+\.\d+)(?:[.\w-]*)(?:@|$)/.exec(image)?.[1];
}

/** `postgres:16-alpine`, `pgvector/pgvector:pg17`, `timescale/timescaledb:2.17-pg16`, `postgis/postgis:16-3.4`. */
function postgresMajor(image: string): number | undefined {
  const tag = /:([^@]+)/.exec(image)?.[1] ?? '';
  const major = Number(
    /pg(\d{1,2})(?!\d)/.exec(tag)?.[1] ?? (/timescaledb/.test(image) ? undefined : /^v?(\d{1,2})(?![\d])/.exec(tag)?.[1]),
  );
  return major >= 9 ? major : undefined;
}
