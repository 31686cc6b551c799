//! Decisions of people on rights: their log, those in force, and what they change.
//!
//! An override is for a source record, or for an object. That of an object holds for all its
//! members, also for those that join later, and goes with the record that the object is named after
//! when the object is merged into another one: what somebody closed is not opened by a merge.

use super::rows::{self, json_of_texts};
use super::source_record::{image_right_of, image_right_text, mark_stale};
use super::{Dialect, Store, StoreError, Tx};
use domain::identifier::{ObjectId, SourceId};
use domain::rights::{RightsDecision, RightsOverride, apply_overrides};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Most lines of the log in one answer.
const MOST_LINES: i64 = 10_000;
/// Overrides that end in one transaction.
const ENDING: i64 = 500;
/// Who withdraws what has run out.
const CLOCK: &str = "(until)";

/// What an override is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An object by its public id.
    Object(String),
    /// A source record.
    Record {
        /// Source.
        source_id: String,
        /// Identifier there.
        local_id: String,
    },
}

impl Target {
    /// `{source}/{local id}`, else an object id: which has no slash.
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((source_id, local_id)) => {
                Self::Record { source_id: source_id.to_owned(), local_id: local_id.to_owned() }
            }
            None => Self::Object(text.to_owned()),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object(id) => f.write_str(id),
            Self::Record { source_id, local_id } => write!(f, "{source_id}/{local_id}"),
        }
    }
}

/// An override to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOverride {
    /// What it is for.
    pub target: Target,
    /// What it decides; its number is given by the log.
    pub decides: RightsOverride,
    /// Who decides.
    pub author: String,
    /// Why.
    pub reason: String,
    /// In force before that second.
    pub until_at: Option<i64>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideLine {
    /// What it is for, as [`Target`] writes it.
    pub target: String,
    /// What it decides, with its number.
    pub decides: RightsOverride,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// Seconds since the epoch.
    pub decided_at: i64,
    /// In force before that second.
    pub until_at: Option<i64>,
    /// What was decided before, per record, as JSON.
    pub before: serde_json::Value,
    /// When it was withdrawn, by whom, and why.
    pub withdrawn: Option<(i64, String, String)>,
}

