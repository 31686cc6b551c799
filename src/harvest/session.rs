//! One run of one source: everything between a page that was read and the store.

use super::{HarvestError, Progress};
use crate::config::source::{HarvestMode, SourceConfig, SourceKind};
use crate::crosswalk::Crosswalk;
use crate::store::Store;
use crate::store::run::{Ending, IncomingRecord, PageCommit, Quarantined, Run, RunEnd, SourceRow};
use domain::identifier::{ObjectId, SourceId};
use domain::issue::Issue;
use domain::record::Record;
use domain::source_record::SourceRecord;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Bytes of the public id that an identifier may make: [`ObjectId::parse`] takes 512, and the id
/// of an image adds its rank.
const LONGEST_ID: usize = 500;

/// One page as a harvester of a kind hands it over.
#[derive(Debug, Clone, Default)]
pub struct RawPage {
    /// URL with arguments, or file and range of rows.
    pub location: String,
    /// As received, uncompressed, masked fields taken out.
    pub body: Vec<u8>,
    /// What was read from it, in order, with the complaints of reading.
    pub records: Vec<(SourceRecord, Vec<Issue>)>,
    /// What could not be. Positions count rows of the page, from 0; the records take the others,
    /// in order.
    pub quarantined: Vec<Quarantined>,
    /// Where the next page begins (JSON); `None` leaves the checkpoint as it is.
    pub checkpoint: Option<String>,
    /// Identifiers of records that are still there, although the page does not bring them.
    pub seen: Vec<String>,
    /// The page is stored already, under this key: it is read again.
    pub replayed: Option<i64>,
}

/// One run of one source, open until [`Session::finish`] or [`Session::leave`].
#[derive(Debug)]
pub struct Session {
    store: Store,
    config: Arc<SourceConfig>,
    crosswalk: Arc<Crosswalk>,
    progress: Progress,
    run: Run,
    state: Option<SourceRow>,
}

impl Session {
    /// Makes the source known to the store and resumes its open run, or begins one.
    ///
    /// An open run of the other mode is finished as partial first: its checkpoint means nothing
    /// to this one.
    ///
    /// # Errors
    /// [`HarvestError::Crosswalk`] when the mapping cannot be loaded, [`HarvestError::Store`].
    pub async fn open(
        store: Store,
        config: Arc<SourceConfig>,
        mode: HarvestMode,
        now: i64,
    ) -> Result<Self, HarvestError> {
        Self::open_at(store, config, mode.as_str(), now).await
    }

    /// As [`Session::open`], now, with a mode that no schedule knows. An open run of another mode
    /// is not replaced.
    ///
    /// # Errors
    /// As [`Session::open`], and [`crate::store::StoreError::RunOpen`].
    pub async fn open_as(
        store: Store,
        config: Arc<SourceConfig>,
        mode: &str,
    ) -> Result<Self, HarvestError> {
        if store.open_run(config.id.as_str()).await?.is_some_and(|run| run.mode != mode) {
            return Err(crate::store::StoreError::RunOpen(config.id.to_string()).into());
        }
        Self::open_at(store, config, mode, now()).await
    }

    async fn open_at(
        store: Store,
        config: Arc<SourceConfig>,
        mode: &str,
        now: i64,
    ) -> Result<Self, HarvestError> {
        let source_id = config.id.as_str();
        let crosswalk = Crosswalk::for_source(&config).map_err(|source| {
            HarvestError::Crosswalk { source_id: source_id.to_owned(), source }
        })?;
        store.upsert_source(&source_row(&config), now).await?;
        let state = store.source(source_id).await?;
        let run = match store.open_run(source_id).await? {
            Some(run) if run.mode == mode => {
                tracing::info!(
                    source = source_id,
                    run = run.run_id,
                    pages = run.counts.pages,
                    "run resumed"
                );
                run
            }
            Some(run) => {
                let reason = format!("replaced by a run of mode {mode}");
                store.abandon_run(run.run_id, &RunEnd::Partial(reason), now).await?;
                store.start_run(source_id, mode, now).await?
            }
            None => store.start_run(source_id, mode, now).await?,
        };
        let progress = Progress::silent();
        Ok(Self { store, config, crosswalk: Arc::new(crosswalk), progress, run, state })
    }

