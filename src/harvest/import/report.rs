//! What an import does, as JSON and CSV.

use crate::store::import::{Import, ImportCounts, ImportRow};
use protocols::oai_pmh::Granularity;
use serde_json::{Value, json};

/// The import itself with its counts.
pub fn summary(import: &Import, counts: ImportCounts) -> Value {
    let second = |at| protocols::oai_pmh::datestamp::format(at, Granularity::Second);
    json!({
        "import": import.import_id,
        "source": import.source_id,
        "file": import.file_name,
        "sha256": import.sha256,
        "bytes": import.byte_count,
        "status": import.status,
        "reason": import.reason,
        "dry_run": import.dry_run,
        "complete": import.complete,
        "run": import.run_id,
        "approved_by": import.author,
        "received_at": second(import.created_at),
        "ended_at": import.finished_at.map(second),
        "created": counts.created,
        "updated": counts.updated,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "absent": import.absent_count,
    })
}

/// One row of the file.
pub fn row(row: &ImportRow) -> Value {
    let mut value = json!({ "row": row.row, "id": row.local_id, "outcome": row.outcome });
    if let Some(members) = value.as_object_mut() {
        if !row.detail.is_empty() {
            members.insert("detail".to_owned(), row.detail.as_str().into());
        }
        if let Ok(difference) = serde_json::from_str::<Value>(&row.difference) {
            members.insert("difference".to_owned(), difference);
        }
    }
    value
}

/// The header of the CSV.
pub const HEADER: [&str; 7] = ["row", "id", "outcome", "field", "before", "after", "detail"];

/// One row of the file as lines of CSV: one a field that differs, else one.
pub fn lines(row: &ImportRow) -> Vec<[String; 7]> {
    let line = |field: &str, before: String, after: String| {
        [
            row.row.to_string(),
            row.local_id.clone(),
            row.outcome.clone(),
            field.to_owned(),
            before,
            after,
            row.detail.clone(),
        ]
    };
    let difference: Vec<Value> = serde_json::from_str(&row.difference).unwrap_or_default();
    let texts = |value: Option<&Value>| -> String {
        let values = value.and_then(Value::as_array).cloned().unwrap_or_default();
        let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        texts.join(" | ")
    };
    if difference.is_empty() {
        return vec![line("", String::new(), String::new())];
    }
    difference
        .iter()
        .map(|field| {
            let name = field.get("field").and_then(Value::as_str).unwrap_or_default();
            line(name, texts(field.get("before")), texts(field.get("after")))
        })
        .collect()
}

/// Lines as CSV of RFC 4180.
pub fn csv<'a>(lines: impl Iterator<Item = &'a [String; 7]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    for line in lines {
        // Writing to memory cannot fail, and all lines have as many fields.
        let _infallible = writer.write_record(line);
    }
    writer.into_inner().unwrap_or_default()
}
