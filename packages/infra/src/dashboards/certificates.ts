import { defineDashboard } from './define-dashboard.ts';

export const certificates = defineDashboard({
  uid: 'certificates',
  title: 'Certificates',
  description: 'The certificates that are served, as blackbox_exporter sees them: how long each lasts, and whether it is renewed.',
  tags: ['certificates', 'caddy'],
  from: 'now-30d',
  labels: [{ name: 'instance', metric: 'probe_success{job="certificates"}' }],
  rows: {
    Now: [
      {
        title: 'Left until it expires',
        question: 'Which certificate expires next? Below zero it has expired. Caddy renews when a third of the lifetime is left.',
        kind: 'stat',
        queries: { '{{instance}}': 'probe_ssl_earliest_cert_expiry{job="certificates", instance=~"$instance"} - time()' },
        unit: 's',
        limits: { warning: 30 * 86_400, critical: 7 * 86_400, below: true },
        width: 12,
      },
      {
        title: 'Answers',
        question: 'Which server can be reached, and its certificate read? 1 is yes.',
        kind: 'stat',
        queries: { '{{instance}}': 'probe_success{job="certificates", instance=~"$instance"}' },
        limits: { critical: 1, below: true },
        width: 12,
      },
    ],
    'Over time': [
      {
        title: 'Left until it expires, over time',
        question: 'Is each certificate renewed? A healthy line is a saw tooth that never comes near zero.',
        kind: 'time',
        queries: { '{{instance}}': 'probe_ssl_earliest_cert_expiry{job="certificates", instance=~"$instance"} - time()' },
        unit: 's',
      },
      {
        title: 'Time of a probe',
        question: 'Does the handshake take longer than it did?',
        kind: 'time',
        queries: { '{{instance}}': 'probe_duration_seconds{job="certificates", instance=~"$instance"}' },
        unit: 's',
      },
    ],
  },
});
