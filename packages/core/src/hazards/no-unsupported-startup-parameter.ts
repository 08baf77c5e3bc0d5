import { weaker } from '../finding.ts';
import { defineHazard } from '../hazard.ts';
import { isAssumed, refusesOptions, startupParameter } from '../pooler/capabilities.ts';
import type { ConstructionSite, OptionValue } from '../sites/site.ts';
import { confidenceOf, isPooled, ownsClient } from './kit.ts';

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
    for (const [name, option] of startupParameters(site)) {
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

/** Options of node-postgres that become startup parameters of the same name (pg/lib/client.js, `getStartupConf`). */
const pgOptions = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'replication'];
/** Where the layers above node-postgres take its options. */
const nested = ['', 'connection.', 'extra.', 'dialectOptions.', 'poolConfig.', 'driverOptions.', 'driverOptions.connection.'];

/** A startup parameter; `inOptions` when it stands in the string of `options`. */
type StartupOption = OptionValue & { readonly inOptions?: boolean };

/** The startup parameters a client sends, by PostgreSQL's name for them. */
function* startupParameters(site: ConstructionSite): Generator<[string, StartupOption]> {
  const driver = site.handle.driver === 'drizzle' ? site.handle.underlying?.driver : site.handle.driver;
  // A client that is passed in is reported where it is made.
  if (site.handle.driver === 'drizzle' && !ownsClient(site.handle)) return;
  for (const [path, option] of site.options.properties) {
    if (isOff(option)) continue;
    if (driver === 'postgres.js') {
      // `drizzle({ connection: { .. } })` takes the driver's own options, whose `connection` then holds the startup parameters.
      const match = (site.handle.driver === 'drizzle' ? /^connection\.connection\.([\w.]+)$/ : /^connection\.([\w.]+)$/).exec(path);
      if (match && match[1] !== 'application_name') yield* parameter(match[1]!, option);
      continue;
    }
    const prefix = nested.find((candidate) => candidate !== '' && path.startsWith(candidate)) ?? '';
    const key = path.slice(prefix.length).replace(/^\?/, '');
    if (pgOptions.includes(key)) yield [key, option];
    if (key === 'options' && (option.constant === undefined ? !option.known : typeof option.constant === 'string'))
      yield* parameter('options', option);
  }
}

/** `-c name=value` pairs of `options` are judged one by one. */
function* parameter(name: string, option: OptionValue): Generator<[string, StartupOption]> {
  if (name !== 'options' || typeof option.constant !== 'string') {
    yield [name.toLowerCase(), { ...option, inOptions: name === 'options' }];
    return;
  }
  for (const match of option.constant.matchAll(/-c\s*([\w.]+)\s*=|--([\w.-]+)=/g))
    yield [(match[1] ?? match[2]!).replaceAll('-', '_').toLowerCase(), { ...option, inOptions: true }];
}

/** Values for which the driver sends nothing. */
function isOff(option: OptionValue): boolean {
  return (
    option.known &&
    (option.constant === undefined ||
      option.constant === null ||
      option.constant === 0 ||
      option.constant === false ||
      option.constant === '')
  );
}
