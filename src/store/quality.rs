//! Quality of the published objects, counted: by source, by producer, over all.
//!
//! [`apply`] writes it, following the publication log; what is here reads it, at a cost that does not
//! grow with the number of objects.

mod apply;
mod issues;

pub use apply::{Assessed, Clock, State};
pub use issues::{IssueCount, IssueLine, RunQuality};

use super::rows::json_of;
use super::{Store, StoreError};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// Everything that is published.
    All,
    /// What a source took part in.
    Source,
    /// What an institution holds (`edm:dataProvider`).
    Producer,
}

impl ScopeKind {
    /// The name in the database and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Source => "source",
            Self::Producer => "producer",
        }
    }
}

/// A scope with the number of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Key.
    pub scope_id: i64,
    /// Source id, or the name of the institution made fit for an address.
    pub name: String,
    /// As it calls itself.
    pub label: String,
    /// Live objects.
    pub objects: i64,
}

/// Counts of a scope: measure, then value, then objects.
pub type Counts = BTreeMap<String, BTreeMap<String, i64>>;

/// A title that several objects of a source have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTitle {
    /// As one of them writes it.
    pub title: String,
    /// How many.
    pub objects: i64,
}

/// One of the worst objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offender {
    /// Object.
    pub object_id: String,
    /// Its display title.
    pub title: String,
    /// Its quality, packed.
    pub quality: i64,
    /// Rank, the worst is 0.
    pub rank: i64,
}

fn scope_of(row: &AnyRow) -> Result<Scope, StoreError> {
    Ok(Scope {
        scope_id: row.try_get("scope_id")?,
        name: row.try_get("name")?,
        label: row.try_get("label")?,
        objects: row.try_get("object_count")?,
    })
}

impl Store {
    /// One scope.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_scope(
        &self,
        kind: ScopeKind,
        name: &str,
    ) -> Result<Option<Scope>, StoreError> {
        let row = sqlx::query(
            "select scope_id, name, label, object_count from quality_scope \
             where kind = $1 and name = $2",
        )
        .bind(kind.as_str())
        .bind(super::rows::text(name).into_owned())
        .fetch_optional(self.reader())
        .await?;
        row.as_ref().map(scope_of).transpose()
    }

    /// The scopes of a kind, the largest first, after `after` (object count and key of the last one).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_scopes(
        &self,
        kind: ScopeKind,
        after: Option<(i64, i64)>,
        limit: i64,
    ) -> Result<Vec<Scope>, StoreError> {
        let (count, scope) = after.unwrap_or((i64::MAX, i64::MAX));
        let rows = sqlx::query(
            "select scope_id, name, label, object_count from quality_scope \
             where kind = $1 and object_count > 0 and (object_count < $2 \
             or (object_count = $3 and scope_id < $4)) \
             order by object_count desc, scope_id desc limit $5",
        )
        .bind(kind.as_str())
        .bind(count)
        .bind(count)
        .bind(scope)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(scope_of).collect()
    }

    /// The counts of scopes, by scope.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_counts(
        &self,
        scopes: &[i64],
    ) -> Result<BTreeMap<i64, Counts>, StoreError> {
        let sql = format!(
            "select scope_id, measure, value, object_count from quality_count \
             where object_count > 0 and {}",
            self.dialect().integer_in("scope_id", 1)
        );
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(json_of(scopes)).fetch_all(self.reader()).await?;
        let mut found: BTreeMap<i64, Counts> = BTreeMap::new();
        for row in rows {
            found
                .entry(row.try_get("scope_id")?)
                .or_default()
                .entry(row.try_get("measure")?)
                .or_default()
                .insert(row.try_get("value")?, row.try_get("object_count")?);
        }
        Ok(found)
    }

    /// The worst objects of a scope after `after` (rank and id of the last one).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_worst(
        &self,
        scope_id: i64,
        after: Option<(i64, &str)>,
        limit: i64,
    ) -> Result<Vec<Offender>, StoreError> {
        let (rank, object) = after.unwrap_or((-1, ""));
        let rows = sqlx::query(
            "select p.rank, p.object_id, o.title, q.quality from quality_place p \
             join object_quality q on q.object_id = p.object_id \
             join object o on o.object_id = p.object_id \
             where p.scope_id = $1 and p.rank >= $2 and (p.rank > $3 or p.object_id > $4) \
             order by p.rank, p.object_id limit $5",
        )
        .bind(scope_id)
        .bind(rank)
        .bind(rank)
        .bind(object)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Offender {
                    object_id: row.try_get("object_id")?,
                    title: row.try_get("title")?,
                    quality: row.try_get("quality")?,
                    rank: row.try_get("rank")?,
                })
            })
            .collect()
    }

    /// The titles that most objects of a source share (pattern P1).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_titles(
        &self,
        scope_id: i64,
        limit: i64,
    ) -> Result<Vec<SharedTitle>, StoreError> {
        let rows = sqlx::query(
            "select title, object_count from quality_title \
             where scope_id = $1 and object_count > 1 order by object_count desc limit $2",
        )
        .bind(scope_id)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(SharedTitle {
                    title: row.try_get("title")?,
                    objects: row.try_get("object_count")?,
                })
            })
            .collect()
    }

    /// How many objects of any one of its sources have the title of this object; 1 when it is alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn objects_of_same_title(&self, object_id: &str) -> Result<i64, StoreError> {
        let found =
            sqlx::query("select scopes, title_key from object_quality where object_id = $1")
                .bind(object_id)
                .fetch_optional(self.reader())
                .await?;
        let Some(row) = found else { return Ok(1) };
        let key: i64 = row.try_get("title_key")?;
        let sql = format!(
            "select max(object_count) as most from quality_title where title_key = $1 and {}",
            self.dialect().integer_in("scope_id", 2)
        );
        let most = sqlx::query(AssertSqlSafe(sql))
            .bind(key)
            .bind(row.try_get::<String, _>("scopes")?)
            .fetch_one(self.reader())
            .await?;
        Ok(most.try_get::<Option<i64>, _>("most")?.unwrap_or(1))
    }
}
