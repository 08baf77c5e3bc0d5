import type { Deployment, Pooler, Setting } from '../deployment/facts.ts';
import { isSample } from '../deployment/facts.ts';
import { perCpu } from '../deployment/pm2.ts';
import { numberOf, settingOf } from '../checks/settings.ts';
import type { PackageManifest } from '../discover/packages.ts';
import type { BudgetNumber, BudgetResult, BudgetRow, BudgetSum } from '../result.ts';
import type { AnalysedClient } from './analysed-client.ts';
import type { BudgetSettings } from './budget-settings.ts';
import { servicesOf, type Service } from './services.ts';

/** Programs that run once and end: what they open does not add to what a service holds. */
const tool =
  /(?:^|\/)(?:scripts?|seeds?|seeders?|migrations?|bin|tools|examples?|benchmarks?|bench|testing|testcontainers|test-(?:utils?|helpers?|support))\/|(?:^|[/.-])(?:seed|migrate|migration|test-setup|drizzle\.config|knexfile)[\w.-]*\.[cm]?[jt]sx?$/i;

export interface BudgetInput {
  readonly clients: readonly AnalysedClient[];
  readonly deployment: Deployment;
  readonly workspaces: readonly PackageManifest[];
  readonly settings: BudgetSettings;
}

/**
 * Adds up how many connections the code may open, and holds the sums against what PgBouncer and PostgreSQL take.
 *
 * A number that nothing tells and that can only be larger (one process, one pool) is taken at its least, so that a sum over a limit is one
 * whatever it is. A number that may be smaller, too, is named in `assumed`.
 *
 * @returns `undefined` where no client opens a connection
 */
export function reckonBudget(input: BudgetInput): BudgetResult | undefined {
  const opening = input.clients.filter(({ fact }) => fact.connections);
  const counted = opening.filter(({ shown }) => !tool.test(shown.file));
  if (counted.length === 0) return undefined;
  const rows = counted.flatMap((client) => rowsOf(client, input));
  const assumptions: string[] = [];
  if (rows.some(({ times }) => times.length === 0))
    assumptions.push(
      'A service of which nothing tells how many processes run is taken as one. State it: `budget.services.NAME.processes`.',
    );
  if (rows.some(({ times }) => times.some(({ name }) => name.endsWith(perCpu))))
    assumptions.push('PM2 starts one process per CPU, taken with 4 CPUs. State it: `budget.services.NAME.processes`.');
  if (counted.some(({ fact }) => fact.connections?.from === 'unread'))
    assumptions.push("Where `max` could not be read, the driver's default stands in. State it: `budget.services.NAME.max`.");
  if (counted.some(({ fact }) => fact.connections?.because !== undefined))
    assumptions.push("Prisma's default depends on the machine: 2 × CPUs + 1, taken with 4 CPUs.");
  if (opening.length > counted.length)
    assumptions.push(
      opening.length - counted.length === 1
        ? 'One client in scripts, seeds and migrations is not counted.'
        : `${opening.length - counted.length} clients in scripts, seeds and migrations are not counted.`,
    );
  return { rows, sums: sumsOf(rows, input, assumptions), assumptions };
}

function rowsOf(client: AnalysedClient, { deployment, workspaces, settings }: BudgetInput): BudgetRow[] {
  const { shown, fact } = client;
  const limit = fact.connections!;
  return servicesOf(shown.file, deployment, workspaces).map((service) => {
    const stated = statedFor(service, settings);
    const place = client.placeOf(limit.range);
    const max: BudgetNumber =
      stated?.max !== undefined
        ? { name: 'max', value: stated.max, source: 'stated' }
        : {
            name: limit.from === 'option' ? 'max' : 'default',
            value: limit.value,
            source: limit.from === 'unread' || limit.because !== undefined ? 'assumed' : { file: place.file, line: place.line },
          };
    const times: readonly BudgetNumber[] =
      stated?.processes !== undefined ? [{ name: 'processes', value: stated.processes, source: 'stated' }] : service.times;
    return {
      service: service.name,
      client: {
        file: shown.file,
        line: shown.line,
        column: shown.column,
        endLine: shown.endLine,
        endColumn: shown.endColumn,
        label: shown.label,
        driver: shown.driver,
      },
      reach: shown.reach,
      max,
      times,
      total: times.reduce((product, { value }) => product * value, max.value),
    };
  });
}

function statedFor({ name, aliases }: Service, { services }: BudgetSettings) {
  const key = [name, ...aliases].find((each) => Object.hasOwn(services, each));
  return key === undefined ? undefined : services[key];
}

/** The defaults of PgBouncer (its documentation, and SHOW CONFIG of 1.18 to 1.26) and of PostgreSQL. */
const defaults = {
  max_client_conn: 100,
  default_pool_size: 20,
  reserve_pool_size: 0,
  max_db_connections: 0,
  max_connections: 100,
  reserved: 3,
};

