/**
 * A value as JSON that is safe to look at: characters that could move a cursor or turn the direction of a text are written as escapes, and
 * so is what a log of GitHub Actions would take for a command. It is the same value for whoever parses it.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2)
    .replace(/[\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFFE\uFFFF]/g, escaped)
    .replaceAll('##[', '##\\u005b');
  return `${text}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
