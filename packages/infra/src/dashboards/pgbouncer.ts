import { defineDashboard } from './define-dashboard.ts';

const instance = 'instance=~"$instance"';
const chosen = `${instance}, database=~"$database"`;
/** As the Docker driver of Loki and the usual relabelling of Promtail and Alloy name it. */
const log = '{compose_service="pgbouncer"}';

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
        queries: { '{{instance}}': `pgbouncer_up{${instance}}` },
        limits: { warning: 1, below: true },
      },
      {
        title: 'Clients that wait',
        question: 'How many clients have no server at this moment? Short peaks are what a pool is for.',
        kind: 'stat',
        queries: { '{{database}}': `sum by (database) (pgbouncer_pools_client_waiting_connections{${chosen}})` },
        limits: { warning: 1, critical: 10 },
      },
      {
        title: 'Longest wait',
        question: 'How long has the client that waits longest waited? At query_wait_timeout (10 seconds) it gets an error.',
        kind: 'stat',
        queries: { '{{database}}': `max by (database) (pgbouncer_pools_client_maxwait_seconds{${chosen}})` },
        unit: 's',
        limits: { warning: 1, critical: 3 },
      },
      {
        title: 'Client slots in use',
        question: 'How much of max_client_conn is taken? At 100 percent new clients are refused.',
        kind: 'stat',
        queries: { '{{instance}}': `pgbouncer_used_clients{${instance}} / pgbouncer_config_max_client_connections{${instance}}` },
        unit: 'percentunit',
        limits: { warning: 0.8, critical: 0.95 },
      },
    ],
    'Do clients wait?': [
      {
        title: 'Longest wait, over time',
        question: 'When did clients wait, and in which pool?',
        kind: 'time',
        queries: { '{{user}}@{{database}}': `pgbouncer_pools_client_maxwait_seconds{${chosen}}` },
        unit: 's',
        limits: { warning: 1, critical: 3 },
      },
      {
        title: 'Time spent waiting',
        question: 'How many seconds do all clients together wait for a server, in each second? 1 is one client that always waits.',
        kind: 'time',
        queries: {
          '{{database}}': `sum by (database) (rate(pgbouncer_stats_totals_client_wait_seconds_total{${chosen}}[$__rate_interval]))`,
        },
      },
      {
        title: 'Clients',
        question: 'How many clients are served, and how many wait?',
        kind: 'time',
        queries: {
          'served, {{database}}': `sum by (database) (pgbouncer_pools_client_active_connections{${chosen}})`,
          'waiting, {{database}}': `sum by (database) (pgbouncer_pools_client_waiting_connections{${chosen}})`,
        },
      },
    ],
    'Are the pools full?': [
      {
        title: 'Servers at work',
        question:
          'How many servers are lent to a transaction, against the size of the pool? Above the size the reserve is in use. Idle servers do not count.',
        kind: 'time',
        queries: {
          'at work, {{user}}@{{database}}': `pgbouncer_pools_server_active_connections{${chosen}}`,
          'size, {{name}}': `max by (name) (pgbouncer_databases_pool_size{${instance}, name=~"$database"})`,
        },
      },
      {
        title: 'Servers idle',
        question: 'How many servers lie ready? They are the purpose of the pool; none at a peak means that it is full.',
        kind: 'time',
        queries: { '{{user}}@{{database}}': `pgbouncer_pools_server_idle_connections{${chosen}}` },
      },
      {
        title: 'Servers being opened',
        question: 'Does PgBouncer keep logging in to PostgreSQL? A healthy line is zero nearly always.',
        kind: 'time',
        queries: { '{{user}}@{{database}}': `pgbouncer_pools_server_login_connections{${chosen}}` },
      },
      {
        title: 'Connections to each database',
        question: 'How near is PgBouncer to max_db_connections, the most that PostgreSQL ever sees of it?',
        kind: 'time',
        queries: {
          'in use, {{name}}': `sum by (name) (pgbouncer_databases_current_connections{${instance}, name=~"$database"})`,
          'limit, {{name}}': `max by (name) (pgbouncer_databases_max_connections{${instance}, name=~"$database"})`,
        },
      },
    ],
    'Does PostgreSQL keep up?': [
      {
        title: 'Health checks per minute',
        question: 'Does a new client get in, and an answer from PostgreSQL? Six a minute are healthy, zero is not.',
        kind: 'time',
        queries: {
          '{{instance}}': `60 * sum by (instance) (rate(pgbouncer_stats_totals_sql_transactions_pooled_total{${instance}, database="health"}[$__rate_interval]))`,
        },
      },
      {
        title: 'Connections of PostgreSQL',
        question: 'How much of max_connections is in use, by PgBouncer and by all who connect past it? At 100 percent nobody else gets in.',
        kind: 'time',
        queries: { '{{instance}}': 'postgres:connections:ratio' },
        unit: 'percentunit',
        limits: { warning: 0.8, critical: 1 },
      },
      {
        title: 'Connections that PostgreSQL lets in',
        question: 'How many connections are opened in a second, whoever asks? A pool opens few; the exporter one for each scrape.',
        kind: 'time',
        queries: { '{{datname}}': 'sum by (datname) (rate(pg_sessions_total{datname=~"$database"}[$__rate_interval]))' },
        unit: 'ops',
      },
      {
        title: 'Transactions per second',
        question: 'How much work goes through?',
        kind: 'time',
        queries: {
          '{{database}}': `sum by (database) (rate(pgbouncer_stats_totals_sql_transactions_pooled_total{${chosen}}[$__rate_interval]))`,
        },
        unit: 'ops',
      },
      {
        title: 'Time of a query',
        question: 'Do queries take longer than they did? The mean; idle pools show nothing.',
        kind: 'time',
        queries: {
          '{{database}}': `sum by (database) (rate(pgbouncer_stats_totals_queries_duration_seconds_total{${chosen}}[$__rate_interval])) / (sum by (database) (rate(pgbouncer_stats_totals_queries_pooled_total{${chosen}}[$__rate_interval])) > 0)`,
        },
        unit: 's',
      },
      {
        title: 'Time that a transaction holds a server',
        question: 'Do transactions hold a server for longer than their queries take? Then the back end does something else in between.',
        kind: 'time',
        queries: {
          '{{database}}': `sum by (database) (rate(pgbouncer_stats_totals_server_in_transaction_seconds_total{${chosen}}[$__rate_interval])) / (sum by (database) (rate(pgbouncer_stats_totals_sql_transactions_pooled_total{${chosen}}[$__rate_interval])) > 0)`,
        },
        unit: 's',
      },
      {
        title: 'Traffic',
        question: 'How many bytes go through? A jump without more transactions is a query that returns too much.',
        kind: 'time',
        queries: {
          'from clients, {{database}}': `sum by (database) (rate(pgbouncer_stats_totals_received_bytes_total{${chosen}}[$__rate_interval]))`,
          'to clients, {{database}}': `sum by (database) (rate(pgbouncer_stats_totals_sent_bytes_total{${chosen}}[$__rate_interval]))`,
        },
        unit: 'Bps',
      },
    ],
    'What does the log say? (Loki)': [
      {
        title: 'Failed logins',
        question: 'Are logins refused? A wrong password, an unknown or an expired role.',
        kind: 'log-rate',
        queries: {
          'per minute': `sum(count_over_time(${log} |~ "pooler error: (SASL authentication failed|no such user|bouncer config error|(.*cached error: )?password authentication failed)" [1m]))`,
        },
      },
      {
        title: 'Server connections that end',
        question: 'Why do connections to PostgreSQL end? `server lifetime over` and `server idle timeout` are healthy.',
        kind: 'log-rate',
        queries: {
          '{{reason}}': `sum by (reason) (count_over_time(${log} |~ "S-0x.* closing because: " | regexp "closing because: (?P<reason>[^(]+) [(]" [5m]))`,
        },
      },
      {
        title: 'Warnings and errors',
        question: 'What did PgBouncer complain about?',
        kind: 'logs',
        queries: { lines: `${log} |~ " (WARNING|ERROR|FATAL) "` },
      },
    ],
  },
});
