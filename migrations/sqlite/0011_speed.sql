-- What a record proposes as the same thing is written with the record from now on, no longer when
-- it is reconciled: the records that wait for that are given theirs. The same in both folders but
-- for how a list in JSON is read.
delete from candidate_target where record_id in (select record_id from stale_record);
insert into candidate_target (record_id, target)
  select r.record_id, t.value from stale_record s
  join source_record r on r.record_id = s.record_id
  join json_each(r.record, '$.candidate_targets') t
  where r.deleted = 0 and length(cast(t.value as blob)) <= 1024
  on conflict do nothing;
