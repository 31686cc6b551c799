//! Terms of vocabularies: a compact store of concepts, found by their labels.
//!
//! A concept takes about 150 bytes beside its own texts, and 16 bytes a label to find it by: the
//! 60,000 concepts of a large thesaurus with labels in two languages take about 25 MB.

mod build;
mod pack;
/// `ciré` (waxed) is not `cire` (wax): folding takes the accent off that makes the participle. People
/// leave accents away, but do not put one where there is none.
fn is_other_word(text: &str, found: &Found) -> bool {
    let participle = |text: &str| {
        let text = text.trim_end_matches(['s', 'S']).to_lowercase();
        text.ends_with('é') || text.ends_with("ée")
    };
    let Found::Concept(meaning) = found else { return false };
    let Entity::Concept(concept) = &meaning.entity else { return false };
    participle(text) && !concept.labels.iter().any(|label| participle(&label.text))
}

#[cfg(test)]
mod tests;

pub use build::{Builder, Term, TooLarge};

use crate::fold::fold;
use crate::meaning::{Concept, Confidence, Entity, Meaning};
use crate::record::Property;
use build::Rank;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A vocabulary, ready for look-ups by label.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    name: String,
    properties: Vec<Property>,
    /// Language of values that do not say theirs; empty: any.
    lang: String,
    /// All concepts, packed one after the other.
    text: String,
    /// Where each concept begins; the next one's beginning, or the end, is its end.
    starts: Vec<u32>,
    /// Sorted by hash.
    index: Vec<Key>,
    fingerprint: String,
}

/// One way to find a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: u64,
    concept: u32,
    /// First two letters of the language; zeros: not said.
    lang: [u8; 2],
    rank: Rank,
}

/// What a vocabulary says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The text names this concept.
    Concept(Box<Meaning>),
    /// The text names several concepts.
    Ambiguous,
    /// The text is not in the vocabulary, or the vocabulary is not for that property.
    Nothing,
}

impl Vocabulary {
    /// What `text` names in this vocabulary, when it is asked for that property: by preferred
    /// label, else by another label, else without what stands in parentheses, else without plural
    /// endings. Labels count in the language of the text only.
    pub fn look_up(&self, property: Property, text: &str, lang: Option<&str>) -> Found {
        if self.index.is_empty() || !self.properties.contains(&property) {
            return Found::Nothing;
        }
        let key = fold(text);
        let lang = lang_key(lang.unwrap_or(&self.lang));
        for (rank, rule) in
            [(Rank::Preferred, "concept.label"), (Rank::Other, "concept.other_label")]
        {
            match self.only(hash(&key), lang, rank) {
                Only::One(at) => {
                    let found = self.meaning_of(at, rule, Confidence::Certain);
                    let bent = rank == Rank::Preferred && is_other_word(text, &found);
                    return if bent { Found::Nothing } else { found };
                }
                Only::Several => return Found::Ambiguous,
                Only::None => {}
            }
        }
        let bare = build::without_parentheses(&key);
        if let Some(whole) = bare.as_deref().and_then(|bare| build::other_thing(&key, bare)) {
            for rank in [Rank::Preferred, Rank::Other] {
                if let Only::One(at) = self.only(hash(&whole), lang, rank) {
                    return self.meaning_of(at, "concept.joined", Confidence::Probable);
                }
            }
            return Found::Nothing;
        }
        if let Some(bare) = &bare {
            for rank in [Rank::Preferred, Rank::Other] {
                if let Only::One(at) = self.only(hash(bare), lang, rank) {
                    return self.meaning_of(
                        at,
                        "concept.without_parentheses",
                        Confidence::Probable,
                    );
                }
            }
        }
        // What is marked so in the vocabulary: `marble (rock)`, found by `marble`.
        let loose = build::singular(bare.as_deref().unwrap_or(&key));
        match self.only(hash(&loose), lang, Rank::Loose) {
            Only::One(at) => self.meaning_of(at, "concept.loose", Confidence::Probable),
            Only::Several | Only::None => Found::Nothing,
        }
    }

    /// The concept of that address, as the source gave it.
    pub fn by_uri(&self, uri: &str) -> Option<Meaning> {
        let uri = canonical_uri(uri);
        match self.only(hash(&uri), [0, 0], Rank::Address) {
            Only::One(at) => match self.meaning_of(at, "concept.uri", Confidence::Given) {
                Found::Concept(meaning) => Some(*meaning),
                _ => None,
            },
            _ => None,
        }
    }

    /// Its name, for lists.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The properties whose values it explains.
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// Number of concepts.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether it has no concept.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Bytes that it takes in memory.
    pub fn size(&self) -> usize {
        self.text.capacity()
            + self.starts.capacity() * size_of::<u32>()
            + self.index.capacity() * size_of::<Key>()
    }

    /// Changes with the content.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    fn only(&self, hash: u64, lang: [u8; 2], rank: Rank) -> Only {
        let from = self.index.partition_point(|key| key.hash < hash);
        let mut found = None;
        for key in self.index.iter().skip(from).take_while(|key| key.hash == hash) {
            let speaks = key.lang == lang || key.lang == [0, 0] || lang == [0, 0];
            if key.rank != rank || !speaks {
                continue;
            }
            match found {
                None => found = Some(key.concept),
                Some(same) if same == key.concept => {}
                Some(_) => return Only::Several,
            }
        }
        found.map_or(Only::None, Only::One)
    }

    fn meaning_of(&self, at: u32, rule: &str, confidence: Confidence) -> Found {
        let Some(concept) = self.concept(at) else { return Found::Nothing };
        let entity = Entity::Concept(concept);
        Found::Concept(Box::new(Meaning { entity, rule: rule.to_owned(), confidence }))
    }

    fn concept(&self, at: u32) -> Option<Concept> {
        let at = usize::try_from(at).ok()?;
        let from = usize::try_from(*self.starts.get(at)?).ok()?;
        let to = match self.starts.get(at + 1) {
            Some(next) => usize::try_from(*next).ok()?,
            None => self.text.len(),
        };
        Some(pack::unpack(self.text.get(from..to)?))
    }
}

enum Only {
    None,
    One(u32),
    Several,
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// First two letters of a language, lower case; zeros for none and for `und`.
fn lang_key(lang: &str) -> [u8; 2] {
    match lang.as_bytes() {
        [first, second, ..] if !lang.eq_ignore_ascii_case("und") => {
            [first.to_ascii_lowercase(), second.to_ascii_lowercase()]
        }
        _ => [0, 0],
    }
}

/// The form of a concept's address that Europeana dereferences: `http://vocab.getty.edu/aat/ID`,
/// `http://www.wikidata.org/entity/Q…`, `https://iconclass.org/…`; others as they are.
pub fn canonical_uri(uri: &str) -> String {
    let uri = uri.trim();
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    match rest {
        Some(rest) if rest.starts_with("vocab.getty.edu/") || rest.contains("wikidata.org/") => {
            super::agent::canonical_link(uri).unwrap_or_else(|| uri.to_owned())
        }
        Some(rest) => {
            let bare = rest.strip_prefix("www.").unwrap_or(rest);
            let bare = bare.strip_prefix("iconclass.org/rkd/").map_or_else(
                || bare.to_owned(),
                |code| format!("iconclass.org/{}", code.trim_end_matches('/')),
            );
            if bare.starts_with("iconclass.org/") {
                format!("https://{bare}")
            } else {
                uri.to_owned()
            }
        }
        None => uri.to_owned(),
    }
}
