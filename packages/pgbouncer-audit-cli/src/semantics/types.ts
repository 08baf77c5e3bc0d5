import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Place } from '@pgbouncer-audit/core';
import type { Project } from 'ts-morph';
import { existsSync } from '../files/view.ts';
import { projectFiles } from './project-files.ts';

/** `TypeFormatFlags.NoTruncation | UseAliasDefinedOutsideCurrentScope`: `Service`, not `import("..").Service`. */
const typeFormat = 1 | 16384;

const require = createRequire(import.meta.url);

/**
 * Types as TypeScript prints them. Loads a file and what it imports of the repository, never `node_modules`: a checker
 * that enters them costs gigabytes. So a type that comes from a package is not known.
 */
export class Types {
  readonly #root: string;
  readonly #projects = new Map<string, Project>();

  constructor(root: string) {
    this.#root = root;
  }

  /** @see Semantics.type */
  at({ file, range }: Place): string | undefined {
    const source = this.#projectOf(file).addSourceFileAtPathIfExists(join(this.#root, file));
    let node = source?.getDescendantAtPos(range[0]);
    while (node && node.getEnd() < range[1]) node = node.getParent();
    if (!node || node.getStart() !== range[0] || node.getEnd() !== range[1]) return undefined;
    const type = node.getType();
    return type.isAny() || type.isUnknown() ? undefined : type.getText(node, typeFormat);
  }

  #projectOf(file: string): Project {
    const tsconfig = this.#tsconfigOf(file);
    const key = tsconfig ?? '';
    let project = this.#projects.get(key);
    if (!project) {
      // Loaded here, because it takes half a second that most runs need not spend.
      const { Project, ts } = require('ts-morph') as typeof import('ts-morph');
      project = new Project({
        fileSystem: projectFiles(),
        ...(tsconfig !== undefined && { tsConfigFilePath: tsconfig }),
        skipAddingFilesFromTsConfig: true,
        skipLoadingLibFiles: true,
        compilerOptions: { allowJs: true, types: [], noLib: true },
        resolutionHost: (moduleResolutionHost, getCompilerOptions) => ({
          resolveModuleNames: (names, containingFile) =>
            names.map((name) => {
              const { resolvedModule } = ts.resolveModuleName(name, containingFile, getCompilerOptions(), moduleResolutionHost);
              return resolvedModule?.resolvedFileName.includes('/node_modules/') ? undefined : resolvedModule;
            }),
        }),
      });
      this.#projects.set(key, project);
    }
    return project;
  }

  #tsconfigOf(file: string): string | undefined {
    for (let at = dirname(join(this.#root, file)); ; at = dirname(at)) {
      const path = join(at, 'tsconfig.json');
      if (existsSync(path)) return path;
      if (at === this.#root || at === dirname(at)) return undefined;
    }
  }
}
