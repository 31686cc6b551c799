//! Counting: what changed in a batch of objects, into every counter that it touches.

use super::super::rows::{self, Cell, json_of, json_of_texts};
use super::super::{Store, StoreError, Tx};
use super::ScopeKind;
use domain::quality::packed::Quality;
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Longest title that is kept to show, in characters.
const TITLE: usize = 160;

/// How far the counting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Last sequence number of the log that is counted.
    pub seq: i64,
    /// Version of the rules by which.
    pub rules: i64,
}

/// An object as it is now, assessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// Object.
    pub object_id: String,
    /// None for one that is not live any more.
    pub now: Option<State>,
}

/// What of an object is counted where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its tiers and patterns.
    pub quality: Quality,
    /// Sources that it comes from.
    pub sources: BTreeSet<String>,
    /// Who holds it: name fit for an address, and label.
    pub producer: (String, String),
    /// Key of its title and the title, when it has one.
    pub title: Option<(i64, String)>,
}

/// What was counted of an object.
struct Counted {
    quality: Option<Quality>,
    rank: i64,
    scopes: Vec<i64>,
    title_key: i64,
}

/// Key in the place of that of a title, for objects without one.
const NO_TITLE: i64 = -1;

type Names = BTreeMap<(ScopeKind, String), i64>;
type TitleCounts = BTreeMap<(i64, i64), (i64, String)>;

impl Store {
    /// How far the counting is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quality_clock(&self) -> Result<Clock, StoreError> {
        let row = sqlx::query("select seq, rules from quality_clock where clock_id = 1")
            .fetch_one(self.reader())
            .await?;
        Ok(Clock { seq: row.try_get("seq")?, rules: row.try_get("rules")? })
    }

    /// Forgets all counts, to begin again by rules of that version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_quality(&self, rules: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.quality_clock().await?;
        for sql in [
            "delete from object_quality",
            "delete from quality_place",
            "delete from quality_count",
            "delete from quality_title",
            "delete from quality_issue",
            "delete from quality_scope",
        ] {
            sqlx::query(sql).execute(tx.connection()).await?;
        }
        sqlx::query("update quality_clock set seq = 0, rules = $1 where clock_id = 1")
            .bind(rules)
            .execute(tx.connection())
            .await?;
        tx.commit().await
    }
}

impl Tx {
    /// Locks and reads the clock of the counting: one process counts at a time.
    async fn quality_clock(&mut self) -> Result<i64, StoreError> {
        let sql = format!(
            "select seq from quality_clock where clock_id = 1{}",
            self.dialect().for_update()
        );
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(self.connection()).await?;
        Ok(row.try_get("seq")?)
    }

