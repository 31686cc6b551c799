//! The one write of a harvest: a page, its records and the checkpoint in one transaction.

use super::cluster::json_rows;
use super::prepared::{Content, PreparedPage, PreparedRecord};
use super::rows::{self, Cell, json_of};
use super::run::{self, Quarantined, Run, RunCounts};
use super::seen::{self, Seen};
use super::source_record::{self, Written};
use super::{Dialect, Store, StoreError, ahead, ending, quarantine};
use domain::identifier::{ObjectId, SourceId};
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::collections::HashMap;

/// One page to be committed.
#[derive(Debug, Clone)]
pub struct PageCommit {
    /// Run that it belongs to.
    pub run_id: i64,
    /// Source.
    pub source_id: String,
    /// Number in the run, from 1. A page that is there already is not written twice.
    pub number: i64,
    /// URL with arguments, or file and range of rows.
    pub location: String,
    /// As received, uncompressed, masked fields taken out. Stored with zstd.
    pub body: Vec<u8>,
    /// What was read from it, in order.
    pub records: Vec<IncomingRecord>,
    /// What could not be.
    pub quarantined: Vec<Quarantined>,
    /// Where the next page begins (JSON); `None` leaves the checkpoint as it is.
    pub checkpoint: Option<String>,
    /// Identifiers of records that are still there, although the page does not bring them: they
    /// are not deleted by absence.
    pub seen: Vec<String>,
    /// Deletions are noted, and done when the run ends ([`Store::end_run`]); else at once.
    pub hold_deletions: bool,
    /// The page is read again: it is stored already, under this key.
    pub replayed: Option<i64>,
    /// Now, seconds since the epoch.
    pub now: i64,
}

/// A raw page as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPage {
    /// Key.
    pub page_id: i64,
    /// Number in its run, from 1.
    pub number: i64,
    /// URL with arguments.
    pub location: String,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// A source record with what the crosswalk made of it.
#[derive(Debug, Clone)]
pub struct IncomingRecord {
    /// Position in the page, from 0.
    pub position: i64,
    /// As received.
    pub source_record: SourceRecord,
    /// The EDM-shaped record with its rights decision.
    pub record: Record,
    /// Complaints.
    pub issues: Vec<Issue>,
    /// SHA-256 (hex) of everything above that a reader could notice.
    pub content_hash: String,
}

/// What is to be done with the records of a page.
#[derive(Debug, Default)]
struct Plan<'a> {
    /// Never seen, tombstones among them.
    new: Vec<(&'a PreparedRecord, &'a Content)>,
    /// Written anew, with the key that they have.
    changed: Vec<(i64, &'a PreparedRecord, &'a Content)>,
    /// To be turned into tombstones.
    deleted: Vec<i64>,
    /// Seen again as they were.
    unchanged: Vec<i64>,
    /// Seen again: not deleted by absence.
    met: Vec<&'a str>,
    /// Seen again in another form that says the same: identifier and hash.
    renewed: Vec<(&'a str, &'a str)>,
    counts: RunCounts,
}

/// How often a page is begun again that crossed with another transaction.
const COLLISIONS: u32 = 10;

impl Store {
    /// Prepares a page and commits it: see [`Store::commit_prepared`].
    ///
    /// A record that comes twice in a page: the last one wins; the earlier is counted as
    /// `unchanged` when equal, else quarantined as `repeated_identifier`. A record whose
    /// identifier makes no public id of at most 512 characters is quarantined as
    /// `identifier_too_long`.
    ///
    /// # Errors
    /// As [`Store::commit_prepared`], and when the body cannot be compressed.
    pub async fn commit_page(&self, page: &PageCommit) -> Result<Run, StoreError> {
        let no_run =
            || StoreError::NoRun { run_id: page.run_id, source_id: page.source_id.clone() };
        let source = SourceId::new(&page.source_id).map_err(|_| no_run())?;
        let page = page.clone();
        let prepared = tokio::task::spawn_blocking(move || PreparedPage::of(&page, &source));
        let prepared = prepared.await.map_err(|error| StoreError::Stopped(error.to_string()))??;
        self.commit_prepared(&prepared).await
    }

