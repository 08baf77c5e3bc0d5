/** The settings of the section `[pgbouncer]`, by PgBouncer's own documentation (doc/config.md), that a file of another format may name. */
export const pgbouncerSettings: ReadonlySet<string> = new Set(
  (
    'listen_addr listen_port pool_mode max_client_conn default_pool_size min_pool_size reserve_pool_size reserve_pool_timeout ' +
    'max_db_connections max_db_client_connections max_user_connections max_user_client_connections server_round_robin ' +
    'track_extra_parameters ignore_startup_parameters max_prepared_statements auth_type auth_user auth_query auth_dbname ' +
    'admin_users stats_users server_reset_query server_reset_query_always server_check_delay server_check_query ' +
    'server_fast_close server_lifetime server_idle_timeout server_connect_timeout server_login_retry client_login_timeout ' +
    'autodb_idle_timeout query_wait_notify client_tls_sslmode server_tls_sslmode query_timeout query_wait_timeout ' +
    'cancel_wait_timeout client_idle_timeout idle_transaction_timeout transaction_timeout max_packet_size so_reuseport'
  ).split(' '),
);

/** `maxClientConn`, `MAX_CLIENT_CONN` and `max-client-conn` are names of `max_client_conn`. */
function settingName(key: string): string {
  return key
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** Names that charts and images have given to settings of their own accord. */
const aliases: Readonly<Record<string, string>> = {
  max_client_connections: 'max_client_conn',
  pool_size: 'default_pool_size',
};

/** PgBouncer's name for a key of another format; `undefined` for what is no setting of PgBouncer. */
export function knownSetting(key: string): string | undefined {
  const name = settingName(key).replace(/^pgbouncer_/, '');
  const known = Object.hasOwn(aliases, name) ? aliases[name]! : name;
  return pgbouncerSettings.has(known) ? known : undefined;
}
