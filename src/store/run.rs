//! Sources, runs, pages and source records: what a harvest writes.
//!
//! The one write of a harvest is [`Store::commit_page`]: the page, its records and the checkpoint
//! in one transaction (invariant 2).

use super::{Store, StoreError};
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;

/// A run as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Key.
    pub run_id: i64,
    /// Source.
    pub source_id: String,
    /// `full` or `incremental`.
    pub mode: String,
    /// `running`, `complete`, `partial`, `failed`.
    pub status: String,
    /// Why it is not complete.
    pub reason: Option<String>,
    /// Where to go on: JSON that only the harvester of the source understands.
    pub checkpoint: Option<String>,
    /// Seconds since the epoch.
    pub started_at: i64,
    /// Seconds since the epoch.
    pub finished_at: Option<i64>,
    /// Counts so far.
    pub counts: RunCounts,
}

/// Counts of a run. `rows = created + updated + unchanged + deleted + quarantined` always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunCounts {
    /// Pages committed.
    pub pages: i64,
    /// Rows or records received.
    pub rows: i64,
    /// New source records.
    pub created: i64,
    /// Source records whose content changed.
    pub updated: i64,
    /// Source records received again without change.
    pub unchanged: i64,
    /// Source records that the source deleted (tombstones of records never seen included).
    pub deleted: i64,
    /// Rows or records that could not be taken.
    pub quarantined: i64,
    /// Images named by the records.
    pub images: i64,
}

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
    /// Now, seconds since the epoch.
    pub now: i64,
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

/// A row or record that could not be taken, with its bytes and the reason.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Position in the page, from 0.
    pub position: i64,
    /// Stable code.
    pub code: String,
    /// What, where, what to do.
    pub detail: String,
    /// The bytes, cut at 64 KiB.
    pub body: Vec<u8>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunEnd {
    /// Everything that the source has was read.
    Complete,
    /// The source has nothing new since the last complete run: stored as `complete` with the
    /// reason `unchanged`, and nothing is deleted by absence although no record was seen.
    Unchanged,
    /// It stopped early; nothing is deleted by absence.
    Partial(String),
    /// It could not begin.
    Failed(String),
}

/// A stored source record, verbatim.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecordRow {
    /// Key.
    pub record_id: i64,
    /// Source.
    pub source_id: String,
    /// As received.
    pub source_record: SourceRecord,
    /// What the crosswalk made of it.
    pub record: Record,
    /// Complaints.
    pub issues: Vec<Issue>,
}

/// A source as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRow {
    /// Key.
    pub source_id: String,
    /// Base.
    pub base: String,
    /// Shown to people.
    pub label: String,
    /// `file` or `oai-pmh`.
    pub kind: String,
    /// Trust rank, 1 is the most trusted.
    pub trust: i64,
    /// The whole schedule as JSON.
    pub settings: String,
    /// ETag of the last complete file.
    pub etag: Option<String>,
    /// Last-Modified of the last complete file.
    pub last_modified: Option<String>,
    /// Where the next incremental harvest begins: the responseDate of the first answer of the last
    /// complete run, as the server wrote it.
    pub harvested_until: Option<String>,
}

impl Store {
    /// Makes the stored source equal to the schedule; validators and harvest state stay.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upsert_source(&self, source: &SourceRow, now: i64) -> Result<(), StoreError> {
        todo!("{source:?} {now}")
    }

    /// All sources, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        todo!()
    }

    /// One source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source(&self, source_id: &str) -> Result<Option<SourceRow>, StoreError> {
        todo!("{source_id}")
    }

    /// After a complete run: remembers the validators of the file or the responseDate.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_source_state(
        &self,
        source_id: &str,
        etag: Option<&str>,
        last_modified: Option<&str>,
        harvested_until: Option<&str>,
    ) -> Result<(), StoreError> {
        todo!("{source_id} {etag:?} {last_modified:?} {harvested_until:?}")
    }

    /// The run of this source that is still open (killed or under way), to be resumed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_run(&self, source_id: &str) -> Result<Option<Run>, StoreError> {
        todo!("{source_id}")
    }

    /// Begins a run. There is at most one open run a source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn start_run(&self, source_id: &str, mode: &str, now: i64) -> Result<Run, StoreError> {
        todo!("{source_id} {mode} {now}")
    }

    /// Commits one page: raw page, records with names, keys, links, images, rights decisions and
    /// issues, quarantine, run counts and checkpoint, in one transaction. Changed records are
    /// marked stale for reconciliation. Committing the same page number again changes nothing and
    /// returns the run as it is.
    ///
    /// A record that comes twice in a page: the last one wins; the earlier is counted as
    /// `unchanged` when equal, else quarantined as `repeated_identifier`.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn commit_page(&self, page: &PageCommit) -> Result<Run, StoreError> {
        todo!("{page:?}")
    }

    /// Ends a run. A complete full run deletes (tombstones) the records of the source that it did
    /// not see, and returns how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn finish_run(&self, run_id: i64, end: &RunEnd, now: i64) -> Result<i64, StoreError> {
        todo!("{run_id} {end:?} {now}")
    }

    /// Latest runs of a source (or of all), newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs(&self, source_id: Option<&str>, limit: i64) -> Result<Vec<Run>, StoreError> {
        todo!("{source_id:?} {limit}")
    }

    /// Raw pages of a run in order, from number `after` on, decompressed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pages(&self, run_id: i64, after: i64, limit: i64) -> Result<Vec<(i64, String, Vec<u8>)>, StoreError> {
        todo!("{run_id} {after} {limit}")
    }

    /// Quarantined rows of a run by code, with counts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn quarantine_by_code(&self, run_id: i64) -> Result<Vec<(String, i64)>, StoreError> {
        todo!("{run_id}")
    }

    /// The source records that are members of an object, the most trusted source first, verbatim.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source_records_of(&self, object_id: &str) -> Result<Vec<SourceRecordRow>, StoreError> {
        todo!("{object_id}")
    }
}
