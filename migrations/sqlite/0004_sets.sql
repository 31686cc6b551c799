-- A record that leaves a set is listed there as deleted, at the second in which it left: a harvester
-- that follows one set must learn of it. `departed` marks such rows; the row of a set that the
-- record is in (as a tombstone too) has 0. `set_size` counts both.
alter table set_membership add column departed bigint not null default 0;

-- Objects are in sets by rights, media and type from now on: all are looked at once more, and the
-- publisher moves the datestamps of those whose sets changed.
insert into stale_cluster (cluster_id) select cluster_id from cluster where true
  on conflict do nothing;
