-- The role that backups are made with. As a superuser: psql --set ON_ERROR_STOP=1 --file backup/role.sql
-- It reads everything and writes nothing. BYPASSRLS: a table with policies is otherwise refused, rather than backed up in part.
-- Its password: \password backup
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'backup') THEN
    CREATE ROLE backup LOGIN BYPASSRLS CONNECTION LIMIT 10;
  END IF;
END $$;
GRANT pg_read_all_data TO backup;
