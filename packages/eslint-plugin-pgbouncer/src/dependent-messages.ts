import type { Dependency, Finding } from '@pgbouncer-audit/core';

/**
 * Adds to the messages of a hazard those of the findings that depend on a setting that was assumed: an editor shows the
 * message of a finding and nothing else, so what would settle it has to be said there.
 */
export function withDependentMessages(messages: Readonly<Record<string, string>>): Record<string, string> {
  const dependent = Object.entries(messages).map(([messageId, message]): [string, string] => [
    dependentId(messageId),
    `${message} This holds when {{holdsWhen}}; \`{{setting}}\` was assumed to be {{assumed}}: state it in \`settings.pgbouncer.profile\`.`,
  ]);
  return { ...messages, ...Object.fromEntries(dependent) };
}

/** The message that ESLint is to show of a finding. */
export function messageOf({ messageId, data, dependsOn }: Finding): { messageId: string; data: Record<string, string> } {
  if (!dependsOn) return { messageId, data: { ...data } };
  const { setting, assumed, holdsWhen }: Dependency = dependsOn;
  return { messageId: dependentId(messageId), data: { ...data, setting, assumed, holdsWhen } };
}

function dependentId(messageId: string): string {
  return `${messageId}Depends`;
}
