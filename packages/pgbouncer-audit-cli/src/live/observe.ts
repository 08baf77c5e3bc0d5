import type { AdminAnswers } from './admin-console.ts';
import type { LiveResult } from './live-result.ts';
import type { PostgresAnswers } from './postgres.ts';

/** A transaction that has been idle for longer holds its server connection for nothing. */
const longIdle = 60;

type Observation = LiveResult['observations'][number];

/** What of the running sessions does not go together with transaction pooling. */
export function observe(console: AdminAnswers, postgres: PostgresAnswers | undefined): Observation[] {
  const pooled = pooledPids(console);
  const found: Observation[] = [];
  for (const pool of console.pools) {
    const waiting = Number(pool['cl_waiting'] ?? 0);
    const longest = Number(pool['maxwait'] ?? 0);
    if (waiting > 0 && longest > 0)
      found.push({
        id: 'clients-wait',
        severity: 'warning',
        message: `${waiting === 1 ? 'One client waits' : `${waiting} clients wait`} for a server connection of ${pool['database'] ?? ''} as ${pool['user'] ?? ''}, the longest for ${longest} s: the pool is too small, or transactions take too long.`,
      });
  }
  if (!postgres) return found;
  const sessions = new Map(postgres.sessions.map((session) => [session.pid, session]));
  for (const { pid, key, mode } of postgres.advisoryLocks) {
    const session = sessions.get(pid);
    if (!pooled.has(pid) || session?.state !== 'idle') continue;
    found.push({
      id: 'advisory-lock-left-behind',
      severity: 'error',
      message: `An advisory lock (${key}, ${mode}) is held by server connection ${pid} of the pooler (${session.user} on ${session.database}), which is idle: whoever took it has gone on to another connection, and nobody can release it. Use pg_advisory_xact_lock, or a direct connection.`,
    });
  }
  for (const session of postgres.sessions) {
    if (!pooled.has(session.pid)) continue;
    if (session.listens)
      found.push({
        id: 'listen-on-pooled-server',
        severity: 'error',
        message: `The last statement of server connection ${session.pid} of the pooler (${session.user} on ${session.database}) was LISTEN: its notifications reach whoever uses the connection next, or nobody. Listen on a direct connection.`,
      });
    if (session.state.startsWith('idle in transaction') && session.since >= longIdle)
      found.push({
        id: 'idle-in-transaction',
        severity: 'warning',
        message: `Server connection ${session.pid} of the pooler (${session.user} on ${session.database}) has been idle in a transaction for ${session.since} s. Find the code that keeps it open, and set idle_transaction_timeout.`,
      });
  }
  return found;
}

/** SHOW SERVERS names the process of PostgreSQL behind each server connection. */
export function pooledPids({ servers }: AdminAnswers): ReadonlySet<number> {
  return new Set(servers.flatMap(({ remote_pid: pid }) => (pid !== undefined && Number(pid) > 0 ? [Number(pid)] : [])));
}
