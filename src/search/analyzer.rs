//! French text to search terms: NFC, elision, lower case, folding, then (for the stemmed form)
//! synonyms, irregular plurals and the Snowball stemmer.
//!
//! Folding comes before stemming so that a word and its unaccented form always meet; what this
//! loses (`sculpté`/`sculptée`, `vitrail`/`vitraux`) is given back by two small rules. Decomposed
//! text is composed first: a tokenizer that does not would cut `e◌́cole` in two.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};
use unicode_normalization::UnicodeNormalization;

/// Name of the stemming analyzer in the index.
pub(super) const STEMMED: &str = "french";
/// Name of the exact (folded, unstemmed) analyzer in the index.
pub(super) const EXACT: &str = "exact";

/// Longest token that is kept, in characters; longer ones are no words.
const LONGEST: usize = 80;

/// Words that lose their vowel before an apostrophe, as in POP's own analyzer.
const ELIDED: [&str; 13] =
    ["l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"];

/// Words that a query may lack in the text: everything else must be there.
const STOP_WORDS: [&str; 30] = [
    "a", "and", "au", "aux", "avec", "dans", "de", "des", "du", "en", "et", "from", "in", "la",
    "le", "les", "of", "on", "ou", "par", "pour", "que", "qui", "sur", "the", "un", "une", "with",
    "d", "l",
];

/// Plurals in -aux whose singular ends in -ail; the stemmer makes -al of all of them.
const AIL: [(&str, &str); 9] = [
    ("baux", "bail"),
    ("coraux", "corail"),
    ("emaux", "email"),
    ("fermaux", "fermail"),
    ("soupiraux", "soupirail"),
    ("travaux", "travail"),
    ("vantaux", "vantail"),
    ("ventaux", "ventail"),
    ("vitraux", "vitrail"),
];

/// Whether a folded word is so common that a query may do without it.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
}

/// The analyzer of the exact fields.
pub(super) fn exact() -> TextAnalyzer {
    TextAnalyzer::builder(French { stems: None, tokens: Vec::new() }).build()
}

/// The analyzer of the stemmed fields.
pub(super) fn stemmed() -> TextAnalyzer {
    TextAnalyzer::builder(French { stems: Some(Stems::new()), tokens: Vec::new() }).build()
}

/// The terms of a text under an analyzer.
pub(super) fn terms(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut stream = analyzer.token_stream(text);
    while stream.advance() {
        found.push(stream.token().text.clone());
    }
    found
}

/// Lower case without accents and ligatures: the form in which words are compared.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.chars().all(|c| c < LATIN_END) {
        // Every character below decomposes by itself, so its folded form is always the same.
        for c in text.chars() {
            match c {
                'a'..='z' | '0'..='9' => folded.push(c),
                'A'..='Z' => folded.push(c.to_ascii_lowercase()),
                _ => folded.push_str(LATIN.get(c as usize).map_or("", String::as_str)),
            }
        }
    } else {
        fold_into(&mut folded, text.chars());
    }
    folded
}

/// End of the Latin characters, before the first combining mark.
const LATIN_END: char = '\u{300}';

/// Folded forms of all characters before [`LATIN_END`]: almost everything that a record has.
/// Normalising such text took half of the time of indexing.
static LATIN: LazyLock<Vec<String>> = LazyLock::new(|| {
    ('\0'..LATIN_END)
        .map(|c| {
            let mut folded = String::new();
            fold_into(&mut folded, std::iter::once(c));
            folded
        })
        .collect()
});

fn fold_into(folded: &mut String, text: impl Iterator<Item = char>) {
    for c in text.nfkd() {
        match c {
            // Combining marks of the Latin, Greek and Cyrillic scripts.
            '\u{300}'..='\u{36f}' => {}
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' | 'Ø' => folded.push('o'),
            'đ' | 'Đ' => folded.push('d'),
            'ł' | 'Ł' => folded.push('l'),
            other => folded.extend(other.to_lowercase()),
        }
    }
}

