//! Names of persons, apart into family name and the rest.

use crate::words;
use domain::fold::fold;

/// A name taken apart. All words are folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The family name's last word, or the only name.
    pub family: String,
    /// The other words; initials are words of one letter.
    pub rest: Vec<String>,
}

/// Words that say how sure or how near the attribution is.
const QUALIFIERS: [&str; 16] = [
    "attribue",
    "attributed",
    "attr",
    "apres",
    "after",
    "atelier",
    "workshop",
    "ecole",
    "school",
    "dit",
    "dite",
    "called",
    "entourage",
    "circle",
    "suiveur",
    "follower",
];
/// Words that say that nobody is known.
const NOBODY: [&str; 9] = [
    "anonyme",
    "anonymous",
    "inconnu",
    "inconnue",
    "unknown",
    "unidentified",
    "null",
    "unk",
    "various",
];
/// Words that stand before or after a name and are none.
const TITLES: [&str; 22] = [
    "om", "ch", "ra", "sir", "dame", "mrs", "mr", "dr", "rev", "jr", "sr", "lord", "lady", "rt",
    "hon", "baron", "baronet", "bart", "mme", "mlle", "the", "feat",
];

/// Takes a name apart; nothing when it names nobody.
pub fn name(text: &str) -> Option<Name> {
    let outside = without_lives(text);
    let (before, after) = match outside.split_once(',') {
        Some((before, after)) => (before, Some(after)),
        None => (outside.as_str(), None),
    };
    let mut first = useful(before);
    if first.iter().any(|word| NOBODY.contains(&word.as_str())) {
        return None;
    }
    if let Some(after) = after {
        let mut rest = useful(after);
        if first.is_empty() {
            return named(rest);
        }
        let family = first.pop()?;
        rest.extend(first);
        return Some(Name { family, rest });
    }
    // SURNAME Given, Given SURNAME.
    let capitals = capital_words(before);
    if let Some(family) = capitals
        && first.len() > 1
        && let Some(index) = first.iter().position(|word| *word == family)
    {
        first.remove(index);
        return Some(Name { family, rest: first });
    }
    named(first)
}

fn named(mut words: Vec<String>) -> Option<Name> {
    // « smith j »: what ends in initials has its family name before them.
    let index = words
        .iter()
        .rposition(|word| word.chars().count() > 1)
        .unwrap_or(words.len().checked_sub(1)?);
    if index >= words.len() {
        return None;
    }
    let family = words.remove(index);
    Some(Name { family, rest: words })
}

fn useful(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut out = Vec::new();
    words::each(&folded, |word| {
        let year = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
        let empty = words::is_empty(word) && word.len() > 1;
        if !year && !empty && !QUALIFIERS.contains(&word) && !TITLES.contains(&word) {
            out.push(word.to_owned());
        }
    });
    // « d'après »: the elided word goes with its noun.
    if folded.starts_with("d'apres") && out.first().is_some_and(|word| word == "d") {
        out.remove(0);
    }
    // « attribué à » leaves an « a » that is no initial.
    if folded.starts_with("attribue") && out.first().is_some_and(|word| word == "a") {
        out.remove(0);
    }
    out
}

/// The text without years of life in brackets.
fn without_lives(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once(')') else {
            out.push_str(after);
            return out;
        };
        if !inside.bytes().any(|byte| byte.is_ascii_digit()) {
            out.push(' ');
            out.push_str(inside);
            out.push(' ');
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The one word in capitals of two letters at least, when others are not; the last of several.
fn capital_words(text: &str) -> Option<String> {
    let mut found = None;
    let mut small = false;
    for word in text
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
        .filter(|word| !word.is_empty())
    {
        if word.chars().count() < 2 {
            continue;
        }
        if word.chars().all(|c| !c.is_lowercase()) && word.chars().any(char::is_uppercase) {
            found = Some(word);
        } else {
            small = true;
        }
    }
    if small { found.map(|word| words::list(word).pop().unwrap_or_default()) } else { None }
}