    /// The same session, showing its progress.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        progress.begin(self.config.id.as_str(), &self.run);
        self.progress = progress;
        self
    }

    /// Where the next page begins, as the last committed page said; `None` at the beginning.
    pub fn checkpoint(&self) -> Option<&str> {
        self.run.checkpoint.as_deref()
    }

    /// The run as last committed.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The store, for state beside pages.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The source as the store knew it when the session was opened: validators, `harvested_until`.
    pub fn state(&self) -> Option<&SourceRow> {
        self.state.as_ref()
    }

    /// The crosswalk, for the names of masked and key fields.
    pub fn crosswalk(&self) -> &Arc<Crosswalk> {
        &self.crosswalk
    }

    /// The progress display.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Applies the crosswalk to a page and commits it with its records and its checkpoint.
    ///
    /// Masked fields are taken out of the records here too, so that no harvester can forget them;
    /// taking them out of `body` is the harvester's part, which knows its form.
    ///
    /// # Errors
    /// [`HarvestError::Store`]; the run stands at the page before then.
    pub async fn commit(&mut self, page: RawPage) -> Result<(), HarvestError> {
        let crosswalk = Arc::clone(&self.crosswalk);
        let source = self.config.id.clone();
        let rows = page.records.len() + page.quarantined.len();
        // The crosswalk of a page is some milliseconds of pure computing: not on an async thread.
        let prepared = tokio::task::spawn_blocking(move || prepare(page, &source, &crosswalk))
            .await
            .map_err(|error| HarvestError::Internal(format!("crosswalk of a page: {error}")))?;
        let commit = PageCommit {
            seen: prepared.seen,
            hold_deletions: true,
            replayed: prepared.replayed,
            run_id: self.run.run_id,
            source_id: self.config.id.as_str().to_owned(),
            number: self.run.counts.pages + 1,
            location: prepared.location,
            body: prepared.body,
            records: prepared.records,
            quarantined: prepared.quarantined,
            checkpoint: prepared.checkpoint,
            now: now(),
        };
        let before = self.run.counts.rows;
        self.run = self.store.commit_page(&commit).await?;
        let counted = self.run.counts.rows - before;
        if counted != rows as i64 {
            tracing::error!(
                run = self.run.run_id,
                page = commit.number,
                rows,
                counted,
                "rows unaccounted for"
            );
        }
        metrics::counter!("passerelle_harvest_rows_total", "source" => commit.source_id)
            .increment(rows as u64);
        self.progress.page(&self.run);
        Ok(())
    }

    /// Ends the run and returns it as stored. When it would delete more than the brake of the
    /// source allows, nothing is deleted and the run is partial.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn finish(self, end: RunEnd) -> Result<Run, HarvestError> {
        self.finish_with(end, Ending::default()).await
    }

    /// As [`Session::finish`], with what is to be stored beside.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn finish_with(self, end: RunEnd, ending: Ending) -> Result<Run, HarvestError> {
        let (end, ending) = super::brake::apply(&self, end, ending).await?;
        self.end(end, &ending).await
    }

    /// As [`Session::finish_with`], without looking at what is deleted.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn end(self, end: RunEnd, ending: &Ending) -> Result<Run, HarvestError> {
        self.store.end_run(self.run.run_id, &end, ending, now()).await?;
        let run_id = self.run.run_id;
        let latest = self.store.runs(Some(self.config.id.as_str()), 3).await?;
        let run = latest.into_iter().find(|run| run.run_id == run_id).unwrap_or(self.run);
        self.progress.end(&run);
        Ok(run)
    }

    /// The last run of the source and mode that ended before this one, when it stopped early and
    /// left a checkpoint.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn stopped_before(&self) -> Result<Option<Run>, HarvestError> {
        let latest = self.store.runs(Some(self.config.id.as_str()), 2).await?;
        Ok(latest.into_iter().find(|run| run.run_id != self.run.run_id).filter(|run| {
            run.status == "partial" && run.mode == self.run.mode && run.checkpoint.is_some()
        }))
    }

    /// Makes this run go on where an earlier one stopped.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn go_on(&mut self, earlier: &Run, checkpoint: &str) -> Result<(), HarvestError> {
        self.store.chain_run(self.run.run_id, earlier.root_run_id, checkpoint).await?;
        self.run.root_run_id = earlier.root_run_id;
        self.run.checkpoint = Some(checkpoint.to_owned());
        Ok(())
    }

    /// The schedule of the source.
    pub fn config(&self) -> &SourceConfig {
        &self.config
    }

    /// Ends the run with the reason and begins another: the checkpoint no longer fits the source.
    ///
    /// # Errors
    /// [`HarvestError::Store`].
    pub async fn restart(mut self, reason: &str) -> Result<Self, HarvestError> {
        tracing::warn!(source = %self.config.id, run = self.run.run_id, reason, "run begun anew");
        let end = super::stopped(&self.run, reason);
        let mode = self.run.mode.clone();
        self.store.abandon_run(self.run.run_id, &end, now()).await?;
        self.run = self.store.start_run(self.config.id.as_str(), &mode, now()).await?;
        Ok(self)
    }

    /// Leaves the run open, to be resumed: the program was asked to stop.
    pub fn leave(self) -> Run {
        self.progress.end(&self.run);
        self.run
    }
}

