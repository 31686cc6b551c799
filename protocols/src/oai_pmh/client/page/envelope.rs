//! What stands around the records of an answer, and where the records are.

use super::MAX_RECORDS;
use super::whole::Whole;
use crate::oai_pmh::client::scan::{Tag, TagKind, Tags, document_type};
use crate::xml::tree::declarations;
use domain::issue::Issue;
use std::ops::Range;
use std::sync::Arc;

/// Namespace of the protocol.
const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/";
/// Elements that hold lists of records or headers.
pub(super) const LISTS: [&str; 3] = ["ListRecords", "GetRecord", "ListIdentifiers"];
/// Tags that are looked at before an answer is called foreign.
const HEAD: usize = 50;

/// The root tag, or why there is none: `OAI-PMH`, a list without it, a lone record, or the
/// `Repository` of a static repository.
pub(super) fn root(text: &str) -> Result<Tag<'_>, String> {
    let Some(first) = Tags::new(text).next() else {
        return Err("the answer holds no XML".to_owned());
    };
    if first.local().eq_ignore_ascii_case("html") {
        return Err("the answer is an HTML page".to_owned());
    }
    if LISTS.iter().any(|list| first.opens(list)) {
        return Ok(first);
    }
    // A warning of PHP in markup may stand before it.
    let is_root =
        |tag: &Tag<'_>| tag.kind != TagKind::Close && tag.local().eq_ignore_ascii_case("OAI-PMH");
    if let Some(root) = Tags::new(text).take(HEAD).find(is_root) {
        return Ok(root);
    }
    let inside = || Tags::from(text, first.end).take(HEAD);
    let is_record = first.opens("record") && inside().next().is_some_and(|tag| tag.opens("header"));
    let is_static = first.opens("Repository")
        && inside().any(|tag| tag.opens("Identify") || tag.opens("ListMetadataFormats"));
    if is_record || is_static {
        return Ok(first);
    }
    Err(format!("the answer is no OAI-PMH: it begins with <{}>", first.name))
}

/// Whether the root element is closed.
pub(super) fn closes(shell: &str, root: &Tag<'_>) -> bool {
    root.kind != TagKind::Open
        || root.local() == "record"
        || Tags::new(shell).any(|tag| tag.kind == TagKind::Close && tag.name == root.name)
}

/// What is known of an answer before its records are read.
#[derive(Debug)]
pub(super) struct Envelope {
    /// Declarations in force around the records.
    pub(super) scope: Vec<(Arc<str>, Arc<str>)>,
    /// The items are headers (ListIdentifiers).
    pub(super) headers_only: bool,
    /// Where the records are.
    pub(super) items: Items,
    /// What is odd.
    pub(super) issues: Vec<Issue>,
}

impl Envelope {
    pub(super) fn of(text: &str, root: &Tag<'_>) -> Self {
        let mut issues = Vec::new();
        let mut scope = declared(text, root);
        check_root(text, root, &scope, &mut issues);
        let is_static = root.local() == "Repository";
        let mut tags = Tags::from(text, root.end);
        let container = if LISTS.contains(&root.local()) {
            Some(*root)
        } else {
            tags.find(|tag| LISTS.iter().any(|name| tag.opens(name)))
        };
        let (from, headers_only) = match container {
            Some(container) => {
                scope.extend(declared(text, &container));
                (container.end, container.local() == "ListIdentifiers")
            }
            None => (without_list(text, root, &mut issues), false),
        };
        let items = if from < text.len() {
            split(text, from, if headers_only { "header" } else { "record" }, is_static)
        } else {
            Items::default()
        };
        if is_static {
            // One list for each format; the same records again.
            let lists = Tags::new(text).filter(|tag| tag.opens("ListRecords")).count();
            if lists > 1 {
                issues.push(Issue::new(
                    "other_lists_left",
                    "ListRecords",
                    &(lists - 1).to_string(),
                ));
            }
        }
        if items.unread {
            issues.push(Issue::new("too_many_records", "", &MAX_RECORDS.to_string()));
        }
        Self { scope, headers_only, items, issues }
    }
}

