//! A strict reader: what a validating parser would refuse, it refuses too.
//!
//! The harvester's own reader ([`super::tree`]) repairs what it can. A report card must not.

use super::is_legal;
use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape_with};
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 200;
/// Most elements in one answer.
const MAX_ELEMENTS: usize = 2_000_000;

/// Namespace of `xsi:schemaLocation`.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Namespace of `xml:lang`.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// An attribute that declares no namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attribute {
    /// Namespace, empty without prefix.
    pub(crate) namespace: String,
    /// Local name.
    pub(crate) name: String,
    /// Value, references resolved.
    pub(crate) value: String,
}

/// An element. Its text is that of its own text nodes, joined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// Namespace, empty without.
    pub(crate) namespace: String,
    /// Local name.
    pub(crate) name: String,
    /// Attributes, sorted, so that equal elements compare equal.
    pub(crate) attributes: Vec<Attribute>,
    /// Child elements.
    pub(crate) children: Vec<Element>,
    /// Text directly inside, references resolved.
    pub(crate) text: String,
    /// Where its text is interrupted.
    pub(crate) cuts: Cuts,
    /// Line on which it begins, from 1.
    pub(crate) line: Line,
}

/// Where the text of an element is interrupted, which plays no part in comparisons.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cuts {
    /// Offsets in the text at which a comment, a processing instruction or a child element stands;
    /// of a child the bool is true.
    pub(crate) at: Vec<(usize, bool)>,
    /// Whether some of the text, or none of it, came as a CDATA section.
    pub(crate) cdata: bool,
}

impl PartialEq for Cuts {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cuts {}

/// A line number, which plays no part in comparisons.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Line(pub(crate) usize);

impl PartialEq for Line {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Line {}

impl Element {
    /// Value of an attribute without namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.qualified("", name)
    }

    /// Value of an attribute of a namespace.
    pub(crate) fn qualified(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.name == name && a.namespace == namespace)
            .map(|a| a.value.as_str())
    }

    /// First child of that name, whatever its namespace.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Children of that name.
    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Trimmed text of the first child of that name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// Pairs of namespace and URL in `xsi:schemaLocation`; `None` when it is not there.
    pub(crate) fn schema_locations(&self) -> Option<Vec<(&str, &str)>> {
        let words: Vec<&str> =
            self.qualified(XSI, "schemaLocation")?.split_ascii_whitespace().collect();
        Some(
            words
                .chunks(2)
                .map(|pair| {
                    let mut pair = pair.iter().copied();
                    (pair.next().unwrap_or_default(), pair.next().unwrap_or_default())
                })
                .collect(),
        )
    }

    /// A text that is equal for elements of equal content: white space between elements and the
    /// choice of prefixes do not count.
    pub(crate) fn canonical(&self, into: &mut String) {
        into.extend(["<{", &self.namespace, "}", &self.name]);
        for attribute in &self.attributes {
            into.extend([" {", &attribute.namespace, "}", &attribute.name, "=", &attribute.value]);
        }
        into.push('>');
        if !self.text.trim().is_empty() || self.children.is_empty() {
            into.push_str(self.text.trim());
        }
        for child in &self.children {
            child.canonical(into);
        }
        into.push_str("</>");
    }
}

/// What a document breaks, beside being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Not well-formed: what and on which line.
    IllFormed(String, usize),
    /// It has a document type definition, which section 3.2 does not foresee.
    DocumentType,
}

/// The XML declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// Version.
    pub(crate) version: String,
    /// Encoding, when it is said.
    pub(crate) encoding: Option<String>,
}

/// A document read strictly.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Document {
    /// Declaration at the first byte.
    pub(crate) declaration: Option<Declaration>,
    /// Root, as far as there is a well-formed one.
    pub(crate) root: Option<Element>,
    /// What is wrong.
    pub(crate) defects: Vec<Defect>,
}

/// Reads a document. The text begins after a byte order mark, if there was one.
pub(crate) fn parse(text: &str) -> Document {
    let mut builder = Builder {
        text,
        document: Document::default(),
        stack: Vec::new(),
        scope: vec![("xml".to_owned(), XML.to_owned())],
        elements: 0,
        counted: (0, 1),
    };
    if let Err((what, at)) = builder.read() {
        let line = builder.line(at);
        builder.document.root = None;
        builder.document.defects.push(Defect::IllFormed(what, line));
    }
    builder.document
}

