import { defineCheck } from './check.ts';
import { numberOf, settingOf, severityIn } from './settings.ts';

/** The hazards whose findings go away where the pooler keeps named statements. */
const named: ReadonlySet<string> = new Set(['no-named-prepared-statement', 'postgres-js-prepare-option', 'lost-commit']);

/** How many places are listed. */
const maxListed = 5;

export const preparedStatementsOff = defineCheck({
  id: 'prepared-statements-off',
  taxonomy: ['80', '20', '22'],
  title: 'max_prepared_statements is 0, and the code sends named statements',
  failure: 'error',
  severity: 'warning',
  messages: {
    off: '`max_prepared_statements = 0` switches named statements off, and {{count}} of the code {{send}} them: they fail with 26000 or 42P05 on another server connection, or commits are lost. Set it to 200, which is the default since PgBouncer 1.24, and the findings listed here are settled.',
  },
  *judge({ deployment, findings }) {
    const setting = deployment.used && settingOf(deployment.used, 'max_prepared_statements');
    if (!setting || numberOf(setting) !== 0) return;
    const places = findings.filter(({ hazard, dependsOn }) => named.has(hazard) && !dependsOn);
    if (places.length === 0) return;
    yield {
      messageId: 'off',
      data: { count: places.length === 1 ? 'one place' : `${places.length} places`, send: places.length === 1 ? 'sends' : 'send' },
      at: setting.origin,
      confidence: places.some(({ confidence }) => confidence === 'certain') ? 'certain' : 'likely',
      severity: severityIn(setting.origin.file, 'warning'),
      evidence: places.slice(0, maxListed).map((place) => ({ text: place.hazard, at: place })),
    };
  },
});
