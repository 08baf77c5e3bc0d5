import { defineHazard } from '../hazard.ts';
import type { ConstructionSite, OptionValue } from '../sites/site.ts';
import { confidenceOf, isPooled, ownsClient, suggestion } from './kit.ts';

/**
 * The pool of node-postgres waits without end for a free connection unless `connectionTimeoutMillis` is set. A request that waits in the
 * program has not reached the pooler, whose `query_wait_timeout` therefore never ends it.
 */
export const requireAcquireTimeout = defineHazard({
  id: 'require-acquire-timeout',
  taxonomy: ['77'],
  family: 'clients',
  title: 'Require a time-out for getting a connection from a pool',
  failure: 'hang',
  severity: 'info',
  preset: 'strict',
  messages: {
    missing:
      'When every connection of this pool is taken, whoever asks for one waits for ever, without an error: `query_wait_timeout` of the pooler does not see a request that is still waiting in the program. Set `connectionTimeoutMillis`, below `query_wait_timeout` (120 seconds unless it is changed).',
    off: '`connectionTimeoutMillis: 0` waits for ever, without an error, when every connection of this pool is taken: `query_wait_timeout` of the pooler does not see a request that is still waiting in the program. Set it below `query_wait_timeout` (120 seconds unless it is changed).',
  },
  suggests: true,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'construction' || !isPooled(site.handle) || !waitsForEver(site)) return;
    if (site.isOneOff || site.uses.shortLived || site.perRequest) return;
    const option = timeoutOf(site);
    if (option && !(option.known && !option.constant)) return;
    yield {
      messageId: option ? 'off' : 'missing',
      range: option?.range ?? site.range,
      confidence: site.options.open || isGiven(site) ? 'possible' : confidenceOf(site),
      suggestions: option ? [] : added(site),
    };
  },
});

/** Pools of node-postgres and of what is made like it. The layers above it set a time-out of their own. */
function waitsForEver({ handle, emitsError }: ConstructionSite): boolean {
  return emitsError && handle.kind === 'pool' && handle.driver !== 'pg-boss';
}

/** `new Pool(this.config)`: an object that is out of sight, rather than a connection string. */
function isGiven({ options: { properties, urlSource } }: ConstructionSite): boolean {
  return properties.size === 0 && urlSource !== undefined && !/ur[li]|dsn|conn|string|address/i.test(urlSource);
}

function timeoutOf({ options }: ConstructionSite): OptionValue | undefined {
  return options.properties.get('connectionTimeoutMillis') ?? options.properties.get('connection.connectionTimeoutMillis');
}

/** The option, behind the first one that stands in an object of this file. */
function added({ handle, options }: ConstructionSite) {
  const prefix = ownsClient(handle) ? 'connection.' : '';
  for (const [path, { range, node }] of options.properties) {
    const isHere = node && node.range[1] === range[1] && node.range[0] >= range[0];
    if (isHere && path.startsWith(prefix) && !path.slice(prefix.length).includes('.'))
      return [suggestion('Give up after ten seconds', { range: [range[1], range[1]], text: ', connectionTimeoutMillis: 10_000' })];
  }
  return [];
}
