import type { Reporter } from './reporter.ts';

export const formats = ['terminal', 'json', 'sarif', 'html', 'markdown', 'github', 'gitlab', 'junit'] as const;

export type Format = (typeof formats)[number];

/** Loaded when it is asked for, so that a run pays for one format only. */
export const reporters: Readonly<Record<Format, () => Promise<Reporter>>> = {
  terminal: async () => (await import('./terminal.ts')).terminal,
  json: async () => (await import('./json.ts')).json,
  sarif: async () => (await import('./sarif.ts')).sarif,
  html: async () => (await import('./html.ts')).html,
  markdown: async () => (await import('./markdown.ts')).markdown,
  github: async () => (await import('./github.ts')).github,
  gitlab: async () => (await import('./gitlab.ts')).gitlab,
  junit: async () => (await import('./junit.ts')).junit,
};
