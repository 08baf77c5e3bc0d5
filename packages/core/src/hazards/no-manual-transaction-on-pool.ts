import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { confidenceOf, sightings } from './kit.ts';

export const noManualTransactionOnPool = defineHazard({
  id: 'no-manual-transaction-on-pool',
  taxonomy: ['50'],
  family: 'transactions',
  title: 'Disallow BEGIN, COMMIT and ROLLBACK on a pool',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    begin:
      '`{{head}}` on a pool opens a transaction on whichever connection is free: the statements that follow go to others and are not in it, and queries of strangers are. Use the transaction function of the driver, or check out one client for all of it.',
    end: '`{{head}}` on a pool goes to whichever connection is free, not to the one with the transaction: that one stays open, with its locks. Use the transaction function of the driver, or check out one client for all of it.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query') return;
    const { handle, script } = site;
    if (handle.kind === 'transaction' || handle.kind === 'client' || handle.options?.properties.get('max')?.constant === 1) return;
    // One string with both ends is one transaction on one connection.
    const commands = script.statements.flatMap((statement) =>
      statement.facts.flatMap((fact) => (fact.kind === 'transaction' ? [fact.command] : [])),
    );
    if (commands.includes('begin') && (commands.includes('commit') || commands.includes('rollback'))) return;
    for (const { fact } of sightings(site, 'transaction')) {
      if (fact.inside || fact.command === 'prepare' || fact.command === 'commit prepared' || fact.command === 'rollback prepared') continue;
      const confidence = confidenceOf(site);
      yield {
        messageId: fact.command === 'begin' ? 'begin' : 'end',
        data: { head: fact.head },
        range: fact.range,
        confidence: handle.kind === 'unknown' ? weaker(confidence, 'possible') : confidence,
      };
    }
  },
});
