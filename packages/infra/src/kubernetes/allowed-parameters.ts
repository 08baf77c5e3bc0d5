/**
 * Settings of PgBouncer that CloudNativePG 1.30 lets a `Pooler` have in `parameters`. Its CRD takes any name there; the operator's admission webhook
 * refuses the whole resource for a name that is not among these.
 */
export const allowedParameters: ReadonlySet<string> = new Set([
  // Pooling.
  ...['max_prepared_statements', 'track_extra_parameters', 'ignore_startup_parameters', 'disable_pqexec', 'application_name_add_host'],
  ...[
    'server_reset_query',
    'server_reset_query_always',
    'server_check_query',
    'server_check_delay',
    'server_round_robin',
    'server_fast_close',
  ],
  // Sizes.
  ...['max_client_conn', 'default_pool_size', 'min_pool_size', 'reserve_pool_size', 'reserve_pool_timeout'],
  ...['max_db_connections', 'max_user_connections'],
  // Timeouts.
  ...[
    'query_wait_timeout',
    'query_timeout',
    'cancel_wait_timeout',
    'idle_transaction_timeout',
    'client_idle_timeout',
    'client_login_timeout',
  ],
  ...['server_lifetime', 'server_idle_timeout', 'server_connect_timeout', 'server_login_retry', 'autodb_idle_timeout', 'suspend_timeout'],
  // Login and TLS.
  ...['auth_type', 'client_tls_sslmode', 'client_tls_ciphers', 'client_tls13_ciphers'],
  ...['server_tls_sslmode', 'server_tls_protocols', 'server_tls_ciphers', 'server_tls13_ciphers'],
  // Logs.
  ...['log_connections', 'log_disconnections', 'log_pooler_errors', 'log_stats', 'stats_period', 'verbose'],
  // Network and memory.
  ...['listen_backlog', 'tcp_defer_accept', 'tcp_socket_buffer', 'tcp_user_timeout'],
  ...['tcp_keepalive', 'tcp_keepcnt', 'tcp_keepidle', 'tcp_keepintvl', 'dns_max_ttl', 'dns_nxdomain_ttl'],
  ...['pkt_buf', 'sbuf_loopcnt', 'max_packet_size'],
]);