function sumsOf(rows: readonly BudgetRow[], { deployment, settings }: BudgetInput, assumptions: string[]): BudgetSum[] {
  const pooler = deployment.used?.product === 'pgbouncer' ? deployment.used : undefined;
  const { pooler: stated, postgres } = settings;
  const instances = poolerNumber('instances', stated.instances, pooler?.instances, 1);
  const pooled = rows.filter(({ reach }) => reach !== 'direct');
  const direct = rows.filter(({ reach }) => reach === 'direct');

  const conn = ofPooler(pooler, 'max_client_conn', stated.maxClientConn, defaults.max_client_conn);
  const limit = { ...conn, value: conn.value * instances.value };
  const clients = sum('clients', 'connections to the pooler', pooled, limit);

  const size = ofPooler(pooler, 'default_pool_size', stated.defaultPoolSize, defaults.default_pool_size);
  const reserve = ofPooler(pooler, 'reserve_pool_size', stated.reservePoolSize, defaults.reserve_pool_size);
  const most = ofPooler(pooler, 'max_db_connections', stated.maxDbConnections, defaults.max_db_connections);
  const named = (pooler?.databases ?? []).filter(({ name }) => name !== '*' && name !== 'pgbouncer');
  const own = (parameters: ReadonlyMap<string, string>, names: readonly string[], general: number) => {
    const written = names.map((name) => Number(parameters.get(name) ?? Number.NaN)).find((value) => value >= 0);
    return written ?? general;
  };
  // As PgBouncer counts: a `pool_size` of 0 is the general one, a limit of 0 is none.
  const pools = named.map(({ parameters }) => ({
    servers:
      (own(parameters, ['pool_size'], size.value) || size.value) + own(parameters, ['reserve_pool_size', 'reserve_pool'], reserve.value),
    most: own(parameters, ['max_db_connections'], most.value),
  }));
  const general = { servers: size.value + reserve.value, most: most.value };
  const each = stated.pools !== undefined ? Array.from({ length: stated.pools }, () => general) : pools.length > 0 ? pools : [general];
  const capped = each.map((pool) => (pool.most > 0 ? Math.min(pool.servers, pool.most) : pool.servers));
  const ofServers = capped.reduce((total, count) => total + count, 0) * instances.value;
  const serverText = `${capped.length > 1 ? `(${capped.join(' + ')})` : capped[0]}${instances.value > 1 ? ` × ${instances.value} instances` : ''}`;

  const connections = postgresNumber(deployment.postgres, 'max_connections', postgres.maxConnections, defaults.max_connections);
  const reserved =
    postgres.reserved ?? numberOf(deployment.postgres.find(({ name }) => name === 'superuser_reserved_connections')) ?? defaults.reserved;
  const directTotal = direct.reduce((total, row) => total + row.total, 0);
  const value = ofServers + directTotal;
  const available = { ...connections, value: connections.value - reserved };
  if (pooler === undefined)
    assumptions.push(
      'No PgBouncer was found, so its defaults stand in: max_client_conn 100, default_pool_size 20. State them: `budget.pooler`.',
    );
  if (connections.source === 'assumed')
    assumptions.push(
      "PostgreSQL's max_connections was read nowhere, and its default of 100 stands in. State it: `budget.postgres.maxConnections`.",
    );
  assumptions.push(
    named.length > 0 || stated.pools !== undefined
      ? 'Each database is used by one user; every further one has a pool of its own.'
      : 'One database and one user; each further pair has a pool of its own. State it: `budget.pooler.pools`.',
  );

  return [
    clients,
    {
      id: 'postgres',
      title: 'connections to PostgreSQL, less those reserved for superusers',
      value,
      arithmetic: [serverText, ...direct.map(product)].join(' + '),
      limit: available,
      exceeded: value > available.value,
      assumed: [
        ...new Set(
          [size, ...(most.value > 0 ? [most] : []), connections, ...direct.flatMap(({ max, times }) => [max, ...times])].flatMap(
            assumedName,
          ),
        ),
      ],
    },
  ];
}

function sum(id: BudgetSum['id'], title: string, rows: readonly BudgetRow[], limit: BudgetNumber): BudgetSum {
  const value = rows.reduce((total, row) => total + row.total, 0);
  return {
    id,
    title,
    value,
    arithmetic: rows.map(product).join(' + ') || '0',
    limit,
    exceeded: value > limit.value,
    assumed: [...new Set([limit, ...rows.flatMap(({ max, times }) => [max, ...times])].flatMap(assumedName))],
  };
}

function product({ max, times }: BudgetRow): string {
  return [max, ...times].map(({ value }) => value).join(' × ');
}

function assumedName({ name, source, value }: BudgetNumber): string[] {
  return source === 'assumed' ? [`${name} ${value}`] : [];
}

function ofPooler(pooler: Pooler | undefined, name: string, stated: number | undefined, otherwise: number): BudgetNumber {
  const setting = pooler && settingOf(pooler, name);
  const number = poolerNumber(name, stated, setting, otherwise);
  // What a whole file does not set is PgBouncer's default.
  return number.source === 'assumed' && pooler?.complete && !setting ? { ...number, source: pooler.origin } : number;
}

function poolerNumber(name: string, stated: number | undefined, setting: Setting | undefined, otherwise: number): BudgetNumber {
  if (stated !== undefined) return { name, value: stated, source: 'stated' };
  const value = numberOf(setting);
  return value === undefined ? { name, value: otherwise, source: 'assumed' } : { name, value, source: setting!.origin };
}

/** Of several PostgreSQL servers the smallest limit counts; an example says nothing of the one that is deployed. */
function postgresNumber(settings: readonly Setting[], name: string, stated: number | undefined, otherwise: number): BudgetNumber {
  const found = settings
    .filter((each) => each.name === name && numberOf(each) !== undefined)
    .toSorted((a, b) => Number(isSample(a.origin.file)) - Number(isSample(b.origin.file)) || numberOf(a)! - numberOf(b)!);
  return poolerNumber(name, stated, found[0], otherwise);
}
