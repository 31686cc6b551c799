//! Spreadsheets (ODS of the MPP, XLSX): the first sheet, read whole and handed on as rows of text.
//!
//! A spreadsheet cannot be read in passing: its size is bounded instead.

use super::limits::Limits;
use super::row::ReadError;
use calamine::{Data, Reader as _, open_workbook_auto_from_rs};
use std::io::Cursor;
use std::path::Path;

/// Bytes of a spreadsheet file.
const MAX_FILE: u64 = 128 << 20;
/// Bytes of its parts, decompressed.
const MAX_CONTENT: u64 = 1 << 30;

/// Whether a file name is that of a spreadsheet.
pub fn is_sheet(name: &str) -> bool {
    let name = name.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".ods", ".xlsx", ".xlsm"].iter().any(|end| name.ends_with(end))
}

/// The first sheet as CSV of RFC 4180: comma, UTF-8, one line a row. Numbers are written without a
/// decimal point when they have no decimals, dates as ISO 8601.
///
/// # Errors
/// [`ReadError`] when the file is too large, damaged, or has no sheet.
pub fn as_csv(path: &Path, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let size = std::fs::metadata(path)?.len();
    if size > MAX_FILE {
        return Err(form(format!(
            "a spreadsheet of {size} bytes; at most {MAX_FILE} are read: save it as CSV"
        )));
    }
    let bytes = std::fs::read(path)?;
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes))
        .map_err(|error| form(format!("not a spreadsheet: {error}")))?;
    let mut content = 0_u64;
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|error| form(error.to_string()))?;
        content = content.saturating_add(entry.size());
    }
    let most = MAX_CONTENT.min(limits.max_bytes);
    if content > most || (content > limits.ratio_from && content / size.max(1) > limits.max_ratio) {
        return Err(form(format!("a spreadsheet that unpacks to {content} bytes: save it as CSV")));
    }
    let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes))
        .map_err(|error| form(format!("not a spreadsheet: {error}")))?;
    let range = workbook
        .worksheet_range_at(0)
        .ok_or_else(|| form("the spreadsheet has no sheet".to_owned()))?
        .map_err(|error| form(format!("first sheet: {error}")))?;
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in range.rows() {
        if row.iter().all(|cell| matches!(cell, Data::Empty)) {
            continue;
        }
        out.write_record(row.iter().map(text)).map_err(|error| form(error.to_string()))?;
    }
    out.into_inner().map_err(|error| form(error.to_string()))
}

fn form(message: String) -> ReadError {
    ReadError::Form(message)
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(value) => {
            let (year, month, day, hour, minute, second, _) = value.to_ymd_hms_milli();
            if (hour, minute, second) == (0, 0, 0) {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
            }
        }
        // `{}` writes a whole number without `.0`.
        Data::Float(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        other => other.to_string(),
    }
}
