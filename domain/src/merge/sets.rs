//! OAI-PMH sets of a merged record (section 2.6 of the protocol).
//!
//! | set | members |
//! |---|---|
//! | `base:joconde`, `source:…` | what a base, a source took part in |
//! | `museum:M0017`, `department:35` | what the crosswalk tables say |
//! | `type:IMAGE` | by `edm:type` |
//! | `media:image` | objects with an image that may be shown |
//! | `rights:open`, `rights:restricted`, `rights:permission` | by `edm:rights`, as Europeana groups it |
//!
//! `tier:…` comes when there are tiers.

use super::{MemberInput, MergedImage};
use crate::department;
use crate::record::EdmType;
use crate::rights::{Reuse, RightsDecision};
use std::collections::BTreeSet;

/// Longest setSpec, in bytes: a longer one is a value of a source gone astray.
const LONGEST: usize = 120;

/// The leaf sets of an object, sorted.
pub(super) fn sets(
    members: &[&MemberInput],
    edm_type: EdmType,
    images: &[MergedImage],
    rights: &RightsDecision,
) -> Vec<String> {
    let mut sets = BTreeSet::new();
    for member in members {
        sets.insert(format!("base:{}", member.base));
        sets.insert(format!("source:{}", member.source));
        sets.extend(member.record.sets.iter().map(|set| numbered(set)));
    }
    sets.insert(format!("type:{}", edm_type.as_str()));
    if !images.is_empty() {
        sets.insert("media:image".to_owned());
    }
    sets.insert(format!("rights:{}", Reuse::of(&rights.statement).as_str()));
    sets.retain(|set| is_set_spec(set));
    // Headers carry leaves only: `museum` beside `museum:M0017` says nothing.
    let ancestors: BTreeSet<String> = sets
        .iter()
        .flat_map(|set| set.match_indices(':').filter_map(|(at, _)| set.get(..at)))
        .map(str::to_owned)
        .collect();
    sets.into_iter().filter(|set| !ancestors.contains(set)).collect()
}

/// A department by its number, whether the source wrote number or name.
fn numbered(set: &str) -> String {
    set.strip_prefix("department:")
        .and_then(department::number)
        .map_or_else(|| set.to_owned(), |number| format!("department:{number}"))
}

/// Whether a text has the form of a setSpec: words of unreserved characters joined by colons.
fn is_set_spec(text: &str) -> bool {
    text.len() <= LONGEST
        && text.split(':').all(|word| {
            !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b))
        })
}

/// The leaf sets and all their ancestors, sorted: `base:joconde` is also in `base`.
pub fn sets_with_ancestors(leaves: &[String]) -> BTreeSet<String> {
    leaves
        .iter()
        .flat_map(|leaf| {
            leaf.match_indices(':')
                .filter_map(|(at, _)| leaf.get(..at))
                .chain(std::iter::once(leaf.as_str()))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}
