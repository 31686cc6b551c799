//! Stored answers and static repositories: the rules that need no server.

use super::answer::{Answer, Reply};
use super::formats::formats_of;
use super::judge;
use super::record;
use super::report::Report;
use super::rule::Rule;
use super::schema::{self, FORMAT, IDENTIFY, RECORD};
use super::session::{Format, Options, Session, Slot};
use super::{identify, session::Known};
use crate::oai_pmh::{Granularity, NAMESPACE, Verb};
use crate::xml::strict::Element;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const STATIC: &str = "http://www.openarchives.org/OAI/2.0/static-repository";
/// Complaints that are told of one element.
const COMPLAINTS: usize = 3;

/// Judges one stored answer, or a static repository.
pub fn check(name: &str, bytes: &[u8]) -> Report {
    let slot = Arc::new(Mutex::new(Slot::default()));
    let mut s = Session::new(Options::new(name), slot);
    let Some(root) = judge::stored(&mut s.report, bytes, name) else { return s.report };
    if root.name == "Repository" {
        static_repository(&mut s, &root, name);
    } else {
        stored(&mut s, root, name);
    }
    s.report
}

fn stored(s: &mut Session, root: Element, name: &str) {
    if let Some(list) = root.child("ListMetadataFormats") {
        let formats = formats_of(Some(list));
        unique(s, Rule::FormatList, formats.iter().map(|f| f.prefix.as_str()), name);
    }
    if let Some(list) = root.child("ListSets") {
        unique(s, Rule::SetList, list.all("set").filter_map(|set| set.value("setSpec")), name);
    }
    if let Some(identify) = root.child("Identify") {
        identify::content(s, identify, name);
    }
    let answer = Answer { request: name.to_owned(), reply: Reply::default(), root: Some(root) };
    let items = answer.items();
    let asked = answer.root.as_ref().and_then(|root| root.child("request"));
    for item in &items {
        let prefix = asked
            .and_then(|request| request.attribute("metadataPrefix"))
            .unwrap_or_else(|| prefix_of(item.metadata));
        record::judge(s, item, prefix, answer.response_date(), name);
    }
    if answer.of(Verb::GetRecord).is_none() {
        unique(s, Rule::ListDuplicates, items.iter().map(|i| i.header.identifier.as_str()), name);
    }
    let found = record::granularities(&items);
    if !found.is_empty() {
        s.expect(Rule::DatestampGranularity, found.len() == 1, name, || {
            "datestamps in days and in seconds".to_owned()
        });
    }
    s.report.measures.insert("records", items.len() as f64);
}

/// The format that the content shows, where the request was not kept.
fn prefix_of(metadata: Option<&Element>) -> &'static str {
    let content = metadata.and_then(|metadata| metadata.children.first());
    match content {
        Some(content) if content.namespace.ends_with("/oai_dc/") => "oai_dc",
        _ => "",
    }
}

fn unique<'t>(s: &mut Session, rule: Rule, names: impl Iterator<Item = &'t str>, file: &str) {
    let mut seen = BTreeSet::new();
    for name in names {
        let new = seen.insert(name);
        s.expect(rule, new, file, || format!("{name} comes again"));
    }
}

fn static_repository(s: &mut Session, root: &Element, name: &str) {
    let say = |s: &mut Session, good: bool, what: &dyn Fn() -> String| {
        s.expect(Rule::StaticRepository, good, name, what);
    };
    say(s, root.namespace == STATIC, &|| format!("the namespace is `{}`", root.namespace));
    let parts: Vec<&str> = root.children.iter().map(|child| child.name.as_str()).collect();
    let ordered = matches!(
        parts.as_slice(),
        ["Identify", "ListMetadataFormats", lists @ ..]
            if !lists.is_empty() && lists.iter().all(|list| *list == "ListRecords")
    );
    say(s, ordered, &|| format!("it holds {}", parts.join(", ")));
    if let Some(own) = root.child("Identify") {
        let inner = Element { namespace: NAMESPACE.to_owned(), ..own.clone() };
        for complaint in schema::complaints_of(&inner, &IDENTIFY, COMPLAINTS) {
            s.report.broken(Rule::Structure, complaint, name);
        }
        for (element, value) in [("deletedRecord", "no"), ("granularity", "YYYY-MM-DD")] {
            let said = own.value(element).unwrap_or_default();
            say(s, said == value, &|| format!("{element} is {said}, not {value}"));
        }
        identify::content(s, own, name);
    }
    let formats: Vec<Format> = formats_of(root.child("ListMetadataFormats"));
    for format in root.child("ListMetadataFormats").iter().flat_map(|list| &list.children) {
        for complaint in schema::complaints_of(format, &FORMAT, COMPLAINTS) {
            s.report.broken(Rule::Structure, complaint, name);
        }
    }
    let dublin_core = formats.iter().any(|format| format.prefix == "oai_dc");
    s.expect(Rule::FormatDublinCore, dublin_core, name, || "no oai_dc".to_owned());
    s.known = Known {
        granularity: Some(Granularity::Day),
        deleted: Some("no".to_owned()),
        repository_identifier: s.known.repository_identifier.take(),
        formats,
        ..Known::default()
    };
    let mut count = 0;
    for list in root.all("ListRecords") {
        let prefix = list.attribute("metadataPrefix").unwrap_or_default().to_owned();
        let known = s.known.formats.iter().any(|format| format.prefix == prefix);
        say(s, known, &|| format!("ListRecords of `{prefix}`, which is no format of it"));
        for record in &list.children {
            for complaint in schema::complaints_of(record, &RECORD, COMPLAINTS) {
                s.report.broken(Rule::Structure, complaint, name);
            }
        }
        s.report.looked(Rule::Structure);
        // The list as an answer of the protocol would hold it.
        let list = Element { name: "ListRecords".to_owned(), ..list.clone() };
        let root = Element { children: vec![list], ..Element::default() };
        let answer = Answer { request: name.to_owned(), reply: Reply::default(), root: Some(root) };
        let items = answer.items();
        for item in &items {
            let id = &item.header.identifier;
            say(s, item.header.sets.is_empty(), &|| format!("{id} names a set"));
            say(s, !item.header.deleted, &|| format!("{id} is deleted"));
            record::judge(s, item, &prefix, None, name);
        }
        unique(s, Rule::ListDuplicates, items.iter().map(|i| i.header.identifier.as_str()), name);
        count += items.len();
    }
    s.report.measures.insert("records", count as f64);
}
