//! Links of an object: those that its members state and those that others state towards it.

use super::{InverseLink, MemberInput, ResolvedLink, Surroundings};
use crate::record::LinkKind;
use std::collections::{BTreeMap, BTreeSet};

/// Most links of one kind in a merged record; the search has them all.
const MOST_OF_A_KIND: usize = 200;

/// Resolves the stated links, adds the inverse ones and bounds the list.
///
/// Order: by kind; stated links before inverse ones, each in the order of the members and of the
/// list given. An object is named once a kind, and never links to itself.
pub(super) fn resolve_links(
    object_id: &str,
    members: &[&MemberInput],
    inverse: &[InverseLink],
    around: &Surroundings,
) -> Vec<ResolvedLink> {
    let stated = members.iter().flat_map(|m| &m.record.links).map(|link| {
        let object = around.names.get(&link.target);
        let known = object.and_then(|id| Some((id, around.neighbours.get(id)?)));
        let label = known.map_or_else(
            || link.target.split_once(':').map_or(link.target.as_str(), |(_, name)| name),
            |(_, neighbour)| neighbour.title.as_str(),
        );
        ResolvedLink {
            kind: link.kind,
            object: known.map(|(id, _)| id.clone()),
            label: label.to_owned(),
            target: link.target.clone(),
        }
    });
    let found = inverse
        .iter()
        // A museum does not list what it holds.
        .filter(|link| link.kind != LinkKind::HeldBy)
        .filter_map(|link| {
            let neighbour = around.neighbours.get(&link.object)?;
            Some(ResolvedLink {
                kind: link.kind.inverse(),
                object: Some(link.object.clone()),
                label: neighbour.title.clone(),
                target: link.name.clone(),
            })
        });
    let mut seen: BTreeSet<(LinkKind, String)> = BTreeSet::new();
    let mut by_kind: BTreeMap<LinkKind, Vec<ResolvedLink>> = BTreeMap::new();
    for link in stated.chain(found) {
        let other = link.object.clone().unwrap_or_else(|| format!("name {}", link.target));
        if link.object.as_deref() == Some(object_id) || !seen.insert((link.kind, other)) {
            continue;
        }
        let list = by_kind.entry(link.kind).or_default();
        if list.len() < MOST_OF_A_KIND {
            list.push(link);
        }
    }
    by_kind.into_values().flatten().collect()
}
