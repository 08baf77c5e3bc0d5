import { UsageError } from '../errors.ts';

/**
 * A URL as it is given, or the value of the variable that `$NAME` names: a password on a command line can be read by everybody on the machine.
 *
 * @throws UsageError where the variable is not set
 */
export function fromEnvironment(url: string, env: Readonly<Record<string, string | undefined>>): string {
  const name = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(url)?.[1];
  if (name === undefined) return url;
  const value = env[name];
  if (!value) throw new UsageError(`The variable ${name} is not set. Set it to the URL, or give the URL itself.`);
  return value;
}
