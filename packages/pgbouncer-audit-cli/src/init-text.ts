import { printable } from './report/printable.ts';
import type { AuditResult, ClientResult, ProfileValue } from './result.ts';

/** More than these are named by their number. */
const maxListed = 12;

/**
 * The text of a configuration file, as TypeScript and JavaScript alike. Only comments at first: what was read is read again by every audit,
 * and what was assumed is for the user to state.
 */
export function configText({ discovery }: AuditResult): string {
  const { poolers, profile, clients } = discovery;
  const used = poolers.find((pooler) => pooler.used) ?? poolers[0];
  const lines = [
    '// What pgbouncer-audit cannot see of this repository, said once. Every key may be left out; docs/configuration.md describes them all.',
    'export default {',
    ...(used
      ? [`  // The pooler was found: ${text(used.label)} (${text(used.origin.file)}:${used.origin.line}). It is read again by every audit.`]
      : ['  // No pooler was found. State yours: where a finding depends on a value that is only assumed, it is not certain.']),
    '  profile: {',
    ...profile.map((value) => `    // ${value.setting}: ${literal(value)}, // ${sourceOf(value)}`),
    '  },',
    '',
    '  // Expressions, environment variables or modules whose connections do not go through the pooler: migrations, LISTEN, pg_dump.',
    ...clientLines('Found, and taken to be direct', clients, 'direct'),
    '  directClients: [',
    "    // 'DIRECT_URL',",
    '  ],',
    '',
    '  // Expressions that are pooled clients, though nothing in sight says so.',
    ...clientLines('Found, and taken to be pooled', clients, 'pooled'),
    ...clientLines('Found, with nothing that says where they lead; they are taken to be pooled', clients, 'unknown'),
    '  clients: [',
    "    // 'app.pg',",
    '  ],',
    '',
    '  // Functions of your own that run their callback in a transaction and pass it the handle, where their code is out of sight.',
    '  transactionWrappers: [',
    "    // 'withTenant',",
    '  ],',
    '};',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The lines of an ESLint configuration. ESLint searches for no pooler: it is told the `pgbouncer.ini` that the audit found, so that a change of the file
 * reaches both, and what was read elsewhere.
 */
export function eslintLines({ discovery: { profile, poolers } }: AuditResult): string {
  const known = profile.filter(({ source }) => source !== 'assumed');
  const file = poolers.find(({ used }) => used)?.origin.file;
  // One in session mode would switch the rules off that the audit judges by.
  const ini =
    file !== undefined && /\.ini$/.test(file) && known.some(({ setting, source }) => setting === 'poolMode' && source !== 'stated')
      ? file
      : undefined;
  const stated = known.filter(
    ({ setting, source }) => ini === undefined || !(setting === 'product' || (typeof source === 'object' && source.file === ini)),
  );
  const settings = [
    ...(ini === undefined ? [] : [`        pgbouncerIni: ${quoted(ini)},`]),
    ...(stated.length === 0
      ? []
      : [
          '        profile: {',
          ...stated.map((value) => `          ${value.setting}: ${literal(value)}, // ${sourceOf(value)}`),
          '        },',
        ]),
  ];
  return `${[
    '// eslint.config.js, with `npm install --save-dev eslint-plugin-pgbouncer`',
    "import pgbouncer from 'eslint-plugin-pgbouncer';",
    '',
    'export default [',
    '  pgbouncer.configs.recommended,',
    ...(settings.length === 0 ? [] : ['  {', '    settings: {', '      pgbouncer: {', ...settings, '      },', '    },', '  },']),
    '];',
  ].join('\n')}\n`;
}

function clientLines(title: string, clients: readonly ClientResult[], reach: ClientResult['reach']): string[] {
  const found = clients.filter((client) => client.reach === reach);
  if (found.length === 0) return [];
  const shown = found.slice(0, maxListed).map(({ label, file, line }) => `  //   ${text(label)} (${text(file)}:${line})`);
  const rest = found.length > maxListed ? [`  //   and ${found.length - maxListed} more`] : [];
  return [`  // ${title}:`, ...shown, ...rest];
}

function literal({ setting, value }: ProfileValue): string {
  if (setting === 'maxPreparedStatements' || setting === 'postgresMajor') return String(Number(value));
  if (setting !== 'trackedParameters' && setting !== 'ignoredStartupParameters') return quoted(value);
  const names = value.split(', ').filter(Boolean);
  return `[${names.map(quoted).join(', ')}]`;
}

function quoted(value: string): string {
  return `'${text(value).replace(/['\\]/g, '\\$&')}'`;
}

function sourceOf({ source }: ProfileValue): string {
  if (source === 'assumed') return 'assumed: state it';
  return source === 'stated' ? 'stated' : `read from ${text(source.file)}:${source.line}`;
}

/** What stands in a comment of one line: a file name may hold anything. */
function text(raw: string): string {
  return printable(raw);
}
