//! A small tree for one record: bounded in depth and size, namespaces resolved, no entities.

use domain::issue::{Issue, Parsed};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;
use std::sync::Arc;

/// Deepest nesting that is read. The finding aids of FranceArchives reach 40.
pub const MAX_DEPTH: usize = 100;
/// Most elements in one tree. The largest finding aid seen has about 120,000.
pub const MAX_ELEMENTS: usize = 400_000;
/// Most complaints about one tree.
const MAX_ISSUES: usize = 50;

/// Why a fragment could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// Not well-formed.
    #[error("not well-formed at byte {position}: {reason}")]
    IllFormed {
        /// Byte offset in the fragment.
        position: u64,
        /// What the reader says.
        reason: String,
    },
    /// It ends before its root element does.
    #[error("ends before </{0}>")]
    Truncated(String),
    /// Too deep or too large.
    #[error("deeper than {MAX_DEPTH} elements, or more than {MAX_ELEMENTS} of them")]
    TooLarge,
    /// No element at all.
    #[error("no element")]
    Empty,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, references resolved, neighbours joined.
    Text(String),
}

/// An attribute, its name as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `xml:lang`, `rdf:resource`, …
    pub name: String,
    /// Value, references resolved.
    pub value: String,
    /// Namespace of its prefix, when it has one that was declared.
    pub namespace: Option<Arc<str>>,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Prefix as written, empty without.
    pub prefix: Arc<str>,
    /// Local name.
    pub local: String,
    /// Namespace; `None` when there is none or the prefix was never declared.
    pub namespace: Option<Arc<str>>,
    /// Attributes except namespace declarations.
    pub attributes: Vec<Attribute>,
    /// Content.
    pub children: Vec<Node>,
}

/// Namespace declarations in force: prefix (empty for the default) and URI, the last one wins.
pub type Scope = [(Arc<str>, Arc<str>)];

impl Element {
    /// Reads the first element of a text and all that is in it. `scope` are the declarations of
    /// ancestors that the text itself does not hold.
    ///
    /// Tolerated with an issue: the entities of HTML (resolved), others that XML does not know (kept
    /// as written), references to what no XML may hold (dropped), undeclared prefixes. `&` alone is
    /// itself. A document type definition is passed over unread.
    ///
    /// # Errors
    /// [`TreeError`] when there is no element, it is not well-formed, ends early, or is too large.
    pub fn parse(text: &str, scope: &Scope) -> Result<Parsed<Self>, TreeError> {
        Builder::new(scope).read(text)
    }

    /// First child element of that local name.
    pub fn child(&self, local: &str) -> Option<&Self> {
        self.elements().find(|child| child.local == local)
    }

    /// Child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// All text inside, children included, in order.
    pub fn text(&self) -> Cow<'_, str> {
        match self.children.as_slice() {
            [] => Cow::Borrowed(""),
            [Node::Text(text)] => Cow::Borrowed(text),
            _ => {
                let mut text = String::new();
                self.collect(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Writes it down again, complete in itself: namespaces are declared where they change. Used
    /// where a part had to be taken out of what came.
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        self.write(&mut vec![("xml", Some("http://www.w3.org/XML/1998/namespace"))], &mut out);
        out
    }

    fn write<'e>(&'e self, declared: &mut Vec<(&'e str, Option<&'e str>)>, out: &mut String) {
        let outer = declared.len();
        let colon = if self.prefix.is_empty() { "" } else { ":" };
        out.extend(["<", &self.prefix, colon, &self.local]);
        let attributes = self.attributes.iter().filter_map(|attribute| {
            let (prefix, _) = attribute.name.split_once(':')?;
            Some((prefix, attribute.namespace.as_deref()))
        });
        let own = (&*self.prefix, self.namespace.as_deref());
        for (prefix, namespace) in std::iter::once(own).chain(attributes) {
            let known = declared.iter().rev().find(|(known, _)| *known == prefix);
            let known = known.and_then(|(_, uri)| *uri);
            // A prefix cannot be taken back, only the default can.
            if known == namespace || (namespace.is_none() && !prefix.is_empty()) {
                continue;
            }
            let colon = if prefix.is_empty() { "" } else { ":" };
            let uri = escape(namespace.unwrap_or_default());
            out.extend([" xmlns", colon, prefix, "=\"", &uri, "\""]);
            declared.push((prefix, namespace));
        }
        for attribute in &self.attributes {
            out.extend([" ", &attribute.name, "=\"", &escape(&attribute.value), "\""]);
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(declared, out),
                Node::Text(text) => out.push_str(&escape(text)),
            }
        }
        out.extend(["</", &self.prefix, colon, &self.local, ">"]);
        declared.truncate(outer);
    }

