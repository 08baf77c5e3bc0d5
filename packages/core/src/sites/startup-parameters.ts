import { ownsClient } from './owns-client.ts';
import type { ClientOptions, Handle, OptionValue } from './site.ts';

/** Options of node-postgres that become startup parameters of the same name (pg/lib/client.js, `getStartupConf`). */
const pgOptions = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'replication'];
/** Where the layers above node-postgres take its options. */
const nested = ['', 'connection.', 'extra.', 'dialectOptions.', 'poolConfig.', 'driverOptions.', 'driverOptions.connection.'];

/** A startup parameter; `inOptions` when it stands in the string of `options`. */
type StartupOption = OptionValue & { readonly inOptions?: boolean };

/** The startup parameters a client sends, by PostgreSQL's name for them. */
export function* startupParameters(handle: Handle, options: ClientOptions): Generator<[string, StartupOption]> {
  const driver = handle.driver === 'drizzle' ? handle.underlying?.driver : handle.driver;
  // A client that is passed in is reported where it is made.
  if (handle.driver === 'drizzle' && !ownsClient(handle)) return;
  for (const [path, option] of options.properties) {
    if (isOff(option)) continue;
    if (driver === 'postgres.js') {
      // `drizzle({ connection: { .. } })` takes the driver's own options, whose `connection` then holds the startup parameters.
      const match = (handle.driver === 'drizzle' ? /^connection\.connection\.([\w.]+)$/ : /^connection\.([\w.]+)$/).exec(path);
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
