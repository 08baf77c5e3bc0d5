import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Failure } from '../packages/core/src/finding.ts';
import type { Hazard, Preset } from '../packages/core/src/hazard.ts';
import { tables } from './bench/page.ts';
import type { Results } from './bench/results.ts';
import { poolersPage } from './poolers-page.ts';
import { coveredElsewhere, taxonomy } from './taxonomy.ts';
import { schemaVersion } from '../packages/pgbouncer-audit-cli/src/result.ts';
import { infraFiles } from '../packages/infra/src/generate/infra-files.ts';
import { readIni } from '../packages/core/src/pooler/pgbouncer-ini.ts';
import { defaultProfileModule, defaultProfilePath } from './default-profile.ts';
import { jsonSchema } from './json-schema.ts';

export const root = dirname(import.meta.dirname);

/** A file that is written from the hazards, from types or from the sources of the infra, in whole or between two markers. */
export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** A hazard, and the file and the name that it is exported under. */
interface DeclaredHazard {
  readonly hazard: Hazard;
  readonly module: string;
  readonly exportName: string;
}

const hazardsFolder = 'packages/core/src/hazards';

const failures: Readonly<Record<Failure, string>> = {
  leak: 'leak: state of one client reaches another',
  silent: 'silent: no error, and a wrong result',
  error: 'error at run time',
  hang: 'hang: something waits for ever, or until a time-out',
  exhaustion: 'exhaustion: server connections run out',
  performance: 'performance',
};

const presets: Readonly<Record<Preset, string>> = {
  recommended: '`recommended`, `strict`, `all`',
  strict: '`strict`, `all`',
  all: '`all`',
};

/**
 * Everything that is generated, as it should be.
 *
 * @throws Error when a file of the hazards' folder declares no hazard, or a file lacks its markers
 */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const declared = await readHazards();
  const hazards = declared.map(({ hazard }) => hazard);
  const files = [
    { path: `${hazardsFolder}/index.ts`, text: registry(declared) },
    { path: 'packages/eslint-plugin-pgbouncer/README.md', text: withRules(hazards) },
    { path: 'packages/pgbouncer-audit-cli/schema/result.schema.json', text: resultSchema() },
    { path: 'docs/hazards/README.md', text: indexPage(hazards) },
    { path: 'docs/poolers.md', text: poolersPage() },
    { path: 'docs/speed.md', text: speedPage() },
    { path: defaultProfilePath, text: defaultProfileModule(join(root, 'packages/infra')) },
    ...hazards.map((hazard) => ({ path: pagePath(hazard.id), text: page(hazard) })),
    ...(await infraFiles(poolerSettings())).map(({ path, text }) => ({ path: join('packages/infra', path), text })),
  ];
  return Promise.all(files.map(async ({ path, text }) => ({ path, text: await formatted(path, text) })));
}

export const pagePath = (id: string) => `docs/hazards/${id}.md`;

/** By the taxonomy; hazards that it lacks come last, by name. */
async function readHazards(): Promise<DeclaredHazard[]> {
  const modules = readdirSync(join(root, hazardsFolder)).filter((file) => /^[a-z0-9]+(-[a-z0-9]+)+\.ts$/.test(file));
  const declared = await Promise.all(
    modules.map(async (module): Promise<DeclaredHazard> => {
      const exported = (await import(pathToFileURL(join(root, hazardsFolder, module)).href)) as Record<string, unknown>;
      const found = Object.entries(exported).find(([, value]) => isHazard(value));
      if (!found) throw new Error(`${hazardsFolder}/${module} exports no hazard: write \`export const … = defineHazard({ … })\`.`);
      const [exportName, hazard] = found as [string, Hazard];
      if (`${hazard.id}.ts` !== module) throw new Error(`${hazardsFolder}/${module} declares ${hazard.id}: name the file after it.`);
      return { hazard, module, exportName };
    }),
  );
  const rank = ({ hazard }: DeclaredHazard) => (/^\d/.test(hazard.taxonomy[0] ?? '') ? hazard.taxonomy[0]! : `~${hazard.id}`);
  return declared.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.hazard.id < b.hazard.id ? -1 : 1));
}

function isHazard(value: unknown): value is Hazard {
  return typeof value === 'object' && value !== null && 'id' in value && 'judge' in value;
}

function registry(declared: readonly DeclaredHazard[]): string {
  const names = declared.map(({ hazard, exportName }) => (exportName === 'default' ? camelCase(hazard.id) : exportName));
  const imports = declared.map(({ module, exportName }, index) =>
    exportName === 'default' ? `import ${names[index]!} from './${module}';` : `import { ${names[index]!} } from './${module}';`,
  );
  return [
    '// Written by `pnpm generate` from the files of this folder.',
    "import type { Hazard } from '../hazard.ts';",
    ...imports.sort(),
    '',
    '/** Every hazard, in the order of the taxonomy. */',
    `export const hazards: readonly Hazard[] = [${names.join(', ')}];`,
    '',
  ].join('\n');
}

