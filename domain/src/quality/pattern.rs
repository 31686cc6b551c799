//! Europeana's problem patterns of titles and descriptions (metis-pattern-analysis). P1, the same
//! title on many records, is counted by who sees all of them, with [`title_key`].

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A problem pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Same title on many records, ignoring case.
    P1,
    /// Title and description are the same.
    P2,
    /// Title and description are nearly the same.
    P3,
    /// Unreadable title: signs, or an identifier.
    P5,
    /// Title of two characters at most.
    P6,
    /// No description.
    P7,
    /// All descriptions of a language have less than 51 characters.
    P9,
    /// Title of more than 70 characters.
    P12,
}

impl Pattern {
    /// All that one record can show alone.
    pub const OF_ONE: [Self; 7] =
        [Self::P2, Self::P3, Self::P5, Self::P6, Self::P7, Self::P9, Self::P12];

    /// `P1` to `P12`.
    pub fn name(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P5 => "P5",
            Self::P6 => "P6",
            Self::P7 => "P7",
            Self::P9 => "P9",
            Self::P12 => "P12",
        }
    }

    /// Its issue code, which has sentences in [`crate::issue::catalogue`].
    pub fn code(self) -> &'static str {
        match self {
            Self::P1 => "p1_same_title",
            Self::P2 => "p2_title_is_description",
            Self::P3 => "p3_title_like_description",
            Self::P5 => "p5_odd_title",
            Self::P6 => "p6_short_title",
            Self::P7 => "p7_no_description",
            Self::P9 => "p9_short_description",
            Self::P12 => "p12_long_title",
        }
    }

    /// The pattern of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::OF_ONE.into_iter().chain([Self::P1]).find(|pattern| pattern.name() == name)
    }
}

/// A text and its language, empty without.
pub type Text<'a> = (&'a str, &'a str);

/// What the patterns look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names<'a> {
    /// `dc:title`
    pub titles: Vec<Text<'a>>,
    /// `dc:description`
    pub descriptions: Vec<Text<'a>>,
    /// `dc:identifier`
    pub identifiers: Vec<&'a str>,
}

/// Longest title and description that are compared character by character.
const COMPARED: usize = 400;
/// Shortest identifier that is looked for in titles: `12` is no identifier in "12 vues".
const IDENTIFIER: usize = 5;

/// The patterns of one record, sorted.
pub fn find(names: &Names<'_>) -> Vec<Pattern> {
    let titles = || names.titles.iter().map(|(title, _)| title.trim()).filter(|t| !t.is_empty());
    let descriptions =
        || names.descriptions.iter().map(|(text, _)| text.trim()).filter(|t| !t.is_empty());
    let mut found = Vec::new();
    let mut add = |pattern, shown: bool| {
        if shown {
            found.push(pattern);
        }
    };
    let pairs = || titles().flat_map(|title| descriptions().map(move |text| (title, text)));
    let same = pairs().any(|(title, text)| title.to_lowercase() == text.to_lowercase());
    add(Pattern::P2, same);
    add(Pattern::P3, !same && pairs().any(|(title, text)| nearly_same(title, text)));
    add(
        Pattern::P5,
        titles().any(|title| {
            let signs =
                title.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace()).count();
            signs > 5
                || names.identifiers.iter().any(|id| {
                    id.len() >= IDENTIFIER
                        && id.bytes().any(|b| b.is_ascii_digit())
                        && title.contains(id)
                })
        }),
    );
    add(Pattern::P6, titles().any(|title| title.chars().nth(2).is_none()));
    add(Pattern::P7, descriptions().next().is_none());
    let mut longest: BTreeMap<&str, usize> = BTreeMap::new();
    for (text, language) in &names.descriptions {
        let length = text.trim().chars().count();
        let known = longest.entry(language).or_default();
        *known = length.max(*known);
    }
    add(Pattern::P9, longest.values().any(|length| (1..51).contains(length)));
    add(Pattern::P12, titles().any(|title| title.chars().nth(70).is_some()));
    found
}

