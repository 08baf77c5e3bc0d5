import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { sameConnections } from '../sites/connections.ts';
import { confidenceOf } from './kit.ts';

export const noNestedRootTransaction = defineHazard({
  id: 'no-nested-root-transaction',
  taxonomy: ['55'],
  family: 'transactions',
  title: 'Disallow a second transaction on the pool inside a transaction',
  failure: 'hang',
  severity: 'error',
  preset: 'recommended',
  messages: {
    nested:
      'This opens a second transaction over another connection: it commits by itself, does not see the changes of the outer one, and both wait for ever when no connection is left. Use `{{parameter}}`, which opens a savepoint.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'transaction' || (site.handle.kind !== 'pool' && site.handle.kind !== 'unknown') || site.handle.root === undefined)
      return;
    // What the store holds opens a savepoint.
    if (site.handle.fromStore && site.context.state === 'in') return;
    const frame = site.frames.find((candidate) => sameConnections(candidate.on, site.handle));
    if (!frame) return;
    yield {
      messageId: 'nested',
      data: { parameter: `${frame.parameter ?? 'tx'}.${site.method === 'begin' ? 'savepoint' : site.method}` },
      range: site.range,
      confidence: weaker(weaker(confidenceOf(site), frame.on.confidence), site.handle.kind === 'pool' ? 'certain' : 'likely'),
    };
  },
});