/// Whether text of this character alone is composed whatever stands beside it: Latin, dashes,
/// quotation marks.
fn is_composed(c: char) -> bool {
    c < LATIN_END || ('\u{2010}'..='\u{2027}').contains(&c)
}

/// An identifier as it is compared: letters and digits only, folded. `RF 1234` meets `rf-1234`.
pub(super) fn identifier(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).take(120).collect()
}

/// The folded words of a text, elided articles taken out.
pub(super) fn words(text: &str) -> Vec<String> {
    let composed: Cow<'_, str> = if text.chars().all(is_composed) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    };
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = composed.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || (c >= LATIN_END && is_mark(c)) {
            word.push(c);
            continue;
        }
        let apostrophe = matches!(c, '\'' | '’' | 'ʼ');
        let goes_on = chars.peek().is_some_and(|next| next.is_alphanumeric());
        finish(&mut word, apostrophe && goes_on, &mut words);
    }
    finish(&mut word, false, &mut words);
    words
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

fn finish(word: &mut String, before_apostrophe: bool, words: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let folded = fold(word);
    word.clear();
    let elided = before_apostrophe && ELIDED.contains(&folded.as_str());
    if !elided && !folded.is_empty() && folded.chars().count() <= LONGEST {
        words.push(folded);
    }
}

/// What a folded word becomes before the stemmer sees it.
fn before_stemming(word: String) -> String {
    match word.as_str() {
        "st" => return "saint".to_owned(),
        "ste" => return "sainte".to_owned(),
        _ => {}
    }
    if let Some((_, singular)) = AIL.iter().find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    if let Some(century) = ordinal(&word) {
        return format!("{century}e");
    }
    // A folded past participle keeps its feminine e: sculptee(s) must meet sculpte(s). Short words
    // (musee, lycee, armee) are nouns.
    let singular = word.strip_suffix('s').unwrap_or(&word);
    if singular.len() >= 7 && singular.ends_with("ee") {
        return singular.strip_suffix('e').unwrap_or(singular).to_owned();
    }
    word
}

/// `18e`, `18eme`, `xviiie` as a number; only what cannot be a word (`vie`, `mie`).
pub(super) fn ordinal(word: &str) -> Option<u8> {
    let stem = ["ieme", "eme", "er", "e", "th", "st", "nd", "rd"]
        .into_iter()
        .find_map(|suffix| word.strip_suffix(suffix).filter(|stem| !stem.is_empty()))?;
    if stem.bytes().all(|b| b.is_ascii_digit()) {
        return stem.parse().ok().filter(|n| (1..=21).contains(n));
    }
    // Xe is the shortest that is taken; Ve, VIe, IXe could be words or syllables.
    stem.starts_with('x').then(|| roman(stem)).flatten()
}

/// A lower-case Roman number up to 39.
pub(super) fn roman(text: &str) -> Option<u8> {
    let tens = text.bytes().take_while(|b| *b == b'x').count();
    let unit = match text.get(tens..)? {
        "" => 0,
        "i" => 1,
        "ii" => 2,
        "iii" => 3,
        "iv" | "iiii" => 4,
        "v" => 5,
        "vi" => 6,
        "vii" => 7,
        "viii" => 8,
        "ix" | "viiii" => 9,
        _ => return None,
    };
    let tens = u8::try_from(tens).ok().filter(|tens| *tens <= 3)?;
    (tens * 10 + unit > 0).then_some(tens * 10 + unit)
}

/// Stems, and those of the words met before: a collection uses the same words again and again, and
/// the stemmer takes longer over a word than all the rest of the analysis.
struct Stems {
    stemmer: TextAnalyzer,
    known: HashMap<String, String>,
}

impl Stems {
    /// Most words kept; then it begins again.
    const MOST: usize = 10_000;

    fn new() -> Self {
        let stemmer = TextAnalyzer::builder(RawTokenizer::default())
            .filter(Stemmer::new(Language::French))
            .build();
        Self { stemmer, known: HashMap::new() }
    }

