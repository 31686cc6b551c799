//! Finds tags in text that need not be well-formed: what is broken in one record must not hide the
//! next one.

use crate::xml::Element;
use memchr::memchr;

/// Kind of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    Open,
    Close,
    Empty,
}

/// One tag and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'t> {
    /// Offset of `<`.
    pub(super) start: usize,
    /// Offset after `>`.
    pub(super) end: usize,
    /// Name as written.
    pub(super) name: &'t str,
    /// Local name.
    local: &'t str,
    pub(super) kind: TagKind,
}

impl<'t> Tag<'t> {
    /// Local name.
    pub(super) fn local(&self) -> &'t str {
        self.local
    }

    pub(super) fn opens(&self, local: &str) -> bool {
        self.kind != TagKind::Close && self.local() == local
    }
}

/// Iterator over the tags of a text. Comments, CDATA sections, processing instructions and document
/// types are passed over when they end; those that never do, or in which another one of their kind
/// begins before they end, are not believed: an unclosed comment must not swallow the records up to
/// the next comment.
#[derive(Debug, Clone)]
pub(super) struct Tags<'t> {
    text: &'t str,
    at: usize,
    /// For each kind of passage that is passed over: none is closed any more, so that a text full
    /// of opened ones is not searched to its end again and again.
    unclosed: [bool; 3],
    /// A document type stands once, before the root.
    before_root: bool,
}

/// Passages without tags: beginning and end.
const PASSAGES: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
/// Longest document type that is passed over as a whole.
const MAX_DOCTYPE: usize = 256 * 1024;
/// Most elements of one name that are looked at in what stands around the records.
const MAX_ELEMENTS: usize = 100;

impl<'t> Tags<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self::from(text, 0)
    }

    pub(super) fn from(text: &'t str, at: usize) -> Self {
        Self { text, at, unclosed: [false; 3], before_root: at == 0 }
    }

    /// Goes on from another place further down.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at.max(self.at);
    }

    /// Where the passage that begins at `start` ends; `None` when none that can be believed begins
    /// there.
    fn passage(&mut self, rest: &str, start: usize) -> Option<usize> {
        let mut passages = PASSAGES.iter().zip(&mut self.unclosed);
        let ((begin, end), unclosed) = passages.find(|((begin, _), _)| rest.starts_with(begin))?;
        if *unclosed {
            return None;
        }
        let inside = rest.get(begin.len()..)?;
        // Never further than the next opening, so that a text full of them is read once.
        let next = inside.find(begin);
        let Some(length) = inside.get(..next.unwrap_or(inside.len()))?.find(end) else {
            *unclosed = next.is_none();
            return None;
        };
        Some(start + begin.len() + length + end.len())
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        let bytes = self.text.as_bytes();
        loop {
            let start = self.at + memchr(b'<', bytes.get(self.at..)?)?;
            // Wherever nothing better is found, the search goes on after this `<`.
            self.at = start + 1;
            let (close, named) = match bytes.get(start + 1) {
                Some(b'!' | b'?') => {
                    let rest = self.text.get(start..)?;
                    if let Some(end) = self.passage(rest, start) {
                        self.at = end;
                    } else if self.before_root && is_doctype(rest) {
                        self.before_root = false;
                        self.at = doctype(rest).map_or(self.at, |length| start + length);
                    }
                    continue;
                }
                Some(b'/') => (true, start + 2),
                _ => (false, start + 1),
            };
            let Some(name) = self.text.get(named..).and_then(tag_name) else { continue };
            let Some(length) = tag_length(bytes.get(start..)?, named + name.len() - start) else {
                continue;
            };
            let end = start + length;
            self.at = end;
            self.before_root = false;
            let kind = if close {
                TagKind::Close
            } else if end.checked_sub(2).and_then(|at| bytes.get(at)) == Some(&b'/') {
                TagKind::Empty
            } else {
                TagKind::Open
            };
            let colon = name.bytes().position(|byte| byte == b':');
            let local = colon.and_then(|at| name.get(at + 1..)).unwrap_or(name);
            return Some(Tag { start, end, name, local, kind });
        }
    }
}

/// The name at the beginning of a text, when one stands there.
pub(super) fn tag_name(text: &str) -> Option<&str> {
    let begins = match text.as_bytes().first()? {
        byte if byte.is_ascii() => byte.is_ascii_alphabetic() || *byte == b'_',
        _ => text.starts_with(char::is_alphabetic),
    };
    if !begins {
        return None;
    }
    let end = text.bytes().position(|b| {
        b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<' | b'"' | b'\'' | b'=' | b'&')
    });
    text.get(..end.unwrap_or(text.len()))
}

