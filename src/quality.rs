//! Quality of what is published: a follower of the publication log that counts tiers and problem
//! patterns by source and by producer, so that a report costs the same for ten objects and for ten
//! million.
//!
//! It takes no part in publishing: nothing of it is in a merged record, no datestamp moves for it, and
//! it can be counted again from nothing ([`RULES`]).

pub mod report;

use crate::store::object::ObjectStatus;
use crate::store::quality::{Assessed, ScopeKind, State};
use crate::store::{Store, StoreError};
use domain::fold::fold;
use domain::merge::MergedRecord;
use domain::quality::pattern::title_key;
use domain::record::Property;
use protocols::formats::ObjectContext;
use protocols::formats::edm::facts::{self, Assessments};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// Version of the rules: when it changes, everything is counted again.
pub const RULES: i64 = 1;

/// Entries of the log looked at in one transaction.
const BATCH: i64 = 500;
/// How often in a row a transaction is begun again that crossed with another one.
const COLLISIONS: u32 = 10;
/// Longest name of a producer in an address, in characters.
const LONGEST_NAME: usize = 80;

/// Counts what the log has that is not counted, and what runs have ended since. Returns the number of
/// objects looked at.
///
/// # Errors
/// [`StoreError`]; what was committed before stays.
pub async fn follow(store: &Store, cancel: &CancellationToken) -> Result<u64, StoreError> {
    let mut looked_at = 0;
    if store.quality_clock().await?.rules != RULES {
        store.clear_quality(RULES).await?;
    }
    let mut collisions = 0;
    while !cancel.is_cancelled() {
        let from = store.quality_clock().await?.seq;
        let entries = store.publications_after(from, BATCH).await?;
        let Some(last) = entries.last() else { break };
        let ids: BTreeSet<String> = entries.iter().map(|entry| entry.object_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let batch: Vec<Assessed> = store
            .objects(&ids)
            .await?
            .into_iter()
            .map(|row| {
                let record = row.record.filter(|_| row.status == ObjectStatus::Live);
                let now = record.map(|record| state(&row.object_id, &record));
                Assessed { object_id: row.object_id, now }
            })
            .collect();
        let counted = async {
            let mut tx = store.begin().await?;
            tx.count_quality(from, last.seq, &batch).await?;
            tx.commit().await
        };
        match counted.await {
            Ok(()) => {
                looked_at += batch.len() as u64;
                collisions = 0;
            }
            Err(error) if error.is_collision() && collisions < COLLISIONS => collisions += 1,
            Err(error) => return Err(error),
        }
    }
    for (source, run_id) in store.runs_to_count().await? {
        if cancel.is_cancelled() {
            break;
        }
        let scope = store.quality_scope(ScopeKind::Source, &source).await?;
        let counts = match &scope {
            Some(scope) => store.quality_counts(&[scope.scope_id]).await?,
            None => std::collections::BTreeMap::default(),
        };
        let counts = counts.into_values().next().unwrap_or_default();
        let counts = serde_json::to_string(&counts).unwrap_or_default();
        store.count_run(&source, run_id, &counts).await?;
    }
    Ok(looked_at)
}

/// All that is said of the quality of one object, but for how many others have its title.
pub fn assess(object_id: &str, record: &MergedRecord) -> Assessments {
    // The address of the gateway plays no part in the verdicts, only that links lead to what is there.
    let context =
        ObjectContext { object_id, public_url: "https://gateway.invalid", provider: "gateway" };
    facts::quality(record, &context)
}

fn state(object_id: &str, record: &MergedRecord) -> State {
    let title = record.first(Property::Title).map(|title| (title_key(title), title.to_owned()));
    let label = record.data_provider.trim();
    State {
        quality: assess(object_id, record).quality(),
        sources: record.members.iter().map(|member| member.source.clone()).collect(),
        producer: (producer_name(label), label.to_owned()),
        title,
    }
}

/// The name of a producer in addresses: `musee-des-beaux-arts-de-rennes`. Spellings that differ in
/// case, accents and signs only are one producer; one without letters is named by a digest.
pub fn producer_name(label: &str) -> String {
    let mut name = String::new();
    for c in fold(label).chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    if !name.is_empty() && name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let digest = Sha256::digest(fold(label).as_bytes());
    let tail: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let start: String = name.chars().take(LONGEST_NAME).collect();
    if start.is_empty() { format!("x-{tail}") } else { format!("{start}-{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_producer_has_one_name_whatever_its_spelling() {
        assert_eq!(producer_name("Musée des Beaux-Arts, Rennes"), "musee-des-beaux-arts-rennes");
        assert_eq!(producer_name("MUSEE DES BEAUX ARTS (RENNES)"), "musee-des-beaux-arts-rennes");
        let long = producer_name(&"x".repeat(200));
        assert!(long.len() <= 100 && long != producer_name(&"x".repeat(201)), "{long}");
        assert!(producer_name("").starts_with("x-"));
        assert_ne!(producer_name("美術館"), producer_name("博物館"));
    }
}
