//! What holds of every answer: transport, encoding, well-formedness, structure, request, clock.

use super::answer::{Ask, Reply};
use super::report::Report;
use super::rule::Rule;
use super::schema;
use super::session::Known;
use crate::oai_pmh::{Datestamp, Granularity, NAMESPACE, SCHEMA, Verb};
use crate::xml::strict::{self as xml, Defect, Element, XSI};
use std::collections::BTreeSet;

/// Complaints about structure that are told, per answer.
const COMPLAINTS: usize = 3;
/// Seconds by which clocks may differ.
const SKEW: u64 = 300;

/// Judges Retry-After and says how long to wait, in seconds.
pub(super) fn retry_after(report: &mut Report, reply: &Reply, request: &str) -> u64 {
    match reply.header("retry-after").map(|value| (value, value.trim().parse::<u64>())) {
        Some((_, Ok(seconds))) => {
            report.looked(Rule::RetryAfter);
            seconds
        }
        Some((value, Err(_))) => {
            let what = format!("HTTP status {}, Retry-After: {value}", reply.status);
            report.broken(Rule::RetryAfter, what, request);
            5
        }
        None => {
            let what = format!("HTTP status {} without Retry-After", reply.status);
            report.broken(Rule::RetryAfter, what, request);
            5
        }
    }
}

/// Judges an answer and gives its root element, when it is one of OAI-PMH.
pub(super) fn answer(
    report: &mut Report,
    known: &Known,
    ask: &Ask,
    reply: &Reply,
    request: &str,
) -> Option<Element> {
    let mut judge = Judge { report, request, hostile: ask.hostile };
    judge.transport(reply);
    // A page of a proxy or of a framework says nothing about XML.
    let is_page = reply.status != 200 && !reply.body.windows(7).any(|bytes| bytes == b"OAI-PMH");
    if reply.unpacking.is_some() || is_page {
        return None;
    }
    let root = judge.document(&reply.body)?;
    judge.oai(&root);
    judge.date(&root, Some(reply));
    judge.request(&root, ask, known);
    Some(root)
}

/// Judges the text of an answer that was stored: nothing is known of its transport.
pub(super) fn stored(report: &mut Report, bytes: &[u8], name: &str) -> Option<Element> {
    let mut judge = Judge { report, request: name, hostile: false };
    let root = judge.document_of(bytes, &["OAI-PMH", "Repository"])?;
    if root.name == "OAI-PMH" {
        judge.oai(&root);
        judge.date(&root, None);
    }
    Some(root)
}

struct Judge<'a> {
    report: &'a mut Report,
    request: &'a str,
    hostile: bool,
}

