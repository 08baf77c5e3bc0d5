import { type Capability, type Cell, capabilityTable, documents, type LabSource } from '../packages/core/src/pooler/capability-table.ts';
import { cellsOf } from '../packages/core/src/pooler/cells-of.ts';

/** docs/poolers.md: what every pooler does, each cell with its source, from the table that the engine asks. */
export function poolersPage(): string {
  const sources = new Sources();
  const rows = capabilityTable.map(({ product, since, isPgBouncer }) => {
    const cells = cellsOf(product, since ?? newest);
    const own = isPgBouncer ? ownOf(product) : undefined;
    const line = Object.keys(columns).map((capability) => {
      // What a product has from the PgBouncer that it is, depends on that one's version.
      if (own && !own.has(capability)) return 'as its PgBouncer';
      return sources.cited(cells[capability as Capability]);
    });
    return `| ${names[product]}${since ? ` ${since}` : ''} | ${line.join(' | ')} |`;
  });
  return [
    '<!-- Written by `pnpm generate` from packages/core/src/pooler/capability-table.ts. -->',
    '',
    '# Poolers',
    '',
    'What becomes of session state behind each pooler in transaction mode: the table that the rules and the audit ask. The number behind a value',
    'says where it comes from; ᴸ says that the lab ran it ([compatibility.md](compatibility.md)), and a test holds the cell to what it saw.',
    '',
    '| value | means |',
    '| - | - |',
    ...Object.entries(meanings).map(([value, meaning]) => `| ${value} | ${meaning} |`),
    '',
    `| pooler | ${Object.values(columns).join(' | ')} |`,
    `| - | ${Object.keys(columns)
      .map(() => '-')
      .join(' | ')} |`,
    ...rows,
    '',
    '`unknown` means that no document and no experiment was found that says. A verdict that would rest on it is reported as `possible`, not passed over.',
    'A version of PgBouncer that has no row is judged by the row before it.',
    '',
    '## Parameters that PgBouncer keeps per client',
    '',
    '- By themselves: `client_encoding`, `DateStyle`, `TimeZone`, `standard_conforming_strings`; from 1.20 `IntervalStyle`; from 1.22 `application_name` (before, clients',
    '  that set none inherit it).',
    '- With `track_extra_parameters` (1.20 and later): others, if PostgreSQL reports them. `search_path` is reported from PostgreSQL 18 on.',
    '- From 1.26: everything that PostgreSQL reports.',
    '',
    '## Sources',
    '',
    ...sources.list(),
    '',
  ].join('\n');
}

const newest = capabilityTable.filter(({ product }) => product === 'pgbouncer').at(-1)!.since!;

function ownOf(product: string): ReadonlySet<string> {
  return new Set(capabilityTable.filter((row) => row.product === product).flatMap(({ cells }) => Object.keys(cells)));
}

const names: Readonly<Record<(typeof capabilityTable)[number]['product'], string>> = {
  pgbouncer: 'PgBouncer',
  'azure-pgbouncer': "Azure's PgBouncer",
  neon: 'Neon (`-pooler`)',
  supavisor: 'Supavisor (6543)',
  'rds-proxy': 'RDS Proxy',
  pgcat: 'pgcat',
  pgdog: 'PgDog',
  odyssey: 'Odyssey',
};

const columns: Readonly<Record<Capability, string>> = {
  namedStatements: 'named statements',
  preparedByDefault: 'their number by default',
  sqlPrepare: 'SQL PREPARE',
  sessionSet: 'session SET',
  setRole: 'SET ROLE',
  tracked: 'kept by themselves',
  tracksReported: 'keeps all that is reported',
  startup: 'startup parameters',
  startupOptions: '`options` at startup',
  advisoryLocks: 'advisory locks',
  listen: 'LISTEN',
  tempObjects: 'temporary objects',
  reset: 'between transactions',
  limits: 'limits by default',
};

const meanings: Readonly<Record<string, string>> = {
  leak: 'stays on the server connection, for whoever gets it next; the client that made it may be elsewhere',
  lost: 'the pooler removes it at the end of the transaction',
  kept: 'the pooler gives it to the client again, wherever it runs',
  pinned: 'the client keeps its server connection: it works, and pools nothing',
  setting: 'works where a setting is on (`max_prepared_statements` or its like over 0)',
  refused: 'the connection fails, with PgBouncer by 08P01; what is tracked is taken',
};

/** Numbers the documents in the order in which they are cited. */
class Sources {
  readonly #cited: (keyof typeof documents)[] = [];

  cited({ value, source }: Cell): string {
    return `${inWords(value)}${typeof source === 'object' ? ' ᴸ' : this.#mark(source)}`;
  }

  list(): string[] {
    return [
      ...this.#cited.map((id, index) => `${index + 1}. [${documents[id].title}](${documents[id].at ?? ''})`),
      '',
      'ᴸ is one of these, run for that version:',
      '',
      ...labSources().map(({ lab, shows }) => `- [${lab}](compatibility.md#${lab}): ${shows.map((each) => `\`${each}\``).join('; ')}`),
    ];
  }

  #mark(id: keyof typeof documents): string {
    if (documents[id].at === undefined) return '';
    if (!this.#cited.includes(id)) this.#cited.push(id);
    return ` [${this.#cited.indexOf(id) + 1}]`;
  }
}

function labSources(): LabSource[] {
  const sources = capabilityTable.flatMap(({ cells }) =>
    Object.values(cells).flatMap(({ source }) => (typeof source === 'object' ? [source] : [])),
  );
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}

function inWords(value: Cell['value']): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return value.join(', ');
  return String(value);
}
