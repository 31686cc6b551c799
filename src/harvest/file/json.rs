//! Records of JSON: an array (at the root, at a path, GeoJSON), a sequence of values, or lines.

use super::cutter::{Cutter, Dialect};
use super::delimited::refuse_markup;
use super::encoding::Encoding;
use super::flatten::{flatten, prune};
use super::limits::Limits;
use super::row::{CONTENT_KEY, ReadError, Refusal, Row, RowReader, Rules, content_identifier};
use super::splitter::{CutValue, Place, enter, next_value};
use super::window::Window;
use domain::issue::Issue;
use domain::source_record::Field;
use serde_json::Value;
use std::io::Read;

/// How a JSON file is to be read.
#[derive(Debug, Clone, Default)]
pub struct JsonOptions {
    /// Encoding; a byte order mark overrides it. Absent: UTF-8 with repairs.
    pub encoding: Option<Encoding>,
    /// One value a line. A bad line costs that line, whatever its brackets.
    pub lines: bool,
    /// Keys from the root to the array of records, joined by `.`.
    pub records: Option<String>,
    /// Lines before the first value.
    pub skip_lines: u32,
}

/// Reads the records of a JSON file.
#[derive(Debug)]
pub struct JsonReader<R> {
    window: Window<R>,
    form: Form,
    encoding: Encoding,
    rules: Rules,
    limits: Limits,
}

#[derive(Debug)]
enum Form {
    Lines(Cutter),
    Values(Place),
}

impl<R: Read + Send> JsonReader<R> {
    /// Reads up to the first value.
    ///
    /// # Errors
    /// [`ReadError::Form`] when the file is empty or has no array where the schedule says.
    pub fn new(
        source: R,
        options: &JsonOptions,
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
        if rules.keys.is_empty() {
            let message = "no field identifies the records; set file.key in the schedule";
            return Err(ReadError::Form(message.to_owned()));
        }
        let dialect = Dialect { delimiter: None, quoting: false, cr_ends: false };
        let one_field = Limits { max_field: limits.max_row, ..limits };
        let cutter = Cutter::new(dialect, one_field, Vec::new());
        for _ in 0..options.skip_lines {
            cutter.next(&mut window)?;
        }
        let form = if options.lines {
            Form::Lines(cutter)
        } else {
            Form::Values(enter(&mut window, options.records.as_deref())?)
        };
        Ok(Self { window, form, encoding, rules: rules.clone(), limits })
    }

    fn cut(&mut self) -> Result<Option<CutValue>, ReadError> {
        match &self.form {
            Form::Values(place) => next_value(&mut self.window, *place, &self.limits),
            Form::Lines(cutter) => loop {
                let Some(row) = cutter.next(&mut self.window)? else {
                    return Ok(None);
                };
                let oversize = row.oversize.is_some();
                if oversize || !row.bytes.trim_ascii().is_empty() {
                    return Ok(Some(CutValue { bytes: row.bytes, oversize }));
                }
            },
        }
    }

    /// What may be kept of bytes that are not JSON: nothing when they name a masked key.
    fn visible(&self, text: &str) -> Vec<u8> {
        let parts = text.split('"').collect::<Vec<_>>();
        let masked = parts
            .windows(2)
            .any(|pair| matches!(pair, [name, after] if after.trim_start().starts_with(':') && (self.rules.masked)(name)));
        if masked {
            return b"(withheld: it names a masked field)".to_vec();
        }
        text.replace('\0', "").into_bytes()
    }

    fn refused(&self, code: &'static str, detail: String, bytes: &[u8]) -> Row {
        let (text, _) = self.encoding.decode(bytes);
        Row::Refused(Refusal::new(code, detail, self.visible(&text)))
    }
}

impl<R: Read + Send> RowReader for JsonReader<R> {
    fn head(&self, _body: &mut Vec<u8>) {}

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some(cut) = self.cut()? else {
            return Ok(None);
        };
        if cut.oversize {
            let detail = format!("the record is longer than {} bytes", self.limits.max_row);
            return Ok(Some(self.refused("record_too_large", detail, &cut.bytes)));
        }
        let mut issues = Vec::new();
        let (text, issue) = self.encoding.decode(&cut.bytes);
        if let Some(code) = issue {
            issues.push(Issue::new(code, "", &text));
        }
        let value: Value = match serde_json::from_str(text.trim()) {
            Ok(value) => value,
            Err(error) => {
                let detail = format!("not JSON: {error}");
                return Ok(Some(self.refused("not_json", detail, &cut.bytes)));
            }
        };
        Ok(Some(take_value(value, &self.rules, &self.limits, issues, body)))
    }

    fn offset(&self) -> u64 {
        self.window.offset()
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        Ok(self.window.skip_to(offset)?)
    }
}

/// Masks, names and flattens one value; its canonical form is added to `body`, with a line end.
pub(in crate::harvest) fn take_value(
    mut value: Value,
    rules: &Rules,
    limits: &Limits,
    mut issues: Vec<Issue>,
    body: &mut Vec<u8>,
) -> Row {
    prune(&mut value, "", rules, &mut issues);
    let line = value.to_string();
    let fields = flatten(&value, limits, &mut issues);
    let most = limits.max_field;
    if let Some(field) = fields.iter().find(|field| field.value.len() > most) {
        let detail = format!("field {} is longer than {most} bytes", field.name);
        let local_id = identifier(&fields, &rules.keys);
        return Row::Refused(Refusal::new("field_too_long", detail, Vec::new()).of(local_id));
    }
    body.extend_from_slice(line.as_bytes());
    body.push(b'\n');
    let named = identifier(&fields, &rules.keys);
    let by_content = || {
        let allowed = rules.keys.iter().any(|key| key == CONTENT_KEY);
        allowed.then(|| content_identifier(line.as_bytes()))
    };
    let Some(local_id) = named.or_else(by_content) else {
        let detail = format!("nothing in {}: no identifier", rules.keys.join(" or "));
        return Row::Refused(Refusal::new("no_identifier", detail, line.into_bytes()));
    };
    Row::Record { local_id, fields, issues }
}

/// The first key field that is not empty, by its name as written, else whatever the case.
fn identifier(fields: &[Field], keys: &[String]) -> Option<String> {
    let value = |field: &Field| {
        let text = field.value.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    keys.iter().find_map(|key| {
        let exact = fields.iter().filter(|field| field.name == *key).find_map(value);
        exact.or_else(|| {
            let lower = key.to_lowercase();
            fields.iter().filter(|field| field.name.to_lowercase() == lower).find_map(value)
        })
    })
}
