//! The single writer of the publication log (invariant 4).
//!
//! A publication takes two transactions. The first, [`Store::reserve_datestamp`], says in the
//! clock that entries are about to appear, and from which second on: lists stop short of it. The
//! second holds the clock's row from its first statement to its commit, takes the sequence numbers
//! that follow without a gap, writes the objects and clears the reservation. A crash between the
//! two leaves the reservation, which only makes lists stop early until the next publication.

use super::rows::{self, Cell, json_of_texts};
use super::{Change, ObjectStatus, Store, StoreError, Tx};
use domain::merge::sets_with_ancestors;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The clock as a publication finds it, its row locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Last sequence number given.
    pub last_seq: i64,
    /// Datestamp of that entry.
    pub last_datestamp: i64,
    /// First second in which entries may appear; `None` when nobody reserved.
    pub pending: Option<i64>,
}

/// An object that changed, as it shall be read from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectWrite {
    /// Public id.
    pub object_id: String,
    /// Its cluster.
    pub cluster_id: i64,
    /// State.
    pub status: ObjectStatus,
    /// Base.
    pub base: String,
    /// Name of its kind.
    pub kind: String,
    /// Display title.
    pub title: String,
    /// Hash of the content, or a word for the kind of tombstone.
    pub content_hash: String,
    /// Merged record as JSON; empty for tombstones.
    pub record: String,
    /// Leaf sets.
    pub sets: Vec<String>,
    /// Leaf sets that it was in before; `None` for an object that was never published.
    pub sets_before: Option<Vec<String>>,
    /// Images that may be shown.
    pub image_count: i64,
    /// What the log says.
    pub change: Change,
}

impl Store {
    /// Says that entries are about to appear, now or later.
    ///
    /// The clock is read when the row of the clock is held, not before: waiting for the lock (behind
    /// a harvest that writes, or another publisher) must not close seconds that lists showed already.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reserve_datestamp(&self, now: impl Fn() -> i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.lock_derived().await?;
        sqlx::query(
            "update publication_clock set pending_datestamp = coalesce(pending_datestamp, \
             case when last_datestamp > $1 then last_datestamp else $1 end) where clock_id = 1",
        )
        .bind(now())
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }
}

impl Tx {
    /// Locks and reads the clock.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clock(&mut self) -> Result<Clock, StoreError> {
        let sql = format!(
            "select last_seq, last_datestamp, pending_datestamp from publication_clock \
             where clock_id = 1{}",
            self.dialect().for_update()
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(self.connection()).await?;
        Ok(Clock {
            last_seq: row.try_get("last_seq")?,
            last_datestamp: row.try_get("last_datestamp")?,
            pending: row.try_get("pending_datestamp")?,
        })
    }

