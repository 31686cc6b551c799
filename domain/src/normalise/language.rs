//! Languages to BCP 47 (RFC 5646): codes of ISO 639 in any of their forms, names in French and
//! English, tags with a region.

mod codes;

use crate::fold::fold;
use crate::issue::Issue;
use crate::meaning::{Confidence, Entity, Meaning};
use crate::record::{Property, Record};
use codes::{ALONE, LONG, NAMES};

/// Code of the issue of a language that is not known.
pub const NOT_UNDERSTOOD: &str = "language_not_understood";

/// Gives the languages of the thing their meanings, and writes the languages of its texts as
/// BCP 47 where they are understood.
pub fn normalise(record: &mut Record, issues: &mut Vec<Issue>) {
    if let Some(values) = record.values.get_mut(&Property::Language) {
        for value in values.iter_mut().filter(|value| value.meanings.is_empty()) {
            value.meanings = meanings(&value.text);
            if value.meanings.is_empty() && value.text.chars().any(char::is_alphanumeric) {
                issues.push(Issue::new(NOT_UNDERSTOOD, value.field.clone(), &value.text));
            }
        }
    }
    for value in record.values.values_mut().flatten() {
        let Some(lang) = value.lang.as_deref() else { continue };
        // What tables say of themselves needs no looking up.
        if matches!(lang, "fr" | "en") {
            continue;
        }
        match tag(lang) {
            Some(known) if known == lang => {}
            Some(known) => value.lang = Some(known),
            None => issues.push(Issue::new(NOT_UNDERSTOOD, value.field.clone(), lang)),
        }
    }
}

/// What a text of languages means: one or several of them; nothing when one of them is not known.
pub fn meanings(text: &str) -> Vec<Meaning> {
    if let Some(meaning) = one(text) {
        return vec![meaning];
    }
    let mut all: Vec<Meaning> = Vec::new();
    let spaced = text.replace(" et ", ";").replace(" and ", ";").replace(" ou ", ";");
    for part in spaced.split([';', ',', '/', '&', '+', '|']).map(str::trim) {
        if part.is_empty() {
            continue;
        }
        let Some(meaning) = one(part) else { return Vec::new() };
        if all.iter().all(|known| known.entity != meaning.entity) {
            all.push(meaning);
        }
    }
    all
}

fn one(text: &str) -> Option<Meaning> {
    let meaning = |code: String, rule: &str, confidence| Meaning {
        entity: Entity::Language(code),
        rule: rule.to_owned(),
        confidence,
    };
    if let Some(code) = tag(text) {
        return Some(meaning(code, "language.code", Confidence::Given));
    }
    name(text).map(|code| meaning(code.to_owned(), "language.name", Confidence::Certain))
}

/// The code of a language by its name, `langue française` and `Français (moderne)` aside.
fn name(text: &str) -> Option<&'static str> {
    let folded = fold(text);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let find = |name: &str| {
        let at = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        NAMES.get(at).map(|(_, code)| *code)
    };
    find(bare).or_else(|| find(bare.strip_prefix("en ")?))
}

/// A tag in the form of BCP 47: the shortest code of the language, script and region in their
/// case. `None`: not a tag, or of a language that ISO 639 does not know.
pub fn tag(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > 35 || !text.is_ascii() {
        return None;
    }
    let mut parts = text.split(['-', '_']);
    let mut out = primary(&parts.next()?.to_ascii_lowercase())?.to_owned();
    for (at, part) in parts.enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        let sound =
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        if !sound {
            return None;
        }
        out.push('-');
        let lower = part.to_ascii_lowercase();
        match (part.len(), letters) {
            (2, true) if at < 2 => out.push_str(&part.to_ascii_uppercase()),
            (4, true) if at == 0 => {
                let (first, rest) = lower.split_at_checked(1)?;
                out.push_str(&first.to_ascii_uppercase());
                out.push_str(rest);
            }
            _ => out.push_str(&lower),
        }
    }
    Some(out)
}

