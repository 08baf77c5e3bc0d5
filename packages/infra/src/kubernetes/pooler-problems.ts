import { Ajv } from 'ajv';
import { allowedParameters } from './allowed-parameters.ts';

type Schema = Readonly<Record<string, unknown>>;

/** What is needed of a CustomResourceDefinition. */
interface Definition {
  readonly spec?: {
    readonly names?: { readonly kind?: string };
    readonly versions?: readonly { readonly name?: string; readonly schema?: { readonly openAPIV3Schema?: Schema } }[];
  };
}

/** What is needed of a resource that may be anything. */
interface Resource {
  readonly apiVersion?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly cluster?: { readonly name?: string };
    readonly pgbouncer?: { readonly parameters?: Readonly<Record<string, string>> };
  };
}

/**
 * Why Kubernetes or the operator would refuse a `Pooler`, a line each; none where they would take it.
 *
 * @param definition the CustomResourceDefinition of `Pooler`
 * @throws Error when the definition is of something else or has no schema for the resource's version
 */
export function poolerProblems(definition: unknown, pooler: unknown): readonly string[] {
  const { apiVersion, metadata, spec } = (pooler ?? {}) as Resource;
  const { names, versions } = (definition as Definition | null)?.spec ?? {};
  if (names?.kind !== 'Pooler')
    throw new Error('This is no CustomResourceDefinition of Pooler: `kubectl get crd poolers.postgresql.cnpg.io -o yaml`.');
  const schema = versions?.find(({ name }) => `postgresql.cnpg.io/${name}` === apiVersion)?.schema?.openAPIV3Schema;
  if (!schema) throw new Error(`The CustomResourceDefinition has no schema for \`apiVersion: ${apiVersion}\`.`);

  // Formats there are widths of numbers, and `x-kubernetes-...` keywords are for the server.
  const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(closed(schema));
  validate(pooler);
  const shape = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath.slice(1).replaceAll('/', '.')} ${message} ${JSON.stringify(params)}`,
  );
  const parameters = Object.keys(spec?.pgbouncer?.parameters ?? {}).filter((name) => !allowedParameters.has(name));
  return [
    ...shape,
    ...parameters.map((name) => `spec.pgbouncer.parameters.${name} is not a parameter that CloudNativePG allows`),
    ...(metadata?.name !== undefined && metadata.name === spec?.cluster?.name ? ['metadata.name must not be the name of the cluster'] : []),
  ];
}

/** Kubernetes drops a key that the schema does not declare, and kubectl warns of it: here it is an error. */
function closed(schema: Schema): Schema {
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined;
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return {
    ...schema,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, closed(each)])) }),
    ...(properties && !open && { additionalProperties: false }),
    ...(typeof schema.items === 'object' && schema.items !== null && { items: closed(schema.items as Schema) }),
  };
}
