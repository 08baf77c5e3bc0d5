import { defineCheck } from './check.ts';
import { pgbouncers, settingOf, severityIn } from './settings.ts';

export const resetQueryAlways = defineCheck({
  id: 'reset-query-always',
  taxonomy: ['80'],
  title: 'server_reset_query_always hides the state that the code leaves behind',
  failure: 'silent',
  severity: 'warning',
  messages: {
    always:
      '`server_reset_query_always = 1` throws away what a session holds after every transaction: what would have reached another client is lost instead, locks are released at once, and every transaction costs one more round trip. Leave it at 0, and mend the findings in the code.',
  },
  *judge({ deployment }) {
    for (const pooler of pgbouncers(deployment.poolers)) {
      const setting = settingOf(pooler, 'server_reset_query_always');
      // In session mode a reset query runs anyway.
      if (settingOf(pooler, 'pool_mode')?.value.toLowerCase() === 'session') continue;
      if (setting && /^(?:[1-9]\d*|yes|on|true)$/i.test(setting.value.trim()))
        yield { messageId: 'always', at: setting.origin, confidence: 'certain', severity: severityIn(setting.origin.file, 'warning') };
    }
  },
});
