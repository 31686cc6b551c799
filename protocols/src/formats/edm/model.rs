//! An EDM record in memory as a validator must see it: classes, order of elements, attributes,
//! literals. Read strictly: what an XML parser refuses is refused here too.

use crate::xml::Writer;
use crate::xml::strict::{self, Cuts, Defect, Element, XML, XSI};

/// Canonical prefixes of every namespace of the EDM schema, by which tables name elements.
const PREFIXES: [(&str, &str); 21] = [
    ("cc", "http://creativecommons.org/ns#"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("doap", "http://usefulinc.com/ns/doap#"),
    ("dqv", "http://www.w3.org/ns/dqv#"),
    ("ebucore", "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#"),
    ("edm", super::NAMESPACE),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("oa", "http://www.w3.org/ns/oa#"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("ore", "http://www.openarchives.org/ore/terms/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdaGr2", "http://rdvocab.info/ElementsGr2/"),
    ("rdf", super::RDF),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("schema", "https://schema.org/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("svcs", "http://rdfs.org/sioc/services#"),
    ("wgs84_pos", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("xml", XML),
    ("xsi", XSI),
];

/// One element: the `rdf:RDF` itself, a class, a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Name with the canonical prefix of its namespace (`edm:rights`), whatever the document wrote;
    /// `{namespace}local` when EDM does not know the namespace.
    pub name: String,
    /// Attributes but for namespace declarations, named in the same way, sorted.
    pub attributes: Vec<(String, String)>,
    /// Child elements in order.
    pub children: Vec<Node>,
    /// Line on which it begins, from 1.
    pub line: usize,
    /// Its own text, that of its children left out.
    pub text: String,
    /// Where the text is interrupted.
    cuts: Cuts,
}

impl Node {
    /// Value of an attribute (`rdf:resource`).
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Child elements of that name.
    pub fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// `rdf:resource`, spaces around it taken off, when it says something.
    pub fn resource(&self) -> Option<&str> {
        self.attribute("rdf:resource").map(str::trim).filter(|uri| !uri.is_empty())
    }

    /// The element and all below it, in document order.
    pub fn descendants(&self) -> Vec<&Node> {
        let mut found = Vec::new();
        self.walk(&mut found);
        found
    }

    fn walk<'n>(&'n self, into: &mut Vec<&'n Node>) {
        into.push(self);
        self.children.iter().for_each(|child| child.walk(into));
    }

    /// The first piece of its text: up to the first comment or element that interrupts it.
    pub(super) fn first_text(&self) -> &str {
        let end = self.cuts.at.iter().map(|(at, _)| *at).find(|at| *at > 0);
        end.and_then(|end| self.text.get(..end)).unwrap_or(&self.text)
    }

    /// The text before the first comment or element.
    pub(super) fn leading_text(&self) -> &str {
        let end = self.cuts.at.first().map(|(at, _)| *at);
        end.and_then(|end| self.text.get(..end)).unwrap_or(&self.text)
    }

    /// Whether some of its content came as a CDATA section, be it an empty one.
    pub(super) fn has_cdata(&self) -> bool {
        self.cuts.cdata
    }

    /// All text inside, children's included, in order.
    pub(super) fn string_value(&self) -> String {
        if self.children.is_empty() {
            return self.text.clone();
        }
        let mut value = String::new();
        let mut from = 0;
        let mut children = self.children.iter();
        for (at, _) in self.cuts.at.iter().filter(|(_, child)| *child) {
            value.push_str(self.text.get(from..*at).unwrap_or_default());
            from = *at;
            if let Some(child) = children.next() {
                value.push_str(&child.string_value());
            }
        }
        value.push_str(self.text.get(from..).unwrap_or_default());
        value
    }

    fn of(element: Element) -> Self {
        let mut attributes: Vec<(String, String)> = element
            .attributes
            .into_iter()
            .map(|attribute| (name(&attribute.namespace, &attribute.name), attribute.value))
            .collect();
        attributes.sort();
        Self {
            name: name(&element.namespace, &element.name),
            attributes,
            children: element.children.into_iter().map(Self::of).collect(),
            line: element.line.0,
            text: element.text,
            cuts: element.cuts,
        }
    }
}

fn name(namespace: &str, local: &str) -> String {
    if namespace.is_empty() {
        return local.to_owned();
    }
    match PREFIXES.iter().find(|(_, known)| *known == namespace) {
        Some((prefix, _)) => format!("{prefix}:{local}"),
        None => format!("{{{namespace}}}{local}"),
    }
}

/// What the EDM writer writes to: XML, or a tree of the same elements.
pub(super) trait Sink {
    /// Opens an element that holds elements.
    fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]);
    /// Closes the element opened last.
    fn close(&mut self);
    /// An element without content.
    fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]);
    /// An element with text.
    fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str);
}

