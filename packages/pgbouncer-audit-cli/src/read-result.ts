import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import schema from '../schema/result.schema.json' with { type: 'json' };
import { explain } from './discover/read-text.ts';
import { UsageError } from './errors.ts';
import { schemaVersion, type AuditResult } from './result.ts';
import { toolVersion } from './tool.ts';

/**
 * Reads a result that was saved as JSON.
 *
 * @param file as the user wrote it
 * @throws UsageError for a file that cannot be read, is no result, or is one of another version of the schema
 */
export function readResult(cwd: string, file: string): AuditResult {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(resolve(cwd, file), 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? `is not valid JSON: ${cause.message}` : `cannot be read: ${explain(cause)}`;
    throw new UsageError(`\`${file}\` ${why}.`);
  }
  const version = isRecord(value) ? value['schemaVersion'] : undefined;
  if (version === undefined) {
    throw new UsageError(`\`${file}\` is not a result of pgbouncer-audit. Give the file that \`--reporter json=FILE\` wrote.`);
  }
  if (version !== schemaVersion) {
    throw new UsageError(
      `\`${file}\` has version ${JSON.stringify(version)} of the schema, and pgbouncer-audit ${toolVersion} reads version ${schemaVersion}. ` +
        'Audit again, or use the version of pgbouncer-audit that wrote it.',
    );
  }
  const validate = new Ajv2020().compile<AuditResult>(schema);
  if (validate(value)) return value;
  const { instancePath = '', message } = validate.errors?.[0] ?? {};
  throw new UsageError(
    `\`${file}\` is not as pgbouncer-audit writes it: ${instancePath || 'the value'} ${message}. Audit again with \`--reporter json=FILE\`.`,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
