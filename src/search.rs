//! The search index: tantivy, fed from the publication log, disposable.
//!
//! The index is a follower: each commit carries the last sequence number that it has seen, so a
//! killed process goes on where the last commit was, and a folder that is lost or was made by
//! another version is made again from the log. Only this module names tantivy.

mod analyzer;
mod card;
mod century;
mod facet;
mod indexer;
mod parse;
mod query;
mod queue;
mod schema;
#[cfg(test)]
mod tests;

pub use card::{Card, CardImage};
pub use facet::{Facet, FacetCounts, FacetValue, rights_class};
pub use parse::{Clause, MAX_CHARS, MAX_TERMS, ParsedQuery, parse};
pub use query::{MAX_FILTERS, MAX_SIZE, MAX_WINDOW, SearchQuery, SearchResult, Sort};

use crate::store::object::ObjectRow;
use crate::store::{Store, StoreError};
use queue::{Queue, Queued};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy};

/// Lines of the log read at a time.
const BATCH: i64 = 500;
/// Objects between two commits.
const COMMIT_EVERY: usize = 20_000;
/// Answers kept until the index changes: the landing page and what is asked again and again.
const KEPT_ANSWERS: usize = 256;
/// Queries run at a time; the others wait.
const AT_A_TIME: usize = 8;

/// What can go wrong in the search.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The page lies beyond what can be paged through.
    #[error(
        "page {page} of {size} results lies beyond the first {MAX_WINDOW}: make the query narrower, \
         or harvest /oai for everything"
    )]
    TooDeep {
        /// Page asked for.
        page: u32,
        /// Results a page.
        size: u32,
    },
    /// The page is too large.
    #[error("{size} results a page: at most {MAX_SIZE}")]
    PageTooLarge {
        /// Results a page.
        size: u32,
    },
    /// Too many facet values.
    #[error("{filters} filters: at most {MAX_FILTERS} in one query")]
    TooManyFilters {
        /// How many.
        filters: usize,
    },
    /// The folder of the index cannot be used.
    #[error("search index {path}: {source}; the folder can be deleted, it is made again")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// tantivy refused.
    #[error("search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// The log could not be read.
    #[error("search index, reading the publication log: {0}")]
    Store(#[from] StoreError),
    /// The thread that searched is gone.
    #[error("search index: the search was interrupted")]
    Interrupted,
}

impl SearchError {
    /// Whether another process writes this index, so that this one need not.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Index(tantivy::TantivyError::LockFailure(..)))
    }
}

impl SearchError {
    /// Whether the question was at fault.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::TooDeep { .. } | Self::PageTooLarge { .. } | Self::TooManyFilters { .. }
        )
    }
}

