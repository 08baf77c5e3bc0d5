import { defineCheck } from './check.ts';
import { pgbouncers, settingOf } from './settings.ts';

export const sessionPooling = defineCheck({
  id: 'session-pooling',
  taxonomy: ['80'],
  title: 'The pooler runs in session mode',
  failure: 'exhaustion',
  severity: 'info',
  messages: {
    session:
      'In session mode a client keeps its server connection until it disconnects, so the pool of an application holds as many server connections as it has clients, and nothing is shared. The other findings say what breaks when this becomes `pool_mode = transaction`.',
    stated:
      'In session mode a client keeps its server connection until it disconnects, so the pool of an application holds as many server connections as it has clients, and nothing is shared. This file was named as the one that is deployed, so the hazards of transaction mode were not judged: state `profile.poolMode` as `transaction` to ask what a switch would break.',
  },
  *judge({ deployment, profile }) {
    const keepsSessions = profile.poolMode === 'session' && typeof profile.sources.poolMode === 'object';
    for (const pooler of pgbouncers(deployment.poolers)) {
      const mode = settingOf(pooler, 'pool_mode');
      const isSession = mode ? mode.value.toLowerCase() === 'session' : pooler.complete;
      if (isSession) yield { messageId: keepsSessions ? 'stated' : 'session', at: mode?.origin ?? pooler.origin, confidence: 'certain' };
    }
  },
});