/// Why an override was not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OverrideError {
    /// There is no such thing.
    #[error("no {what} `{target}`; an object is named by its public id, a record SOURCE/LOCAL_ID")]
    Unknown {
        /// `object` or `source record`.
        what: &'static str,
        /// As given.
        target: String,
    },
    /// The object was merged into another.
    #[error("object `{target}` was merged into `{into}`: decide there")]
    Merged {
        /// As given.
        target: String,
        /// The other.
        into: String,
    },
    /// No such override is in force.
    #[error("override {0}: {1}")]
    NotInForce(u64, &'static str),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for OverrideError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A live record with what the rules decide of it.
#[derive(Debug, Clone)]
pub(super) struct Ruled {
    pub(super) record_id: i64,
    pub(super) source_id: String,
    pub(super) local_id: String,
    pub(super) decision: RightsDecision,
}

impl Ruled {
    fn name(&self) -> String {
        format!("{}/{}", self.source_id, self.local_id)
    }
}

/// The targets that bear on a member of an object: itself, and every name that the object has or
/// had, which are those of its members.
fn targets_of(object_id: Option<&str>, members: &[(&str, &str)]) -> BTreeSet<String> {
    let mut targets: BTreeSet<String> = object_id.into_iter().map(str::to_owned).collect();
    for (source, local_id) in members {
        targets.insert(format!("{source}/{local_id}"));
        targets.extend(SourceId::new(source).map(|s| ObjectId::of(&s, local_id).to_string()).ok());
    }
    targets
}

/// Overrides in force, by target.
#[derive(Debug, Default)]
pub(super) struct InForce(BTreeMap<String, RightsOverride>);

impl InForce {
    /// The decision on one member of an object whose members are `members`.
    pub(super) fn over(
        &self,
        decision: &RightsDecision,
        object_id: Option<&str>,
        members: &[(&str, &str)],
        (source_id, local_id): (&str, &str),
    ) -> RightsDecision {
        if self.0.is_empty() {
            return decision.clone();
        }
        let own = format!("{source_id}/{local_id}");
        let chosen: Vec<RightsOverride> = targets_of(object_id, members)
            .iter()
            .filter(|target| !target.contains('/') || **target == own)
            .filter_map(|target| self.0.get(target).cloned())
            .collect();
        apply_overrides(decision, &chosen)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The overrides in force at `now` for targets; without `now`, those that nobody has ended yet.
pub(super) async fn in_force(
    connection: &mut AnyConnection,
    dialect: Dialect,
    targets: &BTreeSet<String>,
    now: Option<i64>,
) -> Result<InForce, StoreError> {
    if targets.is_empty() {
        return Ok(InForce::default());
    }
    let sql = format!(
        "select override_id, target, image_right, metadata_open, statement from rights_override \
         where withdrawn_at is null and (until_at is null or until_at > $2) and target in {}",
        dialect.json_texts(1)
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(json_of_texts(targets.iter().map(String::as_str)))
        .bind(now.unwrap_or(i64::MIN))
        .fetch_all(connection)
        .await?;
    let found = rows.iter().map(|row| Ok((row.try_get("target")?, decides_of(row)?)));
    Ok(InForce(found.collect::<Result<_, StoreError>>()?))
}

fn decides_of(row: &AnyRow) -> Result<RightsOverride, StoreError> {
    let image: Option<String> = row.try_get("image_right")?;
    let open: Option<i64> = row.try_get("metadata_open")?;
    Ok(RightsOverride {
        number: u64::try_from(row.try_get::<i64, _>("override_id")?).unwrap_or_default(),
        metadata_open: open.map(|open| open != 0),
        image: image.as_deref().map(image_right_of),
        statement: row.try_get("statement")?,
    })
}

fn line_of(row: &AnyRow) -> Result<OverrideLine, StoreError> {
    let withdrawn_at: Option<i64> = row.try_get("withdrawn_at")?;
    let text = |column: &str| -> Result<String, StoreError> {
        Ok(row.try_get::<Option<String>, _>(column)?.unwrap_or_default())
    };
    let withdrawn = match withdrawn_at {
        Some(at) => Some((at, text("withdrawn_by")?, text("withdrawn_reason")?)),
        None => None,
    };
    Ok(OverrideLine {
        target: row.try_get("target")?,
        decides: decides_of(row)?,
        author: row.try_get("author")?,
        reason: row.try_get("reason")?,
        decided_at: row.try_get("decided_at")?,
        until_at: row.try_get("until_at")?,
        before: serde_json::from_str(row.try_get("before")?)
            .map_err(|source| StoreError::Corrupt { what: "rights_override.before", source })?,
        withdrawn,
    })
}

const RULED: &str = "select r.record_id, r.source_id, r.local_id, d.image_right, d.metadata_open, \
     d.statement, d.rule, d.triggered_by from source_record r \
     join rights_decision d on d.record_id = r.record_id";

fn ruled_of(row: &AnyRow) -> Result<Ruled, StoreError> {
    Ok(Ruled {
        record_id: row.try_get("record_id")?,
        source_id: row.try_get("source_id")?,
        local_id: row.try_get("local_id")?,
        decision: RightsDecision {
            metadata_open: row.try_get::<i64, _>("metadata_open")? != 0,
            image: image_right_of(row.try_get("image_right")?),
            statement: row.try_get("statement")?,
            rule: row.try_get("rule")?,
            trigger: row.try_get("triggered_by")?,
            written: None,
        },
    })
}

impl Store {
    /// The live members of a cluster that have a file in common with an image (itself included),
    /// and all its live members, with the decisions in force at `now`.
    pub(super) async fn decisions_in_force(
        &self,
        cluster_id: i64,
        object_id: &str,
        now: i64,
    ) -> Result<Vec<(i64, RightsDecision)>, StoreError> {
        let mut connection = self.reader().acquire().await?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "{RULED} where r.cluster_id = $1 and r.deleted = 0 limit 1000"
        )))
        .bind(cluster_id)
        .fetch_all(&mut *connection)
        .await?;
        let members: Vec<Ruled> = rows.iter().map(ruled_of).collect::<Result<_, _>>()?;
        let names: Vec<(&str, &str)> =
            members.iter().map(|m| (m.source_id.as_str(), m.local_id.as_str())).collect();
        let targets = targets_of(Some(object_id), &names);
        let overrides = in_force(&mut connection, self.dialect(), &targets, Some(now)).await?;
        Ok(members
            .iter()
            .map(|member| {
                let own = (member.source_id.as_str(), member.local_id.as_str());
                let decision = overrides.over(&member.decision, Some(object_id), &names, own);
                (member.record_id, decision)
            })
            .collect())
    }

    /// The overrides in force for the members of an object, to be laid over their decisions.
    pub(super) async fn overrides_of(
        &self,
        object_id: &str,
        members: &[(&str, &str)],
    ) -> Result<InForce, StoreError> {
        let mut connection = self.reader().acquire().await?;
        let targets = targets_of(Some(object_id), members);
        in_force(&mut connection, self.dialect(), &targets, None).await
    }

    /// Keeps an override in place of the one that is in force for the same target, and marks the
    /// records that it is about, so that publication follows. Returns its number and how many
    /// records it is about.
    ///
    /// # Errors
    /// [`OverrideError`]; nothing was written then.
    pub async fn add_rights_override(
        &self,
        new: &NewOverride,
        now: i64,
    ) -> Result<(u64, usize), OverrideError> {
        let mut tx = self.begin().await?;
        let members = tx.records_of_target(&new.target).await?;
        let target = new.target.to_string();
        let before = tx.before(&target, &members).await?;
        tx.withdraw(&target, now, &new.author, "replaced by a later override").await?;
        let row = sqlx::query(
            "insert into rights_override (target, image_right, metadata_open, statement, author, \
             reason, decided_at, until_at, before) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             returning override_id",
        )
        .bind(&*rows::text(&target))
        .bind(new.decides.image.map(image_right_text))
        .bind(new.decides.metadata_open.map(i64::from))
        .bind(new.decides.statement.clone())
        .bind(&*rows::text(&new.author))
        .bind(&*rows::text(&new.reason))
        .bind(now)
        .bind(new.until_at)
        .bind(before.to_string())
        .fetch_one(tx.connection())
        .await?;
        let ids: Vec<i64> = members.iter().map(|member| member.record_id).collect();
        let dialect = tx.dialect();
        mark_stale(tx.connection(), dialect, &ids).await?;
        tx.commit().await?;
        let number: i64 = row.try_get("override_id")?;
        Ok((u64::try_from(number).unwrap_or_default(), ids.len()))
    }

    /// Withdraws an override: the rules decide again. It stays in the log.
    ///
    /// # Errors
    /// [`OverrideError::NotInForce`] when there is none of that number in force.
    pub async fn withdraw_rights_override(
        &self,
        number: u64,
        author: &str,
        reason: &str,
        now: i64,
    ) -> Result<String, OverrideError> {
        let mut tx = self.begin().await?;
        let id = i64::try_from(number).unwrap_or(-1);
        let row =
            sqlx::query("select target, withdrawn_at from rights_override where override_id = $1")
                .bind(id)
                .fetch_optional(tx.connection())
                .await?;
        let Some(row) = row else {
            return Err(OverrideError::NotInForce(number, "there is none of that number"));
        };
        if row.try_get::<Option<i64>, _>("withdrawn_at")?.is_some() {
            return Err(OverrideError::NotInForce(number, "it is not in force any more"));
        }
        let target: String = row.try_get("target")?;
        tx.withdraw(&target, now, author, reason).await?;
        tx.mark_target(&target).await?;
        tx.commit().await?;
        Ok(target)
    }

    /// Ends the overrides that have run out at `now`, and marks the records that they were about.
    /// Returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_rights_overrides(&self, now: i64) -> Result<u64, StoreError> {
        let due = "select target from rights_override where withdrawn_at is null \
             and until_at <= $1 order by until_at limit $2";
        let waiting = sqlx::query(due).bind(now).bind(1_i64).fetch_optional(self.reader()).await?;
        if waiting.is_none() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        let rows = sqlx::query(due).bind(now).bind(ENDING).fetch_all(tx.connection()).await?;
        for row in &rows {
            let target: String = row.try_get("target")?;
            tx.withdraw(&target, now, CLOCK, "its time has run out").await?;
            tx.mark_target(&target).await?;
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }

    /// The log, oldest first: all of it, or the lines about an object, its members and the names
    /// that it had. At most 10,000 lines.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rights_log(
        &self,
        target: Option<&Target>,
    ) -> Result<Vec<OverrideLine>, StoreError> {
        let columns = "select override_id, target, image_right, metadata_open, statement, author, \
             reason, decided_at, until_at, before, withdrawn_at, withdrawn_by, withdrawn_reason \
             from rights_override";
        let rows = match target {
            None => {
                let sql = format!("{columns} order by override_id desc limit $1");
                sqlx::query(AssertSqlSafe(sql)).bind(MOST_LINES).fetch_all(self.reader()).await?
            }
            Some(target) => {
                let mut targets = BTreeSet::from([target.to_string()]);
                if let Target::Object(object_id) = target {
                    let members = self.member_names(object_id).await?;
                    let names: Vec<(&str, &str)> =
                        members.iter().map(|(s, l)| (s.as_str(), l.as_str())).collect();
                    targets.extend(targets_of(Some(object_id), &names));
                }
                let sql = format!(
                    "{columns} where target in {} order by override_id desc limit $2",
                    self.dialect().json_texts(1)
                );
                sqlx::query(AssertSqlSafe(sql))
                    .bind(json_of_texts(targets.iter().map(String::as_str)))
                    .bind(MOST_LINES)
                    .fetch_all(self.reader())
                    .await?
            }
        };
        rows.iter().rev().map(line_of).collect()
    }

    /// Source and local identifier of the live members of an object, closed ones included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn member_names(&self, object_id: &str) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "select r.source_id, r.local_id from cluster c \
             join source_record r on r.cluster_id = c.cluster_id \
             where c.object_id = $1 and r.deleted = 0 order by r.record_id limit 1000",
        )
        .bind(object_id)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|row| Ok((row.try_get("source_id")?, row.try_get("local_id")?))).collect()
    }
}

