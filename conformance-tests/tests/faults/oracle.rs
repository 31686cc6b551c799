//! What the store has to be.

use conformance_tests::double::{Holding, author_of, number_of, title_of};
use conformance_tests::harvested::StoredRecord;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longest list of numbers in a message.
const SHOWN: usize = 6;

/// What a provider had at one moment.
#[derive(Debug, Clone)]
pub struct Oracle {
    /// Version of everything live.
    live: HashMap<usize, u32>,
    /// Newest version of everything that there ever was.
    known: HashMap<usize, u32>,
}

impl Oracle {
    pub fn of(holding: &Holding) -> Self {
        let known = holding.entries().iter().map(|entry| (entry.number, entry.version)).collect();
        Self { live: holding.live(), known }
    }
}

/// The live records of a store, by number, with their versions; what has no place there.
fn read(
    records: &[StoredRecord],
    oracle: &Oracle,
    wrong: &mut Vec<String>,
) -> BTreeMap<usize, Vec<u32>> {
    let mut live: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    let mut invented = Vec::new();
    for record in records.iter().filter(|record| !record.deleted) {
        let Some(number) = number_of(&record.local_id) else {
            wrong.push(format!("a record with the invented identifier {}", record.local_id));
            continue;
        };
        let newest = oracle.known.get(&number).copied().unwrap_or(0);
        let version = (1..=newest).find(|version| title_of(number, *version) == record.title);
        match version {
            Some(version) if record.author == author_of(number) => {
                live.entry(number).or_default().push(version);
            }
            _ => invented.push(format!(
                "{}: found `{}` by `{}`",
                record.local_id, record.title, record.author
            )),
        }
    }
    if let Some(first) = invented.first() {
        wrong
            .push(format!("{} records are not the source's; the first is {first}", invented.len()));
    }
    live
}

fn say(what: &str, numbers: &BTreeSet<usize>, wrong: &mut Vec<String>) {
    if !numbers.is_empty() {
        let shown: Vec<String> = numbers.iter().take(SHOWN).map(ToString::to_string).collect();
        wrong.push(format!("{what}: {} records ({}, …)", numbers.len(), shown.join(", ")));
    }
}

/// The store of a complete harvest: everything live, once, in its newest version, and nothing else.
/// Of `excused` numbers only one has to be there, in any version.
pub fn equals(records: &[StoredRecord], oracle: &Oracle, excused: &BTreeSet<usize>) -> Vec<String> {
    let mut wrong = Vec::new();
    let stored = read(records, oracle, &mut wrong);
    let is = |n: &usize| stored.contains_key(n);
    let missing = oracle.live.keys().filter(|n| !is(n) && !excused.contains(n)).copied().collect();
    let too_many = stored
        .keys()
        .filter(|n| !oracle.live.contains_key(n) && !excused.contains(n))
        .copied()
        .collect();
    let twice = stored.iter().filter(|(_, versions)| versions.len() > 1).map(|(n, _)| *n).collect();
    let old = stored
        .iter()
        .filter(|(n, versions)| {
            !excused.contains(n)
                && oracle.live.get(n).is_some_and(|newest| !versions.contains(newest))
        })
        .map(|(n, _)| *n)
        .collect();
    say("missing", &missing, &mut wrong);
    say("live in the store, not at the source", &too_many, &mut wrong);
    say("twice", &twice, &mut wrong);
    say("in an old version", &old, &mut wrong);
    wrong
}

/// The store after a harvest that did not end: nothing invented, and all that was live before and
/// is live at the source is live.
pub fn holds(records: &[StoredRecord], before: &Oracle, now: &Oracle) -> Vec<String> {
    let mut wrong = Vec::new();
    let stored = read(records, now, &mut wrong);
    let lost = before
        .live
        .keys()
        .filter(|n| now.live.contains_key(n) && !stored.contains_key(n))
        .copied()
        .collect();
    say("deleted, and still at the source", &lost, &mut wrong);
    wrong
}
