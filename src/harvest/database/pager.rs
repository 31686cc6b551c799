//! From rows to pages.
//!
//! **The form of a stored page**: one JSON object a row and line, the columns in their order, masked
//! ones left out. Values are texts as the database writes them, NULL is `null`, JSON is JSON, and
//! bytes are not in it. A page of keys alone is one JSON text a line.

use super::checkpoint::{Checkpoint, Stage};
use super::column::{Cell, Column, Form, Scalar};
use super::connection::Sink;
use super::fault::Fault;
use crate::config::database::DatabaseOptions;
use crate::harvest::RawPage;
use crate::harvest::file::flatten::{flatten, prune};
use crate::harvest::file::limits::Limits;
use crate::harvest::file::row::Rules;
use crate::store::run::Quarantined;
use domain::issue::Issue;
use domain::source_record::SourceRecord;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

/// The columns of a result, and what they are for.
#[derive(Debug, Clone)]
pub struct Layout {
    /// `[database]` of the schedule.
    pub options: DatabaseOptions,
    /// Columns asked for: all but the masked ones.
    pub columns: Vec<Column>,
    /// Position of the key among them.
    pub key: usize,
    /// Position of the watermark.
    pub watermark: Option<usize>,
    /// Position of the flag of deletion.
    pub deleted: Option<usize>,
    /// Masked names. Its keys are not used: the column is known.
    pub rules: Rules,
    /// Limits.
    pub limits: Limits,
    /// Rows a page.
    pub rows_a_page: usize,
}

/// Pages on their way to the store.
pub type Pages = mpsc::Sender<Result<RawPage, Fault>>;

/// Gathers the rows of a stage into pages.
#[derive(Debug)]
pub struct Pager<'a> {
    layout: &'a Layout,
    pages: &'a Pages,
    /// For people: source and stage.
    name: &'a str,
    checkpoint: Checkpoint,
    /// The row at which the run goes on, which comes again.
    resumed_at: Option<Scalar>,
    /// Identifier of the row before.
    before: Option<String>,
    page: RawPage,
    position: i64,
}

impl<'a> Pager<'a> {
    /// Begins a stage at a checkpoint.
    pub fn new(layout: &'a Layout, pages: &'a Pages, name: &'a str, from: Checkpoint) -> Self {
        Self {
            layout,
            pages,
            name,
            resumed_at: from.key.clone(),
            checkpoint: from,
            before: None,
            page: RawPage::default(),
            position: 0,
        }
    }

    /// Sends what was gathered, at the end of the stage, with the beginning of the next one.
    ///
    /// # Errors
    /// When nobody takes pages any more.
    pub async fn end(mut self) -> Result<Checkpoint, Fault> {
        let next = self.checkpoint.next();
        if self.position > 0 {
            self.send(Some(&next)).await?;
        }
        Ok(next)
    }

    async fn send(&mut self, next: Option<&Checkpoint>) -> Result<(), Fault> {
        let mut page = std::mem::take(&mut self.page);
        let first = self.checkpoint.rows + 1;
        self.checkpoint.rows += self.position as u64;
        self.position = 0;
        page.location = format!("{}#row={first}-{}", self.name, self.checkpoint.rows);
        page.checkpoint = serde_json::to_string(next.unwrap_or(&self.checkpoint)).ok();
        let gone = |_| Fault::lasting("nobody takes the pages");
        self.pages.send(Ok(page)).await.map_err(gone)
    }

    fn take(&mut self, cells: Vec<Cell>) {
        if self.checkpoint.stage == Stage::Keys {
            self.take_key(cells);
        } else {
            self.take_row(cells);
        }
        self.position += 1;
    }

    fn take_key(&mut self, cells: Vec<Cell>) {
        let Some(Cell::Scalar(key)) = cells.into_iter().next() else { return };
        let text = key.text().trim().to_owned();
        self.page.body.extend_from_slice(Value::from(text.as_str()).to_string().as_bytes());
        self.page.body.push(b'\n');
        self.page.seen.push(text);
        self.checkpoint.key = Some(key);
    }

