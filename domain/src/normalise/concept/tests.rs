//! Look-ups in small vocabularies.

use super::*;
use crate::meaning::Label;

fn label(text: &str, lang: &str) -> Label {
    Label { text: text.to_owned(), lang: lang.to_owned() }
}

type Labels<'a> = &'a [(&'a str, &'a str)];

fn vocabulary(terms: &[(&str, Labels<'_>, Labels<'_>)]) -> Vocabulary {
    let mut builder = Builder::new("test", vec![Property::Type, Property::Medium], "fr");
    for (uri, preferred, others) in terms {
        let labels = |all: &[(&str, &str)]| all.iter().map(|(t, l)| label(t, l)).collect();
        builder
            .add(Term {
                concept: Concept {
                    uri: (*uri).to_owned(),
                    labels: labels(preferred),
                    broader: vec!["urn:wide".to_owned()],
                    notes: vec![label("une\nexplication", "fr")],
                    ..Concept::default()
                },
                other_labels: labels(others),
            })
            .unwrap();
    }
    builder.build()
}

fn found(vocabulary: &Vocabulary, text: &str, lang: Option<&str>) -> String {
    match vocabulary.look_up(Property::Type, text, lang) {
        Found::Concept(meaning) => match &meaning.entity {
            Entity::Concept(concept) => format!("{} {}", concept.uri, meaning.rule),
            _ => String::new(),
        },
        Found::Ambiguous => "ambiguous".to_owned(),
        Found::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn labels_are_found_folded_by_rank_and_in_their_language() {
    let words = vocabulary(&[
        ("urn:table", &[("Table", "fr"), ("table", "en")], &[("Tables basses", "fr")]),
        ("urn:bread", &[("pain", "fr"), ("bread", "en")], &[]),
        ("urn:ache", &[("douleur", "fr"), ("pain", "en")], &[]),
        ("urn:marble", &[("marbre (roche)", "fr")], &[]),
    ]);
    for (text, lang, wanted) in [
        ("TABLE", None, "urn:table concept.label"),
        ("tables basses", Some("fr"), "urn:table concept.other_label"),
        ("tables", Some("fr-FR"), "urn:table concept.loose"),
        ("table (ronde)", None, "urn:table concept.without_parentheses"),
        ("pain", Some("fr"), "urn:bread concept.label"),
        ("pain", Some("en"), "urn:ache concept.label"),
        ("pain", Some("und"), "ambiguous"),
        ("marbre", None, "urn:marble concept.loose"),
        ("marbre (roche)", None, "urn:marble concept.label"),
        ("chaise", None, "nothing"),
        ("", None, "nothing"),
    ] {
        assert_eq!(found(&words, text, lang), wanted, "{text} {lang:?}");
    }
    assert_eq!(words.look_up(Property::Subject, "table", None), Found::Nothing);
}

#[test]
fn what_a_parenthesis_or_an_accent_makes_another_thing_is_not_that_thing() {
    let words = vocabulary(&[
        ("urn:stone", &[("pierre", "fr")], &[]),
        ("urn:wax", &[("cire", "fr")], &[]),
        ("urn:papier-mache", &[("papier mâché", "fr")], &[]),
        ("urn:paper", &[("papier", "fr")], &[]),
        ("urn:ink", &[("encre", "fr")], &[]),
        ("urn:engraved", &[("gravé", "fr")], &[]),
    ]);
    for (text, wanted) in [
        ("pierre (noire)", "nothing"),
        ("pierre (taillée)", "urn:stone concept.without_parentheses"),
        ("encre (noire)", "urn:ink concept.without_parentheses"),
        ("papier (mâché)", "urn:papier-mache concept.joined"),
        ("papier (blanc)", "urn:paper concept.without_parentheses"),
        ("ciré", "nothing"),
        ("CIRE", "urn:wax concept.label"),
        ("gravé", "urn:engraved concept.label"),
        ("GRAVE", "urn:engraved concept.label"),
    ] {
        assert_eq!(found(&words, text, None), wanted, "{text}");
    }
}

#[test]
fn a_label_of_two_concepts_names_none_of_them() {
    let words = vocabulary(&[
        ("urn:a", &[("grue", "fr")], &[("treuil", "fr")]),
        ("urn:b", &[("Grue", "fr")], &[]),
        ("urn:c", &[("treuil", "fr")], &[]),
    ]);
    assert_eq!(found(&words, "grue", None), "ambiguous");
    // A preferred label goes before another concept's other label.
    assert_eq!(found(&words, "treuil", None), "urn:c concept.label");
    assert_eq!(found(&words, "grues", None), "nothing");
}

#[test]
fn concepts_come_back_whole_and_are_found_by_address() {
    let words = vocabulary(&[(
        "https://vocab.getty.edu/page/aat/300033618",
        &[("peinture", "fr"), ("paintings (visual works)", "en")],
        &[],
    )]);
    let meaning = words.by_uri("http://vocab.getty.edu/aat/300033618").unwrap();
    assert_eq!(meaning.confidence, Confidence::Given);
    let Entity::Concept(concept) = meaning.entity else { panic!("a concept") };
    assert_eq!(concept.uri, "http://vocab.getty.edu/aat/300033618");
    assert_eq!(concept.labels.len(), 2);
    assert_eq!(concept.broader, ["urn:wide"]);
    assert_eq!(concept.notes, [label("une explication", "fr")]);
    assert_eq!(words.by_uri("urn:other"), None);
}

#[test]
fn the_fingerprint_follows_the_content_and_the_use() {
    let one = vocabulary(&[("urn:a", &[("grue", "fr")], &[])]);
    let same = vocabulary(&[("urn:a", &[("grue", "fr")], &[])]);
    let other = vocabulary(&[("urn:a", &[("grue", "fr")], &[("treuil", "fr")])]);
    assert_eq!(one.fingerprint(), same.fingerprint());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert!(one.size() < 500, "{}", one.size());
}

#[test]
fn addresses_take_the_form_that_is_dereferenced() {
    assert_eq!(canonical_uri("http://iconclass.org/rkd/11F62/"), "https://iconclass.org/11F62");
    assert_eq!(canonical_uri("http://www.iconclass.org/11F62"), "https://iconclass.org/11F62");
    let ark = "http://data.culture.fr/thesaurus/resource/ark:/67717/T1-1";
    assert_eq!(canonical_uri(ark), ark);
}
