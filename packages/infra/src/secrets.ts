import { randomBytes } from 'node:crypto';
import { scramVerifier } from './scram-verifier.ts';

/** The files of the secrets folder, by name. */
export type SecretFiles = Readonly<Record<string, string>>;

/** The files that compose.pgbouncer.yml mounts; the others are the administrator's. */
export const readByContainers = ['userlist.txt', 'pgbouncer_health.pgpass', 'pgbouncer_stats.pgpass', 'postgres_exporter.pgpass'] as const;

/**
 * Draws a password for each role of PgBouncer, and puts each where it is needed and nowhere else: PostgreSQL gets verifiers only, and
 * PgBouncer the password of the one role that it logs in with itself.
 *
 * @param userlistTemplate the text of userlist.txt.template
 */
export function drawSecrets(userlistTemplate: string): SecretFiles {
  const draw = () => randomBytes(24).toString('base64url');
  const [auth, admin, stats, health, exporter] = [draw(), draw(), draw(), draw(), draw()];
  const values = new Map([
    ['password of pgbouncer_auth', auth],
    ['verifier of pgbouncer_admin', scramVerifier(admin)],
    ['verifier of pgbouncer_stats', scramVerifier(stats)],
  ]);
  const userlist = userlistTemplate.replace(/\{\{(.+?)\}\}/g, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new RangeError(`userlist.txt.template asks for "${name}", which nobody draws.`);
    return value;
  });
  const passfile = (user: string, password: string) => `*:*:*:${user}:${password}\n`;
  return {
    'userlist.txt': userlist,
    'pgbouncer_admin.pgpass': passfile('pgbouncer_admin', admin),
    'pgbouncer_stats.pgpass': passfile('pgbouncer_stats', stats),
    'pgbouncer_health.pgpass': passfile('pgbouncer_health', health),
    'postgres_exporter.pgpass': passfile('postgres_exporter', exporter),
    'roles.sql':
      `ALTER ROLE pgbouncer_auth PASSWORD '${scramVerifier(auth)}';\n` +
      `ALTER ROLE pgbouncer_health PASSWORD '${scramVerifier(health)}';\n`,
    'postgres_exporter.sql': `ALTER ROLE postgres_exporter PASSWORD '${scramVerifier(exporter)}';\n`,
    // The folder lies in a repository.
    '.gitignore': '*\n',
  };
}
