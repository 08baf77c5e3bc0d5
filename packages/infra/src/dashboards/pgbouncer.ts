import { defineDashboard } from './define-dashboard.ts';

export const pgbouncer = defineDashboard({
  uid: 'pgbouncer',
  title: 'PgBouncer',
  description: 'PgBouncer in transaction mode: do clients wait, are the pools full, and does PostgreSQL keep up?',
  tags: ['pgbouncer', 'postgresql'],
  from: 'now-6h',
  labels: [
    { name: 'instance', metric: 'pgbouncer_up' },
    { name: 'database', metric: 'pgbouncer_pools_client_active_connections' },
  ],
  rows: {
    Now: [
      {
        title: 'Up',
        question: 'Does PgBouncer answer? 1 is yes.',
        kind: 'stat',
        queries: { '{{instance}}': 'pgbouncer_up{instance=~"$instance"}' },
        limits: { critical: 1, below: true },
      },
    ],
  },
});
