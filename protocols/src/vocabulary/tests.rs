//! Vocabularies in every form.

use super::*;
use domain::meaning::{Concept, Entity};
use domain::normalise::concept::Found;

fn options(lang: &str, base: &str) -> Options {
    Options {
        name: "test".to_owned(),
        properties: vec![Property::Type, Property::Subject, Property::Medium],
        lang: lang.to_owned(),
        base: base.to_owned(),
    }
}

fn concept(vocabulary: &Vocabulary, property: Property, text: &str) -> Option<Concept> {
    match vocabulary.look_up(property, text, None) {
        Found::Concept(meaning) => match meaning.entity {
            Entity::Concept(concept) => Some(concept),
            _ => None,
        },
        _ => None,
    }
}

const TURTLE: &str = r#"
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<https://voc.example/> a skos:ConceptScheme ; skos:prefLabel "Objets"@fr .
<https://voc.example/vase> a skos:Concept ;
  skos:inScheme <https://voc.example/> ;
  skos:prefLabel "vase"@fr , "vase"@en ; skos:altLabel "urne"@fr ;
  skos:broader <https://voc.example/recipient> ;
  skos:exactMatch <http://www.wikidata.org/entity/Q191851> ;
  skos:scopeNote "Récipient."@fr .
"#;

#[test]
fn turtle_triples_and_xml_say_the_same() {
    let triples = r#"<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#prefLabel> "vase"@fr .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#prefLabel> "vase"@en .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#altLabel> "urne"@fr .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#inScheme> <https://voc.example/> .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#broader> <https://voc.example/recipient> .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#exactMatch> <http://www.wikidata.org/entity/Q191851> .
<https://voc.example/vase> <http://www.w3.org/2004/02/skos/core#scopeNote> "Récipient."@fr .
"#;
    let xml = r#"<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:skos="http://www.w3.org/2004/02/skos/core#"><skos:Concept rdf:about="https://voc.example/vase">
 <skos:prefLabel xml:lang="fr">vase</skos:prefLabel><skos:prefLabel xml:lang="en">vase</skos:prefLabel>
 <skos:altLabel xml:lang="fr">urne</skos:altLabel><skos:inScheme rdf:resource="https://voc.example/"/>
 <skos:broader rdf:resource="https://voc.example/recipient"/>
 <skos:exactMatch rdf:resource="http://www.wikidata.org/entity/Q191851"/>
 <skos:scopeNote xml:lang="fr">Récipient.</skos:scopeNote></skos:Concept></rdf:RDF>"#;
    let table = "uri,fr,en,other,broader,exact_match,note\nhttps://voc.example/vase,vase,vase,urne,https://voc.example/recipient,http://www.wikidata.org/entity/Q191851,Récipient.\n";
    let read = |text: &str, format| {
        let vocabulary = read(text.as_bytes(), format, &options("fr", "")).unwrap();
        assert_eq!(vocabulary.len(), 1, "the scheme is no concept");
        concept(&vocabulary, Property::Type, "Urne").unwrap()
    };
    let wanted = read(TURTLE, Format::Turtle);
    assert_eq!(wanted.uri, "https://voc.example/vase");
    assert_eq!(wanted.labels.len(), 2);
    assert_eq!(wanted.scheme.as_deref(), Some("https://voc.example/"));
    assert_eq!(read(triples, Format::NTriples), wanted);
    assert_eq!(read(xml, Format::RdfXml), wanted);
    assert_eq!(Concept { scheme: wanted.scheme.clone(), ..read(table, Format::Table) }, wanted);
}

#[test]
fn lists_get_addresses_from_the_base() {
    let list = "Liste des techniques\n\nMise à jour mai 2014\n\nbois\n\tchêne = rouvre\n\tnoyer\nmétal\n\targent\n\tbois\n";
    let words =
        read(list.as_bytes(), Format::List, &options("fr", "https://musee.example/t/")).unwrap();
    assert_eq!(words.len(), 5);
    let oak = concept(&words, Property::Medium, "rouvre").unwrap();
    assert_eq!(oak.uri, "https://musee.example/t/chene");
    assert_eq!(oak.broader, ["https://musee.example/t/bois"]);
    let codes =
        "11F62|types particuliers de Madone\n41C27(CAULDRON)|ustensiles de cuisine: chaudron\n";
    let words =
        read(codes.as_bytes(), Format::Codes, &options("fr", "https://iconclass.org/")).unwrap();
    let found = concept(&words, Property::Subject, "Ustensiles de cuisine: chaudron").unwrap();
    assert_eq!(found.uri, "https://iconclass.org/41C27(CAULDRON)");
    assert_eq!(
        read(b"a\n", Format::List, &options("fr", "")).unwrap_err(),
        VocabularyError::NoBase
    );
}

