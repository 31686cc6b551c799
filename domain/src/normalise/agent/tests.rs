//! What agents become, record by record.

use super::*;
use crate::meaning::Attribution;
use crate::record::Kind;

fn normalised(values: &[(Property, &str, &str)]) -> (Record, Vec<Issue>) {
    let mut record = Record::new(Kind::MuseumObject);
    for (property, field, text) in values {
        record.push(*property, Value { field: (*field).to_owned(), ..Value::plain(*text) });
    }
    let mut issues = Vec::new();
    normalise(&mut record, None, &mut issues);
    (record, issues)
}

fn agents(record: &Record, property: Property) -> Vec<Agent> {
    record
        .get(property)
        .iter()
        .flat_map(|value| &value.meanings)
        .filter_map(|meaning| match &meaning.entity {
            Entity::Agent(agent) => Some(agent.clone()),
            _ => None,
        })
        .collect()
}

fn texts(record: &Record, property: Property) -> Vec<&str> {
    record.get(property).iter().map(|value| value.text.as_str()).collect()
}

#[test]
fn roles_that_do_not_create_make_contributors() {
    let (record, issues) = normalised(&[
        (Property::Creator, "AUTR", "DUPONT Jean (peintre)"),
        (Property::Creator, "AUTR", "DURAND Paul (d'après)"),
        (Property::Creator, "AUTR", "MARTIN Luc (imprimeur, 1850)"),
        (Property::Creator, "AUTR", "APRESLAVIE Jo"),
        (Property::Creator, "AUTR", "GAVARD Charles (éditeur, diagraphe)"),
        (Property::Creator, "AUTR", "anonyme (imprimeur)"),
        (Property::Contributor, "AUTTI", "PETIT Paul"),
    ]);
    assert_eq!(
        texts(&record, Property::Creator),
        ["DUPONT Jean (peintre)", "APRESLAVIE Jo", "GAVARD Charles (éditeur, diagraphe)"]
    );
    assert_eq!(
        texts(&record, Property::Contributor),
        [
            "DURAND Paul (d'après)",
            "MARTIN Luc (imprimeur, 1850)",
            "anonyme (imprimeur)",
            "PETIT Paul"
        ]
    );
    let names: Vec<String> =
        agents(&record, Property::Contributor).into_iter().map(|agent| agent.name).collect();
    assert_eq!(names, ["Durand, Paul", "Martin, Luc", "Petit, Paul"]);
    assert_eq!(issues, []);
}

#[test]
fn a_qualified_maker_stays_a_creator_but_is_not_plain() {
    let (record, _) = normalised(&[
        (Property::Creator, "", "RUBENS Peter Paul (atelier)"),
        (Property::Creator, "", "attribué à Paul BRIL"),
        (Property::Creator, "", "Rembrandt (école de)"),
        (Property::Creator, "", "école de Fontainebleau"),
        (Property::Creator, "", "CHATILLON Auguste de (?)"),
        (Property::Creator, "", "DUPRE Jules (manière de)"),
    ]);
    let found: Vec<(String, Attribution)> = agents(&record, Property::Creator)
        .into_iter()
        .map(|agent| (agent.name, agent.attribution))
        .collect();
    let wanted = [
        ("Rubens, Peter Paul", Attribution::WorkshopOf),
        ("Bril, Paul", Attribution::AttributedTo),
        ("Rembrandt", Attribution::CircleOf),
        ("école de Fontainebleau", Attribution::CircleOf),
        ("Chatillon, Auguste de", Attribution::AttributedTo),
        ("Dupre, Jules", Attribution::MannerOf),
    ];
    assert_eq!(found, wanted.map(|(name, tie)| (name.to_owned(), tie)));
}

#[test]
fn nobody_has_no_meaning_and_no_issue() {
    for text in [
        "anonyme",
        "Anonyme (peintre)",
        "(anonyme)",
        "?",
        "inconnu",
        "sans auteur",
        "auteur inconnu",
        "anonyme français",
    ] {
        let (record, issues) = normalised(&[(Property::Creator, "AUTR", text)]);
        assert_eq!(agents(&record, Property::Creator), [], "{text}");
        assert_eq!(issues, [], "{text}");
        assert_eq!(texts(&record, Property::Creator), [text]);
    }
}

#[test]
fn a_former_attribution_on_a_line_of_its_own_is_told_apart() {
    let (record, issues) = normalised(&[(
        Property::Creator,
        "AUTR",
        "VOUET, Simon\nAncienne attribution : LE NAIN Louis",
    )]);
    let found: Vec<_> = agents(&record, Property::Creator)
        .into_iter()
        .map(|agent| (agent.name, agent.attribution))
        .collect();
    let wanted = [
        ("Vouet, Simon".to_owned(), Attribution::Plain),
        ("Le Nain, Louis".to_owned(), Attribution::FormerlyAttributedTo),
    ];
    assert_eq!((found.as_slice(), issues.len()), (wanted.as_slice(), 0));
}

