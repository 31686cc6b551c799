//! Objects, the publication log and set membership: what every exit reads.

use super::{Store, StoreError};
use domain::merge::MergedRecord;
use domain::record::Kind;

/// State of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectStatus {
    /// Published.
    Live,
    /// Gone: a tombstone.
    Deleted,
    /// Merged into another object: a tombstone with a redirect.
    Merged(String),
}

/// An object as published.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectRow {
    /// Public id.
    pub object_id: String,
    /// State.
    pub status: ObjectStatus,
    /// Base (`joconde`, …).
    pub base: String,
    /// Kind.
    pub kind: Kind,
    /// Display title.
    pub title: String,
    /// Second of the publication log entry that made it what it is.
    pub datestamp: i64,
    /// Sequence number of that entry.
    pub seq: i64,
    /// What it says; `None` for tombstones, and when it was not asked for.
    pub record: Option<MergedRecord>,
    /// Leaf setSpecs, kept for tombstones too.
    pub sets: Vec<String>,
}

/// Which objects a list asks for, in the order (datestamp, object id).
#[derive(Debug, Clone, Default)]
pub struct ObjectQuery {
    /// setSpec, leaf or ancestor.
    pub set: Option<String>,
    /// First second, inclusive.
    pub from: Option<i64>,
    /// Last second, inclusive.
    pub until: i64,
    /// Position after which to go on.
    pub after: Option<(i64, String)>,
    /// Most rows.
    pub limit: i64,
    /// Whether to read the records too.
    pub with_record: bool,
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// First publication, or again after a deletion.
    Create,
    /// New content.
    Update,
    /// Tombstone.
    Delete,
    /// Tombstone with redirect.
    Merge,
}

/// One line of the publication log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Position in the log, without gaps, from 1.
    pub seq: i64,
    /// Object.
    pub object_id: String,
    /// Second.
    pub datestamp: i64,
    /// What.
    pub change: Change,
    /// Where it went, for merges.
    pub redirect_to: Option<String>,
}

/// A set with the number of its live objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetRow {
    /// `base:joconde`.
    pub spec: String,
    /// Live objects and tombstones in it.
    pub count: i64,
}

impl Store {
    /// One object, tombstones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn object(&self, object_id: &str) -> Result<Option<ObjectRow>, StoreError> {
        todo!("{object_id}")
    }

    /// Several objects, in the order asked for; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn objects(&self, object_ids: &[String]) -> Result<Vec<ObjectRow>, StoreError> {
        todo!("{object_ids:?}")
    }

    /// The live object (or tombstone) that a member's local identifier belongs to, for permalinks
    /// `/notice/{base}/{REF}`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn object_of_local_id(&self, base: &str, local_id: &str) -> Result<Option<String>, StoreError> {
        todo!("{base} {local_id}")
    }

    /// A page of objects in the order (datestamp, object id), tombstones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_objects(&self, query: &ObjectQuery) -> Result<Vec<ObjectRow>, StoreError> {
        todo!("{query:?}")
    }

    /// How many objects such a list has in all (`after` and `limit` aside).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_objects(&self, query: &ObjectQuery) -> Result<i64, StoreError> {
        todo!("{query:?}")
    }

    /// Live objects of a base (or of all) in the order of their ids, after `after`; with
    /// `with_images`, only those that have an image that may be shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn browse(
        &self,
        base: Option<&str>,
        with_images: bool,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ObjectRow>, StoreError> {
        todo!("{base:?} {with_images} {after:?} {limit}")
    }

    /// The lowest datestamp of any object, the lower bound that Identify states.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn earliest_datestamp(&self) -> Result<Option<i64>, StoreError> {
        todo!()
    }

    /// The last second that is closed: no entry with this datestamp or an earlier one can still
    /// appear (invariant 4). Lists stop here; the responseDate of a list is one second later at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publication_horizon(&self, now: i64) -> Result<i64, StoreError> {
        todo!("{now}")
    }

    /// The log after a sequence number, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publications_after(&self, seq: i64, limit: i64) -> Result<Vec<Publication>, StoreError> {
        todo!("{seq} {limit}")
    }

    /// The last sequence number, 0 for an empty log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        todo!()
    }

    /// All sets that have members, by spec, ancestors included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sets(&self) -> Result<Vec<SetRow>, StoreError> {
        todo!()
    }
}
