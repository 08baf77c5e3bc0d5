import type { PgbouncerConfiguration, PoolerProduct } from '@pgbouncer-audit/core';
import type { Origin } from '../result.ts';

/** A value, and where it was read. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
}

/** A pooler as a repository deploys it. No password is kept. */
export interface Pooler {
  readonly product: PoolerProduct;
  readonly label: string;
  readonly origin: Origin;
  /** Every setting that was read, by PgBouncer's names, in lower case. */
  readonly settings: readonly Setting[];
  /** Modes of single databases and users that differ from the pooler's own. */
  readonly exceptions?: readonly Setting[];
  readonly databases?: readonly PoolerDatabase[];
  readonly version?: Setting;
  /** The whole version, where more than `major.minor` is told. */
  readonly exactVersion?: Setting;
  /** What is not in the settings is not set. */
  readonly complete: boolean;
  /** How many of it run. */
  readonly instances?: Setting;
  /** The file of PgBouncer's own that it was read from. */
  readonly configuration?: PgbouncerConfiguration;
}

/** A line of `[databases]`, or what stands for it. */
export interface PoolerDatabase {
  readonly name: string;
  readonly origin: Origin;
  /** Without the password. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A program that is deployed: a service of a compose file, a Deployment, an application of PM2. */
export interface Workload {
  readonly name: string;
  readonly origin: Origin;
  /** The folder that it is built from, relative to the root; `undefined` where nothing tells. */
  readonly folder?: string;
  /** What multiplies the processes: replicas, instances, workers. */
  readonly multipliers: readonly Setting[];
}

/** An environment variable that a file of the deployment sets. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
}

/** A command that is run at a build, a deployment or a start. */
export interface Command {
  /** Words such as `script migrate`, `CMD`, `step Migrate`. */
  readonly label: string;
  readonly text: string;
  readonly origin: Origin;
}

/** What the files of a deployment say. */
export interface Deployment {
  readonly poolers: readonly Pooler[];
  /** The pooler that the profile was read from. */
  readonly used?: Pooler;
  /** Settings of PostgreSQL: `max_connections`, `superuser_reserved_connections`. */
  readonly postgres: readonly Setting[];
  readonly workloads: readonly Workload[];
  /** Applications of PM2: processes of one machine or container. */
  readonly applications: readonly Workload[];
  readonly variables: readonly Variable[];
  readonly commands: readonly Command[];
}

const sample = /example|sample|template|(?:^|[./_-])(?:dev|development|local|test|ci|dist)(?:[./_-]|$)/i;

/** Whether a file is an example, or for development: what stands in it is not what is deployed. */
export function isSample(file: string): boolean {
  return sample.test(file);
}
