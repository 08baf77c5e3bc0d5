import { LabError } from '../lab-error.ts';
import { browser } from '../servers/browser.ts';
import { cephTree } from '../servers/ceph.ts';
import { noContainersBecause } from '../servers/container-engine.ts';
import { enginePackages, imagePackages } from '../servers/container-packages.ts';
import { debianPackage } from '../servers/debian-packages.ts';
import { goProgram, hasGo } from '../servers/go-program.ts';
import { minioClient, minioServer } from '../servers/minio.ts';
import { monitoringPackages } from '../servers/monitoring-packages.ts';
import { poolerVersions } from '../servers/pooler-versions.ts';
import { clientPackage } from '../servers/postgres-tools.ts';
import { debianPostgres, isInstalled, newerPostgres } from '../servers/postgresql.ts';

// Fetches what the lab runs, so that the first run of the proofs does not have to.
try {
  for (const { version, suite } of poolerVersions) console.log(`PgBouncer ${version}: ${await debianPackage('pgbouncer', suite)}`);
  // What the tests of packages/infra run.
  for (const [name, suite] of [
    ['docker-compose', 'sid'],
    ['postgresql-client-15', 'bookworm'],
    ['pgbackrest', 'bookworm'],
    ['rclone', 'bookworm'],
    ['jq', 'bookworm'],
    ...Object.values(monitoringPackages),
  ] as const) {
    console.log(`${name}: ${await debianPackage(name, suite)}`);
  }
  if ((await noContainersBecause()) === undefined) {
    for (const [name, ...alongside] of [enginePackages, ['docker-buildx'] as const, imagePackages]) {
      console.log(`${name}, in containers: ${await debianPackage(name, 'sid', alongside)}`);
    }
  }
  console.log(`age: ${await debianPackage('age', 'bookworm')}`);
  console.log(`Ceph: ${await cephTree()}`);
  if (await hasGo()) for (const program of [minioServer, minioClient]) console.log(`${program.module}: ${await goProgram(program)}`);
  // What the tests of the reports look at pages with.
  console.log(`Chromium: ${(await browser()).executable}`);
  for (const postgres of [debianPostgres, newerPostgres]) {
    const client = clientPackage(postgres);
    // What dumps and restores in the proofs.
    if (!isInstalled(postgres)) console.log(`${client.name}: ${await debianPackage(client.name, client.suite)}`);
    console.log(`${postgres.package}: ${isInstalled(postgres) ? 'installed' : await debianPackage(postgres.package, postgres.suite)}`);
  }
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
