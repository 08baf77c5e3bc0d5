// Dependencies point one way: hazards -> sql, sites -> semantics; plugin -> core; CLI -> core; nothing imports a front end;
// infra and lab are imported by tests only. A folder further down the list also obeys the rows above that hold it.

const frontEnds = ['eslint-plugin-pgbouncer', 'pgbouncer-audit'];
const testsOnly = ['@pgbouncer-audit/infra', '@pgbouncer-audit/lab'];
const parsers = ['typescript', 'ts-morph', 'oxc-parser', '@typescript-eslint/parser', '@typescript-eslint/typescript-estree'];
const outside = ['fs', 'node:fs', 'node:fs/*', 'child_process', 'node:child_process', 'process', 'node:process', 'net', 'node:net'];

/** What no file of a folder may import: names as .gitignore patterns, and why. */
const rows = [
  {
    folder: 'packages/*/src',
    imports: [...frontEnds, ...testsOnly, '../../*/src', '../../*/src/**', '../../../*/src/**', '../../../../*/src/**'],
    why: 'A package is imported by its name, a front end by nothing, infra and lab by tests only.',
  },
  {
    folder: 'packages/core/src',
    imports: ['eslint', 'eslint/*', '@typescript-eslint/utils', ...parsers, ...outside],
    why: 'The engine is pure: trees, files and settings are handed to it.',
  },
  {
    folder: 'packages/core/src/sql',
    imports: ['**/sites/**', '**/hazards/**', '**/drivers/**', '**/evaluate/**', '**/syntax/**', '**/semantics.ts'],
    why: 'What SQL means does not depend on the code that it stands in.',
  },
  {
    folder: 'packages/core/src/syntax',
    imports: ['**/sites/**', '**/hazards/**', '**/drivers/**', '**/evaluate/**', '**/sql/**', '**/semantics.ts'],
    why: 'Helpers for trees know nothing of databases.',
  },
  {
    folder: 'packages/core/src/drivers',
    imports: ['**/hazards/**', '**/evaluate/**', '**/semantics.ts'],
    why: 'The tables of drivers are data.',
  },
  {
    folder: 'packages/core/src/sites',
    imports: ['**/hazards/**'],
    why: 'A site is what hazards judge.',
  },
  {
    folder: 'packages/core/src/hazards',
    imports: ['**/drivers/**', '**/evaluate/**', '**/syntax/**', '**/semantics.ts', '**/source-file.ts'],
    why: 'A hazard judges a site; it reads no syntax tree.',
  },
  {
    folder: 'packages/eslint-plugin-pgbouncer/src',
    imports: parsers,
    why: 'The plugin works on the tree that ESLint has, whatever parser made it.',
  },
  {
    folder: 'packages/pgbouncer-audit-cli/src',
    imports: ['eslint', 'eslint/*'],
    why: 'The audit runs where no ESLint is installed.',
  },
  {
    folder: 'packages/pgbouncer-audit-cli/src/discover',
    imports: ['fs', 'node:fs'],
    why: 'What is read of the audited repository is read through files/view.ts, which has functions of the same names.',
  },
  {
    folder: 'packages/pgbouncer-audit-cli/src/semantics',
    imports: ['fs', 'node:fs'],
    why: 'What is read of the audited repository is read through files/view.ts, which has functions of the same names.',
  },
];

/** Files that may import what their folder may not, and why. */
const exceptions = [
  // Reads the WebAssembly file of libpg-query, which has to be compiled synchronously.
  { file: 'packages/core/src/sql/grammar.ts', imports: outside },
];

const holds = (outer, inner) =>
  inner === outer || inner.startsWith(`${outer}/`) || (outer === 'packages/*/src' && /^packages\/[^/]+\/src/.test(inner));

/** ESLint applies only the last configuration of a rule that matches a file, so each repeats the rows that hold its folder. */
function layer(files, inner, allowed = []) {
  const patterns = rows
    .filter((row) => holds(row.folder, inner))
    .map((row) => ({ group: row.imports.filter((name) => !allowed.includes(name)), message: row.why }))
    .filter(({ group }) => group.length > 0);
  return { name: `workspace/layers/${inner}`, files: [files], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** The layers as ESLint configurations. */
export const layers = [
  ...rows.map(({ folder }) => layer(`${folder}/**/*.ts`, folder)),
  ...exceptions.map(({ file, imports }) => layer(file, file, imports)),
];
