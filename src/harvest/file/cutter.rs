//! Cuts a stream of bytes into logical rows, and a row into cells.
//!
//! A quote opens a field only where the field begins, and only when it is closed by a quote that
//! a delimiter or the end of the row follows, or at least closed on the same line. A quote that
//! would swallow line ends and then close in the middle of a text (`"Vierge" dite de …` in a file
//! that never quotes) is a character: without that rule one stray quote makes hundreds of records
//! into one.

use super::limits::Limits;
use super::row::ReadError;
use super::window::Window;
use std::borrow::Cow;
use std::io::Read;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells. `None`: a row is one cell (NDJSON).
    pub delimiter: Option<u8>,
    /// Whether `"` quotes.
    pub quoting: bool,
    /// Whether rows end with a carriage return alone. Otherwise they end with a line feed, and a
    /// carriage return before it belongs to it.
    pub cr_ends: bool,
}

/// One row as it stands in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutRow {
    /// The bytes, without the line end. Of a row that is too large, only its beginning.
    pub bytes: Vec<u8>,
    /// Positions in `bytes` of quotes at the beginning of a field that are characters.
    pub strays: Vec<usize>,
    /// Why the row cannot be taken.
    pub oversize: Option<Oversize>,
}

/// What of a row is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oversize {
    /// The field of this number, from 0.
    Field(usize),
    /// The row as a whole.
    Row,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote in a quoted field.
    QuoteSeen,
    /// After the closing quote and blanks.
    Closed,
}

/// Cuts rows one by one.
#[derive(Debug)]
pub struct Cutter {
    dialect: Dialect,
    limits: Limits,
    /// Absolute positions of quotes known to be characters.
    strays: Vec<u64>,
}

/// Bytes of an oversize row that are kept for quarantine.
const KEPT: usize = 64 << 10;