/// Declarations in force around the records of an answer.
pub(in crate::oai_pmh::client) fn scope_of(text: &str) -> Vec<(Arc<str>, Arc<str>)> {
    root(text).map(|root| Envelope::of(text, &root).scope).unwrap_or_default()
}

fn declared(text: &str, tag: &Tag<'_>) -> Vec<(Arc<str>, Arc<str>)> {
    declarations(text.get(tag.start..tag.end).unwrap_or_default())
}

/// Where records begin in an answer without list: at the first record under the root; the end of
/// the text when there is none.
fn without_list(text: &str, root: &Tag<'_>, issues: &mut Vec<Issue>) -> usize {
    if root.local() == "record" {
        return root.start;
    }
    let mut tags = Tags::from(text, root.end);
    while let Some(tag) = tags.next() {
        if ["Identify", "ListSets", "ListMetadataFormats"].iter().any(|verb| tag.opens(verb)) {
            break;
        }
        if tag.opens("record") && tags.clone().next().is_some_and(|next| next.opens("header")) {
            issues.push(Issue::new("no_list_element", "", root.name));
            return tag.start;
        }
    }
    text.len()
}

/// Says what is odd about the root.
fn check_root(text: &str, root: &Tag<'_>, scope: &[(Arc<str>, Arc<str>)], issues: &mut Vec<Issue>) {
    match root.local() {
        "Repository" => issues.push(Issue::new("static_repository", "", root.name)),
        name if name.eq_ignore_ascii_case("OAI-PMH") => {
            let prefix = root.name.split_once(':').map_or("", |(prefix, _)| prefix);
            let namespace = scope.iter().rev().find(|(known, _)| **known == *prefix);
            match namespace.map(|(_, uri)| uri.trim()) {
                Some(NAMESPACE) => {}
                None | Some("") => issues.push(Issue::new("oai_namespace_missing", "", root.name)),
                Some(other) => issues.push(Issue::new("oai_namespace_wrong", "", other)),
            }
        }
        _ => issues.push(Issue::new("no_envelope", "", root.name)),
    }
    if let Some(doctype) = document_type(text) {
        let code = if doctype.contains("<!ENTITY") { "entities_refused" } else { "document_type" };
        issues.push(Issue::new(code, "", doctype));
    }
}

/// Where the records of a page are.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Items {
    /// One for each record, in order.
    pub(super) spans: Vec<Range<usize>>,
    /// Beginning of one that the page ends in.
    pub(super) cut_off: Option<usize>,
    /// There are more than [`MAX_RECORDS`].
    pub(super) unread: bool,
}

impl Items {
    /// What stands around and between the records.
    pub(super) fn shell(&self, text: &str) -> String {
        let mut shell = String::with_capacity(2048);
        let mut from = 0;
        for span in &self.spans {
            shell.push_str(text.get(from..span.start).unwrap_or_default());
            from = span.end;
        }
        let end = self.cut_off.unwrap_or(text.len());
        shell.push_str(text.get(from..end).unwrap_or_default());
        shell
    }
}

/// Cuts a page into records.
///
/// Elements of the same name inside a record (MARCXML) are counted. A record that is not closed
/// ends where the next one, the token or the end of the list begins, unless those stand properly
/// inside its metadata (an OAI-PMH answer in an OAI-PMH answer).
fn split(text: &str, from: usize, local: &str, first_list_only: bool) -> Items {
    let mut whole: Option<Whole<'_>> = None;
    split_by(text, from, local, first_list_only, |item| {
        if !whole.as_ref().is_some_and(|whole| whole.is_for(item.name)) {
            let budget = whole.as_ref().map_or(2 * text.len(), Whole::budget);
            whole = Some(Whole::of(item.name, local, budget));
        }
        whole.as_mut()?.end(text, item.end)
    })
}