struct Builder<'t> {
    text: &'t str,
    document: Document,
    stack: Vec<(Element, usize)>,
    scope: Vec<(String, String)>,
    elements: usize,
    /// Offset up to which lines were counted, and the line there.
    counted: (usize, usize),
}

type Fault = (String, usize);

impl Builder<'_> {
    fn line(&mut self, at: usize) -> usize {
        let (from, line) = self.counted;
        if at < from {
            return line;
        }
        let more = self.text.as_bytes().get(from..at.min(self.text.len())).unwrap_or_default();
        let line = line + more.split(|byte| *byte == b'\n').skip(1).count();
        self.counted = (at.max(from), line);
        line
    }

    fn read(&mut self) -> Result<(), Fault> {
        if let Some((at, illegal)) = self.text.char_indices().find(|(_, c)| !is_legal(*c)) {
            return Err((
                format!("the character U+{:04X}, which XML cannot carry", u32::from(illegal)),
                at,
            ));
        }
        let mut reader = Reader::from_str(self.text);
        reader.config_mut().enable_all_checks(true);
        loop {
            let at = reader.buffer_position() as usize;
            let event = reader
                .read_event()
                .map_err(|error| (error.to_string(), (reader.error_position() as usize).max(at)))?;
            match event {
                Event::Start(start) => self.start(&start, at)?,
                Event::Empty(start) => {
                    self.start(&start, at)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(content) => {
                    let content = content.xml10_content();
                    if content.contains("]]>") {
                        return Err(("`]]>` in text".to_owned(), at));
                    }
                    self.add(&content, at)?;
                }
                Event::CData(content) => {
                    self.add_inside(&content.xml10_content(), at)?;
                    if let Some((open, _)) = self.stack.last_mut() {
                        open.cuts.cdata = true;
                    }
                }
                Event::Comment(_) | Event::PI(_) => self.cut(false),
                Event::GeneralRef(reference) => {
                    let name = reference.into_inner();
                    let written = format!("&{name};");
                    let text = resolve(&written)
                        .ok_or_else(|| (format!("the reference {written}"), at))?;
                    self.add_inside(&text, at)?;
                }
                Event::Decl(declaration) => {
                    if at != 0 {
                        return Err((
                            "an XML declaration that is not at the very beginning".to_owned(),
                            at,
                        ));
                    }
                    let bad = |error: String| (format!("the XML declaration: {error}"), at);
                    self.document.declaration = Some(Declaration {
                        version: declaration
                            .version()
                            .map_err(|error| bad(error.to_string()))?
                            .into_owned(),
                        encoding: match declaration.encoding() {
                            Some(encoding) => {
                                Some(encoding.map_err(|error| bad(error.to_string()))?.into_owned())
                            }
                            None => None,
                        },
                    });
                }
                Event::DocType(_) => self.document.defects.push(Defect::DocumentType),
                Event::Eof => break,
            }
        }
        let end = self.text.len();
        if let Some((open, _)) = self.stack.last() {
            return Err((format!("the document ends before </{}>", open.name), end));
        }
        if self.document.root.is_none() {
            return Err(("there is no element".to_owned(), end));
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Fault> {
        self.elements += 1;
        if self.stack.len() >= MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err((format!("deeper than {MAX_DEPTH} elements, or too many of them"), at));
        }
        if self.stack.is_empty() && self.document.root.is_some() {
            return Err(("a second root element".to_owned(), at));
        }
        let scope = self.scope.len();
        let mut written = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| (error.to_string(), at))?;
            let name: &str = attribute.key.as_ref();
            let raw: &str = attribute.value.as_ref();
            if raw.contains('<') {
                return Err((format!("`<` in the attribute {name}"), at));
            }
            let value = resolve(raw)
                .ok_or_else(|| (format!("a reference or a lone & in the attribute {name}"), at))?;
            if name == "xmlns" {
                self.scope.push((String::new(), value));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scope.push((prefix.to_owned(), value));
            } else {
                written.push((name.to_owned(), value));
            }
        }
        let mut attributes = Vec::new();
        for (name, value) in written {
            let (namespace, name) = match name.split_once(':') {
                Some((prefix, local)) => (self.resolve_prefix(prefix, at)?, local.to_owned()),
                None => (String::new(), name),
            };
            attributes.push(Attribute { namespace, name, value });
        }
        attributes.sort();
        let name = start.name();
        let qualified: &str = name.as_ref();
        if !is_name(qualified) {
            return Err((format!("`{qualified}` is no name of an element"), at));
        }
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let namespace =
            if prefix.is_empty() { self.default() } else { self.resolve_prefix(prefix, at)? };
        let line = Line(self.line(at));
        let element = Element {
            namespace,
            name: local.to_owned(),
            attributes,
            children: Vec::new(),
            text: String::new(),
            cuts: Cuts::default(),
            line,
        };
        self.stack.push((element, scope));
        Ok(())
    }

    fn default(&self) -> String {
        let found = self.scope.iter().rev().find(|(prefix, _)| prefix.is_empty());
        found.map(|(_, uri)| uri.clone()).unwrap_or_default()
    }

    fn resolve_prefix(&self, prefix: &str, at: usize) -> Result<String, Fault> {
        let found = self.scope.iter().rev().find(|(declared, _)| declared == prefix);
        match found {
            Some((_, uri)) if !uri.is_empty() => Ok(uri.clone()),
            _ => Err((format!("the prefix `{prefix}` is declared nowhere"), at)),
        }
    }

    fn cut(&mut self, child: bool) {
        if let Some((open, _)) = self.stack.last_mut() {
            open.cuts.at.push((open.text.len(), child));
        }
    }

    fn end(&mut self) {
        let Some((element, scope)) = self.stack.pop() else { return };
        self.scope.truncate(scope);
        self.cut(true);
        match self.stack.last_mut() {
            Some((parent, _)) => parent.children.push(element),
            None => self.document.root = Some(element),
        }
    }

    fn add(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        if self.stack.is_empty() && text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
            return Ok(());
        }
        self.add_inside(text, at)
    }

    fn add_inside(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        let place = if self.document.root.is_some() { "after" } else { "before" };
        let Some((open, _)) = self.stack.last_mut() else {
            let shown: String = text.trim().chars().take(40).collect();
            return Err((format!("text {place} the document: `{shown}`"), at));
        };
        open.text.push_str(text);
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '\u{B7}');
    name.chars().all(good) && name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
}

