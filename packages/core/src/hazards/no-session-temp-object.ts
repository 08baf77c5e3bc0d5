import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { loses } from '../pooler/capabilities.ts';
import type { Site } from '../sites/site.ts';
import { confidenceOf, isPooled, sightings } from './kit.ts';

export const noSessionTempObject = defineHazard({
  id: 'no-session-temp-object',
  taxonomy: ['40'],
  family: 'session-objects',
  title: 'Disallow temporary objects that outlive their transaction',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    outside:
      '`{{head}}` makes the {{object}} on one server connection: the next statement may run on another and fail with 42P01, while other clients can read it. Create it inside the transaction that uses it, with ON COMMIT DROP.',
    kept: '`{{head}}` stays on the server connection after COMMIT: other clients can read it, and creating it again fails with 42P07. Add ON COMMIT DROP.',
  },
  suggests: false,
  onlyInTransactionMode: true,
  *judge(site, { profile }, sites) {
    const loss = loses(profile, 'tempObjects');
    if (site.kind !== 'query' || !isPooled(site.handle) || !loss) return;
    for (const { fact, context } of sightings(site, 'temporary')) {
      if (context.state === 'in' && (fact.onCommit === 'drop' || isDropped(fact.name, site, sites))) continue;
      const confidence = weaker(confidenceOf(site), loss);
      yield {
        messageId: context.state === 'in' ? 'kept' : 'outside',
        data: { head: fact.head, object: fact.object },
        range: fact.range,
        confidence: context.state === 'unknown' ? weaker(confidence, fact.onCommit === 'drop' ? 'possible' : 'likely') : confidence,
      };
    }
  },
});

/** Whether a later statement on the same handle drops it. */
function isDropped(name: string | undefined, site: Site, sites: readonly Site[]): boolean {
  if (name === undefined) return false;
  return sites.some(
    (other) =>
      other.kind === 'query' &&
      other.range[0] >= site.range[0] &&
      (other === site || other.handle.root === site.handle.root) &&
      [...sightings(other, 'drop')].some(({ fact }) => fact.names.some((dropped) => dropped.split('.').at(-1) === name)),
  );
}
