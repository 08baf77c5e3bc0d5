import eslintPlugin from 'eslint-plugin-eslint-plugin';
import pgbouncer from 'eslint-plugin-pgbouncer';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layers } from './eslint.layers.js';

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/.cache/']),

  {
    name: 'workspace/typescript',
    files: ['**/*.ts'],
    ignores: ['fixtures/**', '**/fixtures/**'],
    extends: [tseslint.configs.strict, tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      // A method here is a function in a record: none needs its `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A number in a template says itself.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // tsconfig.base.json has noUncheckedIndexedAccess: an index that is known to exist is said with `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Types of tree nodes are compared with their names, so that no parser has to be imported for its enum.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // A scalar of YAML or JSON is of type unknown until it is made a string.
      '@typescript-eslint/no-base-to-string': 'off',
      // `void | 'skip'` is what a visitor may return.
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_$', destructuredArrayIgnorePattern: '^_' },
      ],
    },
  },

  {
    name: 'workspace/tests',
    files: ['packages/*/tests/**/*.ts'],
    rules: {
      // Matchers such as `expect.any(String)` are of type any, and so are reports that are looked into.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // A stand-in meets an asynchronous interface without waiting for anything.
      '@typescript-eslint/require-await': 'off',
    },
  },

  {
    name: 'workspace/javascript',
    files: ['**/*.{js,mjs}'],
    ignores: ['fixtures/**', '**/fixtures/**'],
    extends: [tseslint.configs.strict],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },

  ...layers,

  {
    // Sees a rule that is written out as a module; the rules made of hazards are held against the same demands by the tests.
    name: 'workspace/rules',
    files: ['packages/eslint-plugin-pgbouncer/src/**/*.ts'],
    extends: [eslintPlugin.configs.recommended],
  },

  {
    name: 'workspace/good-fixtures',
    files: ['fixtures/hazards/*/good.ts'],
    extends: [pgbouncer.configs.recommended],
    languageOptions: { parser: tseslint.parser },
  },
);
