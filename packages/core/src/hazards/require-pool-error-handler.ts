import { defineHazard } from '../hazard.ts';
import { confidenceOf, isPooled, ownsClient, suggestion } from './kit.ts';

/**
 * A pool of node-postgres emits `error` when one of its idle connections is lost, and an emitter without a listener ends the process. PgBouncer
 * closes idle clients when it is restarted and after `client_idle_timeout`.
 */
export const requirePoolErrorHandler = defineHazard({
  id: 'require-pool-error-handler',
  taxonomy: ['75'],
  family: 'clients',
  title: 'Require a listener for the errors of a pool',
  failure: 'error',
  severity: 'warning',
  preset: 'strict',
  messages: {
    unheard:
      "When the pooler closes an idle connection, in a restart or by `client_idle_timeout`, this emits 'error', and Node.js ends the process, because nothing listens. Add `{{emitter}}.on('error', ..)` that logs it: the pool opens another connection by itself.",
    client:
      "When the pooler closes this connection, in a restart or by `client_idle_timeout`, the client emits 'error', and Node.js ends the process, because nothing listens. Add `{{emitter}}.on('error', ..)` that logs it and connects again, or use a pool.",
  },
  suggests: true,
  onlyInTransactionMode: false,
  *judge(site) {
    if (site.kind !== 'construction' || !site.emitsError || !isPooled(site.handle)) return;
    const { uses, declared } = site;
    if (uses.listened || uses.shortLived || site.isOneOff || site.perRequest) return;
    const isClient = site.handle.kind === 'client';
    const name = declared?.name ?? (isClient ? 'client' : 'pool');
    const emitter = ownsClient(site.handle) ? `${name}.$client` : name;
    yield {
      messageId: isClient ? 'client' : 'unheard',
      data: { emitter },
      range: site.range,
      confidence: uses.escapes ? 'possible' : confidenceOf(site),
      suggestions:
        declared && !isClient
          ? [
              suggestion('Log the errors of idle connections', {
                range: [declared.end, declared.end],
                text: `\n${emitter}.on('error', (error) => console.error('Lost an idle connection to PostgreSQL', error));`,
              }),
            ]
          : [],
    };
  },
});