    fn collect(&self, into: &mut String) {
        for node in &self.children {
            match node {
                Node::Element(element) => element.collect(into),
                Node::Text(text) => into.push_str(text),
            }
        }
    }

    /// Value of an attribute by local name (`lang` finds `xml:lang`, `resource` finds
    /// `rdf:resource`), whatever the prefix.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| {
                a.name
                    .strip_suffix(local)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with(':'))
            })
            .map(|attribute| attribute.value.as_str())
    }

    /// First element of that local name in this tree, depth first, this one included.
    pub fn find(&self, local: &str) -> Option<&Self> {
        if self.local == local {
            return Some(self);
        }
        self.elements().find_map(|child| child.find(local))
    }
}

/// An element under construction and how long the scope was before it.
struct Open {
    element: Element,
    scope: usize,
}

struct Builder {
    scope: Vec<(Arc<str>, Arc<str>)>,
    stack: Vec<Open>,
    issues: Vec<Issue>,
    elements: usize,
    no_prefix: Arc<str>,
    /// First half of a character that came as two references (`&#xD83D;&#xDE00;`).
    surrogate: Option<u32>,
}

impl Builder {
    fn new(scope: &Scope) -> Self {
        Self {
            scope: scope.to_vec(),
            stack: Vec::new(),
            issues: Vec::new(),
            elements: 0,
            no_prefix: Arc::from(""),
            surrogate: None,
        }
    }

    fn read(mut self, text: &str) -> Result<Parsed<Element>, TreeError> {
        let mut reader = Reader::from_str(text);
        reader.config_mut().allow_dangling_amp = true;
        loop {
            let event = reader.read_event().map_err(|error| TreeError::IllFormed {
                position: reader.error_position(),
                reason: error.to_string(),
            })?;
            let finished = match event {
                Event::Start(start) => {
                    self.start(&start)?;
                    None
                }
                Event::Empty(start) => {
                    self.start(&start)?;
                    self.end()
                }
                Event::End(_) => self.end(),
                Event::Text(content) => {
                    self.add(&content.xml10_content());
                    None
                }
                Event::CData(content) => {
                    self.add(&content.xml10_content());
                    None
                }
                Event::GeneralRef(reference) => {
                    let name = reference.into_inner();
                    self.reference(&name);
                    None
                }
                Event::DocType(doctype) => {
                    self.complain("document_type", "", &doctype.into_inner());
                    None
                }
                Event::Eof => {
                    return Err(match self.stack.pop() {
                        Some(open) => TreeError::Truncated(open.element.local),
                        None => TreeError::Empty,
                    });
                }
                _ => None,
            };
            if let Some(value) = finished {
                return Ok(Parsed { value, issues: self.issues });
            }
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), TreeError> {
        self.elements += 1;
        if self.stack.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(TreeError::TooLarge);
        }
        let scope = self.scope.len();
        let mut attributes = Vec::new();
        // HTML's looser rules: attributes without quotes or value occur, repeats are told apart.
        for attribute in start.html_attributes().with_checks(false).flatten() {
            let name: &str = attribute.key.as_ref();
            let value = self.unescape(attribute.value.as_ref());
            if name == "xmlns" {
                self.scope.push((Arc::clone(&self.no_prefix), Arc::from(value)));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scope.push((Arc::from(prefix), Arc::from(value)));
            } else {
                attributes.push(Attribute { name: name.to_owned(), value, namespace: None });
            }
        }
        for attribute in &mut attributes {
            attribute.namespace = attribute
                .name
                .split_once(':')
                .filter(|(prefix, _)| *prefix != "xml")
                .and_then(|(prefix, _)| self.declared(prefix))
                .map(|(_, uri)| Arc::clone(uri));
        }
        let name = start.name();
        let qualified: &str = name.as_ref();
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let declared = self.declared(prefix).map(|(p, uri)| (Arc::clone(p), Arc::clone(uri)));
        let (prefix, namespace) = match declared {
            Some((prefix, uri)) => (prefix, Some(uri).filter(|uri| !uri.is_empty())),
            None if prefix.is_empty() => (Arc::clone(&self.no_prefix), None),
            None => {
                if prefix != "xml" {
                    self.complain("undeclared_prefix", local, prefix);
                }
                (Arc::from(prefix), None)
            }
        };
        let element = Element {
            prefix,
            local: local.to_owned(),
            namespace,
            attributes,
            children: Vec::new(),
        };
        self.stack.push(Open { element, scope });
        Ok(())
    }

