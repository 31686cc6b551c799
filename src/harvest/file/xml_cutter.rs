//! Finds the records of an XML file without holding more than one of them.
//!
//! Only tags are looked at: of a record, those of its own name, so that markup which is broken
//! inside one record costs that record and not the next.

use super::limits::Limits;
use super::row::ReadError;
use super::window::Window;
use std::io::Read;

/// Which elements are records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Records {
    /// Those of these local names, the outermost ones.
    Named(Vec<String>),
    /// The children of the root element, whatever their names.
    Children,
}

/// One record as it stands in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutElement {
    /// From `<` of its start tag to `>` of its end tag; of one that is too large, the beginning.
    pub bytes: Vec<u8>,
    /// Larger than [`Limits::max_row`].
    pub oversize: bool,
}

const KEPT: usize = 64 << 10;

/// Cuts elements out of a stream.
#[derive(Debug)]
pub struct XmlCutter {
    records: Records,
    /// Start tags of the elements around the next record, the root first.
    around: Vec<Vec<u8>>,
    /// Something that could be an element was seen.
    begun: bool,
}

/// What stands at a `<`.
enum Markup {
    /// Comment, declaration, instruction, character data: as long as it says.
    Other(usize),
    Start {
        length: usize,
        name: Vec<u8>,
        empty: bool,
    },
    End {
        length: usize,
        name: Vec<u8>,
    },
    /// More bytes are needed.
    Unfinished,
}

impl XmlCutter {
    /// Begins at the beginning of a document.
    pub fn new(records: Records) -> Self {
        Self { records, around: Vec::new(), begun: false }
    }

    /// Start tags of the elements around the record that was cut last, the root first.
    pub fn around(&self) -> &[Vec<u8>] {
        &self.around
    }

    /// The next record; `None` at the end of the root element or of the stream.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] when the stream ends inside an element, [`ReadError::Form`] when it
    /// has none.
    pub fn next<R: Read>(
        &mut self,
        window: &mut Window<R>,
        limits: &Limits,
    ) -> Result<Option<CutElement>, ReadError> {
        loop {
            if !to_markup(window)? {
                return match (self.begun, self.around.is_empty()) {
                    (false, _) => Err(ReadError::Form("no XML element in the file".to_owned())),
                    (true, true) => Ok(None),
                    (true, false) => Err(cut_short()),
                };
            }
            match markup(window.bytes()) {
                Markup::Unfinished => {
                    let long = window.bytes().len() > limits.max_header;
                    if long || !window.fill()? {
                        return Err(cut_short());
                    }
                }
                Markup::Other(length) => window.consume(length),
                Markup::End { length, .. } => {
                    self.around.pop();
                    window.consume(length);
                }
                Markup::Start { length, name, empty } => {
                    self.begun = true;
                    if self.is_record(&name) {
                        return self.element(window, &name, length, empty, limits).map(Some);
                    }
                    if !empty {
                        let tag = window.bytes().get(..length).unwrap_or_default().to_vec();
                        self.around.push(tag);
                    }
                    window.consume(length);
                }
            }
        }
    }

    fn is_record(&self, name: &[u8]) -> bool {
        match &self.records {
            Records::Children => self.around.len() == 1,
            Records::Named(names) => names.iter().any(|wanted| local(name) == wanted.as_bytes()),
        }
    }

    /// Cuts the element that begins at the window.
    fn element<R: Read>(
        &self,
        window: &mut Window<R>,
        name: &[u8],
        length: usize,
        empty: bool,
        limits: &Limits,
    ) -> Result<CutElement, ReadError> {
        let (mut at, mut gone, mut depth) = (length, 0, usize::from(!empty));
        let mut kept: Option<Vec<u8>> = None;
        while depth > 0 {
            let rest = window.bytes().get(at..).unwrap_or_default();
            let Some(next) = rest.iter().position(|byte| *byte == b'<') else {
                at += rest.len();
                Self::more(window)?;
                continue;
            };
            match markup(rest.get(next..).unwrap_or_default()) {
                Markup::Unfinished => {
                    let long = rest.len() - next > limits.max_header;
                    // A `<` that no tag follows is a broken record's own affair.
                    if long {
                        at += next + 1;
                    } else {
                        at += next;
                        Self::more(window)?;
                        continue;
                    }
                }
                Markup::Other(length) => at += next + length,
                Markup::Start { length, name: other, empty } => {
                    depth += usize::from(!empty && other == name);
                    at += next + length;
                }
                Markup::End { length, name: other } => {
                    depth -= usize::from(other == name);
                    // The end of what is around ends a record that was never closed.
                    let outer = self.around.last().is_some_and(|tag| tag_name(tag) == other);
                    if outer && other != name {
                        at += next;
                        break;
                    }
                    at += next + length;
                }
            }
            if gone + at > limits.max_row {
                kept.get_or_insert_with(|| window.bytes().iter().take(KEPT).copied().collect());
                window.consume(at);
                (gone, at) = (gone + at, 0);
            }
        }
        let oversize = kept.is_some();
        let bytes = kept.unwrap_or_else(|| window.bytes().get(..at).unwrap_or_default().to_vec());
        window.consume(at);
        Ok(CutElement { bytes, oversize })
    }

    fn more<R: Read>(window: &mut Window<R>) -> Result<(), ReadError> {
        if window.fill()? { Ok(()) } else { Err(cut_short()) }
    }
}

fn cut_short() -> ReadError {
    ReadError::Truncated("the file ends inside an element: it is cut short".to_owned())
}

