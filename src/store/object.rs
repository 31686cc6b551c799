//! Objects, the publication log and set membership: what every exit reads.

use super::packed::{RECORD, line, object_of_line, objects_of_lines};
use super::rows::json_of_texts;
use super::{Store, StoreError};
use domain::merge::MergedRecord;
use domain::record::Kind;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row};
use std::collections::BTreeMap;

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

impl Change {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Merge => "merge",
        }
    }

    /// The change of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete, Self::Merge]
            .into_iter()
            .find(|change| change.as_str() == name)
    }
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

/// A set with the number of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetRow {
    /// `base:joconde`.
    pub spec: String,
    /// Objects that a list of it has: live ones, tombstones, and those that left it.
    pub count: i64,
}

/// Columns of an object; the record is another.
pub(super) const COLUMNS: &str =
    "o.object_id, o.status, o.redirect_to, o.base, o.kind, o.title, o.sets, o.datestamp, o.seq";

/// Columns of an object's place in a set.
pub(super) const PLACE: &str = "m.departed, m.datestamp as listed_at";

/// The state that two columns say.
pub(super) fn status_of(status: &str, redirect_to: Option<String>) -> ObjectStatus {
    match (status, redirect_to) {
        ("live", _) => ObjectStatus::Live,
        (_, Some(to)) => ObjectStatus::Merged(to),
        (_, None) => ObjectStatus::Deleted,
    }
}

/// An object as a list shows it: in the list of a set that it left it is a tombstone of the second
/// in which it left, whatever it became elsewhere.
pub(super) fn listed_of(row: &AnyRow, query: &ObjectQuery) -> Result<ObjectRow, StoreError> {
    if query.set.is_none() {
        return object_of(row, query.with_record);
    }
    let departed = row.try_get::<i64, _>("departed")? != 0;
    let mut object = object_of(row, query.with_record && !departed)?;
    if departed {
        object.status = ObjectStatus::Deleted;
        object.datestamp = row.try_get("listed_at")?;
    }
    Ok(object)
}

fn object_of(row: &AnyRow, with_record: bool) -> Result<ObjectRow, StoreError> {
    let corrupt = |what| move |source| StoreError::Corrupt { what, source };
    let status = status_of(row.try_get("status")?, row.try_get("redirect_to")?);
    let record = if with_record && status == ObjectStatus::Live {
        Some(serde_json::from_str(row.try_get("record")?).map_err(corrupt("object.record"))?)
    } else {
        None
    };
    Ok(ObjectRow {
        object_id: row.try_get("object_id")?,
        status,
        base: row.try_get("base")?,
        kind: Kind::parse(row.try_get("kind")?).unwrap_or(Kind::Other),
        title: row.try_get("title")?,
        datestamp: row.try_get("datestamp")?,
        seq: row.try_get("seq")?,
        record,
        sets: serde_json::from_str(row.try_get("sets")?).map_err(corrupt("object.sets"))?,
    })
}

