import type pg from 'pg';
import type { DatabaseProperties, SchemaObject, TableRows } from '../manifest.ts';
import { Problem } from '../problem.ts';
import { identifier } from './conninfo.ts';

/** What a connection tells of its server and database. */
export interface ServerFacts {
  readonly version: string;
  readonly major: number;
  readonly systemIdentifier: string;
  readonly databaseBytes: number;
}

export async function serverFacts(client: pg.Client): Promise<ServerFacts> {
  const { rows } = await client.query<{ version: string; number: string; bytes: string; system: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
       pg_database_size(current_database()) as bytes, (select system_identifier from pg_control_system()) as system`,
  );
  const { version, number, bytes, system } = rows[0]!;
  return { version, major: Math.floor(Number(number) / 10_000), systemIdentifier: system, databaseBytes: Number(bytes) };
}

/** A snapshot that other connections can use for as long as this transaction is open. */
export interface Snapshot {
  readonly id: string;
  readonly time: string;
  readonly lsn: string;
}

/** Opens the transaction whose snapshot the dump and the counts share. */
export async function openSnapshot(client: pg.Client): Promise<Snapshot> {
  await client.query('begin isolation level repeatable read read only');
  // A table whose policies apply to this role must be an error, not a table with fewer rows.
  await client.query(
    `set local row_security = off; set local search_path = pg_catalog; set local datestyle = iso; set local timezone = 'UTC'`,
  );
  const { rows } = await client.query<{ id: string; time: Date; lsn: string }>(
    `select pg_export_snapshot() as id, transaction_timestamp() as time,
       case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as lsn`,
  );
  const { id, time, lsn } = rows[0]!;
  return { id, time: time.toISOString(), lsn };
}

export async function databaseProperties(client: pg.Client, major: number): Promise<DatabaseProperties> {
  // daticulocale became datlocale in 17; locale providers came in 15, their rules in 16.
  const locale = major >= 17 ? 'd.datlocale' : major >= 15 ? 'd.daticulocale' : 'null';
  const { rows } = await client.query<DatabaseProperties & { grants: DatabaseProperties['grants'] }>(
    `select pg_get_userbyid(d.datdba) as owner, pg_encoding_to_char(d.encoding) as encoding, d.datcollate as "collate", d.datctype as ctype,
       ${major >= 15 ? 'd.datlocprovider' : "'c'"} as "localeProvider", ${locale} as locale, ${major >= 16 ? 'd.daticurules' : 'null'} as "icuRules",
       d.datconnlimit as "connectionLimit", shobj_description(d.oid, 'pg_database') as comment,
       coalesce((select json_agg(json_build_object('role', coalesce(o.rolname, ''), 'setting', s) order by o.rolname, s)
         from pg_db_role_setting r cross join unnest(r.setconfig) s left join pg_roles o on o.oid = r.setrole where r.setdatabase = d.oid), '[]') as settings,
       case when d.datacl is not null then coalesce((
         select json_agg(json_build_object('grantee', coalesce(g.rolname, ''), 'privilege', a.privilege_type, 'grantable', a.is_grantable))
         from aclexplode(d.datacl) a left join pg_roles g on g.oid = a.grantee), '[]') end as grants,
       (select rolname from pg_roles where oid = 10) as "bootstrapRole"
     from pg_database d where d.datname = current_database()`,
  );
  return rows[0]!;
}

export async function extensions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ extension: string }>(
    `select extname || ' ' || extversion as extension from pg_extension order by 1`,
  );
  return rows.map(({ extension }) => extension);
}

export async function tablespaces(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ spcname: string }>(
    `select distinct t.spcname from pg_tablespace t where t.spcname not in ('pg_default', 'pg_global')
       and (t.oid = (select dattablespace from pg_database where datname = current_database()) or exists (select from pg_class where reltablespace = t.oid)) order by 1`,
  );
  return rows.map(({ spcname }) => spcname);
}

const systemSchemas = `('pg_catalog', 'information_schema', 'pg_toast')`;
const notTemporary = (schema: string) => `${schema} not in ${systemSchemas} and ${schema} !~ '^pg_(toast_)?temp_'`;
const ownedByExtension = (catalog: string, oid: string) =>
  `exists (select from pg_depend x where x.classid = '${catalog}'::regclass and x.objid = ${oid} and x.deptype = 'e')`;

/**
 * Counts the rows of every table whose rows are in a dump, in the snapshot of the transaction that is open.
 *
 * @throws Problem `failed` where a table cannot be read as a whole
 */
export async function countRows(client: pg.Client, signal: AbortSignal): Promise<TableRows[]> {
  const { rows: tables } = await client.query<{ schema: string; table: string }>(
    `select n.nspname as schema, c.relname as "table" from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where (c.relkind = 'r' or c.relkind = 'm' and c.relispopulated) and c.relpersistence <> 't' and ${notTemporary('n.nspname')}
       and not ${ownedByExtension('pg_class', 'c.oid')}
     order by 1, 2`,
  );
  const counts: TableRows[] = [];
  for (const { schema, table } of tables) {
    signal.throwIfAborted();
    const name = `${identifier(schema)}.${identifier(table)}`;
    try {
      const { rows } = await client.query<{ count: string }>(`select count(*) from only ${name}`);
      counts.push({ schema, table, rows: Number(rows[0]!.count) });
    } catch (error) {
      throw new Problem('failed', `The rows of ${name} could not be counted: ${(error as Error).message}.`, { cause: error });
    }
  }
  return counts;
}

export async function countLargeObjects(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from pg_largeobject_metadata');
  return Number(rows[0]!.count);
}

/** What the schema consists of: one query for each kind, each giving a name and everything that defines the object. */
const schemaQueries: Readonly<Record<string, string>> = {
  schema: `select nspname as name, concat_ws('|', pg_get_userbyid(nspowner), nspacl::text) as definition from pg_namespace where ${notTemporary('nspname')} and not ${ownedByExtension('pg_namespace', 'oid')}`,
  extension: `select extname as name, extversion as definition from pg_extension`,
  relation: `select format('%I.%I', n.nspname, c.relname) as name, concat_ws('|', c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity,
      c.relreplident, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), array_to_string(c.reloptions, ','),
      (select string_agg(a::text, ',' order by a::text) from unnest(c.relacl) a),
      (select string_agg(concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity, pg_get_expr(adbin, adrelid),
         nullif(attcollation, 0)::regcollation, attacl::text), ', ' order by case when c.relispartition then attname end, attnum)
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum where attrelid = c.oid and attnum > 0 and not attisdropped),
      case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, obj_description(c.oid, 'pg_class')) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c') and ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_class', 'c.oid')}`,
  index: `select format('%I.%I', n.nspname, c.relname) as name, concat_ws('|', pg_get_indexdef(c.oid), indisvalid, indisclustered, indisreplident) as definition
    from pg_index join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = c.relnamespace where ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_class', 'indrelid')}`,
  constraint: `select concat_ws(' on ', quote_ident(conname), nullif(conrelid, 0)::regclass, nullif(contypid, 0)::regtype) as name, concat_ws('|', pg_get_constraintdef(c.oid), convalidated) as definition
    from pg_constraint c join pg_namespace n on n.oid = connamespace
    where ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_class', 'conrelid')} and not ${ownedByExtension('pg_type', 'contypid')}`,
  trigger: `select format('%I on %s', tgname, tgrelid::regclass) as name, concat_ws('|', pg_get_triggerdef(t.oid), tgenabled) as definition
    from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = c.relnamespace where not tgisinternal and ${notTemporary('n.nspname')}`,
  policy: `select format('%I on %s', polname, polrelid::regclass) as name,
      concat_ws('|', polcmd, polpermissive, (select string_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end, ',' order by r) from unnest(polroles) r), pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as definition
    from pg_policy`,
  rule: `select format('%I on %s', rulename, ev_class::regclass) as name, pg_get_ruledef(r.oid) as definition from pg_rewrite r join pg_class c on c.oid = ev_class
    join pg_namespace n on n.oid = c.relnamespace where rulename <> '_RETURN' and ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_class', 'c.oid')}`,
  function: `select format('%I.%I(%s)', n.nspname, proname, pg_get_function_identity_arguments(p.oid)) as name,
      concat_ws('|', prokind, pg_get_userbyid(proowner), (select string_agg(a::text, ',' order by a::text) from unnest(proacl) a), case when prokind in ('f', 'p') then pg_get_functiondef(p.oid) else pg_get_function_result(p.oid) end) as definition
    from pg_proc p join pg_namespace n on n.oid = pronamespace where ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_proc', 'p.oid')}`,
  type: `select format('%I.%I', n.nspname, typname) as name,
      concat_ws('|', typtype, pg_get_userbyid(typowner), typacl::text, typnotnull, typdefault, nullif(typbasetype, 0)::regtype, (select string_agg(quote_literal(enumlabel), ',' order by enumsortorder) from pg_enum where enumtypid = t.oid)) as definition
    from pg_type t join pg_namespace n on n.oid = typnamespace where typtype in ('e', 'd', 'r', 'm') and ${notTemporary('n.nspname')} and not ${ownedByExtension('pg_type', 't.oid')}`,
  'default privilege': `select concat_ws(' ', pg_get_userbyid(defaclrole), nullif(defaclnamespace, 0)::regnamespace, defaclobjtype) as name,
      (select string_agg(a::text, ',' order by a::text) from unnest(defaclacl) a) as definition from pg_default_acl`,
  'event trigger': `select evtname as name, concat_ws('|', evtevent, pg_get_userbyid(evtowner), evtfoid::regprocedure, evtenabled, array_to_string(evttags, ',')) as definition from pg_event_trigger e where not ${ownedByExtension('pg_event_trigger', 'e.oid')}`,
  publication: `select pubname as name, concat_ws('|', pg_get_userbyid(pubowner), puballtables, pubinsert, pubupdate, pubdelete, pubtruncate) as definition from pg_publication`,
  statistics: `select format('%I.%I', n.nspname, stxname) as name, pg_get_statisticsobjdef(s.oid) as definition from pg_statistic_ext s join pg_namespace n on n.oid = stxnamespace`,
};

/** The schema as names with a digest each, so that a restored one can be compared and a difference named. Sequences' positions are no part of it. */
export async function schemaObjects(client: pg.Client): Promise<SchemaObject[]> {
  const objects: SchemaObject[] = [];
  for (const [kind, query] of Object.entries(schemaQueries)) {
    // Sorted by bytes, whatever the database's own order is.
    const { rows } = await client.query<{ name: string; digest: string }>(
      `select name, substr(encode(sha256(convert_to(coalesce(definition, ''), 'UTF8')), 'hex'), 1, 16) as digest from (${query}) o order by name collate "C"`,
    );
    objects.push(...rows.map(({ name, digest }) => ({ kind, name, digest })));
  }
  return objects;
}
