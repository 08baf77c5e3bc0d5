import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type YAMLMap } from 'yaml';
import type { PoolerProduct } from '@pgbouncer-audit/core';
import { productOfImage } from '../deployment/images.ts';

/** A service of a compose file that is a pooler. */
export interface ComposePooler {
  readonly service: string;
  readonly product: PoolerProduct;
  readonly line: number;
  /** The image as it is named, and its line. */
  readonly image: { readonly name: string; readonly line: number };
  /** How often it runs. */
  readonly replicas?: { readonly value: string; readonly line: number };
  /** Variables of its environment; the value is `undefined` where only the deployment knows it. */
  readonly environment: ReadonlyMap<string, { readonly value: string | undefined; readonly line: number }>;
  /** Host paths of what is mounted into it. */
  readonly mounts: readonly ComposeMount[];
}

/** A host path that is mounted. */
export interface ComposeMount {
  /** With the defaults of its variables; `undefined` where one has none. */
  readonly path: string | undefined;
  /** What stands after its last variable, such as `/pgbouncer` of `${INFRA_DIR}/pgbouncer`. */
  readonly tail: string | undefined;
}

/** A service that is no pooler and no PostgreSQL: a program of the team. */
export interface ComposeService {
  readonly name: string;
  readonly line: number;
  /** The folder of its build, as it is written. */
  readonly context?: string;
  readonly commands: readonly { readonly key: string; readonly text: string; readonly line: number }[];
  readonly environment: ComposePooler['environment'];
  readonly replicas?: { readonly value: string; readonly line: number };
}

export interface ComposeFile {
  readonly poolers: readonly ComposePooler[];
  readonly services: readonly ComposeService[];
  /** `max_connections` and the like, by the command line of PostgreSQL's services. */
  readonly postgresSettings: readonly { readonly name: string; readonly value: string; readonly line: number }[];
  /** PostgreSQL's major version by the tags of its images. */
  readonly postgres: readonly { readonly major: number; readonly line: number }[];
}

const postgresImage = /(?:^|\/)(?:postgres|postgresql|postgis|timescaledb(?:-ha)?|pgvector|postgresml|spilo)(?::|$)/;

const nothing: ComposeFile = { poolers: [], services: [], postgresSettings: [], postgres: [] };

/** Reads the services of a compose file. @throws when it is not YAML */
export function readCompose(text: string): ComposeFile {
  const lines = new LineCounter();
  const [document] = parseAllDocuments(text, { lineCounter: lines, merge: true, strict: false });
  if (!document || 'empty' in document) return nothing;
  const syntaxError = document.errors[0];
  if (syntaxError) throw new Error(syntaxError.message.split('\n')[0]);

  const poolers: ComposePooler[] = [];
  const postgres: { major: number; line: number }[] = [];
  const programs: ComposeService[] = [];
  const postgresSettings: { name: string; value: string; line: number }[] = [];
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
    // An overlay that only moves a service to another network, or the like, makes none.
    if (!['image', 'build', 'environment', 'volumes', 'command'].some((key) => definition.has(key))) continue;
    const imageNode = definition.get('image', true);
    const image = substitute(scalarText(imageNode) ?? '') ?? '';
    const name = image || service;
    const product = /exporter/.test(service) ? undefined : productOfImage(name);
    const replicas = replicasOf(definition, lineOf);
    if (product) {
      poolers.push({
        service,
        product,
        line: lineOf(key),
        image: { name: image, line: lineOf(imageNode) },
        ...(replicas && { replicas }),
        environment: environmentOf(definition, lineOf),
        mounts: mountsOf(definition),
      });
    } else if (postgresImage.test(image.replace(/@.*$/, ''))) {
      const major = postgresMajor(image);
      if (major !== undefined) postgres.push({ major, line: lineOf(imageNode) });
      for (const { text, line } of commandsOf(definition, lineOf)) {
        for (const [, name, value] of text.matchAll(/\b(max_connections|superuser_reserved_connections)\s*=\s*(\d+)/g))
          postgresSettings.push({ name: name!, value: value!, line });
      }
    } else {
      const build: unknown = definition.get('build', true);
      const context = scalarText(isMap(build) ? build.get('context', true) : build);
      const dockerfile = isMap(build) ? scalarText(build.get('dockerfile', true)) : undefined;
      const folder = context === undefined ? undefined : substitute(folderOfBuild(context, dockerfile));
      programs.push({
        name: service,
        line: lineOf(key),
        ...(folder !== undefined && { context: folder }),
        commands: commandsOf(definition, lineOf),
        environment: environmentOf(definition, lineOf),
        ...(replicas && { replicas }),
      });
    }
  }
  return { poolers, services: programs, postgresSettings, postgres };
}

/** `context: .` with `dockerfile: apps/api/Dockerfile` builds the program of that folder. */
function folderOfBuild(context: string, dockerfile: string | undefined): string {
  const folder = dockerfile?.includes('/') ? dockerfile.slice(0, dockerfile.lastIndexOf('/')) : undefined;
  return folder === undefined || folder.startsWith('/') ? context : `${context}/${folder}`;
}

/** `deploy.replicas`, or `scale`. */
function replicasOf(service: YAMLMap, lineOf: (node: unknown) => number): { value: string; line: number } | undefined {
  const deploy: unknown = service.get('deploy');
  const node: unknown = (isMap(deploy) ? deploy.get('replicas', true) : undefined) ?? service.get('scale', true);
  const value = substitute(scalarText(node) ?? '');
  return value ? { value, line: lineOf(node) } : undefined;
}

/** `command` and `entrypoint`: a text, or a list of words. */
function commandsOf(service: YAMLMap, lineOf: (node: unknown) => number): { key: string; text: string; line: number }[] {
  return ['entrypoint', 'command'].flatMap((key) => {
    const node: unknown = service.get(key, true);
    const text = isSeq(node) ? node.items.map((item) => scalarText(item) ?? '').join(' ') : scalarText(node);
    return text === undefined ? [] : [{ key, text, line: lineOf(node) }];
  });
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
function mountsOf(service: YAMLMap): ComposeMount[] {
  const volumes = service.get('volumes');
  return (isSeq(volumes) ? volumes.items : []).flatMap((item) => {
    const written = isMap(item)
      ? item.get('source')
      : isScalar(item)
        ? /^((?:\$\{[^}]*\}|[^:])+):/.exec(String(item.value))?.[1]
        : undefined;
    if (typeof written !== 'string') return [];
    const [, tail] = /^.*\$\{[^}]*\}(\/.+)$/.exec(written) ?? [];
    const path = substitute(written);
    return tail !== undefined || (path !== undefined && /^\.{0,2}\//.test(path)) ? [{ path, tail }] : [];
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

/** `postgres:16-alpine`, `pgvector/pgvector:pg17`, `timescale/timescaledb:2.17-pg16`, `postgis/postgis:16-3.4`. */
function postgresMajor(image: string): number | undefined {
  const tag = /:([^@]+)/.exec(image)?.[1] ?? '';
  const major = Number(
    /pg(\d{1,2})(?!\d)/.exec(tag)?.[1] ?? (/timescaledb/.test(image) ? undefined : /^v?(\d{1,2})(?![\d])/.exec(tag)?.[1]),
  );
  return major >= 9 ? major : undefined;
}
