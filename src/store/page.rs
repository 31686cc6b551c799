//! The one write of a harvest: a page, its records and the checkpoint in one transaction.

use super::rows::{self, Cell, json_of, json_of_texts};
use super::run::{self, Quarantined, Run, RunCounts};
use super::{Dialect, Store, StoreError, ending, quarantine, source_record};
use domain::identifier::SourceId;
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;
use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, Row};
use std::borrow::Cow;
use std::collections::HashMap;

/// Compression level of raw pages: 3 is zstd's own default.
const LEVEL: i32 = 3;
/// Longest public id made of a source and a local identifier, the room for an image's rank
/// included: [`domain::identifier::ObjectId::parse`] takes 512.
const LONGEST_ID: usize = 500;

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

/// What is known of a record of the page before it is written.
#[derive(Debug)]
struct Known {
    record_id: i64,
    content_hash: String,
    deleted: bool,
}

/// What is to be done with the records of a page.
#[derive(Debug, Default)]
struct Plan<'a> {
    /// Written anew, with whether the record was in the store.
    changed: Vec<(&'a IncomingRecord, Option<i64>)>,
    /// Tombstones of records never seen.
    unborn: Vec<&'a IncomingRecord>,
    /// Turned into tombstones.
    deleted: Vec<i64>,
    /// Seen again as they were.
    unchanged: Vec<i64>,
    counts: RunCounts,
}

/// How often a page is begun again that crossed with another transaction.
const COLLISIONS: u32 = 10;

