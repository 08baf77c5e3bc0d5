import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Outcome } from './problem.ts';
import { planRetention, type RetentionPolicy } from './retention.ts';
import type { States } from './state.ts';
import type { BackupEntry } from './storage/catalogue.ts';

/** Everything that is known of one database, from the bucket alone: so the numbers are the same after a restart. */
export interface Knowledge {
  readonly entries: readonly BackupEntry[];
  readonly states: { readonly [K in keyof States]: States[K] | undefined };
  /** What this process tried last, where that is newer or could not be written down. */
  readonly attempt: { readonly outcome: Outcome; readonly at: Date } | undefined;
  readonly now: Date;
}

type Value = (known: Knowledge, policy: RetentionPolicy) => number | undefined;

/** One metric of a database. */
interface Metric {
  readonly help: string;
  readonly value: Value;
  /** That the last try tells it, also where the bucket cannot be read. */
  readonly byAttempt?: true;
}

const seconds = (time: string | Date | undefined) => (time === undefined ? 0 : new Date(time).getTime() / 1000);
const flag = (condition: boolean) => (condition ? 1 : 0);
const backups = ({ entries }: Knowledge) => entries.filter(({ manifest }) => manifest);
const newest = (known: Knowledge) => backups(known).at(-1);

/** A backup that should be gone is overdue two days later: retention runs once a day. */
const graceDays = 2;

/** The metrics of each database, by name. A time that never was is 0, so that an alert about it can be written. */
export const databaseMetrics: Readonly<Record<string, Metric>> = {
  pgbackup_last_run_timestamp_seconds: {
    help: 'When the last run ended, whatever came of it.',
    byAttempt: true,
    value: ({ states: { run }, attempt }) => Math.max(seconds(run?.finishedAt), seconds(attempt?.at)),
  },
  pgbackup_last_run_failed: {
    help: '1 where the last run that ended made no backup.',
    byAttempt: true,
    value: (known) => flag(!['done', undefined].includes(lastOutcome(known))),
  },
  pgbackup_lock_refused: {
    help: '1 where the last try met a lock that another run holds.',
    byAttempt: true,
    value: ({ attempt }) => flag(attempt?.outcome === 'locked'),
  },
  pgbackup_running_since_timestamp_seconds: {
    help: 'Since when a run is under way; 0 where none is.',
    value: ({ states: { run } }) => (run?.outcome === 'running' ? seconds(run.startedAt) : 0),
  },
  pgbackup_last_success_timestamp_seconds: {
    help: 'When the newest backup that is in the bucket was completed; 0 where there is none.',
    value: (known) => seconds(newest(known)?.manifest?.modified),
  },
  pgbackup_last_success_bytes: { help: 'Size of the newest backup in the bucket.', value: (known) => newest(known)?.bytes },
  pgbackup_usual_bytes: {
    help: 'Median size of the seven good backups before the newest.',
    value: (known) =>
      median(
        backups(known)
          .slice(0, -1)
          .filter(({ check }) => check !== 'damaged')
          .slice(-7)
          .map(({ bytes }) => bytes),
      ),
  },
  pgbackup_last_success_duration_seconds: {
    help: 'How long the newest backup took.',
    value: ({ states: { success } }) => success?.durationSeconds,
  },
  pgbackup_last_success_database_bytes: {
    help: 'Size of the database at the newest backup.',
    value: ({ states: { success } }) => success?.databaseBytes,
  },
  pgbackup_last_success_tables: {
    help: 'Tables whose rows were counted in the newest backup.',
    value: ({ states: { success } }) => success?.tables,
  },
  pgbackup_last_success_rows: { help: 'Rows in the newest backup.', value: ({ states: { success } }) => success?.rows ?? undefined },
  pgbackup_backups: { help: 'Backups in the bucket.', value: (known) => backups(known).length },
  pgbackup_damaged_backups: {
    help: 'Those that were found damaged.',
    value: (known) => backups(known).filter(({ check }) => check === 'damaged').length,
  },
  pgbackup_stored_bytes: {
    help: 'Size of everything of the database in the bucket.',
    value: ({ entries }) => entries.reduce((sum, { bytes }) => sum + bytes, 0),
  },
  pgbackup_oldest_timestamp_seconds: {
    help: 'When the oldest backup in the bucket was begun.',
    value: (known) => seconds(backups(known)[0]?.time),
  },
  pgbackup_newest_verified: {
    help: '1 where the newest backup was read back and is whole.',
    value: (known) => flag(newest(known)?.check === 'verified'),
  },
  pgbackup_last_verification_timestamp_seconds: {
    help: 'When a backup was last read back, whatever came of it.',
    value: ({ states: { verification } }) => seconds(verification?.finishedAt),
  },
  pgbackup_last_verification_failed: {
    help: '1 where the last verification found damage or could not read.',
    value: ({ states: { verification } }) => flag(verification !== undefined && verification.outcome !== 'done'),
  },
  pgbackup_last_verification_full: {
    help: '1 where it read the dump itself, and 0 where it had no key and checked sums only.',
    value: ({ states: { verification } }) => flag(verification?.depth === 'full'),
  },
  pgbackup_last_drill_success_timestamp_seconds: {
    help: 'When a backup was last restored for trial and was as it should be.',
    value: ({ states: { drill }, entries }) =>
      Math.max(
        drill?.outcome === 'done' ? seconds(drill.finishedAt) : 0,
        ...entries.flatMap(({ drilled, modified }) => (drilled ? [seconds(modified)] : [])),
        0,
      ),
  },
  pgbackup_last_drill_failed: {
    help: '1 where the last drill failed.',
    value: ({ states: { drill } }) => flag(drill !== undefined && drill.outcome !== 'done'),
  },
  pgbackup_rto_seconds: {
    help: 'How long the last good drill took from nothing to a server with the database.',
    value: ({ states: { drill } }) => (drill?.outcome === 'done' ? drill.restoreSeconds : undefined),
  },
  pgbackup_rpo_seconds: {
    help: 'How old the data was when the last good drill had restored it.',
    value: ({ states: { drill } }) => (drill?.outcome === 'done' ? drill.dataAgeSeconds : undefined),
  },
  pgbackup_last_retention_timestamp_seconds: {
    help: 'When old backups were last removed, whatever came of it.',
    value: ({ states: { retention } }) => seconds(retention?.finishedAt),
  },
  pgbackup_last_retention_failed: {
    help: '1 where that failed.',
    value: ({ states: { retention } }) => flag(retention !== undefined && retention.outcome !== 'done'),
  },
  pgbackup_overdue_backups: {
    help: 'Backups that should have been removed two days ago or earlier.',
    value: ({ entries, now }, policy) => overdue(entries, { ...policy, days: policy.days + graceDays }, now),
  },
  pgbackup_leftovers: {
    help: 'Folders of dead runs that should have been removed.',
    value: ({ entries, now }, policy) =>
      entries.filter(
        ({ manifest, modified }) => !manifest && modified.getTime() < now.getTime() - (policy.leftoverHours + 24 * graceDays) * 3_600_000,
      ).length,
  },
};

