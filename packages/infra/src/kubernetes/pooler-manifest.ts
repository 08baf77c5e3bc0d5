import { stringify } from 'yaml';
import { poolSizes, shippedDeployment } from '../pool-sizes.ts';
import { allowedParameters } from './allowed-parameters.ts';

/** Pods of PgBouncer: one can be moved to another node while the other serves. Each has pools of its own. */
const instances = 2;

/** What the operator writes itself, by name or by the beginning of the name. */
const setByOperator: readonly RegExp[] = [
  /^listen_(addr|port)$/,
  /^unix_socket_dir$/,
  /^admin_users$/,
  /^auth_(file|hba_file|user|query|dbname)$/,
  /^(client|server)_tls_(key|cert|ca)_file$/,
];

/** Settings that the operator would take and that are not handed on, and why. */
const leftToOperator: Readonly<Record<string, string>> = {
  auth_type: 'the operator logs in to the console by a line of its pg_hba.conf, which counts with auth_type = hba only; see pg_hba below',
  ignore_startup_parameters: 'ours is empty, and the operator puts extra_float_digits,options before whatever stands here',
  max_user_connections: 'marks the end of pgbouncer.ini for our exporter; the operator sorts the lines and has an exporter of its own',
  server_tls_sslmode: "the operator's verify-ca is stricter than ours",
};

/** Settings that have another value here, and why. */
const changed: Readonly<Record<string, { readonly value: string; readonly why: string }>> = {
  client_tls_sslmode: { value: 'require', why: 'clients come from other machines' },
  ...Object.fromEntries(
    Object.entries(poolSizes({ ...shippedDeployment, poolers: instances })).map(([name, value]) => [
      name,
      { value: String(value), why: `src/pool-sizes.ts, for ${instances} PgBouncers` },
    ]),
  ),
};

/** What is not among the parameters: the operator's own, the refused, and those that are left to it with the reason. */
export interface LeftOut {
  readonly setByOperator: readonly string[];
  readonly refused: readonly string[];
  readonly leftToOperator: Readonly<Record<string, string>>;
}

/** The settings of pgbouncer.ini that a `Pooler` can have, and those that it cannot. */
export function poolerParameters(settings: ReadonlyMap<string, string>): {
  readonly parameters: Readonly<Record<string, string>>;
  readonly leftOut: LeftOut;
} {
  const names = [...settings.keys()].filter((name) => name !== 'pool_mode');
  const operators = names.filter((name) => setByOperator.some((pattern) => pattern.test(name)));
  const rest = names.filter((name) => !operators.includes(name));
  const passed = rest.filter((name) => allowedParameters.has(name) && !isLeft(name, settings.get(name)!));
  return {
    parameters: Object.fromEntries(passed.map((name) => [name, changed[name]?.value ?? settings.get(name)!])),
    leftOut: {
      setByOperator: operators,
      refused: rest.filter((name) => !allowedParameters.has(name)),
      leftToOperator: Object.fromEntries(
        rest.filter((name) => isLeft(name, settings.get(name)!)).map((name) => [name, leftToOperator[name]!]),
      ),
    },
  };
}

/** Names that are ignored besides the operator's own have to reach it. */
function isLeft(name: string, value: string): boolean {
  return name in leftToOperator && !(name === 'ignore_startup_parameters' && value !== '');
}

/**
 * The settings of pgbouncer.ini as a `Pooler` of CloudNativePG, with what it cannot have in comments.
 *
 * @param settings the section [pgbouncer]
 */
export function poolerManifest(settings: ReadonlyMap<string, string>): string {
  const { parameters, leftOut } = poolerParameters(settings);
  const manifest = {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Pooler',
    metadata: { name: 'app-pooler-rw' },
    spec: {
      cluster: { name: 'app' },
      instances,
      type: 'rw',
      pgbouncer: {
        image: 'ghcr.io/cloudnative-pg/pgbouncer:1.26.0',
        poolMode: settings.get('pool_mode'),
        pg_hba: ['host all all 0.0.0.0/0 scram-sha-256', 'host all all ::/0 scram-sha-256'],
        parameters,
      },
    },
  };
  return [
    ...comment([
      'Written by `pnpm generate` from pgbouncer/pgbouncer.ini, where the reason for each value stands.',
      '',
      'The same PgBouncer as a Pooler of CloudNativePG, 1.30 or newer (`image`). To edit: cluster.name, metadata.name (never the name of a cluster),',
      'and the sizes: `npm run sizes -- --poolers N`, with N for `instances`. What differs from one machine, and what to tell the linter:',
      'docs/infra.md, "Beyond one machine".',
      '',
      'Other values than in pgbouncer.ini:',
      ...Object.entries(changed)
        .filter(([name, { value }]) => value !== settings.get(name))
        .map(([name, { value, why }]) => `- ${name} = ${value}: ${why}`),
      'Left to the operator:',
      ...Object.entries(leftOut.leftToOperator).map(([name, why]) => `- ${name}: ${why}`),
      `Set by the operator itself: ${leftOut.setByOperator.join(', ')}.`,
      `Refused by the operator, so that PgBouncer's default holds: ${leftOut.refused.join(', ')}.`,
      'Nor can [users] be written: `ALTER ROLE app SET transaction_timeout = ...` takes the place of its limit from PostgreSQL 17 on.',
    ]),
    stringify(manifest, { defaultStringType: 'PLAIN', defaultKeyType: 'PLAIN', lineWidth: 0 }),
  ].join('\n');
}

/** Lines of YAML comment no longer than the files of this package have. */
function comment(paragraphs: readonly string[]): readonly string[] {
  return paragraphs.flatMap((paragraph) => (paragraph.match(/.{1,146}(?= |$)/g) ?? ['']).map((line) => `# ${line.trim()}`.trimEnd()));
}
