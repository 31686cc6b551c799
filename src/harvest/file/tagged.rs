//! Joconde's "ajout piloté" (pop.md 2.0.2): a line with a field code, the lines of its value, a line
//! `//` after each record.
//!
//! A line of a value that ends with `-` goes on in the next one, the hyphen is the mark of the break;
//! lines without it are joined as they are. Files come with CRLF and, mended by hand, with LF: both
//! are read alike (POP kept the hyphens of the latter).
//!
//! **The form of a stored page.** One JSON object a line, masked fields left out.

use super::encoding::Encoding;
use super::limits::Limits;
use super::row::{ReadError, Refusal, Row, RowReader, Rules};
use super::window::Window;
use domain::issue::Issue;
use domain::source_record::Field;
use std::io::Read;

/// Reads the records of a tagged file.
#[derive(Debug)]
pub struct TaggedReader<R> {
    window: Window<R>,
    /// `None`: UTF-8 where it is, else ISO-8859-1, record by record.
    encoding: Option<Encoding>,
    rules: Rules,
    limits: Limits,
}

/// Most characters of a field code.
const LONGEST_CODE: usize = 12;

impl<R: Read + Send> TaggedReader<R> {
    /// Begins at the beginning of a file.
    ///
    /// # Errors
    /// [`ReadError::Form`] when no field identifies the records; what the stream says.
    pub fn new(
        source: R,
        encoding: Option<Encoding>,
        rules: &Rules,
        limits: Limits,
    ) -> Result<Self, ReadError> {
        if rules.keys.is_empty() {
            let message = "no field identifies the records; set file.key in the schedule";
            return Err(ReadError::Form(message.to_owned()));
        }
        let mut window = Window::new(source);
        window.fill_to(4)?;
        let mut encoding = encoding;
        if let Some((marked, length)) = Encoding::of_mark(window.bytes()) {
            window.consume(length);
            encoding = Some(marked);
        }
        Ok(Self { window, encoding, rules: rules.clone(), limits })
    }

    /// The lines of the next record without the final `//`; whether it is too long.
    fn cut(&mut self) -> Result<Option<(Vec<u8>, bool)>, ReadError> {
        let mut record = Vec::new();
        let mut oversize = false;
        loop {
            let Some(line) = self.line()? else {
                let empty = record.iter().all(u8::is_ascii_whitespace);
                return Ok((!empty).then_some((record, oversize)));
            };
            if line.trim_ascii() == b"//" {
                if record.iter().all(u8::is_ascii_whitespace) {
                    record.clear();
                    continue;
                }
                return Ok(Some((record, oversize)));
            }
            oversize |= record.len() + line.len() > self.limits.max_row;
            if !oversize {
                record.extend_from_slice(&line);
                record.push(b'\n');
            }
        }
    }

    /// The next line without its end; of one that is longer than a row may be, the beginning.
    fn line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut seen = 0;
        loop {
            let bytes = self.window.bytes();
            let rest = bytes.get(seen..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = bytes.get(..seen + end).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.window.consume(seen + end + 1);
                return Ok(Some(line));
            }
            seen = bytes.len();
            if seen > self.limits.max_row || !self.window.fill()? {
                let line = self.window.bytes().get(..seen).unwrap_or_default().to_vec();
                self.window.consume(seen);
                return Ok((!line.is_empty()).then_some(line));
            }
        }
    }

    fn decode(&self, bytes: &[u8], issues: &mut Vec<Issue>) -> String {
        let encoding = self.encoding.unwrap_or(if std::str::from_utf8(bytes).is_ok() {
            Encoding::Utf8
        } else {
            Encoding::Latin1
        });
        let (text, issue) = encoding.decode(bytes);
        if let Some(code) = issue {
            issues.push(Issue::new(code, "", &text));
        }
        text.into_owned()
    }

    fn is_code(&self, line: &str) -> bool {
        line.len() <= LONGEST_CODE
            && line.starts_with(|c: char| c.is_ascii_uppercase())
            && line.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && ((self.rules.known)(line) || (self.rules.masked)(line))
    }

    /// Fields in order; lines before the first code.
    fn fields(&self, text: &str) -> (Vec<Field>, String) {
        let mut fields: Vec<Field> = Vec::new();
        let mut before = String::new();
        let mut broken = false;
        for line in text.lines() {
            let code = line.trim();
            if !broken && self.is_code(code) {
                fields.push(Field::new(code, ""));
                continue;
            }
            let Some(field) = fields.last_mut() else {
                before.push_str(line.trim());
                continue;
            };
            let (part, goes_on) = match line.strip_suffix('-') {
                Some(part) => (part, true),
                None => (line, false),
            };
            // A hyphen at the very end of a value is the value's own.
            if broken && field.value.ends_with('-') {
                field.value.pop();
            }
            field.value.push_str(part);
            if goes_on {
                field.value.push('-');
            }
            broken = goes_on;
        }
        (fields, before)
    }
}

impl<R: Read + Send> RowReader for TaggedReader<R> {
    fn head(&self, _body: &mut Vec<u8>) {}

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some((bytes, oversize)) = self.cut()? else {
            return Ok(None);
        };
        if oversize {
            let detail = format!("the record is longer than {} bytes", self.limits.max_row);
            return Ok(Some(Row::Refused(Refusal::new("record_too_large", detail, Vec::new()))));
        }
        let mut issues = Vec::new();
        let text = self.decode(&bytes, &mut issues);
        let (mut fields, before) = self.fields(&text);
        if !before.is_empty() {
            issues.push(Issue::new("text_before_fields", "", &before));
        }
        fields.retain(|field| !field.value.trim().is_empty() && !(self.rules.masked)(&field.name));
        let mut object = serde_json::Map::new();
        for field in &fields {
            let mut name = field.name.clone();
            // A code that comes twice keeps both values.
            for number in 2.. {
                if !object.contains_key(&name) {
                    break;
                }
                name = format!("{}#{number}", field.name);
            }
            object.insert(name, field.value.clone().into());
        }
        let line = serde_json::Value::Object(object).to_string();
        body.extend_from_slice(line.as_bytes());
        body.push(b'\n');
        let local_id = self.rules.keys.iter().find_map(|key| {
            let value = fields.iter().find(|field| field.name.eq_ignore_ascii_case(key));
            value.map(|field| field.value.trim().to_owned())
        });
        Ok(Some(if let Some(local_id) = local_id {
            Row::Record { local_id, fields, issues }
        } else {
            let detail = format!("nothing in {}: no identifier", self.rules.keys.join(" or "));
            Row::Refused(Refusal::new("no_identifier", detail, line.into_bytes()))
        }))
    }

    fn offset(&self) -> u64 {
        self.window.offset()
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        Ok(self.window.skip_to(offset)?)
    }
}
