-- Imports by hand, what each of their rows would do or did, tokens of sources, and the files that a
-- drop folder has taken. Same tables and columns in both folders.
create table import (
  import_id integer primary key autoincrement,
  source_id text not null,
  file_name text not null,
  -- Where the file waits, on the machine that took it; empty when it is gone.
  file_path text not null,
  sha256 text not null,
  byte_count bigint not null,
  dry_run bigint not null,
  -- What is not in the file is deleted.
  complete bigint not null,
  -- received, checked, approved, done, partial, failed, dropped
  status text not null,
  reason text,
  -- Hash of how it was read.
  reading text not null,
  run_id bigint,
  absent_count bigint not null,
  -- Who approved it.
  author text,
  created_at bigint not null,
  finished_at bigint
);
create index import_source on import (source_id, import_id);
create index import_sha256 on import (sha256);

create table import_row (
  import_id bigint not null,
  -- From 1, the header not counted.
  row_no bigint not null,
  local_id text not null,
  -- created, updated, unchanged, rejected
  outcome text not null,
  detail text not null,
  -- Content of the record before; empty: there was none; with - before it: a tombstone.
  before_hash text not null,
  -- Field by field, JSON.
  difference text not null,
  primary key (import_id, row_no)
) without rowid;
create index import_row_local on import_row (import_id, local_id);
create index import_row_outcome on import_row (import_id, outcome, row_no);

create table source_token (
  source_id text primary key,
  -- Of the token; the token itself is nowhere.
  sha256 text not null,
  created_at bigint not null
);

create table drop_file (
  source_id text not null,
  name text not null,
  -- Size and time of change, or ETag.
  version text not null,
  sha256 text not null,
  -- waiting, taken, refused
  status text not null,
  detail text not null,
  seen_at bigint not null,
  primary key (source_id, name)
);
