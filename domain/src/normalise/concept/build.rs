//! Making a vocabulary out of its terms.

use super::{Key, Vocabulary, canonical_uri, hash, lang_key, pack};
use crate::fold::fold;
use crate::meaning::{Concept, Label};
use crate::record::Property;

/// Most bytes of packed concepts.
const LIMIT: usize = 512 << 20;

/// A vocabulary that is not kept in memory: it has more than 512 MiB of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vocabulary has more than 512 MiB of labels and notes")]
pub struct TooLarge;

/// How sure a way to find a concept is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// By its preferred label.
    Preferred,
    /// By another label.
    Other,
    /// By a label without what stands in parentheses, in the singular.
    Loose,
    /// By its address.
    Address,
}

/// A concept and the labels that are not preferred.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Term {
    /// What is written out.
    pub concept: Concept,
    /// Other labels, to find it by.
    pub other_labels: Vec<Label>,
}

/// Takes the terms of a vocabulary one by one.
#[derive(Debug, Default)]
pub struct Builder {
    vocabulary: Vocabulary,
    hash: u64,
}

impl Builder {
    /// A vocabulary called `name`, for the values of some properties. `lang` is the language of
    /// values that do not say theirs; empty: labels in every language count for them.
    pub fn new(name: &str, properties: Vec<Property>, lang: &str) -> Self {
        let vocabulary = Vocabulary {
            name: name.to_owned(),
            properties,
            lang: lang.to_owned(),
            ..Vocabulary::default()
        };
        Self { vocabulary, hash: 0xcbf2_9ce4_8422_2325 }
    }

    /// Adds a term. One without address or preferred label is left out.
    ///
    /// # Errors
    /// [`TooLarge`] when the vocabulary would take too much memory.
    pub fn add(&mut self, mut term: Term) -> Result<(), TooLarge> {
        term.concept.uri = canonical_uri(&term.concept.uri);
        if term.concept.uri.is_empty() || term.concept.labels.is_empty() {
            return Ok(());
        }
        let own = &mut self.vocabulary;
        let from = own.text.len();
        pack::pack(&mut own.text, &term.concept);
        if own.text.len() > LIMIT {
            return Err(TooLarge);
        }
        let (Ok(at), Ok(start)) = (u32::try_from(own.starts.len()), u32::try_from(from)) else {
            return Err(TooLarge);
        };
        own.starts.push(start);
        self.mix(from);
        let uri = hash(&term.concept.uri);
        self.key(uri, at, "", Rank::Address);
        for label in &term.concept.labels {
            self.label(label, at, Rank::Preferred);
        }
        for label in &term.other_labels {
            self.label(label, at, Rank::Other);
        }
        Ok(())
    }

    /// The vocabulary, ready for look-ups.
    pub fn build(self) -> Vocabulary {
        let Self { mut vocabulary, hash } = self;
        vocabulary.index.sort_unstable();
        vocabulary.index.dedup();
        vocabulary.index.shrink_to_fit();
        vocabulary.text.shrink_to_fit();
        vocabulary.starts.shrink_to_fit();
        let properties: Vec<&str> =
            vocabulary.properties.iter().map(|property| property.as_str()).collect();
        vocabulary.fingerprint = format!(
            "{} {hash:016x} {} for {} in {}",
            vocabulary.name,
            vocabulary.index.len(),
            properties.join(","),
            vocabulary.lang
        );
        vocabulary
    }

    fn label(&mut self, label: &Label, at: u32, rank: Rank) {
        let folded = fold(&label.text);
        if folded.is_empty() {
            return;
        }
        self.key(hash(&folded), at, &label.lang, rank);
        let bare = without_parentheses(&folded);
        let loose = singular(bare.as_deref().unwrap_or(&folded));
        self.key(hash(&loose), at, &label.lang, Rank::Loose);
    }

