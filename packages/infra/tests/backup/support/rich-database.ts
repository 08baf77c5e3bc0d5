/** A database with what makes dumps and restores go wrong. The roles are named after it, because a server has only one of each name. */
export const richDatabase = (suffix: string) => `
create role "Owner ${suffix}" login password 'it''s a secret \\ ${suffix}';
create role reader_${suffix} nologin;
create role tenant_${suffix} login connection limit 5 valid until '2030-01-01';
grant reader_${suffix} to "Owner ${suffix}" with admin option;
alter role tenant_${suffix} set statement_timeout = '5s';
comment on role reader_${suffix} is 'reads; "everything" it''s allowed to';

create extension pg_trgm;
create extension hstore;
create extension pgcrypto;
create schema app authorization "Owner ${suffix}";
create schema "Odd ""Schema""";
alter default privileges for role "Owner ${suffix}" in schema app grant select on tables to reader_${suffix};

set role "Owner ${suffix}";
create type app.mood as enum ('sad', 'ok', 'it''s fine');
create domain app.email as text check (value ~ '@');
create table app.users (
  id bigint generated always as identity primary key,
  name text not null,
  email app.email unique,
  feeling app.mood default 'ok',
  lower_name text generated always as (lower(name)) stored,
  tags text[] default '{}',
  data jsonb,
  created timestamptz default '2026-01-01 00:00:00+00',
  photo bytea
);
create index users_search on app.users using gin (name public.gin_trgm_ops);
create index users_partial on app.users (email) where feeling = 'sad';
create statistics app.users_stats on name, email from app.users;
create table app.orders (
  id uuid default public.gen_random_uuid(), user_id bigint references app.users on delete cascade deferrable initially deferred, at date not null, amount numeric(12, 2),
  primary key (id, at)
) partition by range (at);
create table app.orders_2025 partition of app.orders for values from ('2025-01-01') to ('2026-01-01');
create table app.orders_2026 partition of app.orders for values from ('2026-01-01') to ('2027-01-01') partition by range (at);
create table app.orders_2026_rest partition of app.orders_2026 default;
create table app.nodes (id int primary key, parent int references app.nodes, self_attr public.hstore);
create unlogged table app.cache (k text primary key, v text);
create view app.happy as select id, name from app.users where feeling <> 'sad' with check option;
create materialized view app.totals as select at, sum(amount) as total from app.orders group by at;
create materialized view app.empty_view as select 1 as one with no data;
create function app.touch() returns trigger language plpgsql as $f$ begin new.name := trim(new.name); return new; end $f$;
create trigger touch before insert or update on app.users for each row execute function app.touch();
create procedure app.purge(days int) language sql as 'delete from app.cache';
create function app.add(int, int default 1) returns int language sql immutable strict parallel safe return $1 + $2;
create aggregate app.total(int) (sfunc = int4pl, stype = int, initcond = '0');
create rule no_delete as on delete to app.nodes do instead nothing;
alter table app.users enable row level security;
alter table app.users force row level security;
create policy tenant on app.users for select to tenant_${suffix} using (id % 2 = 0);
create policy owner on app.users to "Owner ${suffix}" using (true) with check (true);
create sequence app.counter start 7 increment 3 cycle maxvalue 1000;
select nextval('app.counter'), nextval('app.counter');
insert into app.users (name, email, feeling, tags, data, photo)
  select ' name ' || i || ' ünïcödé 🐘 ' || chr(9) || E'\\\\N "quoted" ''x''', case when i % 3 > 0 then 'u' || i || '@example.org' end,
    (array['sad', 'ok', 'it''s fine'])[1 + i % 3]::app.mood, array['a,b', null, '"' || i || '"'], jsonb_build_object('n', i, 'none', null, 'text', E'line\\nbreak'), decode(md5(i::text), 'hex')
  from generate_series(1, 2000) i;
insert into app.orders (user_id, at, amount) select i, date '2025-06-01' + i % 400, i * 1.13 from generate_series(1, 1500) i;
insert into app.orders (user_id, at, amount) values (1, '2025-03-03', 'NaN');
insert into app.nodes values (1, 3, 'a=>1'), (2, 1, null), (3, 2, '"b c"=>NULL');
insert into app.cache select i::text, repeat('x', i) from generate_series(1, 50) i;
refresh materialized view app.totals;
grant select (id, name) on app.users to tenant_${suffix};
grant usage on schema app to reader_${suffix}, tenant_${suffix} with grant option;
revoke execute on function app.add(int, int) from public;
reset role;

create table "Odd ""Schema"""."Tab.le ü" ("Col ""umn" int, "select" text);
insert into "Odd ""Schema"""."Tab.le ü" values (1, null), (2, ''), (3, '\\.');
create table empty_table (a int);
create table inheriting (extra text) inherits (empty_table);
insert into inheriting values (1, 'x'), (2, 'y');
create table floats (f float8, r real, t interval, i inet, p point, x xml);
insert into floats values ('NaN', 'Infinity', '1 mon -2 days 03:00:00.000001', '10.0.0.0/8', '(1,2)', '<a/>'), (0.1, 1e-30, '-1 year', '::1', null, null), (1e308, 3.4e38, null, null, null, null);
select lo_from_bytea(424242, decode(repeat(md5('lo'), 5000), 'hex'));
select lo_from_bytea(424243, '');
alter large object 424242 owner to "Owner ${suffix}";
grant select on large object 424242 to reader_${suffix};
comment on large object 424242 is 'a large one';
create publication everything for all tables;
create function public.noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger noticed on ddl_command_end when tag in ('CREATE TABLE') execute function public.noticed();
create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
create table collated (v text collate nocase primary key);
insert into collated values ('Abc'), ('abd');
comment on database :"database" is 'it''s the "rich" one';
alter database :"database" set search_path = app, "Odd ""Schema""", public;
alter database :"database" set work_mem = '8MB';
alter role tenant_${suffix} in database :"database" set lock_timeout = '2s';
alter database :"database" owner to "Owner ${suffix}";
revoke connect on database :"database" from public;
grant connect, temporary on database :"database" to reader_${suffix};
`;
