//! Values that several members state.

use super::{MemberInput, SourcedValue};
use crate::record::Property;
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
        let name = format!("{}/{}", member.source, member.local_id);
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
