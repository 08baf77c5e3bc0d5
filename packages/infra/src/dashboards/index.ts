import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { backups } from './backups.ts';
import { certificates } from './certificates.ts';
import { pgbouncer } from './pgbouncer.ts';

/** Every dashboard: a file each, named after its uid, in monitoring/dashboards. */
export const dashboards: readonly Dashboard[] = [pgbouncer, certificates, backups];
