import { defineCheck } from './check.ts';
import { listOf, pgbouncers, settingOf, severityIn } from './settings.ts';

export const ignoredStartupParameter = defineCheck({
  id: 'ignored-startup-parameter',
  taxonomy: ['72'],
  title: 'A startup parameter of the code is dropped by ignore_startup_parameters',
  failure: 'silent',
  severity: 'warning',
  messages: {
    dropped:
      'PgBouncer drops `{{name}}` without a word, because ignore_startup_parameters lists `{{listed}}`: the connection works, and the setting does not apply. Use ALTER ROLE .. SET {{name}}, or SET LOCAL inside the transaction, and take it out of the list.',
  },
  *judge({ deployment, clients, profile }) {
    const used = deployment.used;
    const list = used && pgbouncers([used]).length > 0 ? settingOf(used, 'ignore_startup_parameters') : undefined;
    const ignored = profile.sources.ignoredStartupParameters === 'stated' ? profile.ignoredStartupParameters : listOf(list);
    for (const { fact, placeOf } of clients) {
      if (fact.reach === 'direct') continue;
      for (const { name, inOptions, range } of fact.startupParameters) {
        // What stands in `options` goes with it, and PgBouncer looks at the list before it looks into `options` (FACTS.md 9).
        const listed = [...(inOptions ? ['options'] : []), name].find((each) => ignored.includes(each));
        if (listed === undefined || name === 'extra_float_digits') continue;
        yield {
          messageId: 'dropped',
          data: { name, listed },
          at: placeOf(range),
          confidence: fact.reach === 'unknown' ? 'possible' : 'certain',
          ...(list && {
            severity: severityIn(list.origin.file, 'warning'),
            evidence: [{ text: `ignore_startup_parameters = ${list.value}`, at: list.origin }],
          }),
        };
      }
    }
  },
});
