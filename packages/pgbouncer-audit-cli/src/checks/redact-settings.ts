import { redact } from '../redact.ts';

/** A value behind a name that says it is a secret, as `.ini`, `.env`, YAML and command lines write it: quoted or not. */
const secret = /\b([\w-]*(?:password|passwd|pwd|secret|token|api_?key))\b(["']?\s*[:=]\s*)(?:"[^"]*"|'(?:[^']|'')*'|[^\s"',;&|]+)/gi;

/** Like `redact`, for lines of settings, where a password stands without quotes. */
export function redactSettings(text: string): string {
  return redact(text).replace(secret, (match, name: string, sign: string) =>
    /[:=]\s*["']?\$\{?/.test(match) ? match : `${name}${sign}***`,
  );
}
