//! Spreadsheets in OpenDocument form (the MPP's deliveries to Mémoire): the first sheet, as rows of
//! text that are read in passing, whatever the size.

use super::layers::{self, Counter};
use super::limits::Limits;
use super::row::ReadError;
use super::window::Window;
use super::xml_cutter::{Records, XmlCutter};
use protocols::xml::tree::declarations;
use protocols::xml::{Element, decode};
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

/// Most columns: what spreadsheet programs allow.
const MAX_COLUMNS: usize = 16_384;
/// Most times that one row is repeated: equal rows that say something are few.
const MAX_REPEATS: usize = 1_000;

/// Whether a file name is that of a spreadsheet.
pub fn is_sheet(name: &str) -> bool {
    let name = name.split(['?', '#']).next().unwrap_or_default();
    Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ods"))
}

/// The first sheet as CSV of RFC 4180: comma, UTF-8, one line a row. Numbers and dates are written
/// as the document says them for machines.
///
/// # Errors
/// [`ReadError`] when the file is damaged or no OpenDocument.
pub fn as_csv(
    path: &Path,
    limits: Limits,
    read: &Counter,
) -> Result<Box<dyn Read + Send>, ReadError> {
    let opened = layers::open(path, Some("content.xml"), &limits, read)
        .map_err(|error| ReadError::Form(format!("not an OpenDocument spreadsheet: {error}")))?;
    Ok(Box::new(Sheet {
        window: Window::new(opened.reader),
        cutter: XmlCutter::new(Records::Named(vec!["table-row".to_owned()])),
        limits,
        table: None,
        line: Vec::new(),
        at: 0,
    }))
}

struct Sheet {
    window: Window<Box<dyn BufRead + Send>>,
    cutter: XmlCutter,
    limits: Limits,
    /// Start tag of the first sheet.
    table: Option<Vec<u8>>,
    /// What is ready to be read, and how much of it was.
    line: Vec<u8>,
    at: usize,
}

impl Read for Sheet {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if !self.next_row()? {
                return Ok(0);
            }
        }
        let ready = self.line.get(self.at..).unwrap_or_default();
        let length = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), ready.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}

impl Sheet {
    /// Writes the next row of the first sheet into the line; empty ones write nothing.
    fn next_row(&mut self) -> io::Result<bool> {
        let invalid = |error: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("spreadsheet: {error}"))
        };
        let Some(cut) =
            self.cutter.next(&mut self.window, &self.limits).map_err(|error| invalid(&error))?
        else {
            return Ok(false);
        };
        let around = self.cutter.around();
        let table = around.iter().rfind(|tag| tag.starts_with(b"<table:table ")).cloned();
        if self.table.is_some() && self.table != table {
            return Ok(false);
        }
        self.table = table;
        if cut.oversize {
            return Err(invalid(&"a row is too long"));
        }
        let scope: Vec<(Arc<str>, Arc<str>)> =
            around.iter().flat_map(|tag| declarations(&String::from_utf8_lossy(tag))).collect();
        let row = Element::parse(&decode(&cut.bytes).text, &scope).map_err(|e| invalid(&e))?.value;
        let cells = cells(&row);
        if cells.iter().all(String::is_empty) {
            return Ok(true);
        }
        let repeats = repeated(&row, "number-rows-repeated").min(MAX_REPEATS);
        let mut out = csv::Writer::from_writer(Vec::new());
        for _ in 0..repeats {
            out.write_record(&cells).map_err(|error| invalid(&error))?;
        }
        self.line = out.into_inner().map_err(|error| invalid(&error))?;
        Ok(true)
    }
}

fn repeated(element: &Element, name: &str) -> usize {
    element.attribute(name).and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}

/// The cells of a row as text, empty ones at its end left out.
fn cells(row: &Element) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    let mut used = 0;
    for cell in row.elements() {
        if !matches!(cell.local.as_str(), "table-cell" | "covered-table-cell") {
            continue;
        }
        let text = text(cell);
        let times = repeated(cell, "number-columns-repeated").min(MAX_COLUMNS - cells.len());
        cells.extend(std::iter::repeat_n(text, times));
        if cells.last().is_some_and(|text| !text.is_empty()) {
            used = cells.len();
        }
    }
    cells.truncate(used);
    cells
}

fn text(cell: &Element) -> String {
    let said = |name: &str| cell.attribute(name).map(str::to_owned);
    let machine = match cell.attribute("value-type") {
        Some("float" | "currency" | "percentage") => said("value"),
        Some("date") => said("date-value"),
        Some("boolean") => said("boolean-value"),
        _ => None,
    };
    machine.unwrap_or_else(|| {
        // A paragraph is a line of the cell; notes to the cell are not its text.
        let lines: Vec<_> =
            cell.elements().filter(|part| part.local == "p").map(Element::text).collect();
        lines.join("\n").trim().to_owned()
    })
}
