//! Rows of CSV and its relatives.

use super::columns::{Columns, write_line};
use super::cutter::{CutRow, Cutter, Dialect, Oversize, cells};
use super::encoding::Encoding;
use super::limits::Limits;
use super::row::{ReadError, Refusal, Row, RowReader, Rules, content_identifier};
use super::window::Window;
use domain::issue::Issue;
use domain::source_record::Field;
use std::borrow::Cow;
use std::io::Read;

/// How a delimited file is to be read.
#[derive(Debug, Clone, Default)]
pub struct DelimitedOptions {
    /// Encoding; a byte order mark overrides it. Absent: UTF-8 with repairs.
    pub encoding: Option<Encoding>,
    /// Delimiter; absent: the one of `,` `;` tab `|` that the first line has most.
    pub delimiter: Option<u8>,
    /// Whether `"` quotes.
    pub quoting: bool,
    /// Column names when there is no header.
    pub columns: Option<Vec<String>>,
    /// Lines before the header.
    pub skip_lines: u32,
    /// Absolute positions of quotes that are characters, from an earlier pass.
    pub strays: Vec<u64>,
}

/// Reads the rows of a delimited file.
#[derive(Debug)]
pub struct DelimitedReader<R> {
    window: Window<R>,
    cutter: Cutter,
    encoding: Encoding,
    columns: Columns,
    limits: Limits,
}

