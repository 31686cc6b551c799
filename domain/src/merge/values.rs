//! Values that several members state.

use super::{MemberInput, SourcedValue};
use crate::record::{Property, Value};
use std::collections::BTreeMap;

/// Folds case and white space: two values with the same fold say the same.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for c in word.chars() {
            if c.is_ascii() {
                folded.push(c.to_ascii_lowercase());
            } else {
                c.to_lowercase().for_each(|lower| folded.push(lower));
            }
        }
    }
    folded
}

/// All values of `members` (the most trusted first), each once, with everyone who states it.
///
/// Equal after folding case and space and of the same language is one value, in the form of the
/// most trusted member; a URI or meaning that only a later member knows is kept.
pub(super) fn merge_values(members: &[&MemberInput]) -> BTreeMap<Property, Vec<SourcedValue>> {
    let mut merged: BTreeMap<Property, Vec<SourcedValue>> = BTreeMap::new();
    let mut place: BTreeMap<(Property, String, Option<&str>), usize> = BTreeMap::new();
    for member in members {
        let name = member.name();
        for (property, values) in &member.record.values {
            for value in values {
                let list = merged.entry(*property).or_default();
                let key = (*property, fold(&value.text), value.lang.as_deref());
                let at = *place.entry(key).or_insert(list.len());
                if let Some(known) = list.get_mut(at) {
                    if !known.sources.contains(&name) {
                        known.sources.push(name.clone());
                    }
                    if known.value.uri.is_none() {
                        known.value.uri.clone_from(&value.uri);
                    }
                    if known.value.meanings.is_empty() {
                        known.value.meanings.clone_from(&value.meanings);
                    }
                } else {
                    list.push(SourcedValue { value: value.clone(), sources: vec![name.clone()] });
                }
            }
        }
    }
    merged
}

/// [`merge_values`] of one member with this name: what it says twice of a property it says once.
pub(super) fn values_of_one(
    name: &str,
    values: BTreeMap<Property, Vec<Value>>,
) -> BTreeMap<Property, Vec<SourcedValue>> {
    let sourced = |value| SourcedValue { value, sources: vec![name.to_owned()] };
    let merged = values.into_iter().filter(|(_, values)| !values.is_empty());
    let merged = merged.map(|(property, values)| {
        if values.len() == 1 {
            return (property, values.into_iter().map(sourced).collect());
        }
        let mut list: Vec<SourcedValue> = Vec::with_capacity(values.len());
        let mut place: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
        for value in values {
            let key = (fold(&value.text), value.lang.clone());
            let at = *place.entry(key).or_insert(list.len());
            if let Some(known) = list.get_mut(at) {
                if known.value.uri.is_none() {
                    known.value.uri = value.uri;
                }
                if known.value.meanings.is_empty() {
                    known.value.meanings = value.meanings;
                }
            } else {
                list.push(sourced(value));
            }
        }
        (property, list)
    });
    merged.collect()
}
