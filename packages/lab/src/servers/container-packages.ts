/** Debian's Docker Engine and what it calls; it is started in a tree of its own, so that has to have a shell and `mount`. */
export const enginePackages = [
  'docker.io',
  ...['containerd', 'runc', 'iptables', 'docker-cli', 'tini-static'],
  ...['util-linux', 'mount', 'coreutils', 'dash', 'iproute2', 'zlib1g'],
] as const;

/** What the images of the tests of packages/infra hold, all in one: Debian's newest PgBouncer, and what else the services run. */
export const imagePackages = [
  'pgbouncer',
  ...['postgresql-18', 'postgresql-client-18'],
  ...['prometheus-pgbouncer-exporter', 'prometheus-postgres-exporter', 'prometheus-blackbox-exporter'],
  ...['nodejs', 'node-undici', 'node-acorn', 'node-cjs-module-lexer', 'curl', 'jq'],
  ...['bash', 'dash', 'coreutils', 'libc-bin', 'passwd', 'login.defs', 'tzdata', 'zlib1g', 'ca-certificates'],
] as const;