/// Consumes everything before the next `<`; `false` when there is none.
fn to_markup<R: Read>(window: &mut Window<R>) -> Result<bool, ReadError> {
    loop {
        let bytes = window.bytes();
        let found = bytes.iter().position(|byte| *byte == b'<');
        let before = found.unwrap_or(bytes.len());
        window.consume(before);
        if found.is_some() {
            return Ok(true);
        }
        if !window.fill()? {
            return Ok(false);
        }
    }
}

/// What stands at the first byte, which is `<`.
fn markup(bytes: &[u8]) -> Markup {
    let until = |start: usize, end: &[u8]| {
        let rest = bytes.get(start..).unwrap_or_default();
        let found = rest.windows(end.len()).position(|part| part == end);
        found.map_or(Markup::Unfinished, |at| Markup::Other(start + at + end.len()))
    };
    match bytes {
        [b'<', b'!', b'-', b'-', ..] => until(4, b"-->"),
        [b'<', b'!', b'[', ..] => until(3, b"]]>"),
        [b'<', b'?', ..] => until(2, b"?>"),
        [b'<', b'!', ..] if bytes.len() < 4 => Markup::Unfinished,
        [b'<', b'!', ..] => doctype(bytes),
        [b'<', b'/', rest @ ..] => match rest.iter().position(|byte| *byte == b'>') {
            Some(end) => Markup::End { length: end + 3, name: name_of(rest) },
            None => Markup::Unfinished,
        },
        [b'<', rest @ ..] if rest.first().is_some_and(|byte| is_name_start(*byte)) => start(rest),
        [b'<'] => Markup::Unfinished,
        // A lone `<`.
        _ => Markup::Other(1),
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':') || byte >= 0x80
}

/// A start tag, from behind its `<`; `>` in quotes does not end it.
fn start(rest: &[u8]) -> Markup {
    let mut quote = None;
    for (at, byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => {
                let empty = at > 0 && rest.get(at - 1) == Some(&b'/');
                return Markup::Start { length: at + 2, name: name_of(rest), empty };
            }
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), close) if open == *close => quote = None,
            _ => {}
        }
    }
    Markup::Unfinished
}

/// A document type, with what it declares between brackets, passed over unread.
fn doctype(bytes: &[u8]) -> Markup {
    let (mut quote, mut brackets) = (None, 0_usize);
    for (at, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), close) if open == *close => quote = None,
            (None, b'[') => brackets += 1,
            (None, b']') => brackets = brackets.saturating_sub(1),
            (None, b'>') if brackets == 0 => return Markup::Other(at + 1),
            _ => {}
        }
    }
    Markup::Unfinished
}

fn name_of(rest: &[u8]) -> Vec<u8> {
    rest.iter()
        .copied()
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'/'))
        .collect()
}

/// The name in a start tag.
fn tag_name(tag: &[u8]) -> Vec<u8> {
    name_of(tag.strip_prefix(b"<").unwrap_or(tag))
}

fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str, records: Records) -> (Vec<String>, Option<String>) {
        let mut window = Window::new(text.as_bytes());
        let mut cutter = XmlCutter::new(records);
        let mut found = Vec::new();
        loop {
            match cutter.next(&mut window, &Limits::default()) {
                Ok(Some(element)) => found.push(String::from_utf8(element.bytes).unwrap()),
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error.to_string())),
            }
        }
    }

    fn named(name: &str) -> Records {
        Records::Named(vec![name.to_owned()])
    }

    #[test]
    fn records_are_found_by_local_name_whatever_stands_between() {
        let text = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a '>'>]><l:list a='>'><!-- <l:r> --> x\
                    <l:r a='1>2'>1<l:r>in</l:r></l:r><![CDATA[<r>]]><r/><other><r>3</r></other></l:list>";
        let (found, error) = cut(text, named("r"));
        assert_eq!(found, ["<l:r a='1>2'>1<l:r>in</l:r></l:r>", "<r/>", "<r>3</r>"]);
        assert_eq!(error, None);
    }

    #[test]
    fn a_broken_record_harms_no_neighbour() {
        let text = "<l><r>a</r><r><b>never closed</r><r>c < d</r><r>e";
        let (found, error) = cut(text, named("r"));
        assert_eq!(found, ["<r>a</r>", "<r><b>never closed</r>", "<r>c < d</r>"]);
        assert!(error.unwrap().contains("cut short"));
    }

    #[test]
    fn children_of_the_root_are_records_of_any_name() {
        let (found, _) = cut("<B><MERIMEE REF='1'><a/></MERIMEE><PALISSY/></B>", Records::Children);
        assert_eq!(found, ["<MERIMEE REF='1'><a/></MERIMEE>", "<PALISSY/>"]);
    }

    #[test]
    fn what_has_no_element_is_refused() {
        assert!(cut("a;b;c", Records::Children).1.unwrap().contains("no XML element"));
    }

    proptest! {
        #[test]
        fn any_text_is_cut_or_refused(text in "[<>/!a-c'\" =\\[\\]-]{0,60}") {
            let (found, _) = cut(&text, Records::Children);
            prop_assert!(found.iter().map(String::len).sum::<usize>() <= text.len());
        }

        #[test]
        fn every_record_of_a_list_is_found(texts in proptest::collection::vec("[a-z]{0,8}", 0..20)) {
            let rows: Vec<String> = texts.iter().map(|t| format!("<r>{t}</r>")).collect();
            let (found, error) = cut(&format!("<l>{}</l>", rows.join("\n")), named("r"));
            prop_assert_eq!(found, rows);
            prop_assert_eq!(error, None);
        }
    }
}
