import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { loses } from '../pooler/capabilities.ts';
import type { Site } from '../sites/site.ts';
import type { AdvisoryLockFact } from '../sql/script.ts';
import { confidenceOf, isPooled, sameTransaction, sightings, suggestion } from './kit.ts';

export const noSessionAdvisoryLock = defineHazard({
  id: 'no-session-advisory-lock',
  taxonomy: ['30'],
  family: 'locks',
  title: 'Disallow session-level advisory locks',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    lock: '`{{function}}` belongs to the server connection, not to this client: two clients can both get it, and the unlock may reach another connection, so that the lock stays until the server connection is closed. Use `{{replacement}}` inside one transaction, or a direct connection.',
    failing:
      '`{{function}}` outlives its transaction: when that fails before the unlock, ROLLBACK does not free the lock, and it stays until the server connection is closed. Use `{{replacement}}`, which ends with the transaction and needs no unlock.',
    unlock:
      '`{{function}}` may reach another server connection than the one that holds the lock: it returns false, and the lock stays. Use `pg_advisory_xact_lock` inside one transaction, which needs no unlock, or a direct connection.',
  },
  suggests: true,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    const loss = loses(profile, 'advisoryLocks');
    if (site.kind !== 'query' || !isPooled(site.handle) || !loss) return;
    const confidence = weaker(confidenceOf(site), loss);
    for (const { fact, context } of sightings(site, 'advisory-lock')) {
      if (fact.level !== 'session') continue;
      const isLock = locking.includes(fact.operation);
      // Taken and released in one transaction, the lock works unless the transaction fails in between (FACTS.md 14).
      const isPaired =
        context.state === 'in' && sites.some((other) => sameTransaction(site, other) && holds(other, isLock ? unlocking : locking));
      if (isPaired && !isLock) continue;
      const replacement = fact.function.toLowerCase().replace('advisory_lock', 'advisory_xact_lock');
      yield {
        messageId: isPaired ? 'failing' : isLock ? 'lock' : 'unlock',
        data: { function: fact.function, replacement },
        range: fact.range,
        confidence: isPaired ? 'possible' : confidence,
        // The unlock would have to go too.
        suggestions:
          isLock && !isPaired && context.state === 'in' && context.confidence === 'certain' && fact.nameRange
            ? [suggestion(`Use ${replacement}`, { range: fact.nameRange, text: replacement })]
            : [],
      };
    }
  },
});

type Operation = AdvisoryLockFact['operation'];
const locking: readonly Operation[] = ['lock', 'try'];
const unlocking: readonly Operation[] = ['unlock', 'unlock all'];

function holds(site: Site, operations: readonly Operation[]): boolean {
  return [...sightings(site, 'advisory-lock')].some(({ fact }) => fact.level === 'session' && operations.includes(fact.operation));
}