    /// Counts a batch of objects: those that the log names after `from`, up to `to`. False when
    /// another process counted them in the meantime; then nothing is changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_quality(
        &mut self,
        from: i64,
        to: i64,
        batch: &[Assessed],
    ) -> Result<bool, StoreError> {
        if self.quality_clock().await? != from {
            return Ok(false);
        }
        let before = self.counted(batch).await?;
        let names = self.scope_names(batch).await?;
        let mut counts: BTreeMap<(i64, &str, &str), i64> = BTreeMap::new();
        let mut sizes: BTreeMap<i64, i64> = BTreeMap::new();
        let mut titles: TitleCounts = BTreeMap::new();
        let mut places_gone: Vec<(i64, i64, &str)> = Vec::new();
        let mut places: Vec<[Cell; 3]> = Vec::new();
        let mut objects: Vec<[Cell; 4]> = Vec::new();
        let mut gone: Vec<&str> = Vec::new();
        for object in batch {
            let id = object.object_id.as_str();
            let mut tally = |quality: Option<Quality>, scopes: &[i64], by: i64| {
                for scope in scopes {
                    *sizes.entry(*scope).or_default() += by;
                    for (measure, value) in quality.iter().flat_map(Quality::counted) {
                        *counts.entry((*scope, measure, value)).or_default() += by;
                    }
                }
            };
            let old = before.get(id);
            if let Some(old) = old {
                tally(old.quality, &old.scopes, -1);
                for scope in sources(&old.scopes).filter(|_| old.title_key != NO_TITLE) {
                    titles.entry((*scope, old.title_key)).or_default().0 -= 1;
                }
            }
            let Some(state) = &object.now else {
                if let Some(old) = old {
                    places_gone.extend(old.scopes.iter().map(|scope| (*scope, old.rank, id)));
                    gone.push(id);
                }
                continue;
            };
            let scopes = scopes_of(state, &names);
            tally(Some(state.quality), &scopes, 1);
            if let Some((key, title)) = &state.title {
                for scope in sources(&scopes) {
                    let entry = titles.entry((*scope, *key)).or_default();
                    entry.0 += 1;
                    entry.1 = title.chars().take(TITLE).collect();
                }
            }
            let rank = state.quality.rank();
            if let Some(old) = old {
                let stays = |scope: &i64| old.rank == rank && scopes.contains(scope);
                places_gone.extend(
                    old.scopes.iter().filter(|s| !stays(s)).map(|scope| (*scope, old.rank, id)),
                );
            }
            places.extend(
                scopes
                    .iter()
                    .filter(|scope| {
                        old.is_none_or(|old| old.rank != rank || !old.scopes.contains(scope))
                    })
                    .map(|scope| [(*scope).into(), rank.into(), id.into()]),
            );
            objects.push([
                id.into(),
                state.quality.pack().into(),
                json_of(&scopes).into(),
                state.title.as_ref().map_or(NO_TITLE, |(key, _)| *key).into(),
            ]);
        }
        let shared = self.count_titles(titles).await?;
        for (scope, by) in shared {
            *counts.entry((scope, "pattern", "P1")).or_default() += by;
        }
        self.remove_places(&places_gone, &gone).await?;
        self.write_quality(objects, places, &counts, &sizes).await?;
        sqlx::query("update quality_clock set seq = $1 where clock_id = 1")
            .bind(to)
            .execute(self.connection())
            .await?;
        Ok(true)
    }

    /// What was counted of the objects so far.
    async fn counted(
        &mut self,
        batch: &[Assessed],
    ) -> Result<BTreeMap<String, Counted>, StoreError> {
        let sql = format!(
            "select object_id, quality, scopes, title_key from object_quality where {}",
            self.dialect().text_in("object_id", 1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of_texts(batch.iter().map(|object| object.object_id.as_str())))
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                let quality = Quality::unpack(row.try_get("quality")?);
                let scopes: String = row.try_get("scopes")?;
                let counted = Counted {
                    quality,
                    rank: quality.map_or(-1, |quality| quality.rank()),
                    scopes: serde_json::from_str(&scopes).unwrap_or_default(),
                    title_key: row.try_get("title_key")?,
                };
                Ok((row.try_get("object_id")?, counted))
            })
            .collect()
    }

    /// Keys of the scopes of a batch; new ones are made.
    async fn scope_names(&mut self, batch: &[Assessed]) -> Result<Names, StoreError> {
        let mut wanted: BTreeMap<(ScopeKind, String), String> = BTreeMap::new();
        wanted.insert((ScopeKind::All, String::new()), String::new());
        for state in batch.iter().filter_map(|object| object.now.as_ref()) {
            for source in &state.sources {
                wanted.insert((ScopeKind::Source, source.clone()), source.clone());
            }
            let (name, label) = &state.producer;
            wanted.entry((ScopeKind::Producer, name.clone())).or_insert_with(|| label.clone());
        }
        let mut names = Names::new();
        for kind in [ScopeKind::All, ScopeKind::Source, ScopeKind::Producer] {
            let of_kind: Vec<(&str, &str)> = wanted
                .iter()
                .filter(|((k, _), _)| *k == kind)
                .map(|((_, name), label)| (name.as_str(), label.as_str()))
                .collect();
            let sql = format!(
                "select scope_id, name from quality_scope where kind = $1 and {}",
                self.dialect().text_in("name", 2)
            );
            for row in sqlx::query(AssertSqlSafe(sql))
                .bind(kind.as_str())
                .bind(json_of_texts(of_kind.iter().map(|(name, _)| *name)))
                .fetch_all(self.connection())
                .await?
            {
                names.insert((kind, row.try_get("name")?), row.try_get("scope_id")?);
            }
            for (name, label) in of_kind {
                if names.contains_key(&(kind, name.to_owned())) {
                    continue;
                }
                let row = sqlx::query(
                    "insert into quality_scope (kind, name, label) values ($1, $2, $3) \
                     returning scope_id",
                )
                .bind(kind.as_str())
                .bind(rows::text(name).into_owned())
                .bind(rows::text(label).into_owned())
                .fetch_one(self.connection())
                .await?;
                names.insert((kind, name.to_owned()), row.try_get("scope_id")?);
            }
        }
        Ok(names)
    }

    /// Counts titles, of sources only, and returns by how much the number of objects that share one
    /// grew in each.
    async fn count_titles(
        &mut self,
        mut titles: TitleCounts,
    ) -> Result<BTreeMap<i64, i64>, StoreError> {
        titles.retain(|_, (by, _)| *by != 0);
        let mut shared: BTreeMap<i64, i64> = BTreeMap::new();
        if titles.is_empty() {
            return Ok(shared);
        }
        let known = self.known_titles(&titles).await?;
        let mut written: Vec<[Cell; 4]> = Vec::new();
        for ((scope, key), (by, title)) in titles {
            let old = known.get(&(scope, key)).copied().unwrap_or_default();
            let new = (old + by).max(0);
            let sharing = |count: i64| if count > 1 { count } else { 0 };
            *shared.entry(scope).or_default() += sharing(new) - sharing(old);
            written.push([scope.into(), key.into(), title.into(), new.into()]);
        }
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into quality_title (scope_id, title_key, title, object_count)",
            written,
            "on conflict (scope_id, title_key) do update set \
             object_count = excluded.object_count, \
             title = case when excluded.title = '' then quality_title.title else excluded.title end",
        )
        .await?;
        Ok(shared)
    }

    async fn known_titles(
        &mut self,
        titles: &TitleCounts,
    ) -> Result<BTreeMap<(i64, i64), i64>, StoreError> {
        let scopes: BTreeSet<i64> = titles.keys().map(|(scope, _)| *scope).collect();
        let keys: BTreeSet<i64> = titles.keys().map(|(_, key)| *key).collect();
        let sql = format!(
            "select scope_id, title_key, object_count from quality_title where {} and {}",
            self.dialect().integer_in("scope_id", 1),
            self.dialect().integer_in("title_key", 2)
        );
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of(&scopes.into_iter().collect::<Vec<_>>()))
            .bind(json_of(&keys.into_iter().collect::<Vec<_>>()))
            .fetch_all(self.connection())
            .await?;
        found
            .iter()
            .map(|row| {
                let key = (row.try_get("scope_id")?, row.try_get("title_key")?);
                Ok((key, row.try_get("object_count")?))
            })
            .collect()
    }

    /// Takes objects from their old places, and those that are gone altogether.
    async fn remove_places(
        &mut self,
        places: &[(i64, i64, &str)],
        gone: &[&str],
    ) -> Result<(), StoreError> {
        let mut by_place: BTreeMap<(i64, i64), Vec<&str>> = BTreeMap::new();
        for (scope, rank, id) in places {
            by_place.entry((*scope, *rank)).or_default().push(id);
        }
        let of_ids = self.dialect().text_in("object_id", 3);
        let sql =
            format!("delete from quality_place where scope_id = $1 and rank = $2 and {of_ids}");
        for ((scope, rank), ids) in by_place {
            sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(scope)
                .bind(rank)
                .bind(json_of_texts(ids.into_iter()))
                .execute(self.connection())
                .await?;
        }
        if !gone.is_empty() {
            let of_ids = self.dialect().text_in("object_id", 1);
            sqlx::query(AssertSqlSafe(format!("delete from object_quality where {of_ids}")))
                .bind(json_of_texts(gone.iter().copied()))
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    async fn write_quality(
        &mut self,
        objects: Vec<[Cell; 4]>,
        places: Vec<[Cell; 3]>,
        counts: &BTreeMap<(i64, &str, &str), i64>,
        sizes: &BTreeMap<i64, i64>,
    ) -> Result<(), StoreError> {
        let dialect = self.dialect();
        rows::insert(
            self.connection(),
            dialect,
            "insert into object_quality (object_id, quality, scopes, title_key)",
            objects,
            "on conflict (object_id) do update set quality = excluded.quality, \
             scopes = excluded.scopes, title_key = excluded.title_key",
        )
        .await?;
        rows::insert(
            self.connection(),
            dialect,
            "insert into quality_place (scope_id, rank, object_id)",
            places,
            "on conflict do nothing",
        )
        .await?;
        let changed = counts.iter().filter(|(_, by)| **by != 0);
        rows::insert(
            self.connection(),
            dialect,
            "insert into quality_count (scope_id, measure, value, object_count)",
            changed
                .map(|((scope, measure, value), by)| -> [Cell; 4] {
                    [(*scope).into(), (*measure).into(), (*value).into(), (*by).into()]
                })
                .collect(),
            "on conflict (scope_id, measure, value) do update set \
             object_count = quality_count.object_count + excluded.object_count",
        )
        .await?;
        for (scope, by) in sizes.iter().filter(|(_, by)| **by != 0) {
            sqlx::query(
                "update quality_scope set object_count = object_count + $2 where scope_id = $1",
            )
            .bind(*scope)
            .bind(*by)
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }
}

/// Keys of the scopes that count an object: everything, the producer, then the sources.
fn scopes_of(state: &State, names: &Names) -> Vec<i64> {
    [(ScopeKind::All, String::new()), (ScopeKind::Producer, state.producer.0.clone())]
        .into_iter()
        .chain(state.sources.iter().map(|source| (ScopeKind::Source, source.clone())))
        .filter_map(|name| names.get(&name).copied())
        .collect()
}

/// Those of them that are sources.
fn sources(scopes: &[i64]) -> impl Iterator<Item = &i64> {
    scopes.iter().skip(2)
}