    fn of(&mut self, word: String) -> String {
        if let Some(stem) = self.known.get(&word) {
            return stem.clone();
        }
        if self.known.len() >= Self::MOST {
            self.known.clear();
        }
        let plain = before_stemming(word.clone());
        let mut stream = self.stemmer.token_stream(&plain);
        let stem = if stream.advance() { stream.token().text.clone() } else { String::new() };
        self.known.insert(word, stem.clone());
        stem
    }
}

/// Every field of a segment has its own, empty at first.
impl Clone for Stems {
    fn clone(&self) -> Self {
        Self { stemmer: self.stemmer.clone(), known: HashMap::new() }
    }
}

/// The tokenizer of both analyzers.
#[derive(Clone)]
struct French {
    /// For the stemming one.
    stems: Option<Stems>,
    tokens: Vec<String>,
}

impl Tokenizer for French {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.tokens = words(text);
        if let Some(stems) = &mut self.stems {
            for word in &mut self.tokens {
                *word = stems.of(std::mem::take(word));
            }
        }
        Words { left: self.tokens.iter_mut(), next: 0, token: Token::default() }
    }
}

struct Words<'a> {
    left: std::slice::IterMut<'a, String>,
    next: usize,
    token: Token,
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.left.next() else { return false };
        self.token.text = std::mem::take(word);
        self.token.position = self.next;
        self.token.position_length = 1;
        // Offsets serve highlighting only, which this index does not do.
        self.token.offset_from = self.next;
        self.token.offset_to = self.next + 1;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(text: &str) -> Vec<String> {
        terms(&mut stemmed(), text)
    }

    #[test]
    fn pairs_that_readers_take_for_the_same_word_meet() {
        for (a, b) in [
            ("château", "chateaux"),
            ("l’abbaye", "abbaye"),
            ("d'Orsay", "orsay"),
            ("œuvre", "oeuvres"),
            ("ÉGLISE", "églises"),
            ("e\u{301}cole", "école"),
            ("vitrail", "vitraux"),
            ("émail", "émaux"),
            ("travail", "travaux"),
            ("cheval", "chevaux"),
            ("sculptée", "sculpté"),
            ("sculptées", "sculptés"),
            ("St-Denis", "Saint Denis"),
            ("XVIIIe siècle", "18e siècle"),
            ("18ème siècle", "18e siècles"),
            ("peinture", "peintures"),
        ] {
            assert_eq!(stems(a), stems(b), "{a} / {b}");
        }
    }

    #[test]
    fn words_that_only_look_alike_stay_apart() {
        for (a, b) in [("musée", "mues"), ("vie", "6e"), ("port", "porte d")] {
            assert_ne!(stems(a), stems(b), "{a} / {b}");
        }
    }

    #[test]
    fn the_exact_form_keeps_the_ending_and_drops_the_accent() {
        assert_eq!(terms(&mut exact(), "L'Œuvre des châteaux"), ["oeuvre", "des", "chateaux"]);
    }

    #[test]
    fn an_identifier_is_its_letters_and_digits() {
        assert_eq!(identifier("RF 1234-É"), "rf1234e");
    }

    #[test]
    fn latin_text_is_folded_as_any_other() {
        let all: String = ('\0'..LATIN_END).collect();
        let mut slowly = String::new();
        fold_into(&mut slowly, all.chars());
        assert_eq!(fold(&all), slowly);
        assert_eq!(fold("Ÿǅ ŒUVRE ½ ﬁ"), "ydz oeuvre 1⁄2 fi");
        assert!(!all.chars().any(is_mark));
    }

    proptest! {
        #[test]
        fn any_text_is_analysed_without_complaint(text in "\\PC{0,80}") {
            let exact = terms(&mut exact(), &text);
            let stemmed = terms(&mut stemmed(), &text);
            prop_assert_eq!(exact.len(), stemmed.len());
            prop_assert!(exact.iter().all(|word| !word.is_empty()));
            let composed: String = text.nfc().collect();
            prop_assert!(!text.chars().all(is_composed) || composed == text);
        }
    }
}
