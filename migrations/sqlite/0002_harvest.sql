-- What a harvest knows of its completeness, and what it may not do before somebody says so. Same
-- tables and columns in both folders.

-- The run that a chain of runs began with: a run that goes on where an earlier one stopped is part
-- of the same harvest, and what any of them saw was seen. Null: this run.
alter table run add column root_run_id bigint;
-- protocols::oai_pmh::client::Verdict as JSON.
alter table run add column verdict text;

-- The source asked not to be asked before (Retry-After).
alter table source add column not_before bigint;
-- When the identifiers of the whole source were compared with what is known for the last time.
alter table source add column absence_checked_at bigint;

-- Records that a run is going to delete, or that the brake keeps from being deleted. explicit: the
-- source says so; else: a complete list did not have it.
create table held_deletion (
  record_id integer primary key,
  source_id text not null,
  run_id bigint not null,
  explicit bigint not null
);
create index held_deletion_source on held_deletion (source_id, record_id);

-- Human decisions to let held deletions be done.
create table brake_release (
  release_id integer primary key autoincrement,
  source_id text not null,
  record_count bigint not null,
  author text not null,
  reason text not null,
  released_at bigint not null
);
