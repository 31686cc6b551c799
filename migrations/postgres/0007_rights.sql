-- Decisions of people on rights: ground truth, kept for ever. What is no longer in force has
-- withdrawn_at; nothing is deleted. Same tables and columns in both folders.
create table rights_override (
  override_id bigint generated always as identity primary key,
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

-- Images of other sites: what the link report says of each (missing, wrong_type, too_big, refused,
-- unreachable, later, not_wanted; null: nothing is wrong), the validators of the copy, and when it
-- is looked at again.
alter table image add column code text;
alter table image add column etag text;
alter table image add column last_modified text;
alter table image add column check_at bigint;
-- Serves the re-check, in the order in which it is due, and the report of a source.
create index image_check on image (check_at, image_id) where check_at is not null;
create index image_source on image (source_id, image_id);