/// The source as the store keeps it.
fn source_row(config: &SourceConfig) -> SourceRow {
    SourceRow {
        source_id: config.id.as_str().to_owned(),
        base: config.base().to_owned(),
        label: config.label.clone(),
        kind: match config.kind {
            SourceKind::File => "file".to_owned(),
            SourceKind::OaiPmh => "oai-pmh".to_owned(),
        },
        trust: i64::from(config.trust),
        // A schedule read from TOML always has a JSON form.
        settings: serde_json::to_string(config).unwrap_or_else(|_| "{}".to_owned()),
        etag: None,
        last_modified: None,
        harvested_until: None,
    }
}

struct Prepared {
    location: String,
    body: Vec<u8>,
    records: Vec<IncomingRecord>,
    quarantined: Vec<Quarantined>,
    checkpoint: Option<String>,
    seen: Vec<String>,
    replayed: Option<i64>,
}

/// What a page becomes before it is committed. Records take, in order, the positions that no
/// quarantined row holds.
fn prepare(page: RawPage, source: &SourceId, crosswalk: &Crosswalk) -> Prepared {
    let taken: BTreeSet<i64> = page.quarantined.iter().map(|q| q.position).collect();
    let mut free = (0..).filter(|position| !taken.contains(position));
    let mut records = Vec::with_capacity(page.records.len());
    let mut quarantined = page.quarantined;
    // Folding a name costs more than looking it up, and the fields of a page repeat.
    let mut masked: HashMap<String, bool> = HashMap::new();
    for (mut source_record, mut issues) in page.records {
        let position = free.next().unwrap_or(0);
        let id_bytes = ObjectId::of(source, &source_record.local_id).as_str().len();
        if id_bytes > LONGEST_ID {
            quarantined.push(Quarantined {
                position,
                code: "identifier_too_long".to_owned(),
                detail: format!(
                    "the identifier makes a public id of {id_bytes} bytes; {LONGEST_ID} are \
                     allowed: is the key the right field?"
                ),
                body: source_record.local_id.into_bytes().into_iter().take(65_536).collect(),
                local_id: None,
            });
            continue;
        }
        source_record.fields.retain(|field| match masked.get(&field.name) {
            Some(known) => !known,
            None => !*masked.entry(field.name.clone()).or_insert(crosswalk.is_masked(&field.name)),
        });
        let parsed = crosswalk.apply(&source_record);
        issues.extend(parsed.issues);
        records.push(IncomingRecord {
            position,
            content_hash: content_hash(&source_record, &parsed.value, &issues),
            source_record,
            record: parsed.value,
            issues,
        });
    }
    Prepared {
        location: page.location,
        body: page.body,
        records,
        quarantined,
        checkpoint: page.checkpoint,
        seen: page.seen,
        replayed: page.replayed,
    }
}

/// A hash over everything that a reader could notice: 32 hexadecimal digits over what came, 32 over
/// what was made of it. The source's own datestamp is left out: a source that stamps its records
/// anew every night did not change them (invariant 1). So are the dates of its origin and of the
/// origins before that.
pub fn content_hash(source: &SourceRecord, record: &Record, issues: &[Issue]) -> String {
    // These types have no map with keys that JSON refuses, so writing them cannot fail.
    let came = (&source.local_id, source.deleted, &source.sets, &source.fields);
    let mut digest = Sha256::new_with_prefix(serde_json::to_vec(&came).unwrap_or_default());
    if let Some(origin) = &source.origin {
        // Where it came from is part of what is published of it, when it came is not.
        digest.update(serde_json::to_vec(&origin.undated()).unwrap_or_default());
    }
    let came = hex(&digest.finalize());
    let made = hex(&Sha256::digest(serde_json::to_vec(&(record, issues)).unwrap_or_default()));
    format!("{came:.32}{made:.32}")
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// A run reads the clock itself: it lasts for hours, and each page has its own time.
pub(super) fn now() -> i64 {
    crate::clock::now()
}
