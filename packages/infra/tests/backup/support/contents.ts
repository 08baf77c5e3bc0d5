import type pg from 'pg';

/** Everything that is in a database, row by row, as text that can be compared. */
export async function contents(client: pg.Client): Promise<Readonly<Record<string, readonly string[]>>> {
  await client.query(
    `set extra_float_digits = 3; set datestyle = iso; set timezone = 'UTC'; set search_path = pg_catalog; set row_security = off`,
  );
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'm') and relispopulated and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_t' order by 1`,
  );
  const found: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from only ${name} t order by 1`);
    found[name] = rows.map(({ row }) => row);
  }
  const more = {
    sequences: `select format('%I.%I = %s', schemaname, sequencename, last_value) as row from pg_sequences order by 1`,
    'large objects': `select concat_ws(' ', loid, pageno, md5(data)) as row from pg_largeobject order by loid, pageno`,
    'owners of large objects': `select concat_ws(' ', oid, pg_get_userbyid(lomowner), lomacl::text, obj_description(oid, 'pg_largeobject')) as row from pg_largeobject_metadata order by oid`,
  };
  for (const [name, query] of Object.entries(more)) found[name] = (await client.query<{ row: string }>(query)).rows.map(({ row }) => row);
  return found;
}

/** What belongs to a database and is in no table of it, apart from its name. */
export async function properties(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query(
    `select pg_get_userbyid(datdba) as owner, pg_encoding_to_char(encoding) as encoding, datcollate, datctype, datconnlimit, shobj_description(d.oid, 'pg_database') as comment,
       (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl,
       (select array_agg(concat_ws(' ', (select rolname from pg_roles where oid = setrole), setconfig::text) order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
     from pg_database d where datname = current_database()`,
  );
  return rows[0];
}
