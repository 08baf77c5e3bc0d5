import { type Suggestion, weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { sameConnections } from '../sites/connections.ts';
import type { Site } from '../sites/site.ts';
import { confidenceOf, suggestion } from './kit.ts';

export const noOuterDbInTransaction = defineHazard({
  id: 'no-outer-db-in-transaction',
  taxonomy: ['51'],
  family: 'transactions',
  title: 'Disallow queries on the pool inside a transaction on the same pool',
  failure: 'hang',
  severity: 'error',
  preset: 'recommended',
  messages: {
    reached:
      '`{{function}}` queries the pool inside the transaction, over another connection: its query is not part of the transaction, sees none of its changes or settings, and waits for ever once all connections are held by transactions that wait like this one. Pass `{{parameter}}` to it, or call it before the transaction.',
    outer:
      'This query inside the transaction goes over another connection: it is not part of the transaction, sees none of its changes or settings, and waits for ever once all connections are held by transactions that wait like this one. Use `{{parameter}}`.',
    handed:
      '`{{function}}` is given the pool inside the transaction: its query goes over another connection, is not part of the transaction, sees none of its changes or settings, and waits for ever once all connections are held by transactions that wait like this one. Give it `{{parameter}}`.',
    wrapped:
      'This query inside the transaction that `{{function}}` opens goes over another connection: it is not part of the transaction, sees none of its changes or settings, and waits for ever once all connections are held by transactions that wait like this one. Use the handle of that transaction: what its store holds, or a parameter of the callback.',
    unused:
      'This query inside the transaction goes over another connection: it is not part of the transaction, sees none of its changes or settings, and waits for ever once all connections are held by transactions that wait like this one. Take the transaction as the parameter of the callback and use it.',
  },
  suggests: true,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'query' && site.kind !== 'builder') return;
    if (site.kind === 'builder' && !site.sent) return;
    if (site.context.state === 'in' || (site.kind === 'query' && site.part === 'fragment')) return;
    const { handle } = site;
    if ((handle.kind !== 'pool' && handle.kind !== 'unknown') || handle.root === undefined) return;
    const frame = site.frames.find((candidate) => sameConnections(candidate.on, handle));
    if (!frame) return;
    if (site.kind === 'builder' && site.through !== undefined) {
      yield {
        messageId: 'reached',
        data: { function: site.through, parameter: frame.parameter ?? 'the transaction' },
        range: site.range,
        confidence: weaker(weaker(confidenceOf(site), frame.on.confidence), 'likely'),
      };
      return;
    }
    if (site.kind === 'builder' && site.handedTo !== undefined) {
      yield {
        messageId: 'handed',
        data: { function: site.handedTo.label, parameter: frame.parameter ?? 'the transaction' },
        range: site.range,
        confidence: weaker(confidenceOf(site), frame.on.confidence),
        suggestions: frame.parameter === undefined ? [] : useParameter(site, frame.parameter, site.handedTo.shorthand),
      };
      return;
    }
    yield {
      ...(frame.wrapper !== undefined
        ? { messageId: 'wrapped', data: { function: frame.wrapper } }
        : { messageId: frame.parameter === undefined ? 'unused' : 'outer', data: { parameter: frame.parameter ?? '' } }),
      range: site.kind === 'builder' ? site.range : objectRange(site),
      confidence: weaker(weaker(confidenceOf(site), frame.on.confidence), handle.kind === 'pool' ? 'certain' : 'likely'),
      suggestions: frame.parameter === undefined ? [] : useParameter(site, frame.parameter),
    };
  },
});

/** The handle's own range in a call or template. */
function objectRange(site: Site): readonly [number, number] {
  const { node } = site;
  const callee = node.type === 'CallExpression' ? node.callee : node.type === 'TaggedTemplateExpression' ? node.tag : node;
  const object = callee.type === 'MemberExpression' ? callee.object : callee;
  return [object.range[0], object.range[1]];
}

function useParameter(site: Site, parameter: string, key?: string): Suggestion[] {
  const range = site.kind === 'builder' ? site.range : objectRange(site);
  // An inner function with a parameter of that name would give another handle.
  const shadowed = site.frames[0]?.parameter !== parameter;
  // The driver underneath has other methods than the parameter.
  return shadowed || site.handle.driver !== site.frames[0]?.on.driver
    ? []
    : [suggestion(`Use ${parameter}`, { range, text: key === undefined ? parameter : `${key}: ${parameter}` })];
}