export interface Metrics {
  readonly registry: Registry;
  /** Shows what is known of a database. */
  show(database: string, known: Knowledge): void;
  /** Shows what a try tells where the bucket could not be read; what was seen there before still stands. */
  showAttempt(database: string, attempt: NonNullable<Knowledge['attempt']>): void;
  /** Whether the bucket could be read at the last look. */
  storageUp(database: string, up: boolean): void;
  nextRun(kind: 'backup' | 'drill', time: Date | undefined): void;
}

export function openMetrics(policy: RetentionPolicy): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: string[]) => new Gauge({ name, help, labelNames, registers: [registry] });
  const gauges = Object.entries(databaseMetrics).map(([name, metric]) => ({ ...metric, gauge: gauge(name, metric.help, ['database']) }));
  const up = gauge('pgbackup_storage_up', '1 where the bucket could be read at the last look.', ['database']);
  const next = gauge('pgbackup_next_run_timestamp_seconds', 'When the schedule has the next run.', ['kind']);
  return {
    registry,
    show(database, known) {
      for (const { gauge: shown, value } of gauges) {
        const number = value(known, policy);
        if (number === undefined) shown.remove({ database });
        else shown.set({ database }, number);
      }
    },
    showAttempt(database, attempt) {
      const known = { entries: [], states: nothing, attempt, now: attempt.at };
      for (const { gauge: shown, value, byAttempt } of gauges) if (byAttempt) shown.set({ database }, value(known, policy)!);
    },
    storageUp: (database, isUp) => up.set({ database }, flag(isUp)),
    nextRun: (kind, time) => next.set({ kind }, seconds(time)),
  };
}

const nothing: Knowledge['states'] = {
  run: undefined,
  success: undefined,
  verification: undefined,
  drill: undefined,
  retention: undefined,
};

/** A run under way is no outcome yet: the one before it counts, which only this process may know. */
function lastOutcome({ states: { run }, attempt }: Knowledge): Outcome | undefined {
  const ended = run?.outcome === 'running' ? undefined : run?.outcome;
  // A lock that is held is no failure of a backup, and has a metric of its own.
  if (!attempt || attempt.outcome === 'locked') return ended;
  return ended === undefined || attempt.at.getTime() >= seconds(run?.finishedAt) * 1000 ? attempt.outcome : ended;
}

function overdue(entries: readonly BackupEntry[], policy: RetentionPolicy, now: Date): number {
  try {
    return planRetention(entries, policy, now).remove.length;
  } catch {
    return entries.length;
  }
}

function median(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