impl Tx {
    /// The live records that an override would be about.
    async fn records_of_target(&mut self, target: &Target) -> Result<Vec<Ruled>, OverrideError> {
        let rows = match target {
            Target::Record { source_id, local_id } => {
                let sql =
                    format!("{RULED} where r.source_id = $1 and r.local_id = $2 and r.deleted = 0");
                sqlx::query(AssertSqlSafe(sql))
                    .bind(source_id.clone())
                    .bind(&*rows::text(local_id))
                    .fetch_all(self.connection())
                    .await?
            }
            Target::Object(object_id) => {
                let sql = format!(
                    "{RULED} join cluster c on c.cluster_id = r.cluster_id \
                     where c.object_id = $1 and r.deleted = 0 order by r.record_id"
                );
                sqlx::query(AssertSqlSafe(sql))
                    .bind(object_id.clone())
                    .fetch_all(self.connection())
                    .await?
            }
        };
        let found: Vec<Ruled> = rows.iter().map(ruled_of).collect::<Result<_, _>>()?;
        if !found.is_empty() {
            return Ok(found);
        }
        let (what, name) = match target {
            Target::Record { .. } => ("source record", target.to_string()),
            Target::Object(id) => ("object", id.clone()),
        };
        let into = sqlx::query("select redirect_to from object where object_id = $1")
            .bind(name.clone())
            .fetch_optional(self.connection())
            .await?;
        match into.map(|row| row.try_get::<Option<String>, _>("redirect_to")).transpose()?.flatten()
        {
            Some(into) => Err(OverrideError::Merged { target: name, into }),
            None => Err(OverrideError::Unknown { what, target: name }),
        }
    }