/// The shortest code of ISO 639 for a code in lower case.
fn primary(code: &str) -> Option<&'static str> {
    match code.len() {
        2 => LONG.iter().find(|(_, short)| *short == code).map(|(_, short)| *short),
        3 => match LONG.binary_search_by(|(long, _)| (*long).cmp(code)) {
            Ok(at) => LONG.get(at).map(|(_, short)| *short),
            Err(_) => ALONE.binary_search(&code).ok().and_then(|at| ALONE.get(at).copied()),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Kind, Value};
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<String> {
        let code = |meaning: Meaning| match meaning.entity {
            Entity::Language(code) => code,
            other => panic!("not a language: {other:?}"),
        };
        meanings(text).into_iter().map(code).collect()
    }

    #[test]
    fn the_tables_are_sorted_and_agree_with_each_other() {
        assert!(LONG.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ALONE.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, code) in NAMES {
            assert_eq!(tag(code).as_deref(), Some(*code), "{name}");
            assert_eq!(fold(name), *name);
        }
        let two: std::collections::BTreeSet<_> = LONG.iter().map(|(_, two)| two).collect();
        assert!(two.len() >= 183, "{}", two.len());
    }

    #[test]
    fn languages_are_known_by_code_and_by_name() {
        for (text, expected) in [
            ("fr", vec!["fr"]),
            ("fre", vec!["fr"]),
            ("fra", vec!["fr"]),
            ("FR", vec!["fr"]),
            ("fr-FR", vec!["fr-FR"]),
            ("fre_ca", vec!["fr-CA"]),
            ("zh-hant-tw", vec!["zh-Hant-TW"]),
            ("lat", vec!["la"]),
            ("grc", vec!["grc"]),
            ("ger", vec!["de"]),
            ("français", vec!["fr"]),
            ("latin", vec!["la"]),
            ("Ancien français", vec!["fro"]),
            ("Français ; Latin", vec!["fr", "la"]),
            ("latin et français", vec!["la", "fr"]),
            ("English, French", vec!["en", "fr"]),
            ("Néerlandais", vec!["nl"]),
            ("mul", vec!["mul"]),
            ("zxx", vec!["zxx"]),
            ("langue inconnue", vec![]),
            ("français ; klingon du sud", vec![]),
            ("xx", vec![]),
            ("qqq", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(codes(text), expected, "{text}");
        }
    }

    #[test]
    fn tags_of_texts_are_written_as_bcp_47_and_strange_ones_stay_with_an_issue() {
        let mut record = Record::new(Kind::MuseumObject);
        let value = |text: &str, lang: &str| Value {
            lang: Some(lang.to_owned()),
            field: "dc:title".to_owned(),
            ..Value::plain(text)
        };
        record.push(Property::Title, value("a", "fre"));
        record.push(Property::Title, value("b", "EN"));
        record.push(Property::Title, value("c", "français"));
        record.push(Property::Language, Value::plain("klingon"));
        let mut issues = Vec::new();
        normalise(&mut record, &mut issues);
        let langs: Vec<_> =
            record.get(Property::Title).iter().map(|v| v.lang.clone().unwrap()).collect();
        assert_eq!(langs, ["fr", "en", "français"]);
        assert_eq!(record.get(Property::Language)[0].text, "klingon");
        let said: Vec<_> = issues.iter().map(|i| (i.code.as_str(), i.value.as_str())).collect();
        assert_eq!(said, [(NOT_UNDERSTOOD, "klingon"), (NOT_UNDERSTOOD, "français")]);
    }

    proptest! {
        #[test]
        fn a_tag_that_was_written_is_read_as_itself(text in "[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,2}") {
            if let Some(tag) = tag(&text) {
                prop_assert_eq!(super::tag(&tag), Some(tag));
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in "\\PC{0,40}") {
            let _ = meanings(&text);
        }
    }
}
