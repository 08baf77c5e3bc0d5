import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { keepNewest } from './keep-newest.ts';
import { toolVersion } from './tool.ts';
import { writeFileAtomically } from './write-file.ts';

/** Smaller files are compiled in less time than another one is read in. */
const leastSize = 20_000;

/** Those of a few versions of this tool and of Node. */
const mostFiles = 32;

const suffix = '.compiled';

/**
 * Keeps what V8 compiles of this program from now on, so that the next run need not compile it again: a third of the time of a small audit. Node does
 * it itself from 22.8 on. For Node 20, whose loader will not change any more, it is done here, for the files of this program alone.
 *
 * What is kept is code, so it lies where only the user can write, and is never taken from the audited repository. V8 does not see whether it was
 * damaged; a hash of it and of the source does. Where anything about it is wrong, the source is compiled, as ever.
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  const program = fileURLToPath(import.meta.url);
  // From the sources it is run by what compiles TypeScript.
  if (!program.endsWith('.js') || env['NODE_DISABLE_COMPILE_CACHE']) return;
  const { enableCompileCache } = Module as { readonly enableCompileCache?: () => void };
  if (enableCompileCache) enableCompileCache();
  else if (process.version.startsWith('v20.')) keepOnNode20(dirname(program), ownFolder(env));
}

/** The name of the function that is put in place of Node's, by which it is known when it is there already. */
const keeping = 'compileOrRead';

interface Compiling {
  _compile(this: NodeJS.Module, content: string, path: string, ...more: readonly unknown[]): unknown;
}

function keepOnNode20(program: string, folder: string | undefined): void {
  if (folder === undefined) return;
  const compiling = Module.prototype as unknown as Compiling;
  const compile = compiling._compile;
  if (compile.name === keeping) return;
  // V8 would drop what was not called for a while, before it could be kept. It takes nothing that was made under other flags, so this one stays.
  setFlagsFromString('--no-flush-bytecode');
  const made: { readonly path: string; readonly content: string; readonly script: Script }[] = [];
  compiling._compile = function compileOrRead(content, filename, ...more) {
    if (dirname(filename) !== program || content.length < leastSize) return compile.call(this, content, filename, ...more);
    const path = join(folder, `${toolVersion}-${process.version}-${process.arch}-${basename(filename)}${suffix}`);
    const cachedData = readCompiled(path, content);
    const script = new Script(Module.wrap(content), { filename, ...(cachedData && { cachedData }) });
    if (!cachedData || script.cachedDataRejected) made.push({ path, content, script });
    const run = script.runInThisContext() as (...parameters: readonly unknown[]) => unknown;
    return run.call(this.exports, this.exports, createRequire(filename), this, filename, program);
  };
  // At the end, when what was run is compiled.
  process.once('exit', () => {
    for (const { path, content, script } of made) writeCompiled(path, content, script.createCachedData());
  });
}

/** The first bytes are a hash of the source and of the rest. */
function readCompiled(path: string, content: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const data = bytes.subarray(hashLength);
    return bytes.subarray(0, hashLength).equals(hashOf(content, data)) ? data : undefined;
  } catch {
    return undefined;
  }
}

function writeCompiled(path: string, content: string, data: Buffer): void {
  try {
    writeFileAtomically(path, Buffer.concat([hashOf(content, data), data]), path, 0o600);
    keepNewest(dirname(path), suffix, mostFiles);
  } catch {
    // The next run is slower, and nothing else.
  }
}

const hashLength = 32;

function hashOf(content: string, data: Buffer): Buffer {
  return createHash('sha256').update(content).update(data).digest();
}

/** The user's own folder, made where it is missing. `undefined` where somebody else could write to it. */
function ownFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME: stated = '', LOCALAPPDATA: local } = env;
  const folder = join(isAbsolute(stated) ? stated : (local ?? join(homedir(), '.cache')), 'pgbouncer-audit');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const stat = lstatSync(folder);
    const isOwn = process.getuid === undefined || (stat.uid === process.getuid() && (stat.mode & 0o022) === 0);
    return stat.isDirectory() && isOwn ? folder : undefined;
  } catch {
    return undefined;
  }
}
