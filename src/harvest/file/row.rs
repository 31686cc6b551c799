//! What the readers of all formats have in common.

use domain::issue::Issue;
use domain::source_record::Field;
use std::sync::Arc;

/// Bytes of a quarantined row that are kept.
pub const QUARANTINE_BYTES: usize = 64 << 10;

/// One row or JSON value, read or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// It became a record.
    Record {
        /// The first key field that is not empty, trimmed.
        local_id: String,
        /// Fields in order; masked and empty ones are left out.
        fields: Vec<Field>,
        /// What had to be repaired.
        issues: Vec<Issue>,
    },
    /// It could not be taken.
    Refused(Refusal),
}

/// Why a row is quarantined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// What, where, what to do.
    pub detail: String,
    /// What may be kept of it: UTF-8, without anything that could be a masked field, at most
    /// [`QUARANTINE_BYTES`].
    pub body: Vec<u8>,
    /// The identifier that it seems to have, as far as the columns still stand in their places.
    pub local_id: Option<String>,
}

impl Refusal {
    /// Makes a refusal; the body is cut.
    pub fn new(code: &'static str, detail: String, mut body: Vec<u8>) -> Self {
        body.truncate(QUARANTINE_BYTES);
        Self { code, detail, body, local_id: None }
    }

    /// The same, with the identifier that it seems to have.
    #[must_use]
    pub fn of(self, local_id: Option<String>) -> Self {
        Self { local_id, ..self }
    }
}

/// What a reader needs to know of the source besides the form of the file.
#[derive(Clone)]
pub struct Rules {
    /// Names of the fields that identify a record, tried in order.
    pub keys: Vec<String>,
    /// Whether a field never enters.
    pub masked: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Whether the mapping knows a field of that name.
    pub known: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("keys", &self.keys).finish_non_exhaustive()
    }
}

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Reading failed: the disk, a damaged archive, or a limit of decompression.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file is not what the schedule says.
    #[error("{0}")]
    Form(String),
    /// The file ends too early.
    #[error("{0}")]
    Truncated(String),
    /// A quote that opens a field is never closed, and more follows than memory holds: read again
    /// from `row` on, taking the quote at `quote` for a character.
    #[error("a quote at byte {quote} is never closed")]
    UnclosedQuote {
        /// Where the row begins, in bytes of the decoded stream.
        row: u64,
        /// Where the quote stands.
        quote: u64,
    },
}

/// A reader of rows in one format.
pub trait RowReader: Send {
    /// Writes what every page body begins with (the header line).
    fn head(&self, body: &mut Vec<u8>);

    /// The next row; its canonical form is added to `body`.
    ///
    /// # Errors
    /// [`ReadError`]; the rows before stay good.
    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError>;

    /// Where the next row begins, in bytes of the decoded stream.
    fn offset(&self) -> u64;

    /// Goes on at a row boundary further on, as [`RowReader::offset`] gave it.
    ///
    /// # Errors
    /// [`ReadError::Io`], also when the stream ends before.
    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError>;
}

/// Key of records without any identifier: the content names the record. A changed row is then a
/// new record and the old one is deleted by absence; equal rows are one record.
pub const CONTENT_KEY: &str = "#content";

/// The identifier that [`CONTENT_KEY`] stands for: the first 16 hexadecimal digits of the SHA-256 of
/// the row in its canonical form.
pub fn content_identifier(line: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(line).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
