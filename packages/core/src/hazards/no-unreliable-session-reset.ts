import { type Confidence, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { keepsSessions } from '../pooler/capabilities.ts';
import type { Handle, Site } from '../sites/site.ts';
import type { SettingFact } from '../sql/script.ts';
import { confidenceOf, confidenceOutside, isPooled, leak, sightings } from './kit.ts';

/** Behind a pooler a RESET cleans some server connection (FACTS.md, `reset_x`, `reset_all`, `discard_all`); in an aborted transaction none. */
export const noUnreliableSessionReset = defineHazard({
  id: 'no-unreliable-session-reset',
  taxonomy: ['07'],
  family: 'session-settings',
  title: 'Disallow RESET and DISCARD ALL that clean another server connection, or none',
  failure: 'silent',
  severity: 'warning',
  preset: 'strict',
  messages: {
    elsewhere:
      '`{{head}}` resets whichever server connection it is given, not the one that was changed: that one keeps its state for the next client. Use SET LOCAL inside a transaction, which needs no reset, and delete this.',
    needless:
      '`{{head}}` is not needed, for SET LOCAL ended with its transaction; it resets whichever server connection it is given. Delete it.',
    discard:
      '`{{head}}` cleans whichever server connection it is given, and drops what other clients keep there, such as their prepared statements. Delete it, and keep no state outside transactions; use a direct connection where that is needed.',
    inTransaction:
      '`{{head}}` in a transaction always fails with 25001, and the transaction with it. Delete it: what was set by SET LOCAL ends with the transaction.',
    hides:
      'When a statement of the transaction has failed, `{{head}}` in `finally` fails with 25P02, and the caller sees that instead of the real error. Use SET LOCAL, which needs no reset, and delete this.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site, { profile }, sites) {
    if (site.kind !== 'query' || !isPooled(site.handle)) return;
    for (const { fact, context } of sightings(site, 'discard')) {
      if (fact.target !== 'all') continue;
      const said = { data: { head: fact.head }, range: fact.range };
      if (context.state === 'in') {
        yield { messageId: 'inTransaction', ...said, severity: 'error', confidence: weaker(confidenceOf(site), context.confidence) };
      } else if (!keepsSessions(profile)) {
        yield { messageId: 'discard', ...said, confidence: confidenceOutside(site, context) };
      }
    }
    for (const { fact, context } of sightings(site, 'setting')) {
      const said = { data: { head: fact.head }, range: fact.range };
      if (site.hidesError && context.state === 'in') {
        const confidence = weaker(weaker(confidenceOf(site), context.confidence), confidenceOfDriver(site.handle));
        if (!isSentBy(site.handle, 'postgres.js')) yield { messageId: 'hides', ...said, confidence };
        // One error hides the real one, however many statements follow.
        return;
      }
      if (!fact.reset || fact.scope !== 'session' || context.state === 'in' || keepsSessions(profile)) continue;
      // The finding at the SET says it all.
      if (isSet(fact, sites, 'session')) continue;
      const leaking = leak(profile, fact.name, confidenceOutside(site, context));
      if (leaking) yield { messageId: isSet(fact, sites, 'local') ? 'needless' : 'elsewhere', ...said, ...leaking };
    }
  },
});

/** postgres.js rejects with the first error of a transaction, whatever its callback throws (`proof.ts`). */
function confidenceOfDriver(handle: Handle): Confidence {
  return isSentBy(handle, 'unknown') ? 'possible' : 'certain';
}

/** Whether a handle, or one that it is built on, is of a driver. */
function isSentBy(handle: Handle, driver: Handle['driver']): boolean {
  return handle.driver === driver || (handle.underlying !== undefined && isSentBy(handle.underlying, driver));
}

/** Whether the file sets what a RESET resets. */
function isSet({ name }: SettingFact, sites: readonly Site[], scope: 'session' | 'local'): boolean {
  return sites.some((site) =>
    [...sightings(site, 'setting')].some(
      ({ fact }) =>
        !fact.reset &&
        (fact.scope === scope || fact.scope === 'unknown') &&
        (name === undefined || name === 'all' || fact.name === undefined || fact.name === name),
    ),
  );
}
