//! What each row of a file would do to the store: create, update (field by field), nothing, or be
//! rejected.

use crate::config::source::SourceConfig;
use crate::harvest::file::checkpoint::Checkpoint;
use crate::harvest::prepare::Preparation;
use crate::harvest::session::now;
use crate::harvest::{HarvestError, RawPage};
use crate::store::Store;
use crate::store::import::{ImportRow, RecordState};
use crate::store::prepared::Body;
use domain::source_record::{Field, SourceRecord};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};

/// Compares a page with what is there.
pub(super) async fn page(
    preparation: &Preparation,
    store: &Store,
    config: &SourceConfig,
    page: RawPage,
) -> Result<Vec<ImportRow>, HarvestError> {
    let rows = (page.records.len() + page.quarantined.len()) as i64;
    let after: Option<Checkpoint> =
        page.checkpoint.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let first = after.map_or(0, |at| at.rows as i64) - rows + 1;
    let draft = preparation.draft(page, Body::default());
    // As if all were known: nothing goes through the crosswalk, what is refused is refused.
    let hashes = draft.hashes();
    let prepared = preparation.prepare(&draft, (0, 0), &hashes, now())?;
    let ids: Vec<&str> = prepared.records.iter().map(|record| record.local_id.as_str()).collect();
    let states = store.record_states(config.id.as_str(), &ids).await?;
    let differ: Vec<i64> = prepared
        .records
        .iter()
        .filter_map(|record| states.get(&record.local_id).map(|state| (record, state)))
        .filter(|(record, state)| state.deleted || state.source_hash != record.source_hash)
        .map(|(_, state)| state.record_id)
        .collect();
    let before = store.records_as_received(&differ).await?;
    let received: HashMap<i64, &SourceRecord> = draft.source_records().collect();

    let mut found = Vec::with_capacity(rows as usize);
    let mut positions = BTreeSet::new();
    for record in &prepared.records {
        positions.insert(record.position);
        let state = states.get(&record.local_id);
        let new = received.get(&record.position).map_or(&[][..], |record| &record.fields);
        let old = state.and_then(|state| before.get(&state.record_id));
        let (outcome, difference) = outcome(config, preparation, state, old, new);
        found.push(ImportRow {
            row: first + record.position,
            local_id: record.local_id.clone(),
            outcome: outcome.to_owned(),
            detail: String::new(),
            before_hash: state.map(|state| state.hash.clone()).unwrap_or_default(),
            difference,
        });
    }
    for row in &prepared.quarantined {
        positions.insert(row.position);
        found.push(ImportRow {
            row: first + row.position,
            local_id: row.local_id.clone().unwrap_or_default(),
            outcome: "rejected".to_owned(),
            detail: format!("{}: {}", row.code, row.detail),
            before_hash: String::new(),
            difference: String::new(),
        });
    }
    for position in (0..rows).filter(|position| !positions.contains(position)) {
        found.push(ImportRow {
            row: first + position,
            local_id: String::new(),
            outcome: "unchanged".to_owned(),
            detail: "it repeats another row".to_owned(),
            before_hash: String::new(),
            difference: String::new(),
        });
    }
    found.sort_by_key(|row| row.row);
    Ok(found)
}

fn outcome(
    config: &SourceConfig,
    preparation: &Preparation,
    state: Option<&RecordState>,
    old: Option<&SourceRecord>,
    new: &[Field],
) -> (&'static str, String) {
    let Some(state) = state else { return ("created", String::new()) };
    // Records whose hash is the same were not read again.
    let Some(old) = old else { return ("unchanged", String::new()) };
    let private = |field: &str| preparation.is_private(field);
    let difference = differences(&old.fields, new, private);
    if difference.is_empty() && !state.deleted {
        return ("unchanged", String::new());
    }
    tracing::trace!(source = %config.id, fields = difference.len(), "differs");
    ("updated", serde_json::Value::from(difference).to_string())
}

/// Field by field, in the order of the file, then what is gone: name, values before, values after.
fn differences(
    old: &[Field],
    new: &[Field],
    private: impl Fn(&str) -> bool,
) -> Vec<serde_json::Value> {
    let mut names: Vec<&str> = Vec::new();
    for field in new.iter().chain(old) {
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    let of = |fields: &[Field], name: &str| -> Vec<String> {
        fields.iter().filter(|field| field.name == name).map(|f| f.value.clone()).collect()
    };
    names
        .into_iter()
        .filter_map(|name| {
            let (before, after) = (of(old, name), of(new, name));
            if before == after {
                return None;
            }
            Some(if private(name) {
                json!({ "field": name, "withheld": true })
            } else {
                json!({ "field": name, "before": before, "after": after })
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_field_by_field_and_private_ones_without_values() {
        let old = [Field::new("TITR", "Vue"), Field::new("AUTR", "A"), Field::new("MAIL", "a@b")];
        let new = [Field::new("TITR", "Vue"), Field::new("AUTR", "A"), Field::new("AUTR", "B")];
        let found = differences(&old, &new, |name| name == "MAIL");
        assert_eq!(
            serde_json::Value::from(found).to_string(),
            r#"[{"field":"AUTR","before":["A"],"after":["A","B"]},{"field":"MAIL","withheld":true}]"#
        );
    }
}
