/** What Alertmanager posts to a webhook (version 4), as far as it is read here. */
export interface AlertGroup {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly Alert[];
  /** Alerts that Alertmanager left off. */
  readonly truncatedAlerts: number;
}

export interface Alert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly startsAt: string;
}

type Texts = Readonly<Record<string, string>>;

/** What a notification script is told. None of it holds a control character but the line feeds of `message`. */
export interface Notification {
  readonly status: 'firing' | 'resolved';
  /** The worst among the alerts: `critical`, `warning`, or `none`. */
  readonly severity: Severity;
  /** One line. */
  readonly title: string;
  readonly message: string;
}

const severities = ['critical', 'warning', 'none'] as const;
type Severity = (typeof severities)[number];

/** Linux takes 128 KiB for one argument; chats take about this much. */
const longest = { title: 200, message: 4000 } as const;

/**
 * Reads what Alertmanager posted.
 *
 * @throws RangeError where it is something else, with what is wrong
 */
export function readAlertGroup(body: unknown): AlertGroup {
  const { status, alerts, truncatedAlerts } = record(body, 'The body');
  if (!Array.isArray(alerts) || alerts.length === 0) throw new RangeError('The body has no alerts.');
  return {
    status: readStatus(status, 'The body'),
    truncatedAlerts: typeof truncatedAlerts === 'number' ? truncatedAlerts : 0,
    alerts: alerts.map((entry: unknown) => {
      const alert = record(entry, 'An alert');
      return {
        status: readStatus(alert.status, 'An alert'),
        labels: texts(alert.labels, 'labels'),
        annotations: texts(alert.annotations, 'annotations'),
        startsAt: typeof alert.startsAt === 'string' ? alert.startsAt : '',
      };
    }),
  };
}

/** Says in words what a group of alerts is about. */
export function notificationOf({ status, alerts, truncatedAlerts }: AlertGroup): Notification {
  const names = [...new Set(alerts.map(({ labels }) => labels.alertname ?? 'unnamed'))];
  const firing = alerts.filter((alert) => alert.status === 'firing').length;
  const count = status === 'firing' ? firing : alerts.length;
  const [only] = alerts;
  const about = alerts.length === 1 && only!.annotations.summary ? `${names[0]!}: ${only!.annotations.summary}` : names.join(', ');
  const paragraphs = alerts.map(paragraph);
  if (truncatedAlerts > 0) paragraphs.push(`${truncatedAlerts} more alerts were left off.`);
  return {
    status,
    severity: severities.find((severity) => alerts.some(({ labels }) => labels.severity === severity)) ?? 'none',
    title: shortened(oneLine(`[${status.toUpperCase()}:${count}] ${about}`), longest.title),
    message: shortened(paragraphs.join('\n\n'), longest.message),
  };
}

function paragraph({ status, labels, annotations, startsAt }: Alert): string {
  const { summary = '', description = '', runbook_url: runbook = '' } = annotations;
  const told = Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity');
  const lines = [
    `${status.toUpperCase()} ${labels.alertname ?? 'unnamed'} (${labels.severity ?? 'none'}): ${summary}`,
    description,
    told.map(([name, value]) => `${name}=${value}`).join(' '),
    startsAt && `since ${startsAt}`,
    runbook && `runbook: ${runbook}`,
  ];
  return lines
    .map(oneLine)
    .filter((line) => line !== '')
    .join('\n');
}

/** Without control characters: a terminal would obey some of them, no program can be given a NUL, and a line feed would fake a line. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError(`${what} is no object.`);
  return value as Record<string, unknown>;
}

function readStatus(value: unknown, what: string): 'firing' | 'resolved' {
  if (value !== 'firing' && value !== 'resolved') throw new RangeError(`${what} has a status that is neither firing nor resolved.`);
  return value;
}

function texts(value: unknown, what: string): Texts {
  const entries = Object.entries(record(value ?? {}, what));
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}
