import type { ScopeManager } from '@typescript-eslint/scope-manager';
import type { TSESTree } from '@typescript-eslint/types';

/**
 * One parsed file. The tree is ESTree with the TypeScript extensions, has `parent` links and `range`s, and is the
 * one the front end already has (ESLint) or made for this purpose (the audit).
 */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly ast: TSESTree.Program;
  readonly scopes: ScopeManager;
}
