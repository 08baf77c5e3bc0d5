import { defineDashboard } from './define-dashboard.ts';

const of = (metric: string) => `${metric}{job="backup", database=~"$database"}`;

export const backups = defineDashboard({
  uid: 'backups',
  title: 'Backups',
  description: 'What could be restored now, how long that would take, and whether the next backup will be made.',
  tags: ['postgresql', 'backup'],
  from: 'now-30d',
  labels: [{ name: 'database', metric: 'pgbackup_storage_up{job="backup"}' }],
  rows: {
    'What could be restored now': [
      {
        title: 'Age of the newest backup',
        question: 'How much would be lost in an accident now? More than a day is too much for a daily schedule.',
        kind: 'stat',
        queries: { '{{database}}': `time() - (${of('pgbackup_last_success_timestamp_seconds')} > 0)` },
        unit: 's',
        limits: { warning: 86_400, critical: 26 * 3_600 },
      },
      {
        title: 'Newest backup is whole',
        question: 'Was it read back, every byte of it? 1 is yes.',
        kind: 'stat',
        queries: {
          '{{database}}': of('pgbackup_newest_verified'),
          '{{database}}, the dump itself': of('pgbackup_last_verification_full'),
        },
        limits: { critical: 1, below: true },
      },
      {
        title: 'Time to restore (RTO)',
        question: 'How long did the last drill take, from nothing to a server with the database in it?',
        kind: 'stat',
        queries: { '{{database}}': of('pgbackup_rto_seconds') },
        unit: 's',
      },
      {
        title: 'Age of restored data (RPO)',
        question: 'How old was the data when the last drill had restored it?',
        kind: 'stat',
        queries: { '{{database}}': of('pgbackup_rpo_seconds') },
        unit: 's',
      },
      {
        title: 'Since the last good drill',
        question: 'When was a backup last restored and found right? Drills are weekly.',
        kind: 'stat',
        queries: { '{{database}}': `time() - (${of('pgbackup_last_drill_success_timestamp_seconds')} > 0)` },
        unit: 's',
        limits: { warning: 8 * 86_400, critical: 15 * 86_400 },
      },
      {
        title: 'Backups',
        question: 'How many are there to choose from?',
        kind: 'stat',
        queries: { '{{database}}': of('pgbackup_backups'), '{{database}}, damaged': of('pgbackup_damaged_backups') },
      },
      {
        title: 'Age of the oldest backup',
        question: 'How far back can one go?',
        kind: 'stat',
        queries: { '{{database}}': `time() - (${of('pgbackup_oldest_timestamp_seconds')} > 0)` },
        unit: 's',
      },
      {
        title: 'Next run',
        question: 'In how long is the next backup, and the next drill?',
        kind: 'stat',
        queries: { '{{kind}}': 'pgbackup_next_run_timestamp_seconds{job="backup"} - time()' },
        unit: 's',
      },
    ],
    'What went wrong': [
      {
        title: 'Failures',
        question: 'Which part failed the last time it ran? 1 is failed.',
        kind: 'time',
        queries: {
          '{{database}}: backup': of('pgbackup_last_run_failed'),
          '{{database}}: verification': of('pgbackup_last_verification_failed'),
          '{{database}}: drill': of('pgbackup_last_drill_failed'),
          '{{database}}: retention': of('pgbackup_last_retention_failed'),
          '{{database}}: lock refused': of('pgbackup_lock_refused'),
          '{{database}}: bucket not reached': `1 - ${of('pgbackup_storage_up')}`,
        },
      },
      {
        title: 'Should be gone',
        question: 'Is anything left that retention should have removed?',
        kind: 'time',
        queries: {
          '{{database}}: old backups': of('pgbackup_overdue_backups'),
          '{{database}}: remains of dead runs': of('pgbackup_leftovers'),
        },
      },
      {
        title: 'Since the last try',
        question: 'When did each part last run, whatever came of it?',
        kind: 'time',
        queries: {
          '{{database}}: backup': `time() - (${of('pgbackup_last_run_timestamp_seconds')} > 0)`,
          '{{database}}: verification': `time() - (${of('pgbackup_last_verification_timestamp_seconds')} > 0)`,
          '{{database}}: retention': `time() - (${of('pgbackup_last_retention_timestamp_seconds')} > 0)`,
          '{{database}}: under way': `time() - (${of('pgbackup_running_since_timestamp_seconds')} > 0)`,
        },
        unit: 's',
      },
    ],
    'How it grows': [
      {
        title: 'Size of a backup',
        question: 'Does the newest one have the size that is usual, and how large is the database?',
        kind: 'time',
        queries: {
          '{{database}}: newest': of('pgbackup_last_success_bytes'),
          '{{database}}: usual': of('pgbackup_usual_bytes'),
          '{{database}}: database': of('pgbackup_last_success_database_bytes'),
        },
        unit: 'bytes',
      },
      {
        title: 'Duration of a backup',
        question: 'Does it still fit into the night?',
        kind: 'time',
        queries: { '{{database}}': of('pgbackup_last_success_duration_seconds') },
        unit: 's',
      },
      {
        title: 'Rows in a backup',
        question: 'Did a table lose its rows?',
        kind: 'time',
        queries: { '{{database}}: rows': of('pgbackup_last_success_rows'), '{{database}}: tables': of('pgbackup_last_success_tables') },
      },
      {
        title: 'Stored in all',
        question: 'How much of the bucket do the backups take?',
        kind: 'time',
        queries: { '{{database}}': of('pgbackup_stored_bytes') },
        unit: 'bytes',
      },
    ],
  },
});