impl Store {
    /// Commits one page: raw page, records with names, keys, links, images, rights decisions and
    /// issues, quarantine, run counts and checkpoint, in one transaction. Changed records are
    /// marked stale for reconciliation. Committing the same page number again changes nothing and
    /// returns the run as it is.
    ///
    /// A record that comes twice in a page: the last one wins; the earlier is counted as
    /// `unchanged` when equal, else quarantined as `repeated_identifier`. A record whose
    /// identifier makes no public id of at most 512 characters is quarantined as
    /// `identifier_too_long`.
    ///
    /// Two harvests whose records share keys mark each other's stale and may cross: the one that
    /// the database stops begins its page again.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then. [`StoreError::RunEnded`] when the run has ended.
    pub async fn commit_page(&self, page: &PageCommit) -> Result<Run, StoreError> {
        let mut attempts = 1;
        loop {
            match self.commit_page_once(page).await {
                Err(error) if error.is_collision() && attempts < COLLISIONS => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    async fn commit_page_once(&self, page: &PageCommit) -> Result<Run, StoreError> {
        let no_run =
            || StoreError::NoRun { run_id: page.run_id, source_id: page.source_id.clone() };
        let source = SourceId::new(&page.source_id).map_err(|_| no_run())?;
        let raw = compress(page).await?;
        let (records, quarantined, repeated) = without_repeats(page, &source);

        let mut tx = self.begin().await?;
        let dialect = tx.dialect();
        let connection = tx.connection();
        let run = run::lock(connection, dialect, page.run_id).await?.ok_or_else(no_run)?;
        if run.source_id != page.source_id {
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
            None => insert_page(connection, page, raw).await?,
        };
        let known = known(connection, dialect, page, &records).await?;
        let mut plan = plan(records, &known);

        write_records(connection, dialect, page, page_id, &plan.unborn).await?;
        let changed: Vec<&IncomingRecord> =
            plan.changed.iter().map(|(record, _)| *record).collect();
        let ids = write_records(connection, dialect, page, page_id, &changed).await?;
        let written: Vec<(i64, &IncomingRecord)> = changed
            .into_iter()
            .filter_map(|record| {
                let local_id = rows::text(&record.source_record.local_id);
                ids.get(local_id.as_ref()).map(|id| (*id, record))
            })
            .collect();
        let renewed: Vec<i64> = plan.changed.iter().filter_map(|(_, known)| *known).collect();
        source_record::replace(connection, dialect, &source, &written, &renewed, page.now).await?;
        let stale: Vec<i64> = written.iter().map(|(id, _)| *id).collect();
        source_record::mark_stale(connection, dialect, &stale).await?;
        let living: Vec<i64> = renewed.iter().chain(&plan.unchanged).copied().collect();
        ending::take_back(connection, dialect, &page.source_id, &living).await?;
        if page.hold_deletions {
            ending::hold(connection, dialect, &run, &plan.deleted).await?;
        } else {
            source_record::tombstone(connection, dialect, &plan.deleted, page.now).await?;
        }
        // A record that was seen is not deleted by absence.
        plan.unchanged.extend(&plan.deleted);
        see(connection, dialect, page.run_id, &plan.unchanged).await?;
        see_named(connection, dialect, page, &quarantined).await?;
        quarantine::insert(connection, page.run_id, &page.source_id, page.number, &quarantined)
            .await?;

        plan.counts.rows = (page.records.len() + page.quarantined.len()) as i64;
        plan.counts.unchanged += repeated;
        plan.counts.quarantined = quarantined.len() as i64;
        let run = count(connection, page, &plan.counts).await?;
        tx.commit().await?;
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

/// The body compressed, and its SHA-256.
async fn compress(page: &PageCommit) -> Result<(Vec<u8>, String), StoreError> {
    let body = page.body.clone();
    let worker = tokio::task::spawn_blocking(move || {
        let sha256 = rows::hex(&Sha256::digest(&body));
        zstd::bulk::compress(&body, LEVEL).map(|raw| (raw, sha256))
    });
    worker
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|source| StoreError::Page { run_id: page.run_id, number: page.number, source })
}

/// The records to be taken, the whole quarantine of the page, and how many records were only
/// repeats of an equal one.
fn without_repeats<'a>(
    page: &'a PageCommit,
    source: &SourceId,
) -> (Vec<&'a IncomingRecord>, Vec<Quarantined>, i64) {
    let mut quarantined = page.quarantined.clone();
    let mut repeated = 0;
    let mut last: HashMap<Cow<'_, str>, &IncomingRecord> = HashMap::new();
    let mut taken = Vec::with_capacity(page.records.len());
    // From the end, since the last one wins.
    for incoming in page.records.iter().rev() {
        let local_id = &incoming.source_record.local_id;
        let refuse = |code: &str, detail: String| {
            let body = serde_json::to_vec(&incoming.source_record).unwrap_or_default();
            Quarantined::new(incoming.position, code, detail, &body)
        };
        if local_id.is_empty() {
            quarantined.push(refuse("no_identifier", "the record has no identifier".to_owned()));
            continue;
        }
        if source_record::image_id(source, local_id, 99_999).as_str().len() > LONGEST_ID {
            let start: String = local_id.chars().take(80).collect();
            let detail = format!("identifier `{start}…`: its public form is longer than 500");
            quarantined.push(refuse("identifier_too_long", detail));
            continue;
        }
        match last.get(rows::text(local_id).as_ref()) {
            None => {
                last.insert(rows::text(local_id), incoming);
                taken.push(incoming);
            }
            Some(winner)
                if winner.content_hash == incoming.content_hash
                    && winner.source_record.deleted == incoming.source_record.deleted =>
            {
                repeated += 1;
            }
            Some(winner) => {
                let detail = format!(
                    "identifier `{local_id}` comes again at position {} with other content, which is taken",
                    winner.position
                );
                quarantined.push(refuse("repeated_identifier", detail));
            }
        }
    }
    taken.reverse();
    quarantined.sort_by_key(|row| row.position);
    (taken, quarantined, repeated)
}

async fn is_there(connection: &mut AnyConnection, page: &PageCommit) -> Result<bool, StoreError> {
    let row = sqlx::query("select page_id from page where run_id = $1 and number = $2")
        .bind(page.run_id)
        .bind(page.number)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(row.is_some())
}

async fn insert_page(
    connection: &mut AnyConnection,
    page: &PageCommit,
    (raw, sha256): (Vec<u8>, String),
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "insert into page (run_id, number, location, fetched_at, byte_count, sha256, body) \
         values ($1, $2, $3, $4, $5, $6, $7) returning page_id",
    )
    .bind(page.run_id)
    .bind(page.number)
    .bind(rows::text(&page.location).into_owned())
    .bind(page.now)
    .bind(page.body.len() as i64)
    .bind(sha256)
    .bind(raw)
    .fetch_one(&mut *connection)
    .await?;
    Ok(row.try_get("page_id")?)
}

/// The records of the page that are in the store, by local identifier.
async fn known(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PageCommit,
    records: &[&IncomingRecord],
) -> Result<HashMap<String, Known>, StoreError> {
    let sql = format!(
        "select record_id, local_id, content_hash, deleted from source_record \
         where source_id = $1 and {}",
        dialect.text_in("local_id", 2)
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(page.source_id.as_str())
        .bind(json_of_texts(records.iter().map(|record| record.source_record.local_id.as_str())))
        .fetch_all(&mut *connection)
        .await?;
    rows.iter()
        .map(|row| {
            let known = Known {
                record_id: row.try_get("record_id")?,
                content_hash: row.try_get("content_hash")?,
                deleted: row.try_get::<i64, _>("deleted")? != 0,
            };
            Ok((row.try_get("local_id")?, known))
        })
        .collect()
}

fn plan<'a>(records: Vec<&'a IncomingRecord>, known: &HashMap<String, Known>) -> Plan<'a> {
    let mut plan = Plan::default();
    plan.counts.pages = 1;
    for incoming in records {
        let local_id = rows::text(&incoming.source_record.local_id);
        let deleted = incoming.source_record.deleted;
        if !deleted {
            plan.counts.images += incoming.record.images.len() as i64;
        }
        match known.get(local_id.as_ref()) {
            None if deleted => {
                plan.unborn.push(incoming);
                plan.counts.deleted += 1;
            }
            None => {
                plan.changed.push((incoming, None));
                plan.counts.created += 1;
            }
            Some(known) if deleted && !known.deleted => {
                plan.deleted.push(known.record_id);
                plan.counts.deleted += 1;
            }
            Some(known)
                if known.deleted == deleted
                    && (deleted || known.content_hash == incoming.content_hash) =>
            {
                plan.unchanged.push(known.record_id);
                plan.counts.unchanged += 1;
            }
            Some(known) => {
                plan.changed.push((incoming, Some(known.record_id)));
                plan.counts.updated += 1;
            }
        }
    }
    plan
}

/// Writes new and changed records; returns their keys by local identifier.
async fn write_records(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PageCommit,
    page_id: i64,
    records: &[&IncomingRecord],
) -> Result<HashMap<String, i64>, StoreError> {
    let corrupt = |what| move |source| StoreError::Corrupt { what, source };
    let mut cells = Vec::with_capacity(records.len());
    for incoming in records {
        let source_record = &incoming.source_record;
        let fields =
            serde_json::to_string(source_record).map_err(corrupt("source_record.fields"))?;
        let record =
            serde_json::to_string(&incoming.record).map_err(corrupt("source_record.record"))?;
        cells.push([
            Cell::from(page.source_id.as_str()),
            source_record.local_id.as_str().into(),
            page_id.into(),
            page.run_id.into(),
            incoming.position.into(),
            source_record.datestamp.as_deref().into(),
            i64::from(source_record.deleted).into(),
            incoming.content_hash.as_str().into(),
            fields.into(),
            record.into(),
            incoming.record.kind.as_str().into(),
            page.now.into(),
            page.now.into(),
            source_record::origin_text(source_record)?.as_deref().into(),
        ]);
    }
    let rows = rows::insert(
        connection,
        dialect,
        "insert into source_record (source_id, local_id, page_id, run_id, position, \
         source_datestamp, deleted, content_hash, fields, record, kind, first_seen_at, changed_at, origin)",
        cells,
        "on conflict (source_id, local_id) do update set page_id = excluded.page_id, \
         run_id = excluded.run_id, position = excluded.position, \
         source_datestamp = excluded.source_datestamp, deleted = excluded.deleted, \
         content_hash = excluded.content_hash, fields = excluded.fields, \
         record = excluded.record, kind = excluded.kind, changed_at = excluded.changed_at, \
         origin = excluded.origin \
         returning record_id, local_id",
    )
    .await?;
    rows.iter().map(|row| Ok((row.try_get("local_id")?, row.try_get("record_id")?))).collect()
}

/// Notes that the run has seen these records.
async fn see(
    connection: &mut AnyConnection,
    dialect: Dialect,
    run_id: i64,
    ids: &[i64],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update source_record set run_id = $2 where {}",
        dialect.integer_in("record_id", 1)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(json_of(ids))
        .bind(run_id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Notes that the run has met the records whose rows it could not read, and those that the page
/// only names: what is in the source is not deleted by absence.
async fn see_named(
    connection: &mut AnyConnection,
    dialect: Dialect,
    page: &PageCommit,
    quarantined: &[Quarantined],
) -> Result<(), StoreError> {
    let named: Vec<&str> = quarantined
        .iter()
        .filter_map(|row| row.local_id.as_deref())
        .chain(page.seen.iter().map(String::as_str))
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update source_record set run_id = $3 where source_id = $1 and {}",
        dialect.text_in("local_id", 2)
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(page.source_id.as_str())
        .bind(json_of_texts(named.iter().copied()))
        .bind(page.run_id)
        .execute(&mut *connection)
        .await?;
    ending::take_back_named(connection, dialect, &page.source_id, &named).await
}

async fn count(
    connection: &mut AnyConnection,
    page: &PageCommit,
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
