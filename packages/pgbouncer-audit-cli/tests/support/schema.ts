import { Ajv2020 } from 'ajv/dist/2020.js';
import schema from '../../schema/result.schema.json' with { type: 'json' };

// The published schema lets a reader meet keys of a later version; what this version writes, it has to declare.
const validate = new Ajv2020({ allErrors: true }).compile(closed(schema) as object);

/** What is wrong with a result by the published schema, keys that it does not declare included. */
export function problemsOf(result: unknown): readonly string[] {
  validate(result);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, closed(each)]);
  return { ...Object.fromEntries(entries), ...('properties' in value && 'type' in value && { additionalProperties: false }) };
}