    /// Commits one page: raw page, records with names, keys, links, images, rights decisions and
    /// issues, quarantine, run counts and checkpoint, in one transaction. Changed records are
    /// marked stale for reconciliation. Committing the same page number again changes nothing and
    /// returns the run as it is.
    ///
    /// Two harvests whose records share keys mark each other's stale and may cross: the one that
    /// the database stops begins its page again.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then. [`StoreError::RunEnded`] when the run has ended,
    /// [`StoreError::Outdated`] when a record came without content and the store has another one
    /// by now.
    pub async fn commit_prepared(&self, page: &PreparedPage) -> Result<Run, StoreError> {
        let mut attempts = 1;
        loop {
            match self.commit_once(page).await {
                Err(error) if error.is_collision() && attempts < COLLISIONS => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    async fn commit_once(&self, page: &PreparedPage) -> Result<Run, StoreError> {
        let source_id = page.source_id.as_str();
        let no_run = || StoreError::NoRun { run_id: page.run_id, source_id: source_id.to_owned() };
        let mut tx = self.begin().await?;
        let dialect = tx.dialect();
        let connection = tx.connection();
        let run = run::lock(connection, dialect, page.run_id).await?.ok_or_else(no_run)?;
        if run.source_id != source_id {
            return Err(no_run());
        }
        if page.replayed.is_none() && is_there(connection, page).await? {
            return Ok(run);
        }
        if run.status != "running" {
            return Err(StoreError::RunEnded { run_id: run.run_id, status: run.status });
        }
        let page_id = match page.replayed {
            Some(page_id) => page_id,
            None => insert_page(connection, page).await?,
        };
        let local_ids = page.records.iter().map(|record| record.local_id.as_str());
        let known = seen::of(connection, dialect, source_id, local_ids).await?;
        let hashes = content_hashes(connection, dialect, page, &known).await?;
        let mut plan = plan(page, &known, &hashes)?;

        let ids = new_ids(connection, dialect, plan.new.len()).await?;
        let new =
            ids.into_iter().zip(&plan.new).map(|(id, (record, content))| (id, *record, *content));
        let written: Vec<(i64, &PreparedRecord, &Content)> =
            new.chain(plan.changed.iter().copied()).collect();
        let strangers = written.iter().take(plan.new.len()).map(|(id, record, _)| (*id, *record));
        let clusters = found_clusters(connection, dialect, page, strangers).await?;
        write_records(connection, dialect, page, page_id, &written, &clusters).await?;
        let renewed: Vec<i64> = plan.changed.iter().map(|(id, ..)| *id).collect();
        let stale: Vec<i64> = written.iter().map(|(id, ..)| *id).collect();
        let written: Vec<Written<'_>> = written
            .into_iter()
            .map(|(id, prepared, content)| Written {
                id,
                local_id: &prepared.local_id,
                record: &content.record,
                issues: &content.issues,
            })
            .collect();
        source_record::replace(connection, dialect, &page.source_id, &written, &renewed, page.now)
            .await?;
        source_record::mark_stale(connection, dialect, &stale).await?;
        let living: Vec<i64> = renewed.iter().chain(&plan.unchanged).copied().collect();
        ending::take_back(connection, dialect, source_id, &living).await?;
        if page.hold_deletions {
            ending::hold(connection, dialect, &run, &plan.deleted).await?;
        } else {
            source_record::tombstone(connection, dialect, &plan.deleted, page.now).await?;
        }
        // What a page names is in the source, though it could not be read, or is not brought.
        let named = page.quarantined.iter().filter_map(|row| row.local_id.as_deref());
        let named: Vec<&str> = named.chain(page.seen.iter().map(String::as_str)).collect();
        if !named.is_empty() {
            ending::take_back_named(connection, dialect, source_id, &named).await?;
        }
        plan.met.extend(named);
        seen::met(connection, dialect, source_id, page.run_id, &plan.met).await?;
        seen::renew(connection, source_id, &plan.renewed).await?;
        quarantine::insert(connection, page.run_id, source_id, page.number, &page.quarantined)
            .await?;

        plan.counts.rows = page.rows;
        plan.counts.unchanged += page.repeated;
        plan.counts.quarantined = page.quarantined.len() as i64;
        ahead::forget(connection, dialect, page.run_id, page.number).await?;
        let run = count(connection, page, &plan.counts).await?;
        tx.commit().await?;
        self.forget_file(page.run_id, page.number);
        Ok(run)
    }

    /// The raw page of a run that comes before a number, decompressed.
    ///
    /// # Errors
    /// [`StoreError::Page`] when a stored page cannot be decompressed.
    pub async fn page_before(
        &self,
        run_id: i64,
        before: i64,
    ) -> Result<Option<StoredPage>, StoreError> {
        let row = sqlx::query(
            "select page_id, number, location, byte_count, body from page \
             where run_id = $1 and number < $2 order by number desc limit 1",
        )
        .bind(run_id)
        .bind(before)
        .fetch_optional(self.reader())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = row.try_get("number")?;
        let byte_count: i64 = row.try_get("byte_count")?;
        let raw: Vec<u8> = row.try_get("body")?;
        let body = zstd::bulk::decompress(&raw, byte_count as usize)
            .map_err(|source| StoreError::Page { run_id, number, source })?;
        Ok(Some(StoredPage {
            page_id: row.try_get("page_id")?,
            number,
            location: row.try_get("location")?,
            body,
        }))
    }

    /// Raw pages of a run in order, after the number `after`, decompressed: number, location, body.
    ///
    /// # Errors
    /// [`StoreError::Page`] when a stored page cannot be decompressed.
    pub async fn pages(
        &self,
        run_id: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
        let rows = sqlx::query(
            "select number, location, byte_count, body from page \
             where run_id = $1 and number > $2 order by number limit $3",
        )
        .bind(run_id)
        .bind(after)
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter()
            .map(|row| {
                let number: i64 = row.try_get("number")?;
                let byte_count: i64 = row.try_get("byte_count")?;
                let raw: Vec<u8> = row.try_get("body")?;
                let body = zstd::bulk::decompress(&raw, byte_count as usize)
                    .map_err(|source| StoreError::Page { run_id, number, source })?;
                Ok((number, row.try_get("location")?, body))
            })
            .collect()
    }
}

async fn is_there(connection: &mut AnyConnection, page: &PreparedPage) -> Result<bool, StoreError> {
    let row = sqlx::query("select page_id from page where run_id = $1 and number = $2")
        .bind(page.run_id)
        .bind(page.number)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(row.is_some())
}

async fn insert_page(
    connection: &mut AnyConnection,
    page: &PreparedPage,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "insert into page (run_id, number, location, fetched_at, byte_count, sha256, body) \
         values ($1, $2, $3, $4, $5, $6, $7) returning page_id",
    )
    .bind(page.run_id)
    .bind(page.number)
    .bind(rows::text(&page.location).into_owned())
    .bind(page.now)
    .bind(page.body.byte_count)
    .bind(page.body.sha256.clone())
    .bind(page.body.compressed.clone())
    .fetch_one(&mut *connection)
    .await?;
    Ok(row.try_get("page_id")?)
}

/// Hashes of the content of records that are known and are to be compared by it, by key.
async fn content_hashes(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PreparedPage,
    known: &HashMap<String, Seen>,
) -> Result<HashMap<i64, String>, StoreError> {
    let ids: Vec<i64> = page
        .records
        .iter()
        .filter_map(|record| Some((record, known.get(&record.local_id)?)))
        .filter(|(record, seen)| record.content.is_some() && !seen.deleted)
        .map(|(_, seen)| seen.record_id)
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select {} as known from source_record where {}",
        dialect.json_of_rows(&["record_id", "content_hash"]),
        dialect.integer_in("record_id", 1)
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).fetch_one(&mut *connection);
    let json: String = row.await?.try_get("known")?;
    let rows: Vec<(i64, String)> = serde_json::from_str(&json)
        .map_err(|source| StoreError::Corrupt { what: "source_record", source })?;
    Ok(rows.into_iter().collect())
}

fn plan<'a>(
    page: &'a PreparedPage,
    known: &HashMap<String, Seen>,
    hashes: &HashMap<i64, String>,
) -> Result<Plan<'a>, StoreError> {
    let mut plan = Plan::default();
    plan.counts.pages = 1;
    let outdated = || StoreError::Outdated { run_id: page.run_id, number: page.number };
    for record in &page.records {
        let local_id = record.local_id.as_str();
        let content = record.content.as_deref();
        if let Some(content) = content.filter(|_| !record.deleted) {
            plan.counts.images += content.record.images.len() as i64;
        }
        match known.get(local_id) {
            None => {
                plan.new.push((record, content.ok_or_else(outdated)?));
                let count = if record.deleted {
                    &mut plan.counts.deleted
                } else {
                    &mut plan.counts.created
                };
                *count += 1;
            }
            Some(seen) if record.deleted && !seen.deleted => {
                plan.deleted.push(seen.record_id);
                plan.met.push(local_id);
                plan.counts.deleted += 1;
            }
            Some(seen) => {
                let as_before = seen.source_hash == record.source_hash;
                let same = match content {
                    None => as_before,
                    Some(content) => hashes.get(&seen.record_id) == Some(&content.content_hash),
                };
                if seen.deleted == record.deleted && (record.deleted || same) {
                    if !as_before && !record.deleted {
                        plan.renewed.push((local_id, record.source_hash.as_str()));
                    }
                    plan.unchanged.push(seen.record_id);
                    plan.met.push(local_id);
                    plan.counts.unchanged += 1;
                } else {
                    plan.changed.push((seen.record_id, record, content.ok_or_else(outdated)?));
                    plan.counts.updated += 1;
                }
            }
        }
    }
    Ok(plan)
}

