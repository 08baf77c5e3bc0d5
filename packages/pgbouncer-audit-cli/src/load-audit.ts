import { keepCompiledCode } from './compiled-code.ts';

/** Loads what audits: the engine, the parsers, the readers of files. It is most of this program, and nothing else needs it. */
export function loadAudit(env: Readonly<Record<string, string | undefined>> = process.env): Promise<typeof import('./audit.ts')> {
  keepCompiledCode(env);
  return import('./audit.ts');
}