/// As [`split`]; `end` may know where a record ends of which the start tag was found.
fn split_by<'t>(
    text: &'t str,
    from: usize,
    local: &str,
    first_list_only: bool,
    mut end: impl FnMut(&Tag<'t>) -> Option<usize>,
) -> Items {
    let mut items = Items::default();
    let mut open: Option<(Tag<'_>, usize)> = None;
    // Tags that may be looked at twice, in all: what is broken must not be read again and again.
    let mut budget = text.len() / 4 + 1000;
    let mut tags = Tags::from(text, from);
    while let Some(tag) = tags.next() {
        if items.spans.len() >= MAX_RECORDS {
            items.unread = true;
            break;
        }
        let Some((item, depth)) = open else {
            if tag.opens(local) {
                match tag.kind {
                    TagKind::Open => match end(&tag) {
                        Some(end) => {
                            items.spans.push(tag.start..end);
                            tags.skip_to(end);
                        }
                        None => open = Some((tag, 1)),
                    },
                    _ => items.spans.push(tag.start..tag.end),
                }
            } else if first_list_only && tag.kind == TagKind::Close && LISTS.contains(&tag.local())
            {
                break;
            }
            continue;
        };
        let same = tag.name == item.name;
        if same && tag.kind == TagKind::Close {
            if depth == 1 {
                items.spans.push(item.start..tag.end);
                open = None;
            } else {
                open = Some((item, depth - 1));
            }
            continue;
        }
        let begins = tag.kind == TagKind::Open && tag.local() == local && {
            local == "header"
                || tags
                    .clone()
                    .next()
                    .is_some_and(|next| next.opens("header") || next.opens("metadata"))
        };
        let ends = (tag.kind == TagKind::Close
            && (LISTS.contains(&tag.local()) || tag.local().eq_ignore_ascii_case("OAI-PMH")))
            || tag.opens("resumptionToken");
        if begins || ends {
            if let Some(end) = proper_end(text, &item, &mut budget) {
                items.spans.push(item.start..end);
                tags.skip_to(end);
                open = None;
            } else {
                items.spans.push(item.start..tag.start);
                open = begins.then_some((tag, 1));
            }
        } else if same && tag.kind == TagKind::Open {
            open = Some((item, depth + 1));
        }
    }
    items.cut_off = open.map(|(item, _)| item.start);
    items
}

/// Where an element ends, when everything inside is closed in order.
fn proper_end(text: &str, item: &Tag<'_>, budget: &mut usize) -> Option<usize> {
    let mut open = vec![item.name];
    for tag in Tags::from(text, item.end) {
        *budget = budget.checked_sub(1)?;
        match tag.kind {
            TagKind::Open => open.push(tag.name),
            TagKind::Empty => {}
            TagKind::Close if open.last() == Some(&tag.name) => {
                open.pop();
                if open.is_empty() {
                    return Some(tag.end);
                }
            }
            TagKind::Close => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agree(text: &str) {
        for local in ["record", "header"] {
            for first_list_only in [false, true] {
                let by_tags = split_by(text, 0, local, first_list_only, |_| None);
                assert_eq!(split(text, 0, local, first_list_only), by_tags, "{text}");
            }
        }
    }

    #[test]
    fn a_record_that_holds_what_stands_around_records_is_looked_at() {
        for inside in [
            "",
            "<a>1</a>",
            "<record/>",
            "<x:record>",
            "<record><header/></record>",
            "</record >",
            "</recordx>",
            "<!-- </record> -->",
            "<![CDATA[</record>]]>",
            "<?x </record>?>",
            "</oai-pmh>",
            "<resumptionToken/>",
            "</ListRecords>",
            "<a b=\"</record>\"/>",
            "<a b='",
        ] {
            agree(&format!("<record>{inside}</record><record><header>2</record></ListRecords>"));
        }
    }

    proptest! {
        #[test]
        fn records_are_found_where_the_tags_say(
            parts in proptest::collection::vec(
                "<record>|</record>|<r:record>|</r:record>|<header>|</header>|<metadata>|</record |<record |<a>|</a>|<a x='|'>|<!--|-->|<!|<?|\\?>|</ListRecords>|</oai-PMH>|<resumptionToken>|record|-|<|>|x",
                0..16
            )
        ) {
            agree(&parts.concat());
        }
    }
}