#[test]
fn what_is_no_vocabulary_is_refused_with_what_is_wrong() {
    for (text, format) in [
        ("<html>", Format::RdfXml),
        ("{}", Format::Turtle),
        ("not a triple", Format::NTriples),
        ("name,age\na,1\n", Format::Table),
        ("<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><r>&b;</r>", Format::RdfXml),
    ] {
        let error = read(text.as_bytes(), format, &options("fr", "")).unwrap_err();
        assert!(matches!(error, VocabularyError::Syntax(_)), "{text}: {error}");
    }
    let empty = read(b"uri,fr\n", Format::Table, &options("fr", ""));
    assert_eq!(empty.unwrap_err(), VocabularyError::Empty);
}

#[test]
fn the_built_in_vocabularies_know_the_commonest_words() {
    let [works, materials] = builtin();
    assert_eq!((works.len(), materials.len()), (36, 32));
    for (vocabulary, property, text, wanted) in [
        (&works, Property::Type, "peinture", "300033618"),
        (&works, Property::Type, "Tableau", "300033618"),
        (&works, Property::Type, "photographies", "300046300"),
        (&works, Property::Type, "Négatif", "300127173"),
        (&materials, Property::Medium, "papier (blanc)", "300014109"),
        (&materials, Property::Medium, "peinture à l'huile (toile)", "300178684"),
        (&materials, Property::Medium, "bronze", "300010957"),
    ] {
        let concept = concept(vocabulary, property, text).unwrap();
        assert_eq!(concept.uri, format!("http://vocab.getty.edu/aat/{wanted}"), "{text}");
        assert!(concept.labels.len() == 2 && !concept.notes.is_empty());
    }
    assert_eq!(concept(&works, Property::Type, "verre"), None, "a drinking glass");
    assert_eq!(concept(&materials, Property::Type, "verre"), None);
}

/// A folder of the shared data: `PASSERELLE_SHARED`, else `../shared` beside the workspace.
fn shared(path: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        std::path::PathBuf::from,
    );
    let path = root.join("data/thesauri").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

#[test]
fn the_thesauri_of_the_archives_are_read_whole() {
    for (file, count, label) in [
        ("siaf/Matiere.xml", 1498, "urbanisme"),
        ("siaf/Typologie.rdf", 238, "carte postale"),
        ("siaf/Contexte_historique.rdf", 132, "guerre 1939-1945"),
    ] {
        let Some(path) = shared(file) else { return };
        let bytes = std::fs::read(path).unwrap();
        let words = read(&bytes, Format::RdfXml, &options("fr", "")).unwrap();
        eprintln!("{file}: {} concepts, {} kB", words.len(), words.size() / 1000);
        assert_eq!(words.len(), count, "{file}");
        let found = concept(&words, Property::Subject, label).expect(label);
        assert!(found.uri.starts_with("http://data.culture.fr/thesaurus/resource/ark:/67717/"));
    }
}

#[test]
fn the_lists_of_the_museums_are_read_whole() {
    for (file, at_least, label) in [
        ("joconde-lexiques/lexdeno.txt", 4500, "abat-jour"),
        ("joconde-lexiques/lextech.txt", 2000, "tilleul"),
        ("joconde-lexiques/lexdomn.txt", 120, "Afrique noire"),
        ("joconde-lexiques/lexrepr.txt", 12000, "saint Vaneng"),
    ] {
        let Some(path) = shared(file) else { return };
        let bytes = std::fs::read(path).unwrap();
        let words = read(&bytes, Format::List, &options("fr", "https://musee.example/")).unwrap();
        eprintln!("{file}: {} concepts, {} kB", words.len(), words.size() / 1000);
        assert!(words.len() >= at_least, "{file}: {}", words.len());
        assert!(concept(&words, Property::Subject, label).is_some(), "{label}");
    }
}
