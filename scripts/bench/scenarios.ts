import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signs } from '../../packages/core/src/prefilter/signs.ts';
import { type CodeBase, codeBase } from './code-base.ts';
import type { Programs } from './programs.ts';
import type { Command } from './timed.ts';

/** Subjects that are timed in turns, and what each is held against. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What they all work on. */
  readonly on: string;
  readonly subjects: Readonly<Record<string, Command>>;
  readonly rounds: number;
  readonly ratios: readonly Ratio[];
}

export interface Ratio {
  readonly of: string;
  readonly to: string;
  /** From issue and design: at most this, or at least. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
}

export interface ScenarioOptions {
  readonly root: string;
  readonly cache: string;
  readonly programs: Programs;
  /** Lines of the code bases. */
  readonly sizes: readonly number[];
  readonly rounds: number;
}

/** Up to here ESLint ends within minutes. */
const maxLinesForEslint = 200_000;

const audit = 'pgbouncer-audit';
const reads = 'reading every file (Node)';
const rg = 'ripgrep, the same words, one thread';
const parserOnly = 'ESLint, TypeScript parser, no rule';
/** Without any rule ESLint leaves its walk through the tree out; everybody who lints has one. */
const idle = 'ESLint, a rule that does nothing';
const plugged = 'ESLint, the plugin, every rule';

