//! Finds tags in text that need not be well-formed: what is broken in one record must not hide the
//! next one.

use crate::xml::Element;

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
    pub(super) kind: TagKind,
}

impl Tag<'_> {
    /// Local name.
    pub(super) fn local(&self) -> &str {
        self.name.rsplit(':').next().unwrap_or(self.name)
    }

    pub(super) fn opens(&self, local: &str) -> bool {
        self.kind != TagKind::Close && self.local() == local
    }
}

/// Iterator over the tags of a text. Comments, CDATA sections and processing instructions are
/// passed over when they end; those that never do are not believed.
#[derive(Debug, Clone)]
pub(super) struct Tags<'t> {
    text: &'t str,
    at: usize,
    /// For each kind of passage that is passed over: none is closed any more, so that a text full
    /// of opened ones is not searched to its end again and again.
    unclosed: [bool; 3],
}

/// Passages without tags: beginning and end.
const PASSAGES: [(&str, &str); 3] = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
/// Most elements of one name that are looked at in what stands around the records.
const MAX_ELEMENTS: usize = 100;

impl<'t> Tags<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self::from(text, 0)
    }

    pub(super) fn from(text: &'t str, at: usize) -> Self {
        Self { text, at, unclosed: [false; 3] }
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + rest.find('<')?;
            let rest = self.text.get(start..)?;
            // Wherever nothing better is found, the search goes on after this `<`.
            self.at = start + 1;
            let mut passages = PASSAGES.iter().zip(&mut self.unclosed);
            if let Some(((_, end), unclosed)) =
                passages.find(|((begin, _), _)| rest.starts_with(begin))
            {
                let length = if *unclosed { None } else { rest.find(end) };
                match length {
                    Some(length) => self.at = start + length + end.len(),
                    None => *unclosed = true,
                }
                continue;
            }
            let (close, named) = match rest.get(1..2) {
                Some("/") => (true, rest.get(2..)?),
                _ => (false, rest.get(1..)?),
            };
            let length = named.find(|c: char| {
                c.is_whitespace() || matches!(c, '>' | '/' | '<' | '"' | '\'' | '=')
            });
            let name = named.get(..length.unwrap_or(named.len()))?;
            if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                continue;
            }
            let Some(length) = tag_length(rest) else { continue };
            let end = start + length;
            self.at = end;
            let kind = if close {
                TagKind::Close
            } else if self.text.get(..end).is_some_and(|t| t.ends_with("/>")) {
                TagKind::Empty
            } else {
                TagKind::Open
            };
            return Some(Tag { start, end, name, kind });
        }
    }
}

/// Length of the tag at the beginning of a text. A `>` inside quotes is passed over, unless the
/// quotes do not close before the next `<`, which attribute values cannot hold.
fn tag_length(text: &str) -> Option<usize> {
    let limit = text.get(1..)?.find('<').map_or(text.len(), |at| at + 1);
    let tag = text.get(..limit)?;
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    tag.find('>').map(|at| at + 1)
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
        let element = Element::parse(whole, &[]).or_else(|_| {
            // Not closed or broken inside: the attributes at least.
            let head = text.get(tag.start..tag.end).unwrap_or_default();
            Element::parse(&format!("{head}</{}>", tag.name), &[])
        });
        if let Ok(element) = element {
            found.push(element.value);
        }
        if found.len() >= MAX_ELEMENTS {
            break;
        }
        tags = Tags::from(text, end.max(tag.end));
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
