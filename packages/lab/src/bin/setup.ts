import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LabError } from '../lab-error.ts';
import { debianPackage } from '../servers/debian-packages.ts';
import { poolerVersions } from '../servers/pooler-versions.ts';
import { installedPostgres, newerPostgres } from '../servers/postgresql.ts';

const run = promisify(execFile);

// Fetches what the lab runs, so that the first run of the proofs does not have to.
try {
  await installedPostgres().catch(async (error: unknown) => {
    if (process.getuid?.() !== 0) throw error;
    console.log('Installing PostgreSQL with apt-get ...');
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'postgresql'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  });
  for (const { version, suite } of poolerVersions) console.log(`PgBouncer ${version}: ${await debianPackage('pgbouncer', suite)}`);
  console.log(`PostgreSQL 18: ${await debianPackage(newerPostgres.package, newerPostgres.suite)}`);
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