    fn key(&mut self, hash: u64, concept: u32, lang: &str, rank: Rank) {
        self.hash = self.hash.rotate_left(5) ^ u64::from(concept);
        self.vocabulary.index.push(Key { hash, concept, lang: lang_key(lang), rank });
    }

    fn mix(&mut self, from: usize) {
        for byte in self.vocabulary.text.as_bytes().iter().skip(from) {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// A folded text without what stands in parentheses or brackets at its end; nothing when nothing
/// does, or when nothing is left.
pub(super) fn without_parentheses(folded: &str) -> Option<String> {
    let inner = folded.strip_suffix([')', ']'])?;
    let at = inner.find(['(', '['])?;
    // `a (b) c (d)`: what stands between belongs to the text.
    if inner.get(at..)?.contains([')', ']']) {
        return None;
    }
    let bare = inner.get(..at)?.trim_end();
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// Words in parentheses that make another thing of what stands before: black chalk (`pierre (noire)`)
/// is no stone, seen in Joconde's techniques.
const OTHER_THING: &[&str] = &[
    "artificiel",
    "artificielle",
    "factice",
    "fausse",
    "faux",
    "imitation",
    "mache",
    "noire",
    "ponce",
    "reconstituee",
    "synthetique",
];

/// `pierre noire` for `pierre (noire)`, where the parenthesis makes another thing of it.
pub(super) fn other_thing(folded: &str, bare: &str) -> Option<String> {
    let inside = folded.get(bare.len()..)?.trim_matches([' ', '(', ')', '[', ']']);
    let first = inside.split(',').next()?.trim();
    let makes = OTHER_THING.contains(&first) && !(first == "noire" && bare != "pierre");
    makes.then(|| format!("{bare} {first}"))
}

/// A folded text without the plural endings of its words. Words that end in `s` or `x` in the
/// singular stay.
pub(super) fn singular(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    for word in folded.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        let stays = word.len() <= 3 || INVARIABLE.binary_search(&word).is_ok();
        let short = word.strip_suffix(['s', 'x']).filter(|_| !stays && !word.ends_with("ss"));
        out.push_str(short.unwrap_or(word));
    }
    out
}

/// Words of the field whose singular ends in `s` or `x`.
const INVARIABLE: [&str; 59] = [
    "ananas",
    "avers",
    "biais",
    "bois",
    "bras",
    "buis",
    "cailloutis",
    "canevas",
    "chassis",
    "choix",
    "cirrus",
    "compas",
    "corps",
    "cours",
    "croix",
    "damas",
    "debris",
    "dos",
    "encens",
    "engrais",
    "faux",
    "fils",
    "fonds",
    "galets",
    "gars",
    "glacis",
    "houx",
    "lambris",
    "laps",
    "lapis",
    "lavis",
    "lilas",
    "lis",
    "lynx",
    "marais",
    "mars",
    "matelas",
    "mois",
    "noix",
    "ours",
    "paix",
    "palais",
    "papyrus",
    "parvis",
    "pays",
    "pis",
    "poids",
    "prix",
    "puits",
    "reliquats",
    "repas",
    "revers",
    "ris",
    "tapis",
    "temps",
    "torchis",
    "velours",
    "vernis",
    "voix",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_the_plural_go_and_words_that_only_look_plural_stay() {
        assert_eq!(singular("peintures murales"), "peinture murale");
        assert_eq!(singular("lavis sur bois"), "lavis sur bois");
        assert_eq!(singular("tableaux"), "tableau");
        assert!(INVARIABLE.contains(&"cours") && !INVARIABLE.contains(&"tours"));
    }

    #[test]
    fn only_what_ends_a_text_is_a_qualifier() {
        assert_eq!(without_parentheses("papier (blanc)").as_deref(), Some("papier"));
        assert_eq!(without_parentheses("papier (blanc) colle"), None);
        assert_eq!(without_parentheses("a (b) c (d)"), None);
        assert_eq!(without_parentheses("(blanc)"), None);
    }
}
