//! MARC in its exchange form (ISO 2709), as libraries export it, through MARCXML.
//!
//! Records are cut at the record terminator, so that a wrong length costs nothing; the directory says
//! which field is which. Characters: UTF-8 when it is, else what the schedule says, else the
//! diacritics of ANSEL (MARC 21) or ISO 5426 (UNIMARC).

use super::encoding::Encoding;
use super::limits::Limits;
use super::marc_characters::decode;
use super::row::{ReadError, Refusal, Row, RowReader, Rules};
use super::window::Window;
use super::xml::Taker;
use domain::issue::Issue;
use protocols::xml::Writer;
use std::io::Read;

const RECORD_END: u8 = 0x1D;
const FIELD_END: u8 = 0x1E;
const SUBFIELD: u8 = 0x1F;
const LEADER: usize = 24;
const ENTRY: usize = 12;

/// Reads the records of an ISO 2709 file.
#[derive(Debug)]
pub struct MarcReader<R> {
    window: Window<R>,
    encoding: Option<Encoding>,
    taker: Taker,
}

/// Whether a file begins as ISO 2709 does: a length of five digits, and a leader that ends as all do.
pub fn looks_like(head: &[u8]) -> bool {
    head.len() >= LEADER
        && head.get(..5).is_some_and(|length| length.iter().all(u8::is_ascii_digit))
        && head.get(12..17).is_some_and(|base| base.iter().all(u8::is_ascii_digit))
        && head.get(10..12) == Some(b"22")
}

impl<R: Read + Send> MarcReader<R> {
    /// Begins at the beginning of a file. `format` is `marc21` or `unimarc`.
    pub fn new(
        source: R,
        format: &str,
        encoding: Option<Encoding>,
        rules: &Rules,
        limits: Limits,
    ) -> Self {
        let taker = Taker { format: format.to_owned(), rules: rules.clone(), limits };
        Self { window: Window::new(source), encoding, taker }
    }

    /// The next record up to its terminator, and whether it is too long.
    fn cut(&mut self) -> Result<Option<(Vec<u8>, bool)>, ReadError> {
        let mut record: Vec<u8> = Vec::new();
        let mut oversize = false;
        loop {
            let bytes = self.window.bytes();
            let end = bytes.iter().position(|byte| *byte == RECORD_END);
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            oversize |= record.len() + part.len() > self.taker.limits.max_row;
            if !oversize {
                record.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.window.consume(used);
            if end.is_some() {
                // Line breaks between records are common.
                let start = record.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                record.drain(..start);
                return Ok(Some((record, oversize)));
            }
            if !self.window.fill()? {
                if record.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0x1A) {
                    return Ok(None);
                }
                let message = "the file ends inside a record: it is cut short";
                return Err(ReadError::Truncated(message.to_owned()));
            }
        }
    }

    /// The record as MARCXML; in words why not.
    fn xml(&self, record: &[u8], issues: &mut Vec<Issue>) -> Result<String, String> {
        let leader = record.get(..LEADER).ok_or("shorter than a leader")?;
        let number = |from: usize, length: usize, of: &[u8]| {
            let digits = of.get(from..from + length)?;
            std::str::from_utf8(digits).ok()?.trim().parse::<usize>().ok()
        };
        let base = number(12, 5, leader).ok_or("the leader has no base address")?;
        let said = number(0, 5, leader);
        if said != Some(record.len() + 1) {
            let text = String::from_utf8_lossy(leader);
            issues.push(Issue::new("marc_length_wrong", "leader", &text));
        }
        let directory = record.get(LEADER..).unwrap_or_default();
        let directory_end = directory
            .iter()
            .position(|byte| *byte == FIELD_END)
            .ok_or("the directory never ends")?;
        let directory = directory.get(..directory_end).unwrap_or_default();
        let unimarc = self.taker.format == "unimarc";
        let mut w = Writer::fragment();
        w.open("record", &[("xmlns", "http://www.loc.gov/MARC21/slim")]);
        w.text("leader", &[], &String::from_utf8_lossy(leader));
        for entry in directory.chunks(ENTRY) {
            let tag = entry.get(..3).map(String::from_utf8_lossy).unwrap_or_default();
            let (Some(length), Some(start)) = (number(3, 4, entry), number(7, 5, entry)) else {
                issues.push(Issue::new(
                    "marc_directory_wrong",
                    "",
                    &String::from_utf8_lossy(entry),
                ));
                continue;
            };
            let from = base.saturating_add(start);
            let Some(content) = record.get(from..from.saturating_add(length).min(record.len()))
            else {
                issues.push(Issue::new(
                    "marc_directory_wrong",
                    "",
                    &String::from_utf8_lossy(entry),
                ));
                continue;
            };
            let content = content.strip_suffix(&[FIELD_END]).unwrap_or(content);
            self.field(&mut w, &tag, content, unimarc, issues);
        }
        Ok(w.finish())
    }

    fn field(
        &self,
        w: &mut Writer,
        tag: &str,
        content: &[u8],
        unimarc: bool,
        issues: &mut Vec<Issue>,
    ) {
        let mut text = |bytes: &[u8]| {
            let (text, issue) = decode(bytes, self.encoding, unimarc);
            if let Some(code) = issue {
                issues.push(Issue::new(code, tag, &text));
            }
            text
        };
        if !content.contains(&SUBFIELD) {
            w.text("controlfield", &[("tag", tag)], &text(content));
            return;
        }
        let mut parts = content.split(|byte| *byte == SUBFIELD);
        let indicators = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let indicator = |at: usize| {
            indicators.chars().nth(at).filter(char::is_ascii_graphic).unwrap_or(' ').to_string()
        };
        let attributes = [("tag", tag), ("ind1", &*indicator(0)), ("ind2", &*indicator(1))];
        w.open("datafield", &attributes);
        for part in parts {
            let Some((code, value)) = part.split_first() else { continue };
            let code = char::from(*code).to_string();
            w.text("subfield", &[("code", &code)], &text(value));
        }
        w.close();
    }
}

impl<R: Read + Send> RowReader for MarcReader<R> {
    fn head(&self, _body: &mut Vec<u8>) {}

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some((record, oversize)) = self.cut()? else {
            return Ok(None);
        };
        if oversize {
            let most = self.taker.limits.max_row;
            let detail = format!("the record is longer than {most} bytes");
            return Ok(Some(Row::Refused(Refusal::new("record_too_large", detail, Vec::new()))));
        }
        let mut issues = Vec::new();
        Ok(Some(match self.xml(&record, &mut issues) {
            Ok(xml) => self.taker.take(&xml, &[], issues, body),
            Err(reason) => {
                let text = String::from_utf8_lossy(&record).replace(['\u{1E}', '\u{1F}'], " ");
                self.taker.refused("not_marc", format!("not ISO 2709: {reason}"), &text)
            }
        }))
    }

    fn offset(&self) -> u64 {
        self.window.offset()
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        Ok(self.window.skip_to(offset)?)
    }
}
