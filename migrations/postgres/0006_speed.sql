-- What a harvest looks up and writes for every record that it meets, in rows of some hundred bytes:
-- a re-harvest of unchanged content touches nothing else. Same tables and columns in both folders.
create table record_seen (
  source_id text not null,
  local_id text not null,
  record_id bigint not null,
  -- The last run that met it.
  run_id bigint not null,
  deleted bigint not null,
  -- SHA-256 of what was received and of how it is read; empty: not known.
  source_hash text not null,
  primary key (source_id, local_id)
);
insert into record_seen (source_id, local_id, record_id, run_id, deleted, source_hash)
  select source_id, local_id, record_id, run_id, deleted, '' from source_record;
-- source_record.run_id is from now on the run that wrote the record.
drop index source_record_run;

-- Pages that were received and wait to be committed: a killed harvest does not ask for them again.
-- Masked fields are taken out before.
create table page_ahead (
  run_id bigint not null,
  number bigint not null,
  location text not null,
  byte_count bigint not null,
  sha256 text not null,
  body bytea not null,
  primary key (run_id, number)
);
