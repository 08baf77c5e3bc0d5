import { isMap, type Document } from 'yaml';
import { knownSetting } from './pgbouncer-settings.ts';
import type { Pooler, Setting, Variable, Workload } from './facts.ts';
import type { Origin } from '../result.ts';
import { poolerOfEnvironment, productOfImage, versionsOfImage } from './images.ts';
import { entriesOf, itemsOf, nodeAt, parseYaml, resolved, scalarText, type YamlFile } from './yaml-file.ts';

/** What one YAML file of a cluster says. */
export interface KubernetesFile {
  readonly poolers: readonly Pooler[];
  readonly postgres: readonly Setting[];
  readonly workloads: readonly Workload[];
  readonly variables: readonly Variable[];
  /** Texts of `pgbouncer.ini` that stand in the file, with the line before their first. */
  readonly inis: readonly { readonly text: string; readonly line: number; readonly label: string }[];
}

/** Words without which a YAML file has nothing to say here. */
export const mentionsKubernetes = (text: string): boolean =>
  /pgbouncer|connectionPooler|^\s*poolers:|\bkind:\s*["']?(?:Pooler|Cluster|Deployment|StatefulSet|HorizontalPodAutoscaler)\b/im.test(text);

/** How deep the settings of a chart may be nested below the key that names PgBouncer. */
const maxDepth = 6;

class Reader implements KubernetesFile {
  readonly poolers: Pooler[] = [];
  readonly postgres: Setting[] = [];
  readonly workloads: Workload[] = [];
  readonly variables: Variable[] = [];
  readonly inis: { text: string; line: number; label: string }[] = [];
  private readonly file: string;
  private readonly yaml: YamlFile;

  constructor(file: string, yaml: YamlFile) {
    this.file = file;
    this.yaml = yaml;
    for (const document of yaml.documents) this.document(document);
  }

  private document(document: Document): void {
    const kind = scalarText(nodeAt(document, document.contents, ['kind']));
    const api = scalarText(nodeAt(document, document.contents, ['apiVersion'])) ?? '';
    if (kind === undefined || api === '') {
      this.values(document, document.contents, /(?:^|\/)[\w.-]*pgbouncer[\w.-]*\/[^/]*$/i.test(this.file), 0);
      return;
    }
    if (kind === 'List') for (const item of itemsOf(document, nodeAt(document, document.contents, ['items']))) this.object(document, item);
    else this.object(document, document.contents);
  }

  private object(document: Document, root: unknown): void {
    const at = (...path: string[]): unknown => nodeAt(document, root, path);
    const kind = scalarText(at('kind'));
    const name = scalarText(at('metadata', 'name')) ?? 'without a name';
    const api = scalarText(at('apiVersion')) ?? '';
    if (kind === 'Pooler' && api.startsWith('postgresql.cnpg.io/')) this.cnpgPooler(document, root, name);
    else if (kind === 'Cluster' && api.startsWith('postgresql.cnpg.io/')) this.parameters(document, at('spec', 'postgresql', 'parameters'));
    else if (kind === 'ConfigMap' || kind === 'Secret') this.configMap(document, at(kind === 'Secret' ? 'stringData' : 'data'), name);
    else if (kind === 'Deployment' || kind === 'StatefulSet') this.workload(document, root, name);
    else if (kind === 'HorizontalPodAutoscaler') {
      const most = at('spec', 'maxReplicas');
      const target = scalarText(at('spec', 'scaleTargetRef', 'name'));
      const value = scalarText(most);
      if (target !== undefined && value !== undefined)
        this.workloads.push({
          name: target,
          origin: this.origin(most),
          multipliers: [{ name: 'maxReplicas', value, origin: this.origin(most) }],
        });
    }
  }

  /**
   * CloudNativePG runs PgBouncer in session mode unless `poolMode` says otherwise (its API reference), and puts `extra_float_digits` and
   * `options` before what `ignore_startup_parameters` says (pkg/management/pgbouncer/config of 1.30.0).
   */
  private cnpgPooler(document: Document, root: unknown, name: string): void {
    const at = (...path: string[]): unknown => nodeAt(document, root, ['spec', ...path]);
    const kind = this.origin(nodeAt(document, root, ['kind']));
    this.cnpg(document, name, kind, { settings: at('pgbouncer'), instances: at('instances') });
  }

  /** An item of `poolers` of CloudNativePG's chart for a cluster: what the resource has below `spec.pgbouncer` stands beside the name. */
  private chartPooler(document: Document, item: unknown): void {
    const name = nodeAt(document, item, ['name']);
    if (scalarText(name) === undefined || scalarText(nodeAt(document, item, ['type'])) === undefined) return;
    this.cnpg(document, scalarText(name)!, this.origin(name), { settings: item, instances: nodeAt(document, item, ['instances']) });
  }

  private cnpg(
    document: Document,
    name: string,
    kind: Origin,
    { settings: pgbouncer, instances }: { settings: unknown; instances: unknown },
  ): void {
    const mode = nodeAt(document, pgbouncer, ['poolMode']);
    const settings: Setting[] = entriesOf(document, nodeAt(document, pgbouncer, ['parameters'])).flatMap(({ key, keyNode, value }) => {
      const text = scalarText(value);
      return text === undefined ? [] : [{ name: key, value: text, origin: this.origin(keyNode) }];
    });
    const modeText = scalarText(mode);
    if (modeText !== undefined) settings.push({ name: 'pool_mode', value: modeText, origin: this.origin(mode) });
    const ignored = 'ignore_startup_parameters';
    const own = settings.find(({ name: setting }) => setting === ignored);
    const value = ['extra_float_digits', 'options', ...(own ? [own.value] : [])].join(',');
    const image = nodeAt(document, pgbouncer, ['image']);
    const count = scalarText(instances);
    this.poolers.push({
      product: 'pgbouncer',
      label: `Pooler ${name}`,
      origin: kind,
      settings: [...settings.filter((setting) => setting !== own), { name: ignored, value, origin: own?.origin ?? kind }],
      ...versionsOfImage(scalarText(image) ?? '', this.origin(image)),
      complete: false,
      ...(count !== undefined && { instances: { name: 'instances', value: count, origin: this.origin(instances) } }),
    });
  }

  private parameters(document: Document, node: unknown): void {
    for (const { key, keyNode, value } of entriesOf(document, node)) {
      const text = scalarText(value);
      if (text !== undefined && (key === 'max_connections' || key === 'superuser_reserved_connections'))
        this.postgres.push({ name: key, value: text, origin: this.origin(keyNode) });
    }
  }

  private configMap(document: Document, data: unknown, name: string): void {
    for (const { key, value } of entriesOf(document, data)) {
      const text = scalarText(value);
      if (text === undefined) continue;
      if (/^[ \t]*\[pgbouncer\]/m.test(text)) this.inis.push({ text, line: this.yaml.lineOf(value), label: `${key} of ${name}` });
      else if (/^[\w.]*(?:URL|URI|DSN|HOST|PORT)$/i.test(key)) this.variables.push({ name: key, value: text, origin: this.origin(value) });
    }
  }

  private workload(document: Document, root: unknown, name: string): void {
    const replicas = nodeAt(document, root, ['spec', 'replicas']);
    const count = scalarText(replicas);
    const spec = nodeAt(document, root, ['spec', 'template', 'spec']);
    let isPooler = false;
    for (const container of itemsOf(document, nodeAt(document, spec, ['containers']))) {
      const image = scalarText(nodeAt(document, container, ['image'])) ?? '';
      const environment = new Map<string, { value: string | undefined; line: number }>();
      for (const entry of itemsOf(document, nodeAt(document, container, ['env']))) {
        const variable = scalarText(nodeAt(document, entry, ['name']));
        const value = scalarText(nodeAt(document, entry, ['value']));
        if (variable === undefined) continue;
        environment.set(variable, { value, line: this.yaml.lineOf(entry) });
        if (value !== undefined) this.variables.push({ name: variable, value, origin: this.origin(entry) });
      }
      const product = productOfImage(image);
      if (product) {
        isPooler = true;
        this.poolers.push({
          product,
          label: `${scalarText(nodeAt(document, root, ['kind'])) ?? 'Deployment'} ${name}`,
          origin: this.origin(nodeAt(document, container, ['image'])),
          settings: product === 'pgbouncer' ? poolerOfEnvironment(this.file, environment) : [],
          complete: false,
          ...versionsOfImage(image, this.origin(nodeAt(document, container, ['image']))),
          ...(count !== undefined && { instances: { name: 'replicas', value: count, origin: this.origin(replicas) } }),
        });
      }
    }
    if (isPooler) return;
    this.workloads.push({
      name,
      origin: this.origin(nodeAt(document, root, ['metadata', 'name'])),
      multipliers: count === undefined ? [] : [{ name: 'replicas', value: count, origin: this.origin(replicas) }],
    });
  }

  /** Helm values have no schema: what stands below a key that names PgBouncer, and is called as a setting of it, is one. */
  private values(document: Document, node: unknown, inside: boolean, depth: number): void {
    if (depth > maxDepth) return;
    const settings: Setting[] = [];
    let heading: unknown;
    for (const { key, keyNode, value } of entriesOf(document, node)) {
      const text = scalarText(value);
      if (text !== undefined && /^[ \t]*\[pgbouncer\]/m.test(text)) this.inis.push({ text, line: this.yaml.lineOf(value), label: key });
      if (key === 'poolers') for (const item of itemsOf(document, value)) this.chartPooler(document, item);
      const names = /pg_?-?bouncer|^connectionPooler$/i.test(key);
      if (isMap(value)) {
        if (names && !inside) this.chart(document, key, keyNode, value);
        else this.values(document, value, inside, depth + 1);
      } else if (inside && text !== undefined) {
        const name = knownSetting(key);
        if (name) settings.push({ name, value: text, origin: this.origin(keyNode) });
        heading ??= keyNode;
      }
    }
    if (inside && settings.some(({ name }) => name === 'pool_mode' || name === 'max_client_conn' || name === 'default_pool_size'))
      this.poolers.push({ product: 'pgbouncer', label: 'Helm values', origin: this.origin(heading), settings, complete: false });
  }

  private chart(document: Document, key: string, keyNode: unknown, value: unknown): void {
    const settings: Setting[] = [];
    let instances: Setting | undefined;
    let isOff = false;
    const visit = (node: unknown, depth: number): void => {
      for (const entry of entriesOf(document, node)) {
        const text = scalarText(entry.value);
        if (isMap(resolved(document, entry.value)) && depth < maxDepth) visit(entry.value, depth + 1);
        else if (text !== undefined && /^[ \t]*\[pgbouncer\]/m.test(text))
          this.inis.push({ text, line: this.yaml.lineOf(entry.value), label: `${key}.${entry.key}` });
        else if (text !== undefined) {
          if (depth === 0 && entry.key === 'enabled' && text === 'false') isOff = true;
          const name = entry.key === 'mode' && key === 'connectionPooler' ? 'pool_mode' : knownSetting(entry.key);
          // An empty value of a chart leaves PgBouncer's default.
          if (name && text !== '' && name !== 'server_lifetime') settings.push({ name, value: text, origin: this.origin(entry.keyNode) });
          if (/^(?:replicas|replicaCount|numberOfInstances|instances)$/.test(entry.key))
            instances = { name: entry.key, value: text, origin: this.origin(entry.keyNode) };
        }
      }
    };
    visit(value, 0);
    if (isOff || settings.length === 0) return;
    this.poolers.push({
      product: 'pgbouncer',
      label: `Helm values ${key}`,
      origin: this.origin(keyNode),
      settings,
      complete: false,
      ...(instances && { instances }),
    });
  }

  private origin(node: unknown) {
    return { file: this.file, line: this.yaml.lineOf(node) };
  }
}

/** Reads manifests of Kubernetes, resources of CloudNativePG and values of Helm charts. Never throws. */
export function readKubernetes(file: string, text: string): KubernetesFile {
  return new Reader(file, parseYaml(withoutDefinitions(text)));
}

/** The definitions of kinds are long, and deploy nothing. The lines of the rest keep their numbers. */
function withoutDefinitions(text: string): string {
  if (!/^kind:\s*["']?CustomResourceDefinition\b/m.test(text)) return text;
  return text
    .split(/^(?=---)/m)
    .map((document) => (/^kind:\s*["']?CustomResourceDefinition\b/m.test(document) ? document.replace(/[^\n]+/g, '') : document))
    .join('');
}
