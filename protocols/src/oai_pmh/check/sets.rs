//! Sets (section 2.6): what is listed, who is in.

use super::answer::Ask;
use super::rule::Rule;
use super::session::{Session, Stop};
use super::walk::{Plan, Walked, walk};
use crate::oai_pmh::Verb;
use std::collections::BTreeSet;

/// Sets whose lists are looked at.
const LOOKED: usize = 8;
/// Pages of ListSets at most.
const PAGES: usize = 50;

/// Lists the sets.
pub(super) async fn list(s: &mut Session) -> Result<(), Stop> {
    let mut ask = Ask::get(&[("verb", "ListSets")]);
    let mut sets = BTreeSet::new();
    let mut tokens = BTreeSet::new();
    for page in 1..=PAGES {
        let answer = s.ask(ask).await?;
        if page == 1 && answer.codes() == ["noSetHierarchy"] {
            s.report.facts.insert("sets", "none".to_owned());
            s.known.no_sets = true;
            return Ok(());
        }
        let Some(list) = answer.of(Verb::ListSets) else {
            s.report.broken(
                Rule::SetList,
                format!("page {page}: {}", answer.summary()),
                &answer.request,
            );
            return Ok(());
        };
        for set in list.all("set").filter_map(|set| set.value("setSpec")) {
            let new = sets.insert(set.to_owned());
            s.expect(Rule::SetList, new, &answer.request, || format!("{set} is listed again"));
        }
        let token = answer.token().map(|token| token.value).filter(|token| !token.is_empty());
        let Some(token) = token else { break };
        if !tokens.insert(token.clone()) {
            let what = "ListSets gives the same token again".to_owned();
            s.report.broken(Rule::ListProgress, what, &answer.request);
            break;
        }
        ask = Ask::get(&[("verb", "ListSets"), ("resumptionToken", &token)]);
    }
    let request = Ask::get(&[("verb", "ListSets")]).describe(&s.options.base);
    for set in &sets {
        if let Some((parent, _)) = set.rsplit_once(':') {
            let good = sets.contains(parent);
            s.expect(Rule::SetHierarchy, good, &request, || {
                format!("{set} is listed, {parent} is not")
            });
        }
    }
    s.report.facts.insert("sets", sets.len().to_string());
    s.known.sets = Some(sets);
    Ok(())
}

/// Asks for records by set.
pub(super) async fn members(s: &mut Session, walked: &Walked) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let unknown =
        Ask::get(&[("verb", "ListRecords"), ("metadataPrefix", &prefix), ("set", "no-such-set")]);
    if s.known.no_sets {
        return s.refused(Rule::SetNone, unknown, &["noSetHierarchy"]).await;
    }
    let sets = s.known.sets.clone().unwrap_or_default();
    // badArgument is tolerated: it says as clearly that there is no such set.
    s.refused(Rule::SetUnknown, unknown, &["noRecordsMatch", "badArgument"]).await?;
    for set in choose(&sets, walked) {
        let size = walked.headers.iter().filter(|header| header.is_in(&set)).count();
        let share = s.left() / 8;
        let plan =
            Plan { set: Some(set.clone()), ..Plan::identifiers(&prefix, share.clamp(2, 200)) };
        let list = walk(s, plan).await?;
        let url = list.request.clone();
        if !list.codes.is_empty() {
            let good = list.is_empty_list() && size == 0;
            s.expect(Rule::SetComplete, good, &url, || {
                format!("{size} records name {set}, its list gives {}", list.codes.join(", "))
            });
            continue;
        }
        for header in &list.headers {
            // What left the set may be listed there as deleted, so that it is not kept.
            let good = header.deleted || header.is_in(&set);
            s.expect(Rule::SetMembers, good, &url, || {
                format!("{} is in the list of {set} and does not name it", header.identifier)
            });
        }
        if list.complete {
            let ids = list.ids();
            let missing = walked
                .headers
                .iter()
                .filter(|header| header.is_in(&set) && s.is_settled(header))
                .find(|header| !ids.contains(header.identifier.as_str()));
            s.expect(Rule::SetComplete, missing.is_none(), &url, || {
                let id = missing.map(|header| header.identifier.as_str()).unwrap_or_default();
                format!("{id} names {set} or a part of it and is not in its list")
            });
        }
    }
    Ok(())
}

/// Parents first, since they have most to get wrong, then sets with members, then others.
fn choose(sets: &BTreeSet<String>, walked: &Walked) -> Vec<String> {
    let is_parent = |set: &String| {
        let start = format!("{set}:");
        sets.range(start.clone()..).next().is_some_and(|next| next.starts_with(&start))
    };
    let mut ranked: Vec<(u8, &String)> = sets
        .iter()
        .map(|set| {
            let used = walked.headers.iter().any(|header| header.is_in(set));
            let rank = match (is_parent(set), used) {
                (true, true) => 0,
                (false, true) => 1,
                _ => 2,
            };
            (rank, set)
        })
        .collect();
    ranked.sort();
    let parents = ranked.iter().filter(|(rank, _)| *rank == 0).take(LOOKED / 2);
    let others = ranked.iter().filter(|(rank, _)| *rank > 0).take(LOOKED / 2);
    parents.chain(others).map(|(_, set)| (*set).clone()).collect()
}
