/** What stands where a secret stood. */
export const mask = '***';

/**
 * Where secrets stand: the password of a URL, the value of a key that is called a password or a token.
 * The secret is the group; a reference to a variable (`${..}`, `process.env..`) is none.
 */
const secrets: readonly RegExp[] = [
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@'"`<>]*:((?:\$\{[^}]*\}|[^\s/'"`<>${}])+)@/dgi,
  /[?&](?:password|sslpassword|token|api_?key|secret)=([^&\s'"`${}]+)/dgi,
  /\b(?:pg|postgres(?:ql)?_?|db_?)?(?:password|passwd|pwd)\b['"]?\s*[:=]\s*(?:'([^']+)'|"([^"]+)"|`([^`$]+)`)/dgi,
  /\b(?:PASSWORD|PGPASSWORD)(?:\s+|=)'([^']+)'/dg,
];

export interface Redacted {
  readonly text: string;
  /** Where an offset of the original text is in the redacted one. */
  at(offset: number): number;
}

/** Replaces every secret of a text by three asterisks. */
export function redactWithOffsets(text: string): Redacted {
  const spans: [start: number, end: number][] = [];
  for (const pattern of secrets) {
    for (const match of text.matchAll(pattern)) {
      const span = match.indices?.slice(1).find(Boolean);
      if (span && !/^\$\{[^}]*\}$/.test(text.slice(...span)) && !spans.some(([start, end]) => span[0] < end && start < span[1])) {
        spans.push(span);
      }
    }
  }
  spans.sort((a, b) => a[0] - b[0]);

  let redacted = '';
  let from = 0;
  for (const [start, end] of spans) {
    redacted += text.slice(from, start) + mask;
    from = end;
  }
  redacted += text.slice(from);

  const at = (offset: number): number => {
    let shift = 0;
    for (const [start, end] of spans) {
      if (offset <= start) break;
      if (offset < end) return start + shift;
      shift += mask.length - (end - start);
    }
    return offset + shift;
  };
  return { text: redacted, at };
}

export function redact(text: string): string {
  return redactWithOffsets(text).text;
}
