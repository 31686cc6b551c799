//! A small tree for one record: bounded in depth and size, namespaces resolved, no entities.

use domain::issue::{Issue, Parsed};
use quick_xml::Reader;
use quick_xml::escape::{escape, unescape_with};
use quick_xml::events::{BytesStart, Event};

/// Deepest nesting that is read. The finding aids of FranceArchives reach 40.
pub const MAX_DEPTH: usize = 100;
/// Most elements in one tree. The largest finding aid seen has about 120,000.
pub const MAX_ELEMENTS: usize = 400_000;

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
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Prefix as written, empty without.
    pub prefix: String,
    /// Local name.
    pub local: String,
    /// Namespace; `None` when there is none or the prefix was never declared.
    pub namespace: Option<String>,
    /// Attributes except namespace declarations.
    pub attributes: Vec<Attribute>,
    /// Content.
    pub children: Vec<Node>,
}

/// Namespace declarations in force: prefix (empty for the default) and URI, the last one wins.
pub type Scope = [(String, String)];

impl Element {
    /// Reads the first element of a text and all that is in it. `scope` are the declarations of
    /// ancestors that the text itself does not hold.
    ///
    /// Tolerated with an issue: entities that XML does not know (kept as written), `&` alone,
    /// undeclared prefixes. A document type definition is passed over unread.
    ///
    /// # Errors
    /// [`TreeError`] when there is no element, it is not well-formed, ends early, or is too large.
    pub fn parse(text: &str, scope: &Scope) -> Result<Parsed<Self>, TreeError> {
        Builder { scope: scope.to_vec(), stack: Vec::new(), issues: Vec::new(), elements: 0 }
            .read(text)
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
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.collect(&mut text);
        text
    }

    /// Writes it down again, complete in itself: namespaces are declared where they change. Used
    /// where a part had to be taken out of what came.
    pub fn to_xml(&self) -> String {
        let mut out = String::new();
        self.write(None, &mut out);
        out
    }

    fn write(&self, parent: Option<&Self>, out: &mut String) {
        let name = if self.prefix.is_empty() {
            self.local.clone()
        } else {
            format!("{}:{}", self.prefix, self.local)
        };
        out.push('<');
        out.push_str(&name);
        let inherited =
            parent.is_some_and(|p| p.prefix == self.prefix && p.namespace == self.namespace);
        if let Some(namespace) =
            self.namespace.as_deref().filter(|_| !inherited && self.prefix != "xml")
        {
            let colon = if self.prefix.is_empty() { "" } else { ":" };
            out.extend([" xmlns", colon, &self.prefix, "=\"", &escape(namespace), "\""]);
        } else if self.prefix.is_empty() && !inherited {
            out.push_str(" xmlns=\"\"");
        }
        // Schema hints need a declaration of their own and say nothing.
        for attribute in self.attributes.iter().filter(|a| !a.name.starts_with("xsi:")) {
            out.extend([" ", &attribute.name, "=\"", &escape(&attribute.value), "\""]);
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(Some(self), out),
                Node::Text(text) => out.push_str(&escape(text)),
            }
        }
        out.extend(["</", &name, ">"]);
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
            .find(|a| a.name.rsplit(':').next() == Some(local))
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
    scope: Vec<(String, String)>,
    stack: Vec<Open>,
    issues: Vec<Issue>,
    elements: usize,
}

impl Builder {
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
                    self.issues.push(Issue::new("document_type", "", &doctype.into_inner()));
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
            let name = attribute.key.as_ref().to_owned();
            let raw: &str = attribute.value.as_ref();
            let value = unescape(raw).unwrap_or_else(|| raw.to_owned());
            if name == "xmlns" {
                self.scope.push((String::new(), value));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.scope.push((prefix.to_owned(), value));
            } else {
                attributes.push(Attribute { name, value });
            }
        }
        let name = start.name();
        let qualified: &str = name.as_ref();
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let namespace = self
            .scope
            .iter()
            .rev()
            .find(|(declared, _)| declared == prefix)
            .map(|(_, uri)| uri.clone())
            .filter(|uri| !uri.is_empty());
        if namespace.is_none() && !prefix.is_empty() {
            self.issues.push(Issue::new("undeclared_prefix", local, prefix));
        }
        let element = Element {
            prefix: prefix.to_owned(),
            local: local.to_owned(),
            namespace,
            attributes,
            children: Vec::new(),
        };
        self.stack.push(Open { element, scope });
        Ok(())
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
        let Some(open) = self.stack.last_mut() else { return };
        match open.element.children.last_mut() {
            Some(Node::Text(last)) => last.push_str(text),
            _ => open.element.children.push(Node::Text(text.to_owned())),
        }
    }

    fn reference(&mut self, name: &str) {
        let written = format!("&{name};");
        if let Some(text) = unescape(&written) {
            self.add(&text);
        } else {
            let path = self.stack.last().map_or("", |open| open.element.local.as_str()).to_owned();
            self.issues.push(Issue::new("unknown_entity", path, &written));
            self.add(&written);
        }
    }
}

/// Namespace declarations of a start tag, `<` and `>` included; none of what is no start tag.
pub fn declarations(tag: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(tag);
    let Ok(Event::Start(start) | Event::Empty(start)) = reader.read_event() else {
        return Vec::new();
    };
    let mut declared = Vec::new();
    for attribute in start.html_attributes().with_checks(false).flatten() {
        let name: &str = attribute.key.as_ref();
        let value: &str = attribute.value.as_ref();
        if name == "xmlns" {
            declared.push((String::new(), unescape(value).unwrap_or_default()));
        } else if let Some(prefix) = name.strip_prefix("xmlns:") {
            declared.push((prefix.to_owned(), unescape(value).unwrap_or_default()));
        }
    }
    declared
}

/// Resolves the five entities of XML and character references; `None` when there is another.
fn unescape(text: &str) -> Option<String> {
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let resolved = unescape_with(text, quick_xml::escape::resolve_predefined_entity).ok()?;
    Some(resolved.chars().filter(|c| super::is_legal(*c)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn namespaces_come_from_ancestors_too() {
        let scope = [("dc".to_owned(), "http://purl.org/dc/elements/1.1/".to_owned())];
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
    fn unknown_entities_and_lone_ampersands_stay_as_written() {
        let read = Element::parse("<a>A & B &eacute; &#233;&amp;<![CDATA[<&>]]></a>", &[]).unwrap();
        assert_eq!(read.value.text(), "A & B &eacute; é&<&>");
        assert_eq!(read.issues[0].code, "unknown_entity");
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
