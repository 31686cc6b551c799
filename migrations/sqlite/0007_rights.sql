-- Decisions of people on rights: ground truth, kept for ever. What is no longer in force has
-- withdrawn_at; nothing is deleted. Same tables and columns in both folders.
create table rights_override (
  override_id integer primary key autoincrement,
  -- An object id, or {source}/{local id} of one source record.
  target text not null,
  -- none, reduced:{pixels} or full; null: left to the rules.
  image_right text,
  metadata_open bigint,
  statement text,
  author text not null,
  reason text not null,
  decided_at bigint not null,
  -- In force before that second.
  until_at bigint,
  -- The decisions that it took the place of, as JSON: record, decision.
  before text not null,
  withdrawn_at bigint,
  withdrawn_by text,
  withdrawn_reason text
);
-- At most one is in force for a target. Publication and every image ask by target.
create unique index rights_override_target on rights_override (target) where withdrawn_at is null;
create index rights_override_until on rights_override (until_at) where withdrawn_at is null;
create index rights_override_log on rights_override (target, override_id);