/// Handle to the index; cheap to clone.
#[derive(Clone)]
pub struct Search {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    index: Index,
    reader: IndexReader,
    fields: schema::Fields,
    /// Opened by the first write, so that a process that only reads leaves the lock to another.
    writer: Mutex<Option<IndexWriter<Queued>>>,
    queue: Arc<Queue>,
    /// One follower at a time.
    following: tokio::sync::Mutex<()>,
    slots: tokio::sync::Semaphore,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    generation: u64,
    kept: HashMap<SearchQuery, Arc<SearchResult>>,
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl Search {
    /// Opens the index in a folder, or makes it. An index of another version is thrown away; the
    /// next [`Search::follow`] fills it again.
    ///
    /// # Errors
    /// [`SearchError::Folder`] or [`SearchError::Index`] when the folder cannot be used.
    pub fn open(folder: &Path) -> Result<Self, SearchError> {
        let failed = |source| SearchError::Folder { path: folder.to_owned(), source };
        let version_file = folder.join("version");
        let content = folder.join("index");
        let current = std::fs::read_to_string(&version_file)
            .is_ok_and(|version| version.trim() == schema::VERSION);
        if !current && content.exists() {
            tracing::info!(folder = %folder.display(), "search index of another version: made again");
            std::fs::remove_dir_all(&content).map_err(failed)?;
        }
        std::fs::create_dir_all(&content).map_err(failed)?;
        if !current {
            std::fs::write(&version_file, schema::VERSION).map_err(failed)?;
        }
        let (schema, fields) = schema::schema();
        let directory = tantivy::directory::MmapDirectory::open(&content)
            .map_err(tantivy::TantivyError::from)?;
        let index = Index::open_or_create(directory, schema)?;
        index.tokenizers().register(analyzer::EXACT, analyzer::exact());
        index.tokenizers().register(analyzer::STEMMED, analyzer::stemmed());
        let reader =
            index.reader_builder().reload_policy(ReloadPolicy::OnCommitWithDelay).try_into()?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder: folder.to_owned(),
                index,
                reader,
                fields,
                writer: Mutex::new(None),
                queue: Arc::default(),
                following: tokio::sync::Mutex::new(()),
                slots: tokio::sync::Semaphore::new(AT_A_TIME),
                answers: Mutex::new(Answers::default()),
            }),
        })
    }

    /// The last sequence number of the publication log that the index has seen.
    ///
    /// # Errors
    /// [`SearchError::Index`] when the index cannot be read.
    pub fn last_seq(&self) -> Result<i64, SearchError> {
        let payload = self.inner.index.load_metas()?.payload;
        Ok(payload.and_then(|seq| seq.parse().ok()).unwrap_or(0))
    }

    /// Number of objects in the index.
    pub fn count(&self) -> u64 {
        self.inner.reader.searcher().num_docs()
    }

    /// Indexes everything that the publication log took since the last time, and returns how many
    /// objects that were. A log that is shorter than what was seen belongs to another database: the
    /// index starts again.
    ///
    /// # Errors
    /// [`SearchError::Store`] or [`SearchError::Index`]; what was committed before stays.
    pub async fn follow(&self, store: &Store) -> Result<u64, SearchError> {
        let _one = self.inner.following.lock().await;
        let mut seen = self.last_seq()?;
        let newest = store.last_seq().await?;
        if newest < seen {
            tracing::warn!(seen, newest, "the publication log is another one: index made again");
            self.blocking(Self::clear).await?;
            seen = 0;
        }
        let (mut indexed, mut uncommitted) = (0_u64, 0_usize);
        while seen < newest {
            let log = store.publications_after(seen, BATCH).await?;
            let Some(last) = log.last() else { break };
            seen = last.seq;
            let ids: BTreeSet<String> = log.into_iter().map(|line| line.object_id).collect();
            let ids: Vec<String> = ids.into_iter().collect();
            let rows = store.objects(&ids).await?;
            indexed += ids.len() as u64;
            uncommitted += ids.len();
            let commit = (uncommitted >= COMMIT_EVERY || seen >= newest).then_some(seen);
            self.blocking(move |search| search.replace(&ids, &rows, commit)).await?;
            if commit.is_some() {
                uncommitted = 0;
                tracing::debug!(seen, newest, "search index committed");
            }
        }
        Ok(indexed)
    }

    /// Takes rows into the index and commits: what [`Search::follow`] does with a batch. `seq` is
    /// the position of the log that the commit stands for. Blocks.
    ///
    /// # Errors
    /// [`SearchError::Index`].
    pub fn add(&self, rows: &[ObjectRow], seq: i64) -> Result<(), SearchError> {
        let ids: Vec<String> = rows.iter().map(|row| row.object_id.clone()).collect();
        self.replace(&ids, rows, Some(seq))
    }

    /// Answers a query.
    ///
    /// # Errors
    /// A refusal (see [`SearchError::is_refusal`]) when too much is asked for, else
    /// [`SearchError::Index`].
    pub async fn query(&self, query: &SearchQuery) -> Result<Arc<SearchResult>, SearchError> {
        query::check(query)?;
        let searcher = self.inner.reader.searcher();
        let generation = searcher.generation().generation_id();
        if let Some(kept) = self.kept(generation, query) {
            return Ok(kept);
        }
        let _slot = self.inner.slots.acquire().await.map_err(|_| SearchError::Interrupted)?;
        let asked = query.clone();
        let answer = self
            .blocking(move |search| query::run(&searcher, &search.inner.fields, &asked))
            .await
            .map(Arc::new)?;
        let mut answers = self.inner.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.generation != generation || answers.kept.len() >= KEPT_ANSWERS {
            answers.kept.clear();
            answers.generation = generation;
        }
        answers.kept.insert(query.clone(), Arc::clone(&answer));
        Ok(answer)
    }

    fn kept(&self, generation: u64, query: &SearchQuery) -> Option<Arc<SearchResult>> {
        let answers = self.inner.answers.lock().unwrap_or_else(PoisonError::into_inner);
        (answers.generation == generation).then(|| answers.kept.get(query).cloned()).flatten()
    }

    /// Runs what blocks where it may.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let search = self.clone();
        tokio::task::spawn_blocking(move || work(&search))
            .await
            .map_err(|_| SearchError::Interrupted)?
    }

    fn replace(
        &self,
        ids: &[String],
        rows: &[ObjectRow],
        commit: Option<i64>,
    ) -> Result<(), SearchError> {
        self.write(|writer, fields| {
            for id in ids {
                indexer::remove(writer, fields, id);
            }
            for row in rows {
                indexer::put(writer, &self.inner.queue, fields, row)?;
            }
            Ok(())
        })?;
        match commit {
            Some(seq) => self.commit(seq),
            None => Ok(()),
        }
    }

    /// Empties the index; the next [`Search::follow`] reads the publication log from its beginning.
    ///
    /// # Errors
    /// [`SearchError`] when the index cannot be written.
    pub fn clear(&self) -> Result<(), SearchError> {
        self.write(|writer, _| writer.delete_all_documents().map(|_| ()))?;
        self.commit(0)
    }

    fn commit(&self, seq: i64) -> Result<(), SearchError> {
        self.write(|writer, _| {
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&seq.to_string());
            prepared.commit().map(|_| ())
        })?;
        Ok(self.inner.reader.reload()?)
    }

    fn write(
        &self,
        work: impl FnOnce(&mut IndexWriter<Queued>, &schema::Fields) -> tantivy::Result<()>,
    ) -> Result<(), SearchError> {
        let mut slot = self.inner.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = match &mut *slot {
            Some(writer) => writer,
            empty => {
                // One thread that indexes and one that merges: the machine has other things to do,
                // and each of them takes memory.
                let options = IndexWriterOptions::builder()
                    .num_worker_threads(1)
                    .memory_budget_per_thread(indexer::WRITER_BYTES)
                    .num_merge_threads(1)
                    .build();
                let writer = self.inner.index.writer_with_options(options)?;
                let mut merges = LogMergePolicy::default();
                merges.set_max_docs_before_merge(indexer::LARGEST_MERGED);
                writer.set_merge_policy(Box::new(merges));
                empty.insert(writer)
            }
        };
        Ok(work(writer, &self.inner.fields)?)
    }
}
