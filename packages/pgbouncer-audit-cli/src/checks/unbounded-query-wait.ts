import { defineCheck } from './check.ts';
import { numberOf, pgbouncers, settingOf, severityIn } from './settings.ts';

export const unboundedQueryWait = defineCheck({
  id: 'unbounded-query-wait',
  taxonomy: ['80'],
  title: 'A query may wait for a server connection for ever',
  failure: 'hang',
  severity: 'warning',
  messages: {
    off: 'With `query_wait_timeout = 0` a query waits without end when every server connection is taken: requests pile up instead of failing. Set it to less than the time-out of a request; the default is 120 s.',
  },
  *judge({ deployment }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const setting = settingOf(pooler, 'query_wait_timeout');
      if (setting && numberOf(setting) === 0)
        yield { messageId: 'off', at: setting.origin, confidence: 'certain', severity: severityIn(setting.origin.file, 'warning') };
    }
  },
});