/// Keys for new records. They are drawn before the rows are written, so that what hangs on the
/// records can be written without asking which row got which key.
async fn new_ids(
    connection: &mut AnyConnection,
    dialect: Dialect,
    count: usize,
) -> Result<Vec<i64>, StoreError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let row = sqlx::query(dialect.new_record_ids())
        .bind(count as i64)
        .fetch_one(&mut *connection)
        .await?;
    let json: String = row.try_get("ids")?;
    serde_json::from_str(&json)
        .map_err(|source| StoreError::Corrupt { what: "source_record.record_id", source })
}

/// Puts each new record into a cluster of its own, as it will stay for most: a reconciliation then
/// has nothing to write there, where the place in it is a part of a wide row. Returns the clusters
/// by record. A name that is taken, by a record that is no more, is left to reconciliation.
async fn found_clusters(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PreparedPage,
    records: impl Iterator<Item = (i64, &PreparedRecord)>,
) -> Result<HashMap<i64, i64>, StoreError> {
    let mut ids = Vec::new();
    let mut cells = Vec::new();
    for (id, record) in records {
        ids.push(id);
        let object_id = ObjectId::of(&page.source_id, &record.local_id);
        cells.push([Cell::from(object_id.as_str()), id.into(), 1.into()]);
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    rows::insert(
        connection,
        dialect,
        "insert into cluster (object_id, named_after, member_count)",
        cells,
        "on conflict (object_id) do nothing",
    )
    .await?;
    let sql = format!(
        "select {} as found from cluster where {}",
        dialect.json_of_rows(&["named_after", "cluster_id"]),
        dialect.integer_in("named_after", 1)
    );
    let row = sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).fetch_one(&mut *connection);
    let found: Vec<(i64, i64)> = json_rows(&row.await?, "cluster")?;
    Ok(found.into_iter().collect())
}