impl Sink for Writer {
    fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        Writer::open(self, name, attributes);
    }

    fn close(&mut self) {
        Writer::close(self);
    }

    fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        Writer::empty(self, name, attributes);
    }

    fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        Writer::text(self, name, attributes, text);
    }
}

/// A record as a tree, under construction.
pub(super) struct Tree {
    /// What is open, the root first.
    open: Vec<Node>,
}

impl Tree {
    /// An empty `rdf:RDF`.
    pub(super) fn new() -> Self {
        Self { open: vec![Tree::node("rdf:RDF", &[], "")] }
    }

    /// The `rdf:RDF` with all that it holds.
    pub(super) fn finish(mut self) -> Node {
        while self.open.len() > 1 {
            self.close();
        }
        self.open.pop().unwrap_or_else(|| Tree::node("rdf:RDF", &[], ""))
    }

    fn node(name: &str, attributes: &[(&str, &str)], text: &str) -> Node {
        let mut attributes: Vec<(String, String)> =
            attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        attributes.sort();
        Node {
            name: name.to_owned(),
            attributes,
            children: Vec::new(),
            line: 0,
            text: text.to_owned(),
            cuts: Cuts::default(),
        }
    }

    fn add(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            parent.children.push(node);
        }
    }
}

impl Sink for Tree {
    fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.open.push(Tree::node(name, attributes, ""));
    }

    fn close(&mut self) {
        // The root stays open until the end.
        if self.open.len() > 1
            && let Some(node) = self.open.pop()
        {
            self.add(node);
        }
    }

    fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.add(Tree::node(name, attributes, ""));
    }

    fn text(&mut self, name: &'static str, attributes: &[(&str, &str)], text: &str) {
        self.add(Tree::node(name, attributes, text));
    }
}

/// Why a text is no EDM record at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not well-formed.
    #[error("not well-formed, line {line}: {what}")]
    IllFormed {
        /// What the reader says.
        what: String,
        /// Line, from 1.
        line: usize,
    },
    /// There is no `rdf:RDF`, or none alone in a `metadata`.
    #[error("the document holds no rdf:RDF")]
    NoRdf,
}

/// Reads the records of a document: the `rdf:RDF` that is its root, or those that it wraps, such as
/// the answer of an OAI-PMH server.
///
/// # Errors
/// [`ModelError`].
pub fn records(text: &str) -> Result<Vec<Node>, ModelError> {
    let document = strict::parse(text.trim_start_matches('\u{feff}'));
    let broken = document.defects.into_iter().find_map(|defect| match defect {
        Defect::IllFormed(what, line) => Some(ModelError::IllFormed { what, line }),
        Defect::DocumentType => None,
    });
    if let Some(error) = broken {
        return Err(error);
    }
    let mut found = Vec::new();
    if let Some(root) = document.root {
        collect(root, &mut found);
    }
    if found.is_empty() { Err(ModelError::NoRdf) } else { Ok(found) }
}

/// The outermost `rdf:RDF` elements of a tree.
fn collect(element: Element, into: &mut Vec<Node>) {
    if element.name == "RDF" && element.namespace == super::RDF {
        into.push(Node::of(element));
    } else {
        element.children.into_iter().for_each(|child| collect(child, into));
    }
}