impl<R: Read + Send> DelimitedReader<R> {
    /// Reads up to the first row: mark, skipped lines, header.
    ///
    /// # Errors
    /// [`ReadError::Form`] when the head is not that of a table or has no key column.
    pub fn new(
        source: R,
        options: &DelimitedOptions,
        rules: &Rules,
        limits: Limits,
    ) -> Result<Self, ReadError> {
        let mut window = Window::new(source);
        let mut encoding = options.encoding.unwrap_or(Encoding::Utf8);
        window.fill_to(4)?;
        if let Some((marked, length)) = Encoding::of_mark(window.bytes()) {
            window.consume(length);
            encoding = marked;
        }
        refuse_markup(&mut window)?;
        // Skipped lines are comments: a quote in them means nothing.
        let quoting = options.quoting && options.skip_lines == 0;
        let sample = head(&mut window, quoting, limits.max_header)?;
        let cr_ends = sample.cr_ends;
        let line_end = if cr_ends { b'\r' } else { b'\n' };
        for _ in 0..options.skip_lines {
            skip_line(&mut window, line_end, limits.max_header)?;
        }
        let sample = head(&mut window, options.quoting, limits.max_header)?;
        let delimiter = options.delimiter.unwrap_or(sample.delimiter);
        let dialect = Dialect { delimiter: Some(delimiter), quoting: options.quoting, cr_ends };
        let cutter = Cutter::new(dialect, limits, options.strays.clone());
        let names: Vec<String> = match &options.columns {
            Some(names) => names.clone(),
            None => match cutter.next(&mut window)? {
                Some(row) if row.oversize.is_none() && row.bytes.len() <= limits.max_header => {
                    cells(&row.bytes, &row.strays, dialect)
                        .iter()
                        .map(|cell| encoding.decode(cell).0.into_owned())
                        .collect()
                }
                Some(_) => return Err(no_header(limits.max_header)),
                None => return Err(ReadError::Form("the file is empty".to_owned())),
            },
        };
        let columns = Columns::new(names, rules).map_err(ReadError::Form)?;
        Ok(Self { window, cutter, encoding, columns, limits })
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    fn refuse(&self, row: &CutRow, cells: &[Cow<'_, [u8]>], body: &mut Vec<u8>) -> Option<Row> {
        let wide = self.columns.list.len();
        let (code, detail) = match row.oversize {
            Some(Oversize::Field(at)) => {
                let name = self.columns.list.get(at).map_or("", |column| column.name.as_str());
                let most = self.limits.max_field;
                ("field_too_long", format!("field {} ({name}) is longer than {most} bytes", at + 1))
            }
            Some(Oversize::Row) => (
                "record_too_large",
                format!("the row is longer than {} bytes", self.limits.max_row),
            ),
            None if cells.len() > wide => (
                "row_too_long",
                format!(
                    "{} cells in a table of {wide} columns; a delimiter inside a value must be \
                     quoted",
                    cells.len()
                ),
            ),
            None => return None,
        };
        let visible = self.visible(cells);
        let mut line = Vec::new();
        write_line(visible.iter().map(|cell| &**cell), &mut line);
        if row.oversize.is_none() {
            body.extend_from_slice(&line);
        }
        line.pop();
        let local_id = self.columns.keys.iter().find_map(|at| {
            let text = self.encoding.decode(cells.get(*at)?).0.trim().to_owned();
            (!text.is_empty()).then_some(text)
        });
        Some(Row::Refused(Refusal::new(code, detail, line).of(local_id)))
    }

    /// The cells of a row of the wrong shape that cannot hold a masked value. A delimiter too
    /// many moves values to the right only, by as many cells as there are too many: what stands
    /// before the first masked column never was one, and what stands that many cells after the
    /// last neither.
    fn visible<'a>(&self, cells: &'a [Cow<'_, [u8]>]) -> Vec<Cow<'a, str>> {
        let extra = cells.len().saturating_sub(self.columns.list.len());
        let span = self.columns.masked_span();
        cells
            .iter()
            .enumerate()
            .filter(|(at, _)| span.is_none_or(|(first, last)| *at < first || *at > last + extra))
            .map(|(_, cell)| self.encoding.decode(cell).0)
            .collect()
    }
}

impl<R: Read + Send> RowReader for DelimitedReader<R> {
    fn head(&self, body: &mut Vec<u8>) {
        write_line(self.columns.header(), body);
    }

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some(row) = self.cutter.next(&mut self.window)? else {
            return Ok(None);
        };
        let cells = cells(&row.bytes, &row.strays, self.cutter.dialect());
        if let Some(refused) = self.refuse(&row, &cells, body) {
            return Ok(Some(refused));
        }
        let mut issues = Vec::new();
        let mut texts: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(cells.len());
        for (cell, column) in cells.iter().zip(&self.columns.list) {
            if column.masked {
                texts.push(None);
                continue;
            }
            let (text, issue) = self.encoding.decode(cell);
            if let Some(code) = issue {
                issues.push(Issue::new(code, column.name.as_str(), &text));
            }
            texts.push(Some(text));
        }
        if !row.strays.is_empty() {
            issues.push(Issue::new("stray_quote", "", ""));
        }
        // A short row is written with all its columns: the page is a table.
        let missing = self.columns.list.iter().skip(cells.len()).filter(|c| !c.masked).map(|_| "");
        let before = body.len();
        write_line(texts.iter().flatten().map(|text| &**text).chain(missing), body);
        let key = self.columns.keys.iter().find_map(|at| {
            let text = texts.get(*at)?.as_deref()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        });
        let by_content = || {
            self.columns
                .by_content
                .then(|| content_identifier(body.get(before..).unwrap_or_default()))
        };
        let Some(local_id) = key.or_else(by_content) else {
            let names: Vec<&str> = self
                .columns
                .keys
                .iter()
                .filter_map(|at| self.columns.list.get(*at))
                .map(|column| column.name.as_str())
                .collect();
            let detail = format!("nothing in {}: the row has no identifier", names.join(" or "));
            let mut line = body.get(before..).unwrap_or_default().to_vec();
            line.pop();
            return Ok(Some(Row::Refused(Refusal::new("no_identifier", detail, line))));
        };
        let fields = texts
            .into_iter()
            .zip(&self.columns.list)
            .filter_map(|(text, column)| Some((text?, column)))
            .filter(|(text, column)| !text.is_empty() && !column.name.is_empty())
            .map(|(text, column)| Field::new(column.name.as_str(), text))
            .collect();
        Ok(Some(Row::Record { local_id, fields, issues }))
    }

    fn offset(&self) -> u64 {
        self.window.offset()
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        Ok(self.window.skip_to(offset)?)
    }
}

fn no_header(most: usize) -> ReadError {
    ReadError::Form(format!("no end of the header line in the first {most} bytes: not a table"))
}

/// A web page where a table was expected: what a retired address answers, with status 200 (as
/// data.culture.gouv.fr does since 2026).
///
/// # Errors
/// [`ReadError::Form`] when it is one.
pub fn refuse_markup<R: Read>(window: &mut Window<R>) -> Result<(), ReadError> {
    window.fill_to(64)?;
    let head =
        String::from_utf8_lossy(window.bytes().get(..64).unwrap_or(window.bytes())).into_owned();
    let head = head.trim_start().to_ascii_lowercase();
    let markup = ["<!doctype", "<html", "<?xml", "<head", "<body"];
    if markup.iter().any(|start| head.starts_with(start)) {
        return Err(ReadError::Form("an HTML or XML page where rows were expected".to_owned()));
    }
    Ok(())
}

struct Sample {
    delimiter: u8,
    cr_ends: bool,
}

/// Looks at the first line: which delimiter it has most, and how lines end.
fn head<R: Read>(window: &mut Window<R>, quoting: bool, most: usize) -> Result<Sample, ReadError> {
    const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
    let mut counts = [0_usize; 4];
    let mut quoted = false;
    let mut at = 0;
    loop {
        let Some(&byte) = window.bytes().get(at) else {
            if at < most && window.fill()? {
                continue;
            }
            if at >= most {
                return Err(no_header(most));
            }
            break;
        };
        at += 1;
        if byte == b'"' && quoting {
            quoted = !quoted;
        } else if !quoted && matches!(byte, b'\n' | b'\r') {
            break;
        } else if !quoted {
            let both = CANDIDATES.iter().zip(&mut counts);
            both.filter(|(c, _)| **c == byte).for_each(|(_, count)| *count += 1);
        }
    }
    // A carriage return at the end of the first line, and no line feed anywhere near outside of
    // quotes, makes a file of the old Macintosh.
    window.fill_to(at + 1)?;
    let seen = window.bytes();
    let cr = at > 0 && seen.get(at - 1) == Some(&b'\r') && seen.get(at) != Some(&b'\n');
    let cr_ends = cr && {
        window.fill_to(64 << 10)?;
        !has_line_feed(window.bytes(), quoting)
    };
    let best = counts.iter().copied().max().unwrap_or(0);
    let delimiter = CANDIDATES
        .iter()
        .zip(counts)
        .find(|(_, count)| best > 0 && *count == best)
        .map_or(b',', |(candidate, _)| *candidate);
    Ok(Sample { delimiter, cr_ends })
}

fn has_line_feed(bytes: &[u8], quoting: bool) -> bool {
    let mut quoted = false;
    bytes.iter().any(|byte| {
        quoted ^= quoting && *byte == b'"';
        *byte == b'\n' && !quoted
    })
}

fn skip_line<R: Read>(window: &mut Window<R>, end: u8, most: usize) -> Result<(), ReadError> {
    let mut at = 0;
    loop {
        match window.bytes().get(at).copied() {
            Some(byte) if byte == end => break,
            Some(_) => at += 1,
            None if at > most => return Err(no_header(most)),
            None if !window.fill()? => break,
            None => {}
        }
    }
    window.consume(at + 1);
    Ok(())
}