#[test]
fn where_nobody_comes_from_is_no_agent() {
    let (record, issues) = normalised(&[
        (Property::Creator, "AUTR", "Anonyme"),
        (Property::Creator, "AUTR", "Lorraine"),
        (Property::Creator, "AUTR", "Houdon"),
    ]);
    let names: Vec<String> =
        agents(&record, Property::Creator).into_iter().map(|agent| agent.name).collect();
    assert_eq!((names, issues), (vec!["Houdon".to_owned()], vec![]));
}

#[test]
fn several_on_a_line_get_a_meaning_each() {
    let (record, _) = normalised(&[(
        Property::Creator,
        "AUTR",
        "DUPONT (architecte) ; DURAND (maître de l'oeuvre) ; Neurdein (frères)",
    )]);
    let names: Vec<String> =
        agents(&record, Property::Creator).into_iter().map(|agent| agent.name).collect();
    assert_eq!(names, ["Dupont", "Durand", "Neurdein frères"]);
}

#[test]
fn another_name_of_a_neighbour_is_not_another_person() {
    let (record, issues) = normalised(&[
        (Property::Creator, "AUTR", "GREVEDON Pierre Louis"),
        (Property::Creator, "AUTR", "GREVEDON Henri (dit)"),
    ]);
    assert_eq!(agents(&record, Property::Creator).len(), 1);
    assert_eq!(issues, []);
    let (record, _) = normalised(&[
        (Property::Creator, "AUTR", "CESAR (dit)"),
        (Property::Creator, "AUTR", "BALDACCINI César (patronyme)"),
        (Property::Description, "PAUT", "Marseille, 1921 ; Paris, 1998"),
    ]);
    let found = agents(&record, Property::Creator);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].born.as_deref()), ("Cesar", Some("1921")));
    let (record, _) = normalised(&[(Property::Creator, "AUTR", "BRUEGHEL de Velours (dit) )")]);
    assert_eq!(agents(&record, Property::Creator)[0].name, "Brueghel de Velours");
}

#[test]
fn what_should_have_been_somebody_is_noted() {
    let text = "LE NAIN Antoine ou Louis";
    let (record, issues) = normalised(&[(Property::Creator, "AUTR", text)]);
    assert_eq!(agents(&record, Property::Creator), []);
    assert_eq!(issues, [Issue::new("agent_not_understood", "AUTR", text)]);
}

#[test]
fn lives_come_from_parentheses_and_from_precisions() {
    let (record, _) = normalised(&[
        (Property::Creator, "AUTR", "Métraille Louis Eugène (1869-1941)"),
        (Property::Creator, "AUTR", "FESSARD Etienne (graveur)"),
        (Property::Creator, "AUTR", "NATOIRE Charles (d'après)"),
        (
            Property::Description,
            "Précisions_sur_l'auteur",
            "FESSARD : Paris, 1714 ; Paris, 1774\nNATOIRE : Nîmes, 1700 ; Castel Gandolfo, 1777",
        ),
    ]);
    let found: Vec<_> = agents(&record, Property::Creator)
        .into_iter()
        .chain(agents(&record, Property::Contributor))
        .map(|agent| (agent.born.unwrap_or_default(), agent.died.unwrap_or_default()))
        .collect();
    let wanted = [("1869", "1941"), ("1714", "1774"), ("1700", "1777")];
    assert_eq!(found, wanted.map(|(born, died)| (born.to_owned(), died.to_owned())));
}

#[test]
fn authorities_give_the_preferred_name_and_links_are_kept() {
    let mut authorities = Authorities::new();
    assert!(authorities.add_line("AACHEN Hans von = Hans von AACHEN = VON AACHEN Hans"));
    assert!(authorities.add_line("DUPONT Jean"));
    assert!(authorities.add_line("DUPOND Jean = DUPONT Jean"));
    let mut record = Record::new(Kind::Other);
    for (text, uri) in [
        ("VON AACHEN Hans", Some("https://www.wikidata.org/wiki/Q316309 | http://viaf.org/viaf/1")),
        ("DUPONT Jean", None),
    ] {
        let uri = uri.map(str::to_owned);
        record.push(Property::Creator, Value { uri, ..Value::plain(text) });
    }
    normalise(&mut record, Some(&authorities), &mut Vec::new());
    let found = agents(&record, Property::Creator);
    assert_eq!(found[0].name, "Aachen, Hans von");
    assert_eq!(found[0].uri.as_deref(), Some("http://www.wikidata.org/entity/Q316309"));
    assert_eq!(found[0].same_as, ["http://viaf.org/viaf/1"]);
    // Two have that name: as it was read.
    assert_eq!(found[1].name, "Dupont, Jean");
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[A-Za-zÀ-ÿ ,;()'?0-9.&\\-]{0,60}") {
        let (record, _) = normalised(&[(Property::Creator, "AUTR", text.trim())]);
        let kept = record.get(Property::Creator).len() + record.get(Property::Contributor).len();
        proptest::prop_assert!(kept <= 1);
        for agent in agents(&record, Property::Creator) {
            proptest::prop_assert!(!agent.name.trim().is_empty());
        }
    }
}
