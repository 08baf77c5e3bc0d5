import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianPackage } from '../../../lab/src/servers/debian-packages.ts';

/** What `docker compose config` makes of the files, as far as the tests look at it. */
export interface ComposeConfig {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
}

export interface ComposeService {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly unknown[];
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[] | null;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly build?: { readonly context: string; readonly args?: Readonly<Record<string, string>> };
  readonly stop_signal?: string;
  readonly stop_grace_period?: string;
  readonly ulimits?: { readonly nofile?: { readonly soft: number } };
  readonly volumes?: readonly { readonly type: string; readonly source: string; readonly read_only?: boolean }[];
}

/** Docker Compose itself. */
export const composeProgram = join(await debianPackage('docker-compose', 'sid'), 'usr/libexec/docker/cli-plugins/docker-compose');

/** A stack that has no PgBouncer yet. */
const existing = `services:
  postgres: { image: 'postgres:17', volumes: ['data:/var/lib/postgresql/data'] }
  backend: { image: 'node:22' }
volumes: { data: {} }
`;

/** As .env.example has it. */
const answers = { PGBOUNCER_DATABASE: 'app', NOTIFY_SCRIPT: './notify.sh' };

/**
 * Adds overlays of this package to an existing stack, with Docker Compose itself.
 *
 * @throws Error with Docker Compose's own words where it refuses them
 */
export function composeConfig(
  overlays: readonly string[] = ['compose.pgbouncer.yml'],
  environment: Readonly<Record<string, string>> = answers,
): ComposeConfig {
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-infra-'));
  try {
    writeFileSync(join(folder, 'compose.yml'), existing);
    const files = [join(folder, 'compose.yml'), ...overlays.map((name) => fileURLToPath(new URL(`../../${name}`, import.meta.url)))];
    const args = [...files.flatMap((file) => ['--file', file]), '--profile', '*', 'config', '--format', 'json'];
    // A home of its own: it would keep its settings in the user's.
    const env = { ...environment, HOME: folder };
    return JSON.parse(execFileSync(composeProgram, args, { encoding: 'utf8', env, stdio: 'pipe' })) as ComposeConfig;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
