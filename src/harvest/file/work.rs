//! The reading side: a thread that reads, cuts and hands pages over a short channel.

use super::checkpoint::{Checkpoint, Input, count_skipped};
use super::layers::Counter;
use super::limits::Limits;
use super::open::{Source, open};
use super::pager::Pager;
use super::row::{ReadError, RowReader, Rules};
use crate::config::source::SourceConfig;
use crate::harvest::RawPage;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows of a page unless the schedule says otherwise.
const PAGE_ROWS: u32 = 500;
/// Pages that wait to be committed. Memory is bounded by these and by the page being read.
const PAGES_WAITING: usize = 2;
/// How often a file is read again from the row of a quote that never closes.
const UNCLOSED_QUOTES: usize = 50;

/// What the thread needs.
#[derive(Debug)]
pub struct Work {
    /// How to read.
    pub config: Arc<SourceConfig>,
    /// Files, in order.
    pub inputs: Vec<Input>,
    /// Key and mask.
    pub rules: Rules,
    /// Limits.
    pub limits: Limits,
    /// Where to begin.
    pub from: Checkpoint,
    /// Bytes read of the files themselves.
    pub read: Counter,
}

/// Why reading stopped before the end, in words.
pub type Stopped = String;

/// Starts the thread. The channel gives pages, then ends; a last `Err` says why it ended early.
pub fn start(work: Work) -> mpsc::Receiver<Result<RawPage, Stopped>> {
    let (pages, receiver) = mpsc::channel(PAGES_WAITING);
    tokio::task::spawn_blocking(move || {
        for number in work.from.file..work.inputs.len() {
            match work.file(number, &pages) {
                Ok(true) => {}
                // Nobody is listening any more.
                Ok(false) => return,
                Err(reason) => {
                    // When nobody is listening, the reason is of no interest.
                    let _unheard = pages.blocking_send(Err(reason));
                    return;
                }
            }
        }
    });
    receiver
}

impl Work {
    /// Reads one file. `false`: the receiver is gone.
    fn file(
        &self,
        number: usize,
        pages: &mpsc::Sender<Result<RawPage, Stopped>>,
    ) -> Result<bool, Stopped> {
        let Some(input) = self.inputs.get(number) else {
            return Ok(true);
        };
        let resumed = number == self.from.file;
        let from = if resumed {
            count_skipped(self.inputs.get(..number).unwrap_or_default(), &self.read);
            self.from.clone()
        } else {
            Checkpoint { file: number, offset: 0, rows: 0, ..self.from.clone() }
        };
        let rows_a_page = self.config.file.page_rows.unwrap_or(PAGE_ROWS) as usize;
        let offset = from.offset;
        let mut cut = Pager::new(input.name.clone(), rows_a_page, self.limits, from);
        let mut strays = Vec::new();
        let said = |error: ReadError| format!("{}: {error}", input.name);
        let mut reader = self.open(input, &strays, offset).map_err(said)?;
        loop {
            match cut.next_page(reader.as_mut()) {
                Ok(Some(page)) => {
                    if pages.blocking_send(Ok(page)).is_err() {
                        return Ok(false);
                    }
                }
                Ok(None) => return Ok(true),
                Err(ReadError::UnclosedQuote { row, quote }) if strays.len() < UNCLOSED_QUOTES => {
                    tracing::warn!(
                        file = input.name,
                        row,
                        quote,
                        "a quote is never closed: read again"
                    );
                    strays.push(quote);
                    reader = self.open(input, &strays, row).map_err(said)?;
                }
                Err(error) => {
                    // What was read before is good.
                    if let Some(page) = cut.rest()
                        && pages.blocking_send(Ok(page)).is_err()
                    {
                        return Ok(false);
                    }
                    return Err(said(error));
                }
            }
        }
    }

    fn open(
        &self,
        input: &Input,
        strays: &[u64],
        offset: u64,
    ) -> Result<Box<dyn RowReader>, ReadError> {
        let config = &self.config;
        let source = Source { config, rules: &self.rules, limits: self.limits, read: &self.read };
        let mut reader = open(input, source, strays)?;
        if offset > 0 {
            reader.skip_to(offset)?;
        }
        Ok(reader)
    }
}
