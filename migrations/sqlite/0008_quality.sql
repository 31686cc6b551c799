-- Quality of the published objects: follows the publication log, derived, may be emptied and filled
-- again. Nothing of it is in a content hash, and no datestamp moves because of it.
create table quality_clock (
  clock_id bigint primary key,
  -- Last sequence number of the log that is counted, and the version of the rules by which.
  seq bigint not null,
  rules bigint not null
);
insert into quality_clock (clock_id, seq, rules) values (1, 0, 0);

-- What reports are about: everything, a source, a producer (edm:dataProvider).
create table quality_scope (
  scope_id integer primary key autoincrement,
  kind text not null,
  name text not null,
  label text not null,
  object_count bigint not null default 0,
  constraint quality_scope_name unique (kind, name)
);
create index quality_scope_size on quality_scope (kind, object_count, scope_id);

create table object_quality (
  object_id text primary key,
  -- Tiers, barrier and patterns as one number.
  quality bigint not null,
  -- Scopes that count it, a JSON array of integers: everything, the producer, the sources.
  scopes text not null,
  -- -1: no title.
  title_key bigint not null
) without rowid;

-- The objects of a scope, the worst first.
create table quality_place (
  scope_id bigint not null,
  rank bigint not null,
  object_id text not null,
  primary key (scope_id, rank, object_id)
) without rowid;

create table quality_count (
  scope_id bigint not null,
  measure text not null,
  value text not null,
  object_count bigint not null,
  primary key (scope_id, measure, value)
) without rowid;

-- Titles of a source, ignoring case, with the number of objects that have them.
create table quality_title (
  scope_id bigint not null,
  title_key bigint not null,
  title text not null,
  object_count bigint not null,
  primary key (scope_id, title_key)
) without rowid;
create index quality_title_many on quality_title (scope_id, object_count) where object_count > 1;

-- Issues of the records of a source by code, and of which producer (0: all), counted after a run.
create table quality_issue (
  source_id text not null,
  scope_id bigint not null,
  code text not null,
  issue_count bigint not null,
  record_count bigint not null,
  primary key (source_id, scope_id, code)
) without rowid;
create index quality_issue_scope on quality_issue (scope_id, code);

-- A source as it was after a run.
create table quality_run (
  run_id bigint primary key,
  source_id text not null,
  issue_count bigint not null,
  counts text not null
);
create index quality_run_source on quality_run (source_id, run_id);
