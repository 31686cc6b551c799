//! The same record by three ways: ListRecords, ListIdentifiers, GetRecord.

use super::answer::Header;
use super::rule::Rule;
use super::session::{Session, Stop};
use super::walk::Walked;
use crate::oai_pmh::Verb;
use std::collections::BTreeMap;

/// Whether ListIdentifiers gave the headers of ListRecords.
pub(super) fn lists(s: &mut Session, records: &Walked, identifiers: &Walked) {
    let url = identifiers.request.clone();
    let by_id: BTreeMap<&str, &Header> =
        identifiers.headers.iter().map(|h| (h.identifier.as_str(), h)).collect();
    let settled: Vec<&Header> = records.headers.iter().filter(|h| s.is_settled(h)).collect();
    for header in settled {
        match by_id.get(header.identifier.as_str()) {
            Some(other) if *other == header || !s.is_settled(other) => {
                s.report.looked(Rule::ListIdentifiers);
            }
            Some(other) => {
                let what = format!("{}: {}", header.identifier, difference(header, other));
                s.report.broken(Rule::ListIdentifiers, what, &url);
            }
            None if identifiers.complete => {
                let what = format!("{} is only in ListRecords", header.identifier);
                s.report.broken(Rule::ListIdentifiers, what, &url);
            }
            None => {}
        }
    }
    if records.complete {
        let ids = records.ids();
        let extra = identifiers
            .headers
            .iter()
            .filter(|header| s.is_settled(header))
            .find(|header| !ids.contains(header.identifier.as_str()));
        s.expect(Rule::ListIdentifiers, extra.is_none(), &url, || {
            let id = extra.map(|header| header.identifier.as_str()).unwrap_or_default();
            format!("{id} is only in ListIdentifiers")
        });
    }
}

fn difference(one: &Header, other: &Header) -> String {
    if one.datestamp != other.datestamp {
        format!("the datestamp is {} and {}", one.datestamp, other.datestamp)
    } else if one.deleted == other.deleted {
        format!("the sets are {:?} and {:?}", one.sets, other.sets)
    } else {
        let say = |deleted| if deleted { "deleted" } else { "not deleted" };
        format!("{} and {}", say(one.deleted), say(other.deleted))
    }
}

/// Gets some records one by one: first, middle, last, and deleted ones.
pub(super) async fn records(s: &mut Session, walked: &Walked) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let live: Vec<&Header> = walked.headers.iter().filter(|header| !header.deleted).collect();
    let dead: Vec<&Header> = walked.headers.iter().filter(|header| header.deleted).collect();
    let mut chosen: Vec<&Header> = Vec::new();
    chosen.extend(live.first());
    chosen.extend(live.get(live.len() / 2));
    chosen.extend(live.last());
    chosen.extend(dead.first());
    chosen.extend(dead.last());
    chosen.dedup_by_key(|header| header.identifier.clone());
    for header in chosen {
        let id = header.identifier.as_str();
        let answer = s
            .get(&[("verb", "GetRecord"), ("identifier", id), ("metadataPrefix", &prefix)])
            .await?;
        let url = answer.request.clone();
        let rule = if header.deleted { Rule::DeletedRecords } else { Rule::RecordEqual };
        if !s.came(rule, Verb::GetRecord, &answer) {
            continue;
        }
        let items = answer.items();
        let Some(item) = items.first() else {
            s.report.broken(rule, format!("{id}: GetRecord gives no record"), &url);
            continue;
        };
        if item.header.deleted != header.deleted {
            let what = format!("{id}: list and GetRecord: {}", difference(header, &item.header));
            s.report.broken(Rule::DeletedRecords, what, &url);
            continue;
        }
        if item.header.datestamp != header.datestamp && !s.is_settled(&item.header) {
            // It changed while we looked.
            continue;
        }
        s.expect(rule, item.header == *header, &url, || {
            format!("{id}: list and GetRecord: {}", difference(header, &item.header))
        });
        let same = walked.digests.get(id).is_none_or(|digest| *digest == item.digest());
        s.expect(rule, same, &url, || format!("{id}: the content differs from that of the list"));
    }
    Ok(())
}
