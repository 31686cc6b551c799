//! Gathers rows into pages.
//!
//! **The form of a stored page.** Of a delimited file: CSV as of RFC 4180 with line feeds, UTF-8,
//! comma, the header line first (names as used for fields, so `name#2` for a repeated one; empty
//! for a column without a name), every row with all columns, masked columns left out. Of a JSON
//! file: one value a line, masked keys left out at any depth. Rows that are quarantined as
//! `no_identifier` or `row_too_long` are in the page in their place (of the latter only cells that
//! cannot hold a masked value); rows that are too large, and values that are not JSON, are only in
//! quarantine.

use super::checkpoint::Checkpoint;
use super::limits::Limits;
use super::row::{ReadError, Row, RowReader};
use crate::harvest::RawPage;
use crate::store::run::Quarantined;
use domain::source_record::SourceRecord;

/// Cuts the rows of one file into pages.
pub struct Pager {
    name: String,
    rows_a_page: usize,
    limits: Limits,
    checkpoint: Checkpoint,
    page: RawPage,
    position: i64,
}

impl std::fmt::Debug for Pager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pager").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Pager {
    /// Begins at a checkpoint (rows 0, offset 0 at the beginning of a file).
    pub fn new(name: String, rows_a_page: usize, limits: Limits, checkpoint: Checkpoint) -> Self {
        let page = RawPage::default();
        Self { name, rows_a_page: rows_a_page.max(1), limits, checkpoint, page, position: 0 }
    }

    /// The next full page, or the last one; `None` when there are no more rows.
    ///
    /// # Errors
    /// [`ReadError`]; the rows read before it wait for the next call, or for [`Pager::rest`].
    pub fn next_page(&mut self, reader: &mut dyn RowReader) -> Result<Option<RawPage>, ReadError> {
        loop {
            if self.page.body.is_empty() {
                reader.head(&mut self.page.body);
            }
            let full = self.position as usize >= self.rows_a_page
                || self.page.body.len() >= self.limits.page_bytes;
            if full && self.position > 0 {
                return Ok(self.rest());
            }
            match reader.next_row(&mut self.page.body)? {
                None => return Ok(self.rest()),
                Some(row) => self.take(row),
            }
            self.checkpoint.offset = reader.offset();
        }
    }

    /// The rows gathered so far as a page, however few.
    pub fn rest(&mut self) -> Option<RawPage> {
        if self.position == 0 {
            return None;
        }
        let first = self.checkpoint.rows + 1;
        self.checkpoint.rows += self.position as u64;
        self.position = 0;
        let mut page = std::mem::take(&mut self.page);
        // The form of RFC 7111: rows counted from 1, the header not among them.
        page.location = format!("{}#row={first}-{}", self.name, self.checkpoint.rows);
        page.checkpoint = serde_json::to_string(&self.checkpoint).ok();
        Some(page)
    }

    fn take(&mut self, row: Row) {
        match row {
            Row::Record { local_id, fields, issues } => {
                let record = SourceRecord {
                    local_id,
                    deleted: false,
                    datestamp: None,
                    sets: Vec::new(),
                    origin: None,
                    fields,
                };
                self.page.records.push((record, issues));
            }
            Row::Refused(refusal) => {
                let row = self.checkpoint.rows + self.position as u64 + 1;
                self.page.quarantined.push(Quarantined {
                    position: self.position,
                    code: refusal.code.to_owned(),
                    detail: format!("{} row {row}: {}", self.name, refusal.detail),
                    body: refusal.body,
                    local_id: refusal.local_id,
                });
            }
        }
        self.position += 1;
    }
}
