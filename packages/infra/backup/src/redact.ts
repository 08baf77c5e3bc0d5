/** Takes secrets out of text. */
export type Redact = (text: string) => string;

/** Shapes that hold a secret, whatever it is: the password of a URL, of a connection string, of a role. */
const shapes: readonly [RegExp, string][] = [
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s@]+(@)/gi, '$1***$2'],
  [/(\bpassword\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)/gi, '$1***'],
  [/(\bPASSWORD\s+)'(?:[^']|'')*'/g, "$1'***'"],
  [/\bAGE-(?:SECRET-KEY|PLUGIN)-[A-Z0-9-]+/g, '***'],
  [/\bSCRAM-SHA-256\$\S+/g, '***'],
];

/**
 * A function that takes secrets out of everything that is shown or stored.
 *
 * @param secrets those that are known; one of less than 4 characters would make text unreadable and is left
 */
export function redactor(secrets: readonly string[]): Redact {
  const known = [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))]
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    const without = known.reduce((result, secret) => result.replaceAll(secret, '***'), text);
    return shapes.reduce((result, [shape, replacement]) => result.replace(shape, replacement), without);
  };
}
