import { defineCheck, type CheckInput, type CheckVerdict } from './check.ts';
import { isSample } from '../deployment/facts.ts';
import type { Command, Variable } from '../deployment/facts.ts';

/** A tool that needs a session of its own, and where it takes its connection string from. */
interface Tool {
  readonly name: string;
  readonly command: RegExp;
  readonly needs: string;
  /** The variable it reads where the command names none. */
  readonly variable?: string | ((input: CheckInput) => string | undefined);
}

const lock = 'takes a session advisory lock, and DDL that cannot share a server connection';

const tools: readonly Tool[] = [
  {
    name: 'prisma',
    command: /\bprisma\s+(?:migrate\s+(?:deploy|dev|reset|diff|resolve)|db\s+(?:push|pull))\b/,
    needs: lock,
    variable: prismaVariable,
  },
  { name: 'pg_dump', command: /\bpg_dump(?:all)?\b/, needs: 'sets search_path and other settings for its session' },
  { name: 'pg_restore', command: /\bpg_restore\b/, needs: 'sets search_path and other settings for its session' },
  {
    name: 'psql',
    command: /\bpsql\b[^|;&]*(?:\s-[a-zA-Z]*f\b|--file\b|<)/,
    needs: 'runs a script whose SET stays behind on the server connection',
  },
  { name: 'node-pg-migrate', command: /\bnode-pg-migrate\b(?!@)\s+(?:up|down|redo)/, needs: lock, variable: 'DATABASE_URL' },
  { name: 'dbmate', command: /\bdbmate\b.*\b(?:up|migrate|rollback)\b/, needs: lock, variable: 'DATABASE_URL' },
  { name: 'graphile-migrate', command: /\bgraphile-migrate\b\s+(?:migrate|commit|watch|reset)/, needs: lock, variable: 'DATABASE_URL' },
];

/** What a connection string, or the words of a command, say of a pooler. */
const pooled =
  /-pooler\.|\.pooler\.|pgbouncer(?!\.ini)|(?:@|:\/\/)[^\s/]*:(?:6432|6543)\b|(?:-p|--port)[= ]?(?:6432|6543)\b|-h[= ]?\S*pgbouncer/i;

const variableName = /\$\{?([A-Z_][A-Z\d_]*)/g;

export const migrationThroughPooler = defineCheck({
  id: 'migration-through-pooler',
  taxonomy: ['76'],
  title: 'A migration, a dump or a restore is run through the pooler',
  failure: 'silent',
  severity: 'error',
  messages: {
    named:
      '`{{tool}}` is run through the pooler, and it {{needs}}: in transaction mode that hangs, fails, or reaches other clients. Give it a connection string of PostgreSQL itself.',
    variable:
      '`{{tool}}` takes its connection string from {{variable}}, which leads to the pooler, and it {{needs}}: in transaction mode that hangs, fails, or reaches other clients. Give it a variable of its own, such as DIRECT_URL, that leads to PostgreSQL itself.',
    same: '`{{tool}}` takes its connection string from {{variable}}, as the application does: once that leads to the pooler, it {{needs}}, and in transaction mode that hangs, fails, or reaches other clients. Give it a variable of its own, such as DIRECT_URL.',
  },
  *judge(input) {
    for (const command of input.deployment.commands) {
      for (const tool of tools) {
        if (tool.command.test(command.text)) yield* verdicts(input, command, tool);
      }
    }
  },
});

function* verdicts(input: CheckInput, command: Command, tool: Tool): Generator<CheckVerdict> {
  const isQuiet = isSample(command.origin.file);
  const base = { at: command.origin, ...(isQuiet && { severity: 'info' as const }) };
  const data = { tool: tool.name, needs: tool.needs };
  const part = partOf(command.text, tool.command);
  const inline = /\b([A-Z_][A-Z\d_]*(?:URL|URI|DSN))=["']?([^\s"']+)/.exec(part)?.[2];
  if (pooled.test(part)) {
    yield { ...base, messageId: 'named', data, confidence: 'certain' };
    return;
  }
  if (inline !== undefined && !inline.startsWith('$')) return;
  const given = [...part.matchAll(variableName)].map(([, name]) => name!).filter((name) => /URL|URI|DSN|HOST|PORT/.test(name));
  const own = typeof tool.variable === 'function' ? tool.variable(input) : tool.variable;
  const names = given.length > 0 ? given : own === undefined ? [] : [own];
  for (const name of names) {
    if (/DIRECT|UNPOOLED|NON_POOLING|MIGRAT|ADMIN|SUPERUSER/.test(name)) continue;
    const values = input.deployment.variables.filter((variable) => variable.name === name && near(variable, command));
    const toPooler = values.find(({ value }) => pooled.test(value));
    if (toPooler) {
      yield {
        ...base,
        messageId: 'variable',
        data: { ...data, variable: name },
        confidence: isSample(toPooler.origin.file) || values.some(({ value }) => !pooled.test(value)) ? 'possible' : 'likely',
        evidence: [{ text: `${name} leads to the pooler`, at: toPooler.origin }],
      };
      return;
    }
    const client = input.clients.find(({ fact }) => fact.reach === 'pooled' && (fact.urlSource ?? '').includes(name));
    if (client && input.deployment.poolers.length > 0 && values.length === 0) {
      yield {
        ...base,
        messageId: 'same',
        data: { ...data, variable: name },
        confidence: 'possible',
        severity: 'warning',
        evidence: [{ text: 'the application connects with it', at: client.shown }],
      };
      return;
    }
  }
}

/** The part of a command line between `&&`, `;` and line ends that runs the tool. */
function partOf(text: string, command: RegExp): string {
  return text.split(/&&|\|\||[;\n]/).find((part) => command.test(part)) ?? text;
}

/** A variable counts where it is set in the same file, or for everything: in a `.env` file, an example apart. */
function near(variable: Variable, command: Command): boolean {
  return variable.origin.file === command.origin.file || /(?:^|\/)\.env|\.env$|compose/i.test(variable.origin.file);
}

/** Prisma Migrate uses `directUrl` where there is one. */
function prismaVariable({ manifests, read }: CheckInput): string | undefined {
  for (const file of manifests.filter((each) => each.endsWith('.prisma'))) {
    const text = read(file) ?? '';
    const source = /\bdatasource\s+\w+\s*\{([^}]*)\}/.exec(text)?.[1];
    if (source === undefined || !/provider\s*=\s*"(?:postgresql|postgres)"/.test(source)) continue;
    const url = /^\s*directUrl\s*=\s*env\("(\w+)"\)/m.exec(source) ?? /^\s*url\s*=\s*env\("(\w+)"\)/m.exec(source);
    if (url) return url[1];
  }
  return undefined;
}
