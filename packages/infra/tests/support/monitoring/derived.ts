import { parse, stringify } from 'yaml';

/** How much faster time passes in a test than in production, where the test does not say otherwise. */
const usualHurry = 30;

/** Below this a window would hold too few scrapes (one a second) for a rate. */
const shortestWindow = 5;

/**
 * Rules that fire within seconds: every `for`, every window and every offset divided by `hurry`. Thresholds stay.
 *
 * @param rules the text of a rule file
 */
export function hurriedRules(rules: string, hurry = usualHurry): string {
  const hurried = (duration: string, least: number) => hurriedBy(hurry, duration, least);
  const parsed = parse(rules) as { groups: { interval?: string; rules: { expr: string; for?: string; keep_firing_for?: string }[] }[] };
  const groups = parsed.groups.map(({ interval: _, ...group }) => ({
    ...group,
    rules: group.rules.map((rule) => ({
      ...rule,
      expr: rule.expr
        .replace(/\[(\w+)(:?)\w*\]/g, (__, range: string, colon: string) => `[${hurried(range, shortestWindow)}${colon}]`)
        .replace(/ offset (\w+)/g, (__, offset: string) => ` offset ${hurried(offset, 1)}`),
      ...(rule.for && { for: hurried(rule.for, 1) }),
      // Stretched, since scrapes are not as much faster: what ends sooner than another has to do so here too.
      ...(rule.keep_firing_for && { keep_firing_for: `${Math.round((2 * seconds(rule.keep_firing_for)) / hurry) + 3}s` }),
    })),
  }));
  return stringify({ groups });
}

/** The shipped configuration of Alertmanager, with the bridge at another address and waits that are short. */
export function hurriedAlertmanager(config: string, bridge: string, hurry = usualHurry): string {
  return config
    .replaceAll('http://notify-bridge:9911', bridge)
    .replace(
      /(group_wait|group_interval|repeat_interval): (\w+)/g,
      (_, name: string, wait: string) => `${name}: ${hurriedBy(hurry, wait, 1)}`,
    );
}

function hurriedBy(hurry: number, duration: string, least: number): string {
  return `${Math.max(least, Math.round(seconds(duration) / hurry))}s`;
}

/** Of a duration as Prometheus writes it, such as `1h30m`. */
function seconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  return [...duration.matchAll(/(\d+)([smhd])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}