/// Whether the common characters, in order, make nine tenths of the shorter text, and the lengths
/// differ by no more than 5 and a tenth.
fn nearly_same(title: &str, description: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().chars().take(COMPARED + 1).collect::<Vec<char>>();
    let (one, two) = (fold(title), fold(description));
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    if long.len() > COMPARED || (long.len() - short.len()) * 10 > 50 + short.len() {
        return false;
    }
    // Texts that do not even begin or end alike are not worth the square of their length.
    let alike = |a: Option<&char>, b: Option<&char>| a == b;
    if !alike(short.first(), long.first()) && !alike(short.last(), long.last()) {
        return false;
    }
    common(&short, &long) * 10 >= short.len() * 9
}

/// Length of the longest common subsequence.
fn common(one: &[char], two: &[char]) -> usize {
    let mut row = vec![0usize; two.len() + 1];
    for a in one {
        let mut diagonal = 0;
        let mut left = 0;
        for (cell, b) in row.iter_mut().skip(1).zip(two) {
            let above = *cell;
            left = if a == b { diagonal + 1 } else { above.max(left) };
            *cell = left;
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// A number that is the same for titles that differ in case and outer spaces only. (63 bits: two of
/// ten million titles meet by chance once in 200,000 such sets.)
pub fn title_key(title: &str) -> i64 {
    let digest = Sha256::digest(title.trim().to_lowercase().as_bytes());
    let mut number = 0u64;
    for byte in digest.iter().take(8) {
        number = (number << 8) | u64::from(*byte);
    }
    i64::try_from(number >> 1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(titles: &[&str], descriptions: &[(&str, &str)], identifiers: &[&str]) -> String {
        let names = Names {
            titles: titles.iter().map(|t| (*t, "fr")).collect(),
            descriptions: descriptions.to_vec(),
            identifiers: identifiers.to_vec(),
        };
        find(&names).into_iter().map(Pattern::name).collect::<Vec<_>>().join(" ")
    }

    const LONG: (&str, &str) =
        ("Vue cavalière de la ville et de son port, prise depuis la rive opposée", "fr");

    #[test]
    fn each_pattern_is_found_at_its_boundary() {
        assert_eq!(of(&["Vue du port"], &[LONG], &[]), "");
        assert_eq!(
            of(
                &["vue cavalière DE la ville et de son port, prise depuis la rive opposée"],
                &[LONG],
                &[]
            ),
            "P2"
        );
        assert_eq!(
            of(
                &["Vue cavalière de la ville et de son port, prise depuis la rive oppose"],
                &[LONG],
                &[]
            ),
            "P3"
        );
        assert_eq!(of(&["[Vue] (du) port?"], &[LONG], &[]), "");
        assert_eq!(of(&["[Vue] (du) port?!"], &[LONG], &[]), "P5");
        assert_eq!(of(&["Vue 000PE001028"], &[LONG], &["000PE001028", "12"]), "P5");
        assert_eq!(of(&["12 vues"], &[LONG], &["12"]), "");
        assert_eq!(of(&["ab"], &[LONG], &[]), "P6");
        assert_eq!(of(&["abc"], &[], &[]), "P7");
        assert_eq!(of(&["abc"], &[("x".repeat(50).as_str(), "fr")], &[]), "P9");
        assert_eq!(of(&["abc"], &[("x".repeat(51).as_str(), "fr")], &[]), "");
        assert_eq!(of(&["abc"], &[LONG, ("short", "en")], &[]), "P9");
        assert_eq!(of(&["abc"], &[LONG, ("short", "fr")], &[]), "");
        assert_eq!(of(&["é".repeat(70).as_str()], &[LONG], &[]), "");
        assert_eq!(of(&["é".repeat(71).as_str()], &[LONG], &[]), "P12");
    }

    #[test]
    fn titles_that_differ_in_case_have_one_key() {
        assert_eq!(title_key("Sans Titre "), title_key("sans titre"));
        assert_ne!(title_key("sans titre"), title_key("sans titres"));
        assert!(title_key("x") >= 0);
    }
}