/** Every scenario, made one after the other: a code base is on the disk when its scenario is handed out. */
export function* scenarios(options: ScenarioOptions): Generator<Scenario> {
  const { root, cache, programs, sizes, rounds } = options;
  const node = process.execPath;
  const cli = join(root, 'packages/pgbouncer-audit-cli/dist/cli.js');
  const eslint = join(root, 'node_modules/eslint/bin/eslint.js');
  const work = join(cache, 'work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const audited = (folder: string, ...more: string[]): Command => ({ command: node, args: [cli, folder, '--fail-on', 'never', ...more] });

  yield startUp({ node, cli, root, work, rounds });

  const words = join(work, 'words');
  writeFileSync(words, [...new Set(signs.flatMap(({ literals }) => literals.map((literal) => literal.trim())))].filter(Boolean).join('\n'));
  const configs = eslintConfigs(root, work);
  const linted = (config: string, folder: string): Command => ({
    command: node,
    args: ['--max-old-space-size=8192', eslint, '--no-config-lookup', '--config', config, '.'],
    cwd: folder,
    accepts: [0, 1],
  });

  for (const lines of sizes) {
    const made = codeBase({ lines, databaseShare: 0.02, cache, workspace: root });
    const { folder } = made;
    const few = lines > 1_000_000 ? Math.min(rounds, 3) : rounds;
    yield {
      id: `cold-${lines}`,
      title: 'A whole audit, cold',
      on: described(made),
      rounds: few,
      subjects: {
        [audit]: audited(folder),
        [reads]: { command: node, args: [join(root, 'scripts/bench/floors/read.mjs'), folder] },
        [rg]: { command: programs.ripgrep, args: ['--no-unicode', '-j1', '-i', '-F', '-c', '-f', words, folder], accepts: [0, 1] },
        'ast-grep, one pattern': {
          command: programs.astGrep,
          args: ['run', '-p', '$DB.execute($$$)', '-l', 'ts', folder],
          accepts: [0, 1],
        },
        'oxlint, its defaults': { command: programs.oxlint, args: ['--silent', folder], accepts: [0, 1] },
      },
      ratios: [
        { of: audit, to: reads, target: { atMost: 2.5 } },
        { of: audit, to: rg, target: { atMost: 4 } },
        { of: audit, to: 'ast-grep, one pattern' },
        { of: audit, to: 'oxlint, its defaults' },
      ],
    };
    const kept = join(work, `cache-${lines}`);
    execFileSync(node, [cli, folder, '--fail-on', 'never', '--cache', '--cache-location', kept], { stdio: 'ignore' });
    yield {
      id: `warm-${lines}`,
      title: 'A whole audit of which nothing has changed (`--cache`)',
      on: described(made),
      rounds: few,
      subjects: {
        [audit]: audited(folder, '--cache', '--cache-location', kept),
        'status of every file (Node)': { command: node, args: [join(root, 'scripts/bench/floors/status.mjs'), folder] },
      },
      ratios: [{ of: audit, to: 'status of every file (Node)', target: { atMost: 1.3 } }],
    };
    if (lines > maxLinesForEslint) continue;
    yield {
      id: `eslint-${lines}`,
      title: 'Against ESLint, and the plugin inside it',
      on: described(made),
      rounds: Math.min(rounds, 3),
      subjects: {
        [audit]: audited(folder),
        [parserOnly]: linted(configs.parser, folder),
        [idle]: linted(configs.idle, folder),
        [plugged]: linted(configs.plugin, folder),
        'ESLint, typescript-eslint recommended': linted(configs.recommended, folder),
      },
      ratios: [
        { of: parserOnly, to: audit, target: { atLeast: 50 } },
        { of: 'ESLint, typescript-eslint recommended', to: audit },
        { of: plugged, to: idle, target: { atMost: 1.01 } },
        { of: plugged, to: parserOnly },
      ],
    };
  }

  const back = codeBase({ lines: 20_000, databaseShare: 1, cache, workspace: root });
  yield {
    id: 'eslint-database',
    title: 'The plugin on nothing but back ends on PostgreSQL',
    on: described(back),
    rounds: Math.min(rounds, 3),
    subjects: {
      [parserOnly]: linted(configs.parser, back.folder),
      [idle]: linted(configs.idle, back.folder),
      [plugged]: linted(configs.plugin, back.folder),
    },
    ratios: [
      { of: plugged, to: idle, target: { atMost: 1.15 } },
      { of: plugged, to: parserOnly },
    ],
  };

  const migrations = migrationFolder(root, work);
  yield {
    id: 'migrations',
    title: 'Migrations',
    on: '300 migrations of Drizzle, in SQL',
    rounds,
    subjects: {
      [audit]: audited(migrations),
      squawk: {
        command: programs.squawk,
        args: readdirSync(join(migrations, 'drizzle')).flatMap((file) =>
          file.endsWith('.sql') ? [join(migrations, 'drizzle', file)] : [],
        ),
        accepts: [0, 1],
      },
    },
    ratios: [{ of: audit, to: 'squawk' }],
  };

  yield* hostile(work, audited);
}

function described({ files, lines, bytes, databaseFiles }: CodeBase): string {
  const megabytes = (bytes / 1e6).toFixed(bytes > 1e7 ? 0 : 1);
  return `${lines.toLocaleString('en')} lines in ${files.toLocaleString('en')} files of TypeScript, ${megabytes} MB; ${databaseFiles} of the files belong to back ends on PostgreSQL`;
}

function startUp(given: { node: string; cli: string; root: string; work: string; rounds: number }): Scenario {
  const { node, cli, root, work, rounds } = given;
  const repository = join(work, 'staged');
  cpSync(join(root, 'fixtures/backend/before'), repository, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: repository,
      stdio: 'ignore',
    });
  git('init');
  git('add', '.');
  git('commit', '-m', 'start');
  const staged = ['db/client.ts', 'services/orders.ts', 'routes/orders.ts', 'worker/main.ts', 'cache/product-cache.ts'];
  for (const file of staged) {
    const path = join(repository, 'src', file);
    if (existsSync(path)) writeFileSync(path, `${readFileSync(path, 'utf8')}\n// changed\n`);
  }
  git('add', '.');
  const parses = join(root, 'packages/pgbouncer-audit-cli/node_modules/oxc-parser/src-js/index.js');
  const plugin = join(root, 'packages/eslint-plugin-pgbouncer/dist/index.js');
  const floor = 'node -e 0';
  return {
    id: 'start',
    title: 'Start, and five staged files',
    on: 'a repository of one service',
    rounds: rounds * 3,
    subjects: {
      [floor]: { command: node, args: ['-e', '0'] },
      '--version': { command: node, args: [cli, '--version'] },
      '--help': { command: node, args: [cli, '--help'] },
      'import of the plugin': { command: node, args: ['--input-type=module', '-e', `import ${JSON.stringify(plugin)}`] },
      'start of the parser': {
        command: node,
        args: ['--input-type=module', '-e', `import { parseSync } from ${JSON.stringify(parses)}; parseSync('a.ts', '1')`],
      },
      '--staged, five files': { command: node, args: [cli, '--staged', '--fail-on', 'never'], cwd: repository },
    },
    ratios: [
      { of: '--version', to: floor, target: { atMost: 1.5 } },
      { of: '--help', to: floor, target: { atMost: 1.5 } },
      { of: 'import of the plugin', to: floor },
      { of: '--staged, five files', to: floor },
      { of: '--staged, five files', to: 'start of the parser', target: { atMost: 2.5 } },
    ],
  };
}