    fn declared(&self, prefix: &str) -> Option<&(Arc<str>, Arc<str>)> {
        self.scope.iter().rev().find(|(declared, _)| **declared == *prefix)
    }

    fn complain(&mut self, code: &str, path: &str, value: &str) {
        if self.issues.len() < MAX_ISSUES {
            self.issues.push(Issue::new(code, path, value));
        }
    }

    fn end(&mut self) -> Option<Element> {
        let open = self.stack.pop()?;
        self.scope.truncate(open.scope);
        match self.stack.last_mut() {
            Some(parent) => {
                parent.element.children.push(Node::Element(open.element));
                None
            }
            None => Some(open.element),
        }
    }

    fn add(&mut self, text: &str) {
        self.surrogate = None;
        let Some(open) = self.stack.last_mut() else { return };
        match open.element.children.last_mut() {
            Some(Node::Text(last)) => last.push_str(text),
            Some(Node::Element(_)) => open.element.children.push(Node::Text(text.to_owned())),
            None => {
                // Most elements hold one text and nothing else.
                open.element.children.reserve_exact(1);
                open.element.children.push(Node::Text(text.to_owned()));
            }
        }
    }

    fn reference(&mut self, name: &str) {
        if let Some(text) = quick_xml::escape::resolve_predefined_entity(name) {
            self.add(text);
            return;
        }
        let mut resolved = String::new();
        let first = self.surrogate.take();
        let mut second = self.resolve(name, first, &mut resolved);
        self.add(&resolved);
        std::mem::swap(&mut self.surrogate, &mut second);
    }

    /// Attribute value with its references resolved.
    fn unescape(&mut self, text: &str) -> String {
        if !text.contains('&') {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut surrogate = None;
        let mut parts = text.split('&');
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once(';') {
                Some((name, rest)) if is_reference(name) => {
                    surrogate = self.resolve(name, surrogate, &mut out);
                    out.push_str(rest);
                }
                _ => out.extend(["&", part]),
            }
        }
        out
    }

    /// Appends what a reference stands for. `first` is the first half of a character when the
    /// reference before this one was one; returned when this one is.
    fn resolve(&mut self, name: &str, first: Option<u32>, out: &mut String) -> Option<u32> {
        if let Some(text) = quick_xml::escape::resolve_predefined_entity(name) {
            out.push_str(text);
            return None;
        }
        let path = self.stack.last().map(|open| open.element.local.clone()).unwrap_or_default();
        if let Some(number) = name.strip_prefix('#') {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            match (code, first) {
                (Ok(low @ 0xDC00..=0xDFFF), Some(high)) => {
                    let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                    out.extend(char::from_u32(code));
                }
                (Ok(high @ 0xD800..=0xDBFF), _) => return Some(high),
                (Ok(c1 @ 0x80..=0x9F), _) if !matches!(c1, 0x88 | 0x89 | 0x98 | 0x9C) => {
                    // As every browser does.
                    self.complain("c1_as_windows_1252", &path, &format!("U+{c1:04X}"));
                    out.extend(u8::try_from(c1).ok().map(super::decode::windows_1252));
                }
                (Ok(code), _) => match char::from_u32(code).filter(|c| super::is_legal(*c)) {
                    Some(c) => out.push(c),
                    None => self.complain("illegal_characters", &path, &format!("&{name};")),
                },
                (Err(_), _) => {
                    self.complain("unknown_entity", &path, &format!("&{name};"));
                    out.extend(["&", name, ";"]);
                }
            }
            return None;
        }
        let written = format!("&{name};");
        let text = super::entities::html(name);
        let code = if text.is_some() { "html_entity" } else { "unknown_entity" };
        self.complain(code, &path, &written);
        out.push_str(text.unwrap_or(&written));
        None
    }
}

