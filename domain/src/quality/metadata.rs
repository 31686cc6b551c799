//! Metadata tier 0, A, B, C: the minimum of language, enabling elements and contextual classes
//! (Europeana Publishing Framework; metis-framework, `metis-indexing/.../tiers/metadata`).

use std::collections::BTreeSet;

/// A metadata tier, of the whole or of one of its three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetadataTier {
    /// Below A.
    Zero,
    /// Findable.
    A,
    /// Good.
    B,
    /// Best.
    C,
}

impl MetadataTier {
    /// All, the lowest first.
    pub const ALL: [Self; 4] = [Self::Zero, Self::A, Self::B, Self::C];

    /// `0`, `A`, `B`, `C`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "0",
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }

    /// Its place, from 0.
    pub fn rank(self) -> u8 {
        match self {
            Self::Zero => 0,
            Self::A => 1,
            Self::B => 2,
            Self::C => 3,
        }
    }

    /// The tier of that place; C for more.
    pub fn of_rank(rank: u8) -> Self {
        Self::ALL.get(usize::from(rank)).copied().unwrap_or(Self::C)
    }
}

/// Contextual classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// `edm:Agent`
    Agent,
    /// `skos:Concept`
    Concept,
    /// `edm:Place`
    Place,
    /// `edm:TimeSpan`
    TimeSpan,
}

/// One property of the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// `dc:title`
    pub property: &'a str,
    /// Whether it has a text that is not blank.
    pub text: bool,
    /// Whether it has a language.
    pub language: bool,
    /// What it links to.
    pub link: Option<&'a str>,
}

/// A contextual class that the record brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Its URI.
    pub about: &'a str,
    /// What it is.
    pub class: Class,
    /// Whether a preferred label of it has text and language.
    pub label_with_language: bool,
    /// Whether it says what Europeana wants of its class.
    pub complete: bool,
}

/// What the metadata tier depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts<'a> {
    /// The properties of the thing.
    pub statements: Vec<Statement<'a>>,
    /// The contextual classes of the record.
    pub entities: Vec<Entity<'a>>,
}

/// Properties of which a share must have a language.
const QUALIFYING: [&str; 22] = [
    "dc:coverage",
    "dc:description",
    "dc:format",
    "dc:relation",
    "dc:rights",
    "dc:source",
    "dc:subject",
    "dc:title",
    "dc:type",
    "dcterms:alternative",
    "dcterms:hasPart",
    "dcterms:isPartOf",
    "dcterms:isReferencedBy",
    "dcterms:medium",
    "dcterms:provenance",
    "dcterms:references",
    "dcterms:spatial",
    "dcterms:tableOfContents",
    "dcterms:temporal",
    "edm:currentLocation",
    "edm:hasType",
    "edm:isRelatedTo",
];

/// Groups of enabling elements: who, what, where, when. (A class is a group.)
const ENABLING: [(&str, Class); 11] = [
    ("dcterms:created", Class::TimeSpan),
    ("dcterms:issued", Class::TimeSpan),
    ("dcterms:temporal", Class::TimeSpan),
    ("dc:format", Class::Concept),
    ("dc:type", Class::Concept),
    ("dcterms:medium", Class::Concept),
    ("dc:creator", Class::Agent),
    ("dc:contributor", Class::Agent),
    ("dc:publisher", Class::Agent),
    ("dcterms:spatial", Class::Place),
    ("edm:currentLocation", Class::Place),
];

/// What the metadata tier is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// Part 1: language.
    pub language: MetadataTier,
    /// Qualifying properties that the record has, sorted.
    pub qualifying: BTreeSet<&'static str>,
    /// Those of them that have no language, sorted.
    pub without_language: BTreeSet<&'static str>,
    /// Part 2: enabling elements.
    pub enabling: MetadataTier,
    /// Distinct enabling elements, sorted.
    pub elements: BTreeSet<&'static str>,
    /// Their groups.
    pub groups: BTreeSet<Class>,
    /// Part 3: contextual classes.
    pub contextual: MetadataTier,
    /// Distinct classes that are complete and linked.
    pub complete: BTreeSet<Class>,
    /// Classes that are linked, but not complete.
    pub incomplete: BTreeSet<Class>,
}

impl Assessment {
    /// The metadata tier: the lowest of the three parts.
    pub fn tier(&self) -> MetadataTier {
        self.language.min(self.enabling).min(self.contextual)
    }
}

/// Computes the metadata tier.
pub fn assess(facts: &Facts<'_>) -> Assessment {
    let mut qualifying = BTreeSet::new();
    let mut with_language = BTreeSet::new();
    let mut elements = BTreeSet::new();
    let mut groups = BTreeSet::new();
    let mut complete = BTreeSet::new();
    let mut linked = BTreeSet::new();
    for statement in &facts.statements {
        if let Some(property) = QUALIFYING.iter().find(|known| **known == statement.property)
            && (statement.text || statement.link.is_some())
        {
            qualifying.insert(*property);
            let labelled = statement.link.is_some_and(|uri| {
                named(facts, uri).any(|e| e.class != Class::Agent && e.label_with_language)
            });
            if (statement.text && statement.language) || labelled {
                with_language.insert(*property);
            }
        }
        if let Some((property, group)) =
            ENABLING.iter().find(|(known, _)| *known == statement.property)
            && (statement.text || statement.link.is_some())
        {
            elements.insert(*property);
            groups.insert(*group);
        }
        let Some(uri) = statement.link else { continue };
        for entity in named(facts, uri) {
            // A subject, a meeting count as links only, and only to what they can be about.
            let counted = match statement.property {
                "dc:subject" if entity.class != Class::TimeSpan => Some("dc:subject"),
                "edm:hasMet" if matches!(entity.class, Class::TimeSpan | Class::Agent) => {
                    Some("edm:hasMet")
                }
                _ => None,
            };
            if let Some(property) = counted {
                elements.insert(property);
                groups.insert(entity.class);
            }
            linked.insert(entity.class);
            if entity.complete {
                complete.insert(entity.class);
            }
        }
    }
    let without_language: BTreeSet<&str> = qualifying.difference(&with_language).copied().collect();
    Assessment {
        language: language(with_language.len(), qualifying.len()),
        qualifying,
        without_language,
        enabling: match (elements.len(), groups.len()) {
            (4.., 2..) => MetadataTier::C,
            (3, 2..) => MetadataTier::B,
            (1.., 1..) => MetadataTier::A,
            _ => MetadataTier::Zero,
        },
        elements,
        groups,
        contextual: match complete.len() {
            0 => MetadataTier::A,
            1 => MetadataTier::B,
            _ => MetadataTier::C,
        },
        incomplete: linked.difference(&complete).copied().collect(),
        complete,
    }
}

/// The contextual classes of that URI.
fn named<'f>(facts: &'f Facts<'f>, uri: &'f str) -> impl Iterator<Item = &'f Entity<'f>> {
    facts.entities.iter().filter(move |entity| entity.about == uri)
}

/// The tier of a share: below a quarter, a half, three quarters.
fn language(with: usize, of: usize) -> MetadataTier {
    match with * 4 {
        _ if of == 0 => MetadataTier::Zero,
        quarters if quarters < of => MetadataTier::Zero,
        quarters if quarters < of * 2 => MetadataTier::A,
        quarters if quarters < of * 3 => MetadataTier::B,
        _ => MetadataTier::C,
    }
}

#[cfg(test)]
mod tests;
