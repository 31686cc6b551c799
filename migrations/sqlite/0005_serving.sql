-- Places in sets are found by set and object, in either order of need by the primary key or the index
-- by datestamp: a third index by object alone only made publishing slower and the file larger.
drop index set_membership_object;