    /// Takes the entries into the log at `datestamp` and clears the reservation. The caller holds
    /// the clock ([`Tx::clock`]) and gives a datestamp that is not before its last one nor before
    /// the reservation. Returns the last sequence number.
    ///
    /// An object's rows in its sets move with its datestamp; a set that it left keeps it as departed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publish(
        &mut self,
        clock: Clock,
        datestamp: i64,
        objects: &[ObjectWrite],
    ) -> Result<i64, StoreError> {
        let numbered = || objects.iter().zip(1..).map(|(object, n)| (object, clock.last_seq + n));
        let log = numbered().map(|(object, seq)| -> [Cell; 5] {
            [
                seq.into(),
                object.object_id.as_str().into(),
                datestamp.into(),
                object.change.as_str().into(),
                redirect(&object.status).into(),
            ]
        });
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into publication (seq, object_id, datestamp, change, redirect_to)",
            log.collect(),
            "",
        )
        .await?;
        let states = numbered().map(|(object, seq)| -> [Cell; 13] {
            [
                object.object_id.as_str().into(),
                object.cluster_id.into(),
                status_name(&object.status).into(),
                redirect(&object.status).into(),
                object.base.as_str().into(),
                object.kind.as_str().into(),
                object.title.as_str().into(),
                object.content_hash.as_str().into(),
                object.record.as_str().into(),
                serde_json::json!(object.sets).to_string().into(),
                object.image_count.into(),
                datestamp.into(),
                seq.into(),
            ]
        });
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into object (object_id, cluster_id, status, redirect_to, base, kind, title, \
             content_hash, record, sets, image_count, datestamp, seq)",
            states.collect(),
            "on conflict (object_id) do update set cluster_id = excluded.cluster_id, \
             status = excluded.status, redirect_to = excluded.redirect_to, \
             base = excluded.base, kind = excluded.kind, title = excluded.title, \
             content_hash = excluded.content_hash, record = excluded.record, \
             sets = excluded.sets, image_count = excluded.image_count, \
             datestamp = excluded.datestamp, seq = excluded.seq",
        )
        .await?;
        self.write_sets(datestamp, objects).await?;
        let last_seq = clock.last_seq + objects.len() as i64;
        let last_datestamp = if objects.is_empty() { clock.last_datestamp } else { datestamp };
        sqlx::query(
            "update publication_clock set last_seq = $1, last_datestamp = $2, \
             pending_datestamp = null where clock_id = 1",
        )
        .bind(last_seq)
        .bind(last_datestamp)
        .execute(self.connection())
        .await?;
        Ok(last_seq)
    }

    /// Places of the objects in their sets. Tombstones stay where they were last. A set that a live
    /// object is not in any more lists it as departed from this second on, until it comes back.
    async fn write_sets(
        &mut self,
        datestamp: i64,
        objects: &[ObjectWrite],
    ) -> Result<(), StoreError> {
        let known = self.known_places(objects).await?;
        let mut growth: BTreeMap<String, i64> = BTreeMap::new();
        let mut places: Vec<(String, &str, i64)> = Vec::new();
        for object in objects {
            let id = object.object_id.as_str();
            let now = sets_with_ancestors(&object.sets);
            let before = object.sets_before.as_deref().map(sets_with_ancestors);
            if before.is_none() {
                *growth.entry(String::new()).or_default() += 1;
            }
            let before = before.unwrap_or_default();
            for left in before.difference(&now) {
                places.push((left.clone(), id, 1));
            }
            for set in now {
                if !before.contains(&set) && !known.contains(&(set.clone(), id.to_owned())) {
                    *growth.entry(set.clone()).or_default() += 1;
                }
                places.push((set, id, 0));
            }
        }
        // In the order of the keys: what stands together is written together.
        places.sort_unstable();
        let places = places.into_iter().map(|(set, id, departed)| -> [Cell; 4] {
            [set.into(), datestamp.into(), id.into(), departed.into()]
        });
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into set_membership (set_spec, datestamp, object_id, departed)",
            places.collect(),
            "on conflict (set_spec, object_id) do update set \
             datestamp = excluded.datestamp, departed = excluded.departed",
        )
        .await?;
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into set_size (set_spec, object_count)",
            growth
                .into_iter()
                .filter(|(_, by)| *by != 0)
                .map(|(set, by)| -> [Cell; 2] { [set.into(), by.into()] })
                .collect(),
            "on conflict (set_spec) do update set \
             object_count = set_size.object_count + excluded.object_count",
        )
        .await?;
        Ok(())
    }

    /// The sets that know an object of those that enter another set: it may have left it once.
    async fn known_places(
        &mut self,
        objects: &[ObjectWrite],
    ) -> Result<BTreeSet<(String, String)>, StoreError> {
        let movers: Vec<&ObjectWrite> = objects
            .iter()
            .filter(|object| object.sets_before.as_ref().is_some_and(|sets| *sets != object.sets))
            .collect();
        if movers.is_empty() {
            return Ok(BTreeSet::new());
        }
        let sets: BTreeSet<String> =
            movers.iter().flat_map(|object| sets_with_ancestors(&object.sets)).collect();
        // By the primary key, which begins with the set.
        let sql = format!(
            "select set_spec, object_id from set_membership where departed = 1 and {} and {}",
            self.dialect().text_in("set_spec", 1),
            self.dialect().text_in("object_id", 2)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of_texts(sets.iter().map(String::as_str)))
            .bind(json_of_texts(movers.iter().map(|object| object.object_id.as_str())))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| Ok((row.try_get("set_spec")?, row.try_get("object_id")?))).collect()
    }
}

fn redirect(status: &ObjectStatus) -> Option<&str> {
    match status {
        ObjectStatus::Merged(to) => Some(to),
        ObjectStatus::Live | ObjectStatus::Deleted => None,
    }
}

fn status_name(status: &ObjectStatus) -> &'static str {
    match status {
        ObjectStatus::Live => "live",
        ObjectStatus::Deleted => "deleted",
        ObjectStatus::Merged(_) => "merged",
    }
}