function eslintConfigs(root: string, work: string): Readonly<Record<'parser' | 'idle' | 'plugin' | 'recommended', string>> {
  const from = (path: string): string => JSON.stringify(join(root, path));
  const parser = `{ files: ['**/*.ts', '**/*.tsx'], languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } }, linterOptions: { reportUnusedDisableDirectives: 'off' } }`;
  const start = `import tseslint from ${from('node_modules/typescript-eslint/dist/index.js')};\n`;
  const written = (name: string, text: string): string => {
    const path = join(work, `${name}.config.mjs`);
    writeFileSync(path, text);
    return path;
  };
  return {
    parser: written('parser', `${start}export default [${parser}];\n`),
    idle: written(
      'idle',
      `${start}export default [${parser}, { files: ['**/*.ts', '**/*.tsx'], plugins: { idle: { rules: { idle: { create: () => ({ CallExpression() {} }) } } } }, rules: { 'idle/idle': 'error' } }];\n`,
    ),
    plugin: written(
      'plugin',
      `${start}import pgbouncer from ${from('packages/eslint-plugin-pgbouncer/dist/index.js')};\nexport default [${parser}, { ...pgbouncer.configs.all, files: ['**/*.ts', '**/*.tsx'] }];\n`,
    ),
    recommended: written('recommended', `${start}export default [${parser}, ...tseslint.configs.recommended];\n`),
  };
}

function migrationFolder(root: string, work: string): string {
  const folder = join(work, 'migrations');
  mkdirSync(join(folder, 'drizzle/meta'), { recursive: true });
  const text = readFileSync(join(root, 'fixtures/backend/before/drizzle/0000_shop.sql'), 'utf8');
  const entries = Array.from({ length: 300 }, (_, idx) => ({
    idx,
    version: '7',
    when: idx,
    tag: `${String(idx).padStart(4, '0')}_shop`,
    breakpoints: true,
  }));
  for (const { idx, tag } of entries) {
    writeFileSync(
      join(folder, 'drizzle', `${tag}.sql`),
      text.replace(/\b(table|index|policy|into|on|update|from)\s+("?[a-z]\w+)/gi, `$1 $2_${idx}`),
    );
  }
  writeFileSync(join(folder, 'drizzle/meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  cpSync(join(root, 'fixtures/backend/before/drizzle.config.ts'), join(folder, 'drizzle.config.ts'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'shop', dependencies: { 'drizzle-orm': '0.45.4', 'drizzle-kit': '0.31.0', pg: '8.16.3' } }),
  );
  return folder;
}

/** The same strange repository, once and four times as large: a time that grows with the square would be sixteen times as long. */
function* hostile(work: string, audited: (folder: string) => Command): Generator<Scenario> {
  const shapes: readonly (readonly [id: string, title: string, make: (folder: string, size: number) => void, size: number])[] = [
    ['words', '5 and 20 MB of `SET SET SET`', (folder, size) => file(folder, 'a.ts', 'SET '.repeat(size / 4)), 20_000_000],
    [
      'strings',
      '0.4 and 1.6 MB of `"SET "`',
      (folder, size) => file(folder, 'a.ts', `db.query(${'"SET " + '.repeat(size / 9)}"")`),
      1_600_000,
    ],
    [
      'templates',
      '2,500 and 10,000 nested templates',
      (folder, size) => file(folder, 'a.ts', `import pg from 'pg';\nexport const a = ${'`${'.repeat(size)}0${'}`'.repeat(size)};\n`),
      10_000,
    ],
    [
      'sql',
      'a string of SQL of 0.4 and 1.6 MB',
      (folder, size) =>
        file(
          folder,
          'a.ts',
          `import pg from 'pg';\nnew pg.Pool().query(\`SET a.b = 1; ${`INSERT INTO t VALUES (1, 'x');\n`.repeat(size / 30)}\`);\n`,
        ),
      1_600_000,
    ],
    [
      'files',
      '25,000 and 100,000 small files',
      (folder, size) => {
        for (let index = 0; index < size; index++)
          file(join(folder, String(index % 100)), `${index}.ts`, `export const value${index} = ${index};\n`);
      },
      100_000,
    ],
  ];
  for (const [id, title, make, size] of shapes) {
    const [small, large] = [size / 4, size].map((each) => {
      const folder = join(work, `${id}-${each}`);
      mkdirSync(folder, { recursive: true });
      make(folder, each);
      file(folder, 'package.json', '{"name":"strange","dependencies":{"pg":"8.16.3"}}');
      return folder;
    }) as [string, string];
    const accepts = [0, 3];
    yield {
      id: `hostile-${id}`,
      title: `Strange: ${title}`,
      on: title,
      rounds: 3,
      subjects: { 'a quarter of it': { ...audited(small), accepts }, 'all of it': { ...audited(large), accepts } },
      ratios: [{ of: 'all of it', to: 'a quarter of it', target: { atMost: 5 } }],
    };
  }
}

function file(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
}