/// Length of the tag at the beginning of a text, whose name ends at `from`. A `>` inside quotes is
/// passed over, unless the quotes do not close before the next `<`, which attribute values cannot
/// hold.
fn tag_length(text: &[u8], from: usize) -> Option<usize> {
    let mut quote = None;
    let mut first = None;
    for (at, byte) in text.iter().enumerate().skip(from) {
        match (quote, *byte) {
            (_, b'<') => break,
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(_), b'>') => first = first.or(Some(at + 1)),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    first
}

fn is_doctype(text: &str) -> bool {
    text.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!DOCTYPE"))
}

/// Length of the document type at the beginning of a text, internal subset included.
fn doctype(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut subset = false;
    for (at, byte) in text.bytes().enumerate().take(MAX_DOCTYPE).skip(9) {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => subset = true,
            (None, b']') => subset = false,
            (None, b'>') if !subset => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The document type before the root element, when there is one.
pub(super) fn document_type(text: &str) -> Option<&str> {
    let head = text.get(..Tags::new(text).next()?.start)?;
    let start = head.match_indices('<').find(|(at, _)| head.get(*at..).is_some_and(is_doctype))?.0;
    head.get(start..)
}

/// Every element of that local name, parsed one by one; one that is not closed gives its start tag.
pub(super) fn elements(text: &str, local: &str) -> Vec<Element> {
    let mut found = Vec::new();
    let mut tags = Tags::new(text);
    while let Some(tag) = tags.next() {
        if !tag.opens(local) {
            continue;
        }
        let end = match tag.kind {
            TagKind::Open => tags
                .clone()
                .find(|other| other.kind == TagKind::Close && other.name == tag.name)
                .map_or(tag.end, |close| close.end),
            _ => tag.end,
        };
        let whole = text.get(tag.start..end).unwrap_or_default();
        if let Ok(element) = Element::parse(whole, &[]) {
            found.push(element.value);
            tags.skip_to(end);
        } else {
            // Not closed or broken inside: the attributes at least. The next one may stand inside.
            let head = text.get(tag.start..tag.end).unwrap_or_default();
            let element = Element::parse(&format!("{head}</{}>", tag.name), &[]);
            found.extend(element.map(|parsed| parsed.value));
        }
        if found.len() >= MAX_ELEMENTS {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_found_among_what_is_no_tag() {
        use TagKind::{Close, Empty, Open};
        let text =
            "<a x='>' y=\"1\"> 1 < 2 <!-- <b> --> <![CDATA[<c>]]> <d/> </a> <e x=\"> <f> <!-- <g>";
        let names: Vec<_> = Tags::new(text).map(|tag| (tag.name, tag.kind)).collect();
        assert_eq!(
            names,
            [("a", Open), ("d", Empty), ("a", Close), ("e", Open), ("f", Open), ("g", Open)]
        );
    }

    #[test]
    fn an_unclosed_comment_does_not_swallow_what_stands_before_the_next_one() {
        let names = |text: &'static str| Tags::new(text).map(|tag| tag.name).collect::<Vec<_>>();
        assert_eq!(names("<!-- x <a/> <!-- <b/> --><c/>"), ["a", "c"]);
        assert_eq!(names("<![CDATA[ x <a/> <![CDATA[<b/>]]><c/>"), ["a", "c"]);
        assert_eq!(names("<?php <a/> <?x <b/> ?><c/>"), ["a", "c"]);
    }

    #[test]
    fn a_document_type_is_passed_over_with_what_it_declares() {
        let text = "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x '<record>]>'>]><a/>";
        assert_eq!(Tags::new(text).map(|tag| tag.name).collect::<Vec<_>>(), ["a"]);
        assert!(document_type(text).unwrap().starts_with("<!DOCTYPE a ["));
        assert_eq!(document_type("<a><!DOCTYPE b></a>"), None);
    }

    #[test]
    fn a_text_full_of_openings_is_scanned_in_time() {
        for opening in ["<!--", "<![CDATA[", "<?", "<!DOCTYPE [", "<a x=\"", "<a ", "<"] {
            assert!(Tags::new(&opening.repeat(50_000)).count() <= 50_000, "{opening}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_scanned_to_its_end(text in "[<>/a-cé&;:\"'!\\[\\]= \\-?]{0,80}") {
            for tag in Tags::new(&text) {
                prop_assert!(text.get(tag.start..tag.end).is_some());
            }
            let _found = elements(&text, "a");
        }
    }
}
