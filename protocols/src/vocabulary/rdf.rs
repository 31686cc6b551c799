//! SKOS out of triples. Only what is looked up or written out is kept while reading.

use super::{Options, VocabularyError};
use domain::meaning::{Concept, Label};
use domain::normalise::concept::{Builder, Term};
use oxrdf::{NamedOrBlankNode, Term as Object, Triple};
use oxrdfxml::RdfXmlParser;
use oxttl::{NTriplesParser, TurtleParser};
use std::collections::HashMap;

const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const RDFS_LABEL: &str = "http://www.w3.org/2000/01/rdf-schema#label";
const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
/// "subclass of", as Wikidata writes it.
const SUBCLASS: &str = "http://www.wikidata.org/prop/direct/P279";
const DESCRIPTION: [&str; 2] = ["http://schema.org/description", "https://schema.org/description"];

/// Relative addresses are resolved against it when the vocabulary names no base.
const NO_BASE: &str = "urn:x-vocabulary:";

pub(super) fn xml(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    refuse_nested_entities(bytes)?;
    let parser = RdfXmlParser::new();
    let parser = parser
        .with_base_iri(base(options))
        .map_err(|error| VocabularyError::Syntax(format!("base: {error}")))?;
    collect(parser.for_slice(bytes), options, builder)
}

pub(super) fn turtle(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    let parser = TurtleParser::new()
        .with_base_iri(base(options))
        .map_err(|error| VocabularyError::Syntax(format!("base: {error}")))?;
    collect(parser.for_slice(bytes), options, builder)
}

pub(super) fn n_triples(
    bytes: &[u8],
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    collect(NTriplesParser::new().for_slice(bytes), options, builder)
}

fn base(options: &Options) -> &str {
    if options.base.is_empty() { NO_BASE } else { &options.base }
}

/// Entities that name entities can grow without end; no vocabulary needs them.
fn refuse_nested_entities(bytes: &[u8]) -> Result<(), VocabularyError> {
    let head = bytes.get(..bytes.len().min(1 << 20)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    for entity in text.split("<!ENTITY").skip(1) {
        let declared = entity.split('>').next().unwrap_or_default();
        if declared.contains('&') || declared.contains("SYSTEM") || declared.contains("PUBLIC") {
            return Err(VocabularyError::Syntax(
                "entities that name others or files are refused".to_owned(),
            ));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Draft {
    order: usize,
    term: Term,
    is_scheme: bool,
    is_concept: bool,
    /// `rdfs:label`, for those who have no preferred label.
    named: Vec<Label>,
}

fn collect<E: std::fmt::Display>(
    triples: impl Iterator<Item = Result<Triple, E>>,
    options: &Options,
    builder: &mut Builder,
) -> Result<(), VocabularyError> {
    let mut drafts: HashMap<String, Draft> = HashMap::new();
    for triple in triples {
        let triple = triple.map_err(|error| VocabularyError::Syntax(error.to_string()))?;
        let NamedOrBlankNode::NamedNode(subject) = triple.subject else { continue };
        let Some(kind) = kind_of(triple.predicate.as_str()) else { continue };
        let order = drafts.len();
        let draft = drafts
            .entry(subject.into_string())
            .or_insert_with(|| Draft { order, ..Draft::default() });
        draft.take(kind, triple.object, options);
    }
    let mut drafts: Vec<(String, Draft)> = drafts.into_iter().collect();
    drafts.sort_unstable_by_key(|(_, draft)| draft.order);
    // A file that says what its concepts are has other things with labels in it (groups).
    let all_said = drafts.iter().any(|(_, draft)| draft.is_concept);
    for (uri, mut draft) in drafts {
        if draft.is_scheme || (all_said && !draft.is_concept) {
            continue;
        }
        if draft.term.concept.labels.is_empty() {
            for label in std::mem::take(&mut draft.named) {
                push_label(&mut draft.term.concept.labels, label);
            }
        }
        builder.add(Term { concept: Concept { uri, ..draft.term.concept }, ..draft.term })?;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Preferred,
    Other,
    Named,
    Broader,
    Same,
    Scheme,
    Note,
    Type,
}

fn kind_of(predicate: &str) -> Option<Kind> {
    if let Some(name) = predicate.strip_prefix(SKOS) {
        return Some(match name {
            "prefLabel" => Kind::Preferred,
            "altLabel" | "hiddenLabel" => Kind::Other,
            "broader" => Kind::Broader,
            "exactMatch" => Kind::Same,
            "inScheme" | "topConceptOf" => Kind::Scheme,
            "scopeNote" | "definition" | "note" => Kind::Note,
            _ => return None,
        });
    }
    match predicate {
        RDFS_LABEL => Some(Kind::Named),
        TYPE => Some(Kind::Type),
        SUBCLASS => Some(Kind::Broader),
        other => DESCRIPTION.contains(&other).then_some(Kind::Note),
    }
}

impl Draft {
    fn take(&mut self, kind: Kind, object: Object, options: &Options) {
        let concept = &mut self.term.concept;
        match object {
            Object::Literal(literal) => {
                let lang = literal.language().unwrap_or(&options.lang).to_owned();
                let text = literal.value().trim().to_owned();
                if text.is_empty() {
                    return;
                }
                let label = Label { text, lang };
                match kind {
                    Kind::Preferred => push_label(&mut concept.labels, label),
                    Kind::Other => self.term.other_labels.push(label),
                    Kind::Named => self.named.push(label),
                    Kind::Note => push_label(&mut concept.notes, label),
                    _ => {}
                }
            }
            Object::NamedNode(node) => {
                let uri = node.into_string();
                match kind {
                    Kind::Broader if !concept.broader.contains(&uri) => concept.broader.push(uri),
                    Kind::Same if !concept.exact_match.contains(&uri) => {
                        concept.exact_match.push(uri);
                    }
                    Kind::Scheme if concept.scheme.is_none() => concept.scheme = Some(uri),
                    Kind::Type if uri.strip_prefix(SKOS) == Some("ConceptScheme") => {
                        self.is_scheme = true;
                    }
                    Kind::Type if uri.strip_prefix(SKOS) == Some("Concept") => {
                        self.is_concept = true;
                    }
                    _ => {}
                }
            }
            Object::BlankNode(_) => {}
        }
    }
}

/// One label a language, as SKOS wants preferred labels.
fn push_label(labels: &mut Vec<Label>, label: Label) {
    if !labels.iter().any(|other| other.lang == label.lang) {
        labels.push(label);
    }
}
