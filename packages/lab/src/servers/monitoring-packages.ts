/** Packages that the tests of packages/infra run, each with the Debian suite that it is taken from. */
export const monitoringPackages = {
  prometheus: ['prometheus', 'sid'],
  // Bookworm has promtool in the same package as the server.
  promtool: ['prometheus', 'bookworm'],
  alertmanager: ['prometheus-alertmanager', 'sid'],
  blackbox: ['prometheus-blackbox-exporter', 'sid'],
  caddy: ['caddy', 'sid'],
  // An ACME server for tests, by those who run Let's Encrypt.
  pebble: ['pebble', 'sid'],
  pgbouncerExporter: ['prometheus-pgbouncer-exporter', 'sid'],
  postgresExporter: ['prometheus-postgres-exporter', 'sid'],
} as const satisfies Readonly<Record<string, readonly [name: string, suite: string]>>;