/// Writes new and changed records, and notes that they were met.
async fn write_records(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PreparedPage,
    page_id: i64,
    written: &[(i64, &PreparedRecord, &Content)],
    clusters: &HashMap<i64, i64>,
) -> Result<(), StoreError> {
    let mut cells = Vec::with_capacity(written.len());
    let mut notes = Vec::with_capacity(written.len());
    for (id, record, content) in written {
        cells.push([
            Cell::from(*id),
            page.source_id.as_str().into(),
            record.local_id.as_str().into(),
            page_id.into(),
            page.run_id.into(),
            record.position.into(),
            record.datestamp.as_deref().into(),
            i64::from(record.deleted).into(),
            content.content_hash.as_str().into(),
            content.fields.as_str().into(),
            content.record_json.as_str().into(),
            content.record.kind.as_str().into(),
            page.now.into(),
            page.now.into(),
            content.origin.as_deref().into(),
            clusters.get(id).copied().into(),
        ]);
        notes.push([
            Cell::from(page.source_id.as_str()),
            record.local_id.as_str().into(),
            (*id).into(),
            page.run_id.into(),
            i64::from(record.deleted).into(),
            record.source_hash.as_str().into(),
        ]);
    }
    rows::insert(
        connection,
        dialect,
        "insert into source_record (record_id, source_id, local_id, page_id, run_id, position, \
         source_datestamp, deleted, content_hash, fields, record, kind, first_seen_at, changed_at, \
         origin, cluster_id)",
        cells,
        "on conflict (record_id) do update set page_id = excluded.page_id, \
         run_id = excluded.run_id, position = excluded.position, \
         source_datestamp = excluded.source_datestamp, deleted = excluded.deleted, \
         content_hash = excluded.content_hash, fields = excluded.fields, \
         record = excluded.record, kind = excluded.kind, changed_at = excluded.changed_at, \
         origin = excluded.origin",
    )
    .await?;
    seen::note(connection, dialect, notes).await
}

async fn count(
    connection: &mut AnyConnection,
    page: &PreparedPage,
    counts: &RunCounts,
) -> Result<Run, StoreError> {
    let sql = format!(
        "update run set page_count = page_count + $2, row_count = row_count + $3, \
         created_count = created_count + $4, updated_count = updated_count + $5, \
         unchanged_count = unchanged_count + $6, deleted_count = deleted_count + $7, \
         quarantined_count = quarantined_count + $8, image_count = image_count + $9, \
         checkpoint = coalesce($10, checkpoint) where run_id = $1 returning {}",
        run::COLUMNS
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(page.run_id)
        .bind(counts.pages)
        .bind(counts.rows)
        .bind(counts.created)
        .bind(counts.updated)
        .bind(counts.unchanged)
        .bind(counts.deleted)
        .bind(counts.quarantined)
        .bind(counts.images)
        .bind(page.checkpoint.clone())
        .fetch_one(&mut *connection)
        .await?;
    run::of_row(&row)
}