impl Store {
    /// One object, tombstones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn object(&self, object_id: &str) -> Result<Option<ObjectRow>, StoreError> {
        let sql = format!("select {} as line from object o where o.object_id = $1", line(true));
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(object_id).fetch_optional(self.reader()).await?;
        row.map(|row| object_of_line(row.try_get("line")?, true)).transpose()
    }

    /// Several objects, in the order asked for; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn objects(&self, object_ids: &[String]) -> Result<Vec<ObjectRow>, StoreError> {
        let mut found: BTreeMap<String, ObjectRow> = BTreeMap::new();
        // What one statement brings is one text: a bounded number at a time.
        for ids in object_ids.chunks(250) {
            let sql = format!(
                "select string_agg({}, '{RECORD}') as lines from object o where {}",
                line(true),
                self.dialect().text_in("o.object_id", 1)
            );
            let row = sqlx::query(AssertSqlSafe(sql))
                .bind(json_of_texts(ids.iter().map(String::as_str)))
                .fetch_one(self.reader())
                .await?;
            let objects = objects_of_lines(row.try_get("lines")?, true)?;
            found.extend(objects.into_iter().map(|object| (object.object_id.clone(), object)));
        }
        Ok(object_ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// The live object (or tombstone) that a member's local identifier belongs to, for permalinks
    /// `/notice/{base}/{REF}`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn object_of_local_id(
        &self,
        base: &str,
        local_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(
            // `cross join` keeps SQLite from reading every source record: sources are few.
            "select o.object_id from source s cross join source_record r \
             join cluster c on c.cluster_id = r.cluster_id \
             join object o on o.object_id = c.object_id \
             where s.base = $1 and r.source_id = s.source_id and r.local_id = $2 \
             order by r.deleted, s.trust, r.record_id limit 1",
        )
        .bind(base)
        .bind(super::rows::text(local_id).into_owned())
        .fetch_optional(self.reader())
        .await?;
        row.map(|row| Ok(row.try_get("object_id")?)).transpose()
    }

    /// How many objects such a list has in all (`after` and `limit` aside).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_objects(&self, query: &ObjectQuery) -> Result<i64, StoreError> {
        let (table, condition) = match query.set {
            Some(_) => ("set_membership", "set_spec = $1"),
            None => ("object", "$1 = ''"),
        };
        let set = query.set.as_deref().unwrap_or_default();
        let count = async |sql: String, bound: i64, other: Option<i64>| {
            let statement = sqlx::query::<Any>(AssertSqlSafe(sql)).bind(set.to_owned()).bind(bound);
            let statement = match other {
                Some(other) => statement.bind(other),
                None => statement,
            };
            Ok::<i64, StoreError>(statement.fetch_one(self.reader()).await?.try_get("amount")?)
        };
        if let Some(from) = query.from {
            let sql = format!(
                "select count(*) as amount from {table} \
                 where {condition} and datestamp >= $2 and datestamp <= $3"
            );
            return count(sql, from, Some(query.until)).await;
        }
        // All there is, kept as a number, less the few that came after the bound.
        let later =
            format!("select count(*) as amount from {table} where {condition} and datestamp > $2");
        let later = count(later, query.until, None).await?;
        let all = sqlx::query("select object_count from set_size where set_spec = $1")
            .bind(set)
            .fetch_optional(self.reader())
            .await?;
        let all: i64 = all.map_or(Ok(0), |row| row.try_get("object_count"))?;
        Ok((all - later).max(0))
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
        let condition = if with_images { "o.image_count > 0" } else { "o.status = 'live'" };
        let in_base = if base.is_some() { " and o.base = $3" } else { "" };
        let order = if base.is_some() { "o.base, o.object_id" } else { "o.object_id" };
        let sql = format!(
            "select {COLUMNS}, o.record from object o \
             where {condition} and o.object_id > $1{in_base} order by {order} limit $2"
        );
        let mut statement = sqlx::query::<Any>(AssertSqlSafe(sql))
            .bind(after.unwrap_or_default().to_owned())
            .bind(limit);
        if let Some(base) = base {
            statement = statement.bind(base.to_owned());
        }
        let rows = statement.fetch_all(self.reader()).await?;
        rows.iter().map(|row| object_of(row, true)).collect()
    }

    /// The datestamp of the first entry of the log, the lower bound that Identify states: no object
    /// and no departure from a set has an earlier one, and it never moves.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn earliest_datestamp(&self) -> Result<Option<i64>, StoreError> {
        let row = sqlx::query("select datestamp from publication order by seq limit 1")
            .fetch_optional(self.reader())
            .await?;
        row.map(|row| Ok(row.try_get("datestamp")?)).transpose()
    }

    /// The last second that is closed: no entry with this datestamp or an earlier one can still
    /// appear (invariant 4). Lists stop here; the responseDate of a list is one second later at most.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publication_horizon(&self, now: i64) -> Result<i64, StoreError> {
        let row = sqlx::query("select pending_datestamp from publication_clock where clock_id = 1")
            .fetch_one(self.reader())
            .await?;
        let pending: Option<i64> = row.try_get("pending_datestamp")?;
        Ok(pending.map_or(now - 1, |pending| (pending - 1).min(now - 1)))
    }

    /// The log after a sequence number, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn publications_after(
        &self,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<Publication>, StoreError> {
        let rows = sqlx::query(
            "select seq, object_id, datestamp, change, redirect_to from publication \
             where seq > $1 order by seq limit $2",
        )
        .bind(seq)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Publication {
                    seq: row.try_get("seq")?,
                    object_id: row.try_get("object_id")?,
                    datestamp: row.try_get("datestamp")?,
                    // The column holds only what `Change::as_str` says.
                    change: Change::parse(row.try_get("change")?).unwrap_or(Change::Update),
                    redirect_to: row.try_get("redirect_to")?,
                })
            })
            .collect()
    }

    /// The last sequence number, 0 for an empty log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_seq(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("select last_seq from publication_clock where clock_id = 1")
            .fetch_one(self.reader())
            .await?;
        Ok(row.try_get("last_seq")?)
    }

    /// All sets that a list can be asked of, by spec, ancestors included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sets(&self) -> Result<Vec<SetRow>, StoreError> {
        self.sets_after("", i64::MAX).await
    }

    /// The sets after a spec, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sets_after(&self, after: &str, limit: i64) -> Result<Vec<SetRow>, StoreError> {
        let rows = sqlx::query(
            "select set_spec, object_count from set_size \
             where set_spec > $1 and object_count > 0 order by set_spec limit $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SetRow { spec: row.try_get("set_spec")?, count: row.try_get("object_count")? })
            })
            .collect()
    }
}
