import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultProfile } from '@pgbouncer-audit/core';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultProfileModule, readDefaultProfile } from '../../../scripts/default-profile.ts';
import { shipped } from './support/shipped.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** The shipped files with some text replaced. */
function infraWith(replaced: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'infra-'));
  folders.push(folder);
  mkdirSync(join(folder, 'pgbouncer'));
  for (const file of ['compose.pgbouncer.yml', 'pgbouncer/pgbouncer.ini']) {
    const text = Object.entries(replaced).reduce((changed, [from, to]) => changed.replaceAll(from, to), shipped(file));
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

describe('the pooler that the rules assume', () => {
  it('is the one that is shipped, as the audit reads it', () => {
    const { sources, ...settings } = defaultProfile;
    expect(readDefaultProfile(fileURLToPath(new URL('..', import.meta.url)))).toEqual(settings);
    expect(Object.keys(sources).sort()).toEqual(Object.keys(settings).sort());
  });

  it('is what the documentation says', () => {
    const { version, poolMode, maxPreparedStatements, postgresMajor } = defaultProfile;
    const documentation = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
    expect(documentation).toContain(
      `PgBouncer ${version} in ${poolMode} mode with \`max_prepared_statements = ${maxPreparedStatements}\`, in front of PostgreSQL ${postgresMajor}.`,
    );
  });

  it.each([
    ['max_prepared_statements = 200', 'max_prepared_statements = 50', { maxPreparedStatements: 50 }],
    [
      'ignore_startup_parameters =',
      'ignore_startup_parameters = extra_float_digits, options',
      { ignoredStartupParameters: ['extra_float_digits', 'options'] },
    ],
    ['track_extra_parameters =', 'track_extra_parameters = search_path', { trackedParameters: ['search_path'] }],
    ['1.26.1', '1.27.0', { version: '1.27' }],
  ])('follows %s', (from, to, expected) => {
    const infra = infraWith({ [from]: to });
    expect(readDefaultProfile(infra)).toEqual({ ...readDefaultProfile(infraWith({})), ...expected });
    expect(defaultProfileModule(infra)).not.toBe(defaultProfileModule(infraWith({})));
  });

  it.each([
    ['a pooler in session mode', 'pool_mode = transaction', 'pool_mode = session', /runs in session mode/],
    [
      'a line that PgBouncer refuses',
      'max_prepared_statements = 200',
      'max_prepared_statements 200',
      /pgbouncer\.ini:\d+: PgBouncer would refuse this line/,
    ],
    ['an image without a version', 'pgbouncer:1.26.1', 'pgbouncer:latest', /version is told by none of them/],
  ])('is not written from %s', (_, from, to, message) => {
    expect(() => readDefaultProfile(infraWith({ [from]: to }))).toThrow(message);
  });
});
