-- The role that postgres_exporter reads statistics with. Run it as a superuser; running it again changes nothing. It gets no password here:
-- secrets/postgres_exporter.sql sets the one that `npm run secrets` drew.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'postgres_exporter') THEN
    CREATE ROLE postgres_exporter LOGIN CONNECTION LIMIT 3;
  END IF;
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO postgres_exporter', pg_catalog.current_database());
END
$$;

-- Sees all activity and all settings, and no table.
GRANT pg_monitor TO postgres_exporter;
