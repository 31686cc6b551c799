-- The first schema. Same tables and columns as ../postgres/0001_initial.sql; only the types of
-- generated keys and of bytes differ. Times are seconds since 1970-01-01T00:00:00Z (UTC) in columns
-- that end in _at, booleans are 0 or 1, JSON is text.
create table source (
  source_id text primary key,
  base text not null,
  label text not null,
  kind text not null,
  trust bigint not null,
  settings text not null,
  etag text,
  last_modified text,
  harvested_until text,
  removed bigint not null default 0,
  updated_at bigint not null
);

create table run (
  run_id integer primary key autoincrement,
  source_id text not null references source (source_id),
  mode text not null,
  status text not null,
  reason text,
  checkpoint text,
  started_at bigint not null,
  finished_at bigint,
  page_count bigint not null default 0,
  row_count bigint not null default 0,
  created_count bigint not null default 0,
  updated_count bigint not null default 0,
  unchanged_count bigint not null default 0,
  deleted_count bigint not null default 0,
  quarantined_count bigint not null default 0,
  image_count bigint not null default 0
);
create index run_source on run (source_id, run_id);
create unique index run_open on run (source_id) where status = 'running';

create table page (
  page_id integer primary key autoincrement,
  run_id bigint not null references run (run_id),
  number bigint not null,
  location text not null,
  fetched_at bigint not null,
  byte_count bigint not null,
  sha256 text not null,
  body blob not null,
  constraint page_run_number unique (run_id, number)
);

create table source_record (
  record_id integer primary key autoincrement,
  source_id text not null references source (source_id),
  local_id text not null,
  page_id bigint,
  run_id bigint not null,
  position bigint not null default 0,
  source_datestamp text,
  deleted bigint not null default 0,
  content_hash text not null,
  fields text not null,
  record text not null,
  kind text not null,
  cluster_id bigint,
  first_seen_at bigint not null,
  changed_at bigint not null,
  constraint source_record_local unique (source_id, local_id)
);
create index source_record_run on source_record (source_id, run_id, record_id);
create index source_record_cluster on source_record (cluster_id);

create table quarantine (
  quarantine_id integer primary key autoincrement,
  run_id bigint not null references run (run_id),
  source_id text not null,
  page_number bigint not null,
  position bigint not null,
  code text not null,
  detail text not null,
  body blob not null
);
create index quarantine_run on quarantine (run_id, quarantine_id);

create table issue (
  record_id bigint not null references source_record (record_id),
  number bigint not null,
  code text not null,
  path text not null,
  value text not null,
  primary key (record_id, number)
);
create index issue_code on issue (code, record_id);

create table record_name (
  name text not null,
  record_id bigint not null,
  primary key (name, record_id)
) without rowid;
create index record_name_record on record_name (record_id);

create table record_key (
  certain_key text not null,
  record_id bigint not null,
  primary key (certain_key, record_id)
) without rowid;
create index record_key_record on record_key (record_id);

create table record_link (
  record_id bigint not null,
  kind text not null,
  target text not null,
  primary key (record_id, kind, target)
) without rowid;
create index record_link_target on record_link (target, kind, record_id);

create table stale_record (record_id integer primary key);
create table stale_cluster (cluster_id integer primary key);

create table cluster (
  cluster_id integer primary key autoincrement,
  object_id text not null,
  -- The record that gave the cluster its name. It may have moved to another cluster: the object is
  -- then merged into that one.
  named_after bigint not null,
  -- Members, deleted ones included; 0 when all have moved.
  member_count bigint not null,
  constraint cluster_object unique (object_id)
);
create index cluster_named_after on cluster (named_after);

create table review (
  review_id integer primary key autoincrement,
  record_a bigint not null,
  record_b bigint not null,
  verdict text not null,
  author text not null,
  reason text not null,
  reviewed_at bigint not null,
  constraint review_pair unique (record_a, record_b)
);
create index review_b on review (record_b);

create table candidate (
  record_a bigint not null,
  record_b bigint not null,
  rule text not null,
  primary key (record_a, record_b)
) without rowid;
create index candidate_b on candidate (record_b);

-- Names that a record proposes as the same thing; candidates are the pairs whose both ends exist.
create table candidate_target (
  record_id bigint not null,
  target text not null,
  primary key (record_id, target)
) without rowid;
create index candidate_target_name on candidate_target (target, record_id);

create table object (
  object_id text primary key,
  cluster_id bigint,
  status text not null,
  redirect_to text,
  base text not null,
  kind text not null,
  title text not null,
  content_hash text not null,
  -- The merged record as JSON; empty for tombstones, which keep only their sets.
  record text not null,
  -- Leaf setSpecs, a JSON array of strings.
  sets text not null,
  -- Images that may be shown; 0 for tombstones.
  image_count bigint not null default 0,
  datestamp bigint not null,
  seq bigint not null
);
create index object_datestamp on object (datestamp, object_id);
create index object_base on object (base, object_id) where status = 'live';
create index object_shown on object (base, object_id) where image_count > 0;
create index object_shown_all on object (object_id) where image_count > 0;
create index object_cluster on object (cluster_id);

create table publication (
  seq bigint primary key,
  object_id text not null,
  datestamp bigint not null,
  change text not null,
  redirect_to text
);
create index publication_object on publication (object_id, seq);

create table publication_clock (
  clock_id bigint primary key,
  last_seq bigint not null,
  last_datestamp bigint not null,
  pending_datestamp bigint
);
insert into publication_clock (clock_id, last_seq, last_datestamp, pending_datestamp) values (1, 0, 0, null);

create table set_membership (
  set_spec text not null,
  datestamp bigint not null,
  object_id text not null,
  primary key (set_spec, object_id)
) without rowid;
create index set_membership_datestamp on set_membership (set_spec, datestamp, object_id);
create index set_membership_object on set_membership (object_id);

-- Number of objects (tombstones included) of every set; the empty spec counts all objects.
create table set_size (
  set_spec text primary key,
  object_count bigint not null
);

create table image (
  image_id text primary key,
  source_id text not null,
  record_id bigint not null,
  rank bigint not null,
  location text not null,
  credit text,
  label text,
  path text,
  status text not null,
  reason text,
  width bigint,
  height bigint,
  format text,
  byte_count bigint,
  sha256 text,
  checked_at bigint
);
create unique index image_record on image (record_id, rank);
create index image_status on image (status, image_id);

create table rights_decision (
  record_id bigint primary key,
  image_right text not null,
  metadata_open bigint not null,
  statement text not null,
  rule text not null,
  triggered_by text not null,
  decided_at bigint not null
);

create table job (
  job_id integer primary key autoincrement,
  kind text not null,
  payload text not null,
  dedupe_key text,
  status text not null,
  run_at bigint not null,
  attempts bigint not null default 0,
  leased_by text,
  leased_until bigint,
  last_error text,
  created_at bigint not null,
  finished_at bigint
);
create unique index job_queued on job (dedupe_key) where status = 'queued';
create index job_running on job (dedupe_key) where status = 'running';
create index job_due on job (status, run_at, job_id);

create table setting (
  name text primary key,
  value text not null
);