    /// The decisions that an override takes the place of.
    async fn before(
        &mut self,
        target: &str,
        members: &[Ruled],
    ) -> Result<serde_json::Value, StoreError> {
        let names: Vec<(&str, &str)> =
            members.iter().map(|m| (m.source_id.as_str(), m.local_id.as_str())).collect();
        let object_id = Some(target).filter(|target| !target.contains('/'));
        let targets = targets_of(object_id, &names);
        let dialect = self.dialect();
        let overrides = in_force(self.connection(), dialect, &targets, None).await?;
        Ok(members
            .iter()
            .map(|member| {
                let own = (member.source_id.as_str(), member.local_id.as_str());
                let was = overrides.over(&member.decision, object_id, &names, own);
                serde_json::json!({
                    "record": member.name(),
                    "image": image_right_text(was.image),
                    "metadata_open": was.metadata_open,
                    "statement": was.statement,
                    "rule": was.rule,
                    "trigger": was.trigger,
                })
            })
            .collect())
    }

    async fn withdraw(
        &mut self,
        target: &str,
        now: i64,
        author: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "update rights_override set withdrawn_at = $2, withdrawn_by = $3, \
             withdrawn_reason = $4 where target = $1 and withdrawn_at is null",
        )
        .bind(&*rows::text(target))
        .bind(now)
        .bind(&*rows::text(author))
        .bind(&*rows::text(reason))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Marks the records that an override was about; those of an object that is merged are where
    /// the record is that it was named after.
    async fn mark_target(&mut self, target: &str) -> Result<(), StoreError> {
        let sql = match Target::parse(target) {
            Target::Record { .. } => {
                "select record_id from source_record where source_id || '/' || local_id = $1 \
                 and source_id = $2"
            }
            Target::Object(_) => {
                "select r.record_id from cluster c \
                 join source_record n on n.record_id = c.named_after \
                 join source_record r on r.cluster_id = n.cluster_id \
                 where c.object_id = $1 and $2 = $2"
            }
        };
        let source = target.split_once('/').map_or("", |(source, _)| source);
        let rows = sqlx::query(sql)
            .bind(&*rows::text(target))
            .bind(source)
            .fetch_all(self.connection())
            .await?;
        let ids: Vec<i64> =
            rows.iter().map(|row| row.try_get("record_id")).collect::<Result<_, _>>()?;
        let dialect = self.dialect();
        mark_stale(self.connection(), dialect, &ids).await
    }

    /// Lays the overrides in force over the decisions of the members of clusters.
    pub(super) async fn override_rights(
        &mut self,
        clusters: &mut BTreeMap<i64, super::material::ClusterMembers>,
    ) -> Result<(), StoreError> {
        let mut targets = BTreeSet::new();
        for cluster in clusters.values() {
            targets.extend(targets_of(Some(&cluster.object_id), &cluster.names()));
        }
        let dialect = self.dialect();
        let overrides = in_force(self.connection(), dialect, &targets, None).await?;
        if overrides.is_empty() {
            return Ok(());
        }
        for cluster in clusters.values_mut() {
            let decisions: Vec<RightsDecision> = {
                let names = cluster.names();
                let over = |(member, own): (&domain::merge::MemberInput, &(&str, &str))| {
                    let rules = &member.record.rights;
                    overrides.over(rules, Some(&cluster.object_id), &names, *own)
                };
                cluster.members.iter().zip(&names).map(over).collect()
            };
            for (member, decision) in cluster.members.iter_mut().zip(decisions) {
                member.record.rights = decision;
            }
        }
        Ok(())
    }
}
