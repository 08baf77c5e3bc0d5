-- What PgBouncer needs in PostgreSQL. Run it as a superuser in the database that the line `health` of pgbouncer.ini names; running it again
-- changes nothing. The roles get no password here: secrets/roles.sql sets the ones that `npm run secrets` drew.

DO $$
BEGIN
  -- Looks up verifiers for PgBouncer, and may do nothing else. Two connections for each of four PgBouncers; with more of them, raise it.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pgbouncer_auth') THEN
    CREATE ROLE pgbouncer_auth LOGIN CONNECTION LIMIT 8;
  END IF;
  -- Runs `SELECT 1` through the pool.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pgbouncer_health') THEN
    CREATE ROLE pgbouncer_health LOGIN CONNECTION LIMIT 4;
  END IF;
  EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO pgbouncer_auth, pgbouncer_health', pg_catalog.current_database());
END
$$;

CREATE SCHEMA IF NOT EXISTS pgbouncer;
REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer_auth;

-- The verifier of a role that may come in through the pooler, or no row. It runs with its owner's rights, so its search_path is pinned:
-- nobody else's object can stand in for a name in it.
-- VALID UNTIL is PostgreSQL's to check at a login with a password; PgBouncer logs clients in, so it has to be checked here (CVE-2025-2291).
CREATE OR REPLACE FUNCTION pgbouncer.user_lookup(role_name text, OUT usename name, OUT password text)
  RETURNS SETOF record
  LANGUAGE sql STABLE STRICT SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $$
  SELECT rolname, rolpassword
  FROM pg_catalog.pg_authid
  WHERE rolname = role_name
    AND rolcanlogin
    AND NOT rolsuper
    AND NOT rolreplication
    AND (rolvaliduntil IS NULL OR rolvaliduntil > pg_catalog.now())
    AND rolpassword LIKE 'SCRAM-SHA-256$%'
$$;

REVOKE ALL ON FUNCTION pgbouncer.user_lookup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.user_lookup(text) TO pgbouncer_auth;