fn resolve(text: &str) -> Option<String> {
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let resolved = unescape_with(text, resolve_predefined_entity).ok()?;
    resolved.chars().all(is_legal).then(|| resolved.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> Option<String> {
        parse(text).defects.into_iter().find_map(|defect| match defect {
            Defect::IllFormed(what, line) => Some(format!("{what} ({line})")),
            Defect::DocumentType => None,
        })
    }

    #[test]
    fn what_a_parser_refuses_is_refused_with_its_line() {
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a x='1' x='2'/>",
            "<a x='<'/>",
            "<a x='&eacute;'/>",
            "<a>&eacute;</a>",
            "<a>&#3;</a>",
            "<a>& b</a>",
            "<a>]]></a>",
            "<a/>b",
            "<a/><b/>",
            "<p:a/>",
            "<a p:x=''/>",
            "<a>\u{3}</a>",
            "\n<?xml version='1.0'?><a/>",
            "<a x=1/>",
            "<a></a></a>",
        ] {
            assert!(fault(bad).is_some(), "{bad:?}");
        }
        assert!(fault("<a>\n\n&x;</a>").unwrap().ends_with("(3)"));
    }

    #[test]
    fn namespaces_prefixes_and_spaces_do_not_hide_equal_content() {
        let one = parse("<a xmlns='urn:x' b='1' c='2'><d>t</d></a>").root.unwrap();
        let two = parse("<x:a xmlns:x='urn:x' c='2' b='1'>\n <x:d>t</x:d></x:a>").root.unwrap();
        let (mut first, mut second) = (String::new(), String::new());
        one.canonical(&mut first);
        two.canonical(&mut second);
        assert_eq!(first, second);
        assert_eq!(parse("<?xml version='1.0'?><!DOCTYPE a><a/>").defects, [Defect::DocumentType]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[<>/a-c&;:\"'!\\[\\]= \\-?\\n]{0,80}") {
            let _either = parse(&text);
        }
    }
}
