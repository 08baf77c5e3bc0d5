import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { isAssumed, refusesOptions, startupParameter } from '../pooler/capabilities.ts';
import { startupParameters } from '../sites/startup-parameters.ts';
import { confidenceOf, isPooled } from './kit.ts';

export const noUnsupportedStartupParameter = defineHazard({
  id: 'no-unsupported-startup-parameter',
  taxonomy: ['70'],
  family: 'startup',
  title: 'Disallow startup parameters that PgBouncer refuses',
  failure: 'error',
  severity: 'error',
  preset: 'recommended',
  messages: {
    refused:
      'PgBouncer refuses the connection: `{{name}}` goes into the startup packet, and the answer is 08P01 "unsupported startup parameter". Use ALTER ROLE .. SET {{name}}, or SET LOCAL inside the transaction. Do not SET it in a connect hook, which leaks; ignore_startup_parameters would drop it silently.',
    unknown:
      'Nothing is known of what this pooler does with `{{name}}` in the startup packet: it may refuse the connection, or drop the setting silently. Use ALTER ROLE .. SET {{name}}, or SET LOCAL inside the transaction.',
  },
  suggests: false,
  onlyInTransactionMode: false,
  *judge(site, { profile }) {
    if (site.kind !== 'construction' || !isPooled(site.handle)) return;
    const ignoresOptions = profile.ignoredStartupParameters.includes('options');
    for (const [name, option] of startupParameters(site.handle, site.options)) {
      if (ignoresOptions && option.inOptions) continue;
      // Before 1.20 PgBouncer refuses `options` as a whole, whatever is in it.
      const asked = option.inOptions && refusesOptions(profile) ? 'options' : name;
      const answer = startupParameter(profile, asked);
      const older =
        answer === 'applied' && isAssumed(profile, 'version') && startupParameter({ ...profile, version: '1.25' }, asked) === 'refused';
      if (answer === 'unknown') {
        yield { messageId: 'unknown', data: { name: asked }, range: option.range, severity: 'info', confidence: 'possible' };
        continue;
      }
      if (answer !== 'refused' && !older) continue;
      yield {
        messageId: 'refused',
        data: { name: asked },
        range: option.range,
        confidence: older ? 'possible' : weaker(confidenceOf(site), option.known && !site.options.urlGiven ? 'certain' : 'likely'),
        ...(older && {
          severity: 'info' as const,
          dependsOn: { setting: 'version', assumed: profile.version, holdsWhen: 'PgBouncer is older than 1.26' },
        }),
      };
    }
  },
});
