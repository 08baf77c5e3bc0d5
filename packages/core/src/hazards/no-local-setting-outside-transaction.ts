import { defineHazard } from '../hazard.ts';
import { confidenceOutside, sightings } from './kit.ts';

export const noLocalSettingOutsideTransaction = defineHazard({
  id: 'no-local-setting-outside-transaction',
  taxonomy: ['05'],
  family: 'session-settings',
  title: 'Disallow SET LOCAL and set_config(.., true) outside a transaction',
  failure: 'silent',
  severity: 'error',
  preset: 'recommended',
  messages: {
    outside:
      '`{{head}}` has no effect here: outside a transaction it ends with its own statement, without an error, so later queries run without {{name}}. Put it and the queries that need it into one transaction.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site) {
    for (const { fact, context, statement } of sightings(site, 'setting')) {
      if ((fact.scope !== 'local' && fact.scope !== 'transaction') || fact.inside || context.state === 'in' || fact.reset) continue;
      // A statement that goes on to read tables runs under its own set_config(.., true).
      if (statement.usesTables) continue;
      yield {
        messageId: 'outside',
        data: { head: fact.head, name: fact.scope === 'transaction' ? 'these modes' : (fact.name ?? 'the setting') },
        range: fact.range,
        confidence: confidenceOutside(site, context),
      };
    }
  },
});
