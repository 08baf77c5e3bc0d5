import type { Driver } from '../proof/proof.ts';

/** Text that Markdown leaves alone, in a table cell too. */
export function escaped(text: string): string {
  return text.replaceAll(/[|\\`*<>]/g, (character) => `\\${character}`);
}

/** Text as code, whatever backticks are in it. */
export function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

const names: Readonly<Partial<Record<Driver, string>>> = {
  postgres: 'postgres.js',
  'drizzle+pg': 'Drizzle over pg',
  'drizzle+postgres': 'Drizzle over postgres.js',
  'drizzle 1.0+pg': 'Drizzle 1.0.0-rc.5 over pg',
  'drizzle 1.0+postgres': 'Drizzle 1.0.0-rc.5 over postgres.js',
};

/** A driver as people call it. */
export function driverName(driver: Driver): string {
  return names[driver] ?? driver;
}

/** Text as the start of a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
