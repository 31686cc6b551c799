-- What a record proposes as the same thing is written with the record from now on, no longer when
-- it is reconciled: the records that wait for that are given theirs. The same in both folders but
-- for how a list in JSON is read.
delete from candidate_target where record_id in (select record_id from stale_record);
insert into candidate_target (record_id, target)
  select r.record_id, t.value from stale_record s
  join source_record r on r.record_id = s.record_id
  cross join lateral jsonb_array_elements_text(
    -- jsonb takes no NUL; most records propose nothing.
    (case when r.record like '%"candidate_targets":["%' and position('\u0000' in r.record) = 0
     then r.record else '{}' end)::jsonb -> 'candidate_targets') t (value)
  where r.deleted = 0 and octet_length(t.value) <= 1024
  on conflict do nothing;
