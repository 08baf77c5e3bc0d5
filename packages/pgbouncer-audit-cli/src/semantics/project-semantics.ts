import { join } from 'node:path';
import type { Place, Semantics, SourceFile } from '@pgbouncer-audit/core';
import type { Packages } from '../discover/packages.ts';
import { readText } from '../discover/read-text.ts';
import { isParseFailure, parseSource } from '../parse-source.ts';

/** Sees the whole repository, and reads of it only what is asked for. */
export class ProjectSemantics implements Semantics {
  readonly #root: string;
  readonly #sources = new Map<string, SourceFile | undefined>();

  constructor(root: string, _packages: Packages) {
    this.#root = root;
  }

  /** Takes a file that is parsed already. */
  add(source: SourceFile): void {
    this.#sources.set(source.path, source);
  }

  source(file: string): SourceFile | undefined {
    if (!this.#sources.has(file)) {
      const read = readText(join(this.#root, file));
      const parsed = 'text' in read ? parseSource(file, read.text) : undefined;
      this.#sources.set(file, parsed && !isParseFailure(parsed) ? parsed : undefined);
    }
    return this.#sources.get(file);
  }

  text(file: string): string {
    return this.source(file)?.text ?? '';
  }

  definition(_place: Place): Place | undefined {
    return undefined;
  }

  references(): readonly Place[] {
    return [];
  }

  type(): string | undefined {
    return undefined;
  }
}