/// Whether what stands between `&` and `;` can be the name of a reference.
fn is_reference(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 32
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'_' | b'.' | b'-'))
}

/// Namespace declarations of a start tag, `<` and `>` included; none of what is no start tag.
pub fn declarations(tag: &str) -> Vec<(Arc<str>, Arc<str>)> {
    let mut reader = Reader::from_str(tag);
    let mut builder = Builder::new(&[]);
    match reader.read_event() {
        Ok(Event::Start(start) | Event::Empty(start)) if builder.start(&start).is_ok() => {
            builder.scope
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn namespaces_come_from_ancestors_too() {
        let scope = [(Arc::from("dc"), Arc::from("http://purl.org/dc/elements/1.1/"))];
        let read =
            Element::parse("<a xmlns='urn:x'><dc:title>T</dc:title><y:z/></a>", &scope).unwrap();
        assert_eq!(read.value.namespace.as_deref(), Some("urn:x"));
        assert_eq!(
            read.value.child("title").unwrap().namespace.as_deref(),
            Some("http://purl.org/dc/elements/1.1/")
        );
        assert_eq!(read.issues.len(), 1);
        assert_eq!(read.issues[0].code, "undeclared_prefix");
    }

    #[test]
    fn entities_of_html_are_resolved_unknown_ones_and_lone_ampersands_stay_as_written() {
        let text = "<a x='A&B &eacute;'>A & B &eacute;&foo; &#233;&amp;<![CDATA[<&>]]></a>";
        let read = Element::parse(text, &[]).unwrap();
        assert_eq!(read.value.text(), "A & B é&foo; é&<&>");
        assert_eq!(read.value.attribute("x"), Some("A&B é"));
        let codes: Vec<_> = read.issues.iter().map(|issue| issue.code.as_str()).collect();
        assert_eq!(codes, ["html_entity", "html_entity", "unknown_entity"]);
    }

    #[test]
    fn references_to_halves_of_characters_to_c1_and_to_nothing_are_read_as_they_were_meant() {
        let read = Element::parse("<a>&#xD83D;&#xDE00;&#138;&#3;&#xFFFE;&#99999999;</a>", &[]);
        assert_eq!(read.unwrap().value.text(), "\u{1F600}Š");
    }

    #[test]
    fn what_is_written_again_says_the_same() {
        let text = "<a xmlns='urn:x' xmlns:l='urn:l' l:href='1' xml:lang='fr'><l:b>&lt;é</l:b><c xmlns=''><d/></c></a>";
        let read = Element::parse(text, &[]).unwrap().value;
        let again = Element::parse(&read.to_xml(), &[]).unwrap();
        assert_eq!(again.value, read, "{}", read.to_xml());
        assert!(again.issues.is_empty());
    }

    #[test]
    fn entities_of_a_document_type_are_never_expanded() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"boom\">]><a>&x;</a>";
        assert_eq!(Element::parse(bomb, &[]).unwrap().value.text(), "&x;");
    }

    #[test]
    fn depth_and_truncation_are_errors_not_crashes() {
        let deep = "<a>".repeat(1_000_000);
        assert_eq!(Element::parse(&deep, &[]), Err(TreeError::TooLarge));
        assert_eq!(Element::parse("<a><b>", &[]), Err(TreeError::Truncated("b".to_owned())));
        assert!(matches!(Element::parse("<a></b>", &[]), Err(TreeError::IllFormed { .. })));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[<>/a-c&;:\"'!\\[\\]= \\-?]{0,80}") {
            let _either = Element::parse(&text, &[]);
        }
    }
}