impl Cutter {
    /// A cutter; `strays` are absolute positions of quotes that an earlier pass found unclosed.
    pub fn new(dialect: Dialect, limits: Limits, strays: Vec<u64>) -> Self {
        Self { dialect, limits, strays }
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The next row that is not empty, consumed from the window.
    ///
    /// # Errors
    /// [`ReadError::Io`], and [`ReadError::UnclosedQuote`] when a quote that is not closed
    /// swallowed more than memory holds.
    pub fn next<R: Read>(&self, window: &mut Window<R>) -> Result<Option<CutRow>, ReadError> {
        loop {
            match self.one(window)? {
                Some(row) if row.bytes.is_empty() && row.oversize.is_none() => {}
                other => return Ok(other),
            }
        }
    }

    fn one<R: Read>(&self, window: &mut Window<R>) -> Result<Option<CutRow>, ReadError> {
        let row_offset = window.offset();
        let end = if self.dialect.cr_ends { b'\r' } else { b'\n' };
        let mut state = State::FieldStart;
        // Positions in the window; after bytes were let go of, `gone` of the row are before it.
        let (mut at, mut gone) = (0_usize, 0_usize);
        let (mut field, mut field_start, mut field_lines) = (0_usize, 0_usize, false);
        // Where the line after the first line end in the field begins.
        let mut first_line = 0_usize;
        let mut strays: Vec<usize> = Vec::new();
        let mut oversize = None;
        let mut kept: Vec<u8> = Vec::new();
        loop {
            let Some(&byte) = window.bytes().get(at) else {
                if window.fill()? {
                    continue;
                }
                if at + gone == 0 {
                    return Ok(None);
                }
                // When only the last line end of the file is in the quotes, nothing was swallowed.
                let unclosed = state == State::Quoted && field_lines && first_line < gone + at;
                if unclosed && mark_stray(row_offset, field_start, gone, &mut strays)? {
                    (at, state, oversize) = (field_start + 1, State::Plain, None);
                    continue;
                }
                let line_end = usize::from(state == State::Quoted && field_lines);
                return Ok(Some(finish(window, at - line_end, line_end, kept, strays, oversize)));
            };
            let delimiter = self.dialect.delimiter == Some(byte);
            let line_end = byte == end;
            match state {
                State::Quoted if byte == b'"' => state = State::QuoteSeen,
                State::Quoted => {
                    if line_end && !field_lines {
                        (field_lines, first_line) = (true, gone + at + 1);
                    }
                }
                State::QuoteSeen if byte == b'"' => state = State::Quoted,
                State::FieldStart
                    if byte == b'"'
                        && self.dialect.quoting
                        && !self.is_stray(row_offset, gone + at) =>
                {
                    (state, field_lines) = (State::Quoted, false);
                }
                _ if line_end => {
                    return Ok(Some(finish(window, at, 1, kept, strays, oversize)));
                }
                _ if delimiter => {
                    (state, field) = (State::FieldStart, field + 1);
                    field_start = gone + at + 1;
                }
                State::QuoteSeen | State::Closed if matches!(byte, b' ' | b'\t' | b'\r') => {
                    state = State::Closed;
                }
                State::QuoteSeen | State::Closed => {
                    state = State::Plain;
                    if field_lines && mark_stray(row_offset, field_start, gone, &mut strays)? {
                        (at, oversize) = (field_start, None);
                    }
                }
                State::FieldStart => {
                    if byte == b'"' && self.dialect.quoting {
                        // Known from an earlier pass or a step back.
                        if !strays.contains(&(gone + at)) {
                            strays.push(gone + at);
                        }
                    }
                    state = State::Plain;
                }
                State::Plain => {}
            }
            at += 1;
            let position = gone + at;
            if oversize.is_none() {
                if position - field_start > self.limits.max_field {
                    oversize = Some(Oversize::Field(field));
                } else if position > self.limits.max_row {
                    oversize = Some(Oversize::Row);
                }
                if oversize.is_some() {
                    kept = window.bytes().iter().take(KEPT).copied().collect();
                }
            }
            if oversize.is_some() && at >= KEPT {
                window.consume(at);
                (gone, at) = (gone + at, 0);
            }
        }
    }

    fn is_stray(&self, row_offset: u64, position: usize) -> bool {
        self.strays.contains(&(row_offset + position as u64))
    }
}

/// Takes note that the quote at the beginning of a field is a character. `true`: step back there.
/// When the field is no longer in memory, the caller of the reader has to.
fn mark_stray(
    row_offset: u64,
    field_start: usize,
    gone: usize,
    strays: &mut Vec<usize>,
) -> Result<bool, ReadError> {
    if gone > 0 {
        let quote = row_offset + field_start as u64;
        return Err(ReadError::UnclosedQuote { row: row_offset, quote });
    }
    strays.push(field_start);
    Ok(true)
}

/// Takes a row off the window: `at` bytes and a line end of `line_end` bytes.
fn finish<R: Read>(
    window: &mut Window<R>,
    at: usize,
    line_end: usize,
    kept: Vec<u8>,
    strays: Vec<usize>,
    oversize: Option<Oversize>,
) -> CutRow {
    let mut bytes = match oversize {
        None => window.bytes().get(..at).unwrap_or_default().to_vec(),
        Some(_) => kept,
    };
    window.consume(at + line_end);
    if oversize.is_none() && bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    CutRow { bytes, strays, oversize }
}

/// The cells of a row, unquoted. What follows a closing quote is kept (`"a" b` gives `a b`).
pub fn cells<'a>(row: &'a [u8], strays: &[usize], dialect: Dialect) -> Vec<Cow<'a, [u8]>> {
    let Some(delimiter) = dialect.delimiter else {
        return vec![Cow::Borrowed(row)];
    };
    let mut cells = Vec::new();
    let mut at = 0;
    loop {
        let rest = row.get(at..).unwrap_or_default();
        let quoted = dialect.quoting && rest.first() == Some(&b'"') && !strays.contains(&at);
        let (cell, used) = if quoted {
            quoted_cell(rest, delimiter)
        } else {
            let length = rest.iter().position(|b| *b == delimiter).unwrap_or(rest.len());
            (Cow::Borrowed(rest.get(..length).unwrap_or_default()), length)
        };
        cells.push(cell);
        at += used;
        // What stopped the cell is a delimiter or the end of the row.
        if at >= row.len() {
            return cells;
        }
        at += 1;
    }
}

/// A cell that begins with a quote, and how many bytes it takes.
fn quoted_cell(rest: &[u8], delimiter: u8) -> (Cow<'_, [u8]>, usize) {
    let mut cell = Vec::new();
    let mut open = true;
    let mut bytes = rest.iter().copied().enumerate().skip(1).peekable();
    while let Some((at, byte)) = bytes.next() {
        if open && byte == b'"' {
            if bytes.next_if(|(_, next)| *next == b'"').is_some() {
                cell.push(b'"');
            } else {
                open = false;
            }
        } else if !open && byte == delimiter {
            return (Cow::Owned(cell), at);
        } else {
            cell.push(byte);
        }
    }
    (Cow::Owned(cell), rest.len())
}