    fn take_row(&mut self, cells: Vec<Cell>) {
        let layout = self.layout;
        let scalar = |at: Option<usize>| match at.and_then(|at| cells.get(at)) {
            Some(Cell::Scalar(scalar)) => Some(scalar.clone()),
            _ => None,
        };
        let key = scalar(Some(layout.key));
        let deleted =
            scalar(layout.deleted).is_some_and(|flag| layout.options.says_deleted(&flag.text()));
        if let Some(key) = &key {
            self.checkpoint.key = Some(key.clone());
            self.checkpoint.watermark = scalar(layout.watermark);
        }
        let local_id = key.map(|key| key.text().trim().to_owned()).filter(|id| !id.is_empty());

        let mut issues = Vec::new();
        let mut members = Map::new();
        for (column, cell) in layout.columns.iter().zip(cells) {
            members.insert(column.name.clone(), value(column, cell, &mut issues));
        }
        let mut row = Value::Object(members);
        prune(&mut row, "", &layout.rules, &mut issues);
        self.page.body.extend_from_slice(row.to_string().as_bytes());
        self.page.body.push(b'\n');
        let fields = flatten(&row, &layout.limits, &mut issues);

        let most = layout.limits.max_field;
        let refused = if let Some(field) = fields.iter().find(|f| f.value.len() > most) {
            Some(("field_too_long", format!("field {} is longer than {most} bytes", field.name)))
        } else if local_id.is_none() {
            let key = &layout.options.key;
            Some(("no_identifier", format!("nothing in {key}: no identifier")))
        } else if local_id == self.before {
            let id = local_id.as_deref().unwrap_or_default();
            Some((
                "repeated_identifier",
                format!(
                    "`{id}` comes on several rows: group them in database.query (array_agg, \
                     json_agg, group_concat), or take a key that is unique"
                ),
            ))
        } else {
            None
        };
        self.before.clone_from(&local_id);
        if let Some((code, detail)) = refused {
            let at = self.checkpoint.rows + self.position as u64 + 1;
            let detail = format!("{} row {at}: {detail}", self.name);
            let mut body = row.to_string().into_bytes();
            if code == "field_too_long" {
                body.clear();
            }
            self.page
                .quarantined
                .push(Quarantined::new(self.position, code, detail, &body).of(local_id));
            return;
        }
        let record = SourceRecord {
            local_id: local_id.unwrap_or_default(),
            deleted,
            datestamp: None,
            sets: Vec::new(),
            origin: None,
            fields,
        };
        self.page.records.push((record, issues));
    }
}

impl Sink for Pager<'_> {
    async fn row(&mut self, cells: Vec<Cell>) -> Result<bool, Fault> {
        if let Some(at) = &self.resumed_at {
            let key = if self.checkpoint.stage == Stage::Keys { 0 } else { self.layout.key };
            let again = cells.get(key) == Some(&Cell::Scalar(at.clone()));
            if again {
                return Ok(true);
            }
        }
        self.take(cells);
        let full = self.position as usize >= self.layout.rows_a_page
            || self.page.body.len() >= self.layout.limits.page_bytes;
        if full {
            self.send(None).await?;
        }
        Ok(true)
    }
}

/// A cell as a value of JSON. Numbers are texts: as numbers they would be rounded.
fn value(column: &Column, cell: Cell, issues: &mut Vec<Issue>) -> Value {
    let text = match cell {
        Cell::Null => return Value::Null,
        Cell::Bytes(count) => {
            issues.push(Issue::new("binary_left_out", &column.name, &format!("{count} bytes")));
            return Value::Null;
        }
        Cell::Repaired(text, code) => {
            issues.push(Issue::new(code, &column.name, &text));
            text
        }
        Cell::Scalar(scalar) => scalar.text(),
    };
    let is_json = column.json || matches!(column.form, Form::Json | Form::Array | Form::Composite);
    if !is_json {
        return Value::String(text);
    }
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => Value::Null,
        Err(_) => {
            issues.push(Issue::new("not_json", &column.name, &text));
            Value::String(text)
        }
    }
}
