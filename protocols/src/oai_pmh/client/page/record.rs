//! One record of an answer.

use super::HarvestedRecord;
use crate::oai_pmh::about::About;
use crate::oai_pmh::datestamp::Datestamp;
use crate::xml::tree::{Node, Scope};
use crate::xml::{Element, decode};
use domain::issue::Issue;
use memchr::memchr_iter;

/// Longest beginning of a record in which double-encoded text is looked for, in bytes.
const LOOK: usize = 64 * 1024;

/// Code and detail of what makes a record broken.
pub(in crate::oai_pmh::client) type Reason = (&'static str, String);

/// Reads one record, or one header of ListIdentifiers.
///
/// # Errors
/// The code and the detail with which it goes to quarantine.
pub(in crate::oai_pmh::client) fn read(
    fragment: &str,
    scope: &Scope,
    header_only: bool,
) -> Result<HarvestedRecord, Reason> {
    let parsed = Element::parse(fragment, scope)
        .map_err(|error| ("record_unreadable", error.to_string()))?;
    let mut issues = parsed.issues;
    if let Some(sign) = double_encoded(fragment) {
        issues.push(Issue::new("double_encoded", "", sign));
    }
    from_element(parsed.value, scope, header_only, issues)
}

/// [`read`], for a record that is a tree already.
pub(in crate::oai_pmh::client) fn from_element(
    element: Element,
    scope: &Scope,
    header_only: bool,
    mut issues: Vec<Issue>,
) -> Result<HarvestedRecord, Reason> {
    let about = if header_only { About::default() } else { About::of(&element) };
    let mut parts = Parts::default();
    if header_only {
        parts.header = Some(element);
    } else {
        parts.sort(element, &mut issues);
    }
    let header =
        parts.header.ok_or_else(|| ("no_header", "the record has no header".to_owned()))?;
    let text = |local: &str| {
        header.child(local).map(|e| e.text().trim().to_owned()).filter(|t| !t.is_empty())
    };
    let identifier = text("identifier")
        .ok_or_else(|| ("no_identifier", "the header has no identifier".to_owned()))?;
    let deleted = header
        .attribute("status")
        .is_some_and(|status| status.trim().eq_ignore_ascii_case("deleted"));
    let sets: Vec<String> = header
        .elements()
        .filter(|e| e.local == "setSpec")
        .map(|e| e.text().trim().to_owned())
        .filter(|spec| !spec.is_empty())
        .collect();
    let datestamp = text("datestamp");
    match &datestamp {
        None => issues.push(Issue::new("datestamp_missing", "header/datestamp", "")),
        Some(stamp) if Datestamp::parse(stamp).is_none() => {
            issues.push(Issue::new("datestamp_malformed", "header/datestamp", stamp));
        }
        Some(_) => {}
    }
    let metadata = parts.metadata.filter(|_| !deleted);
    let metadata = metadata.and_then(|metadata| payload(metadata, scope, &mut issues));
    if metadata.is_none() && !deleted && !header_only {
        let detail = format!("record {identifier} is not deleted and has no metadata");
        return Err(("no_metadata", detail));
    }
    Ok(HarvestedRecord {
        position: 0,
        identifier,
        datestamp,
        sets,
        deleted,
        metadata,
        about,
        masked: false,
        issues,
        span: 0..0,
    })
}

#[derive(Default)]
struct Parts {
    header: Option<Element>,
    metadata: Option<Element>,
}

impl Parts {
    fn sort(&mut self, record: Element, issues: &mut Vec<Issue>) {
        for node in record.children {
            let Node::Element(part) = node else { continue };
            match part.local.as_str() {
                "header" if self.header.is_none() => self.header = Some(part),
                // An empty one may stand before the one that counts.
                "metadata" if self.metadata.as_ref().is_none_or(|m| m.children.is_empty()) => {
                    self.metadata = Some(part);
                }
                "about" => {}
                other => issues.push(Issue::new("unexpected_element", "record", other)),
            }
        }
    }
}

/// The root element of the metadata. When there are several, the metadata element itself: some
/// servers leave the container out.
fn payload(metadata: Element, scope: &Scope, issues: &mut Vec<Issue>) -> Option<Element> {
    match metadata.elements().count() {
        0 => {
            // Markup that was sent as text, in CDATA or escaped.
            let text = metadata.text();
            let inner = text.trim();
            if !inner.starts_with('<') {
                return None;
            }
            let parsed = Element::parse(&decode(inner.as_bytes()).text, scope).ok()?;
            issues.push(Issue::new("metadata_as_text", "metadata", ""));
            issues.extend(parsed.issues);
            Some(parsed.value)
        }
        1 => metadata.children.into_iter().find_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        }),
        several => {
            issues.push(Issue::new("metadata_without_root", "metadata", &several.to_string()));
            Some(metadata)
        }
    }
}

/// Characters that UTF-8 makes when it is encoded twice: `Ã©` for `é`, `â€™` for an apostrophe.
fn double_encoded(text: &str) -> Option<&str> {
    let mut end = text.len().min(LOOK);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end)?;
    let mut mark = None;
    // Both signs begin with this byte.
    for at in memchr_iter(0xC3, text.as_bytes()) {
        let Some(here) = text.get(at..) else { continue };
        if let Some(rest) = here.strip_prefix('Ã') {
            let second = rest.chars().next().filter(|c| is_second_half(*c));
            if let Some(second) = second {
                return here.get(..'Ã'.len_utf8() + second.len_utf8());
            }
        } else if mark.is_none() && here.starts_with("â€") {
            mark = here.get(.."â€".len());
        }
    }
    mark
}

/// Whether a character is what Windows-1252 or Latin-1 makes of the second byte of a character.
fn is_second_half(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{BF}') || "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ".contains(c)
}