impl Judge<'_> {
    /// What breaks at hostile input is a fault of its own.
    fn rule(&self, rule: Rule) -> Rule {
        if self.hostile { Rule::IdentifierHostile } else { rule }
    }

    fn expect(&mut self, rule: Rule, holds: bool, what: impl FnOnce() -> String) {
        if holds {
            self.report.looked(rule);
        } else {
            self.report.broken(rule, what(), self.request);
        }
    }

    fn transport(&mut self, reply: &Reply) {
        let status = reply.status;
        // A proxy may refuse a NUL in a URL; falling over is something else.
        let good = status == 200 || (self.hostile && (400..500).contains(&status));
        self.expect(self.rule(Rule::HttpStatus), good, || format!("HTTP status {status}"));
        if status == 200 {
            let said = reply.header("content-type").unwrap_or("none").to_owned();
            let (kind, parameters) = said.split_once(';').unwrap_or((&said, ""));
            let charset = parameters.to_ascii_lowercase();
            let good = kind.trim().eq_ignore_ascii_case("text/xml")
                && (!charset.contains("charset")
                    || charset.replace([' ', '"', '\''], "").contains("charset=utf-8"));
            self.expect(Rule::ContentType, good, || format!("Content-Type: {said}"));
        }
        if let Some(why) = &reply.unpacking {
            self.expect(Rule::Compression, false, || format!("cannot be unpacked: {why}"));
        }
    }

    fn document(&mut self, bytes: &[u8]) -> Option<Element> {
        self.document_of(bytes, &["OAI-PMH"])
    }

    fn document_of(&mut self, bytes: &[u8], roots: &[&str]) -> Option<Element> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if self.hostile && !bytes.trim_ascii_start().starts_with(b"<") {
            return None;
        }
        let (text, good) = match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), true),
            Err(_) => (crate::xml::decode(bytes).text, false),
        };
        let document = xml::parse(&text);
        let declaration = document.declaration.as_ref();
        let encoding = declaration.and_then(|d| d.encoding.clone());
        let declared =
            encoding.as_deref().is_none_or(|encoding| encoding.eq_ignore_ascii_case("utf-8"));
        self.expect(Rule::XmlUtf8, good && declared, || match &encoding {
            Some(encoding) if !declared => format!("the encoding is {encoding}"),
            _ => {
                let at = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
                format!("byte {at} is not UTF-8")
            }
        });
        for defect in &document.defects {
            match defect {
                Defect::IllFormed(what, line) => {
                    let rule = self.rule(Rule::XmlWellFormed);
                    self.expect(rule, false, || format!("line {line}: {what}"));
                }
                Defect::DocumentType => {
                    self.expect(Rule::XmlNoDoctype, false, || {
                        "a document type definition".to_owned()
                    });
                }
            }
        }
        let root = document.root?;
        self.report.looked(self.rule(Rule::XmlWellFormed));
        self.report.looked(Rule::XmlNoDoctype);
        let version = declaration.map(|d| d.version.as_str());
        self.expect(Rule::XmlDeclaration, version == Some("1.0"), || match version {
            None => "there is no XML declaration at the first byte".to_owned(),
            Some(version) => format!("the XML version is {version}"),
        });
        let good = roots.contains(&root.name.as_str())
            && (root.namespace == NAMESPACE || root.name == "Repository");
        self.expect(self.rule(Rule::OaiRoot), good, || {
            format!("the root is <{}> in the namespace `{}`", root.name, root.namespace)
        });
        good.then_some(root)
    }

    fn oai(&mut self, root: &Element) {
        let locations = root.schema_locations().unwrap_or_default();
        let good = locations.contains(&(NAMESPACE, SCHEMA));
        self.expect(Rule::SchemaLocation, good, || match root.qualified(XSI, "schemaLocation") {
            Some(said) => format!("xsi:schemaLocation=\"{said}\""),
            None => "there is no xsi:schemaLocation".to_owned(),
        });
        let complaints = schema::complaints(root, COMPLAINTS);
        let rule = self.rule(Rule::Structure);
        if complaints.is_empty() {
            self.report.looked(rule);
        }
        for complaint in complaints {
            self.report.broken(rule, complaint, self.request);
        }
        let errors = root.all("error").count();
        let verbs = Verb::ALL.iter().filter(|verb| root.child(verb.as_str()).is_some()).count();
        self.expect(Rule::ErrorAlone, errors == 0 || verbs == 0, || {
            let code = root.child("error").and_then(|e| e.attribute("code")).unwrap_or_default();
            format!("the error {code} and the element of a verb in one answer")
        });
    }

    fn date(&mut self, root: &Element, reply: Option<&Reply>) {
        let Some(said) = root.value("responseDate") else { return };
        let good =
            Datestamp::parse(said).is_some_and(|date| date.granularity == Granularity::Second);
        self.expect(Rule::ResponseDate, good, || format!("responseDate is `{said}`"));
        if let (Some(date), Some(reply)) = (Datestamp::parse_lenient(said), reply) {
            let skew = date.seconds - reply.now;
            let allowed = SKEW + reply.elapsed_ms / 1000;
            self.expect(Rule::Clock, skew.unsigned_abs() <= allowed, || {
                format!("responseDate {said} is {skew} seconds off our clock")
            });
        }
    }

    fn request(&mut self, root: &Element, ask: &Ask, known: &Known) {
        let Some(request) = root.child("request") else { return };
        let own = root.child("Identify").and_then(|identify| identify.value("baseURL"));
        if let Some(base) = own.or(known.base_url.as_deref()) {
            let said = request.text.trim();
            self.expect(Rule::RequestUrl, said == base, || {
                format!("the request element holds `{said}`, Identify says `{base}`")
            });
        }
        let codes: Vec<&str> =
            root.all("error").filter_map(|error| error.attribute("code")).collect();
        let repeated: BTreeSet<(&str, &str)> = request
            .attributes
            .iter()
            .filter(|a| a.namespace.is_empty())
            .map(|a| (a.name.as_str(), a.value.as_str()))
            .collect();
        if codes.iter().any(|code| matches!(*code, "badVerb" | "badArgument")) {
            self.expect(Rule::RequestBare, repeated.is_empty(), || {
                let names: Vec<&str> = repeated.iter().map(|(name, _)| *name).collect();
                format!("after {} the request element has {}", codes.join(", "), names.join(", "))
            });
        } else if let Some(arguments) = ask.arguments.as_ref().filter(|_| !ask.hostile) {
            let sent: BTreeSet<(&str, &str)> =
                arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            self.expect(Rule::RequestArguments, sent == repeated, || {
                let show = |(name, value): &(&str, &str)| {
                    let value: String = value.chars().take(40).collect();
                    format!("{name}={value}")
                };
                let missing: Vec<String> = sent.difference(&repeated).map(show).collect();
                let extra: Vec<String> = repeated.difference(&sent).map(show).collect();
                format!("missing: [{}], not sent: [{}]", missing.join(", "), extra.join(", "))
            });
        }
        // The element of another verb than the one asked for.
        let asked = ask.arguments.iter().flatten().find(|(name, _)| name == "verb");
        if let Some((_, asked)) = asked.filter(|_| codes.is_empty()) {
            let found = root.children.iter().find_map(|child| Verb::parse(&child.name));
            let good = found.is_some_and(|found| found.as_str() == asked);
            self.expect(Rule::AnswerVerb, good, || match found {
                Some(found) => format!("asked for {asked}, got {}", found.as_str()),
                None => format!("asked for {asked}, got neither it nor an error"),
            });
        }
    }
}