/** The section [pgbouncer] of the configuration that is shipped. */
function poolerSettings(): ReadonlyMap<string, string> {
  const file = 'packages/infra/pgbouncer/pgbouncer.ini';
  const { entries, problems } = readIni(file, readFileSync(join(root, file), 'utf8'), () => undefined);
  if (problems.length > 0) throw new Error(problems.map(({ line, message }) => `${file}:${line}: ${message}.`).join('\n'));
  return new Map(entries.filter(({ section }) => section === 'pgbouncer').map(({ key, value }) => [key, value]));
}

function resultSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'The result of pgbouncer-audit',
    $comment: `Version ${schemaVersion}; written by \`pnpm generate\` from result.ts. A reader ignores keys that it does not know.`,
    ...jsonSchema(join(root, 'packages/pgbouncer-audit-cli/src/result.ts'), 'AuditResult'),
  };
  return JSON.stringify(schema);
}

function withRules(hazards: readonly Hazard[]): string {
  const rows = hazards.map(({ id, title, preset, suggests }) => {
    const ticks = [preset === 'recommended', preset !== 'all'].map((included) => (included ? '✓' : ''));
    return `| [\`${id}\`](../../docs/hazards/${id}.md) | ${title} | ${ticks.join(' | ')} | ${suggests ? '✓' : ''} |`;
  });
  const table = ['| rule | what it is about | recommended | strict | suggests |', '| - | - | - | - | - |', ...rows].join('\n');
  return between(readFileSync(join(root, 'packages/eslint-plugin-pgbouncer/README.md'), 'utf8'), 'rules', table, 'README.md of the plugin');
}

function speedPage(): string {
  const results = JSON.parse(readFileSync(join(root, 'scripts/bench/results.json'), 'utf8')) as Results;
  return between(readFileSync(join(root, 'docs/speed.md'), 'utf8'), 'measured', tables(results), 'docs/speed.md');
}

function indexPage(hazards: readonly Hazard[]): string {
  const rows = hazards.map(({ id, title, failure, severity, taxonomy }) =>
    [`| [${id}](${id}.md)`, title, failure, severity, `${taxonomy.join(', ')} |`].join(' | '),
  );
  return [
    '<!-- Written by `pnpm generate`. -->',
    '',
    '# Hazards',
    '',
    'What breaks behind PgBouncer in transaction mode, a page for each: what breaks and for whom, wrong and right code, what looks similar',
    'and is safe, by pooler and version, how the rule can be wrong, and when not to use it. The code on the pages is linted by a test.',
    '',
    '| hazard | what it is about | failure | severity | taxonomy |',
    '| - | - | - | - | - |',
    ...rows,
    '',
    '## By id of the taxonomy',
    '',
    'Every way of breaking that is known, and what covers it. Ids that share a hazard were merged: the pooler does the same, and so does the cure.',
    '',
    '| id | what breaks | covered by |',
    '| - | - | - |',
    ...coverage(hazards).map(({ id, title, by }) => `| ${id} | ${escapeMarkdown(title)} | ${by.join(', ') || 'nothing yet'} |`),
    '',
  ].join('\n');
}

/** What covers each id of the taxonomy, as Markdown. */
export function coverage(hazards: readonly Pick<Hazard, 'id' | 'taxonomy'>[]) {
  return Object.keys(taxonomy)
    .sort()
    .map((id) => ({
      id,
      title: taxonomy[id]!,
      by: [
        ...hazards.filter((hazard) => hazard.taxonomy.includes(id)).map((hazard) => `[${hazard.id}](${hazard.id}.md)`),
        ...(coveredElsewhere[id] === undefined ? [] : [coveredElsewhere[id]]),
      ],
    }));
}

/** The header is written; what follows it is kept. */
function page(hazard: Hazard): string {
  const path = join(root, pagePath(hazard.id));
  const text = existsSync(path) ? readFileSync(path, 'utf8') : `<!-- header:begin -->\n<!-- header:end -->\n`;
  return between(text, 'header', header(hazard), pagePath(hazard.id));
}

function header({ id, title, failure, severity, preset, suggests, taxonomy, messages }: Hazard): string {
  return [
    '<!-- Written by `pnpm generate` from the hazard itself; what follows the header is written by hand. -->',
    '',
    `# ${id}`,
    '',
    `${title}.`,
    '',
    `- Failure: ${failures[failure]}`,
    `- Severity: ${severity}`,
    `- Presets: ${presets[preset]}`,
    `- Suggestions: ${suggests ? 'yes' : 'no'}`,
    ...(taxonomy.length > 0 ? [`- Taxonomy: ${taxonomy.join(', ')}`] : []),
    '',
    'Messages:',
    '',
    ...Object.entries(messages).map(([messageId, message]) => `- \`${messageId}\`: ${escapeMarkdown(message)}`),
  ].join('\n');
}

/** Placeholders and angle brackets are text, outside of code. */
function escapeMarkdown(text: string): string {
  return text.replace(/`[^`]*`|[<>*_]/g, (part) => (part.startsWith('`') ? part : `\\${part}`));
}

function between(text: string, name: string, content: string, where: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${where} lacks the markers ${begin} and ${end}.`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

async function formatted(path: string, text: string): Promise<string> {
  const filepath = join(root, path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}

export function camelCase(id: string): string {
  return id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
