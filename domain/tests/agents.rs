//! Agents of real records: a sample read by a person, and the museums' own list of authors.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::print_stderr,
    reason = "tests fail by panicking"
)]

use domain::meaning::{Agent, Entity};
use domain::normalise::agent::{Authorities, normalise};
use domain::record::{Kind, Property, Record, Value};
use std::path::{Path, PathBuf};

/// Whether it became an agent, nobody, or an issue; and where it stands.
fn read(text: &str) -> (Property, Vec<Agent>, bool) {
    let mut record = Record::new(Kind::MuseumObject);
    record.push(Property::Creator, Value::plain(text));
    let mut issues = Vec::new();
    normalise(&mut record, None, &mut issues);
    let property = *record.values.keys().next().unwrap();
    let agents = record
        .values
        .into_values()
        .flatten()
        .flat_map(|value| value.meanings)
        .filter_map(|meaning| match meaning.entity {
            Entity::Agent(agent) => Some(agent),
            _ => None,
        })
        .collect();
    (property, agents, !issues.is_empty())
}

fn lexicon(name: &str) -> Option<String> {
    let root = std::env::var_os("PASSERELLE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("data/thesauri/joconde-lexiques").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(std::fs::read_to_string(path).unwrap())
}

/// Two draws of 200 distinct values of authors, from museums, the photographs of historic
/// monuments and the list of authors; what they should become was decided by reading them.
#[test]
fn agents_of_the_sample_are_what_a_reader_says_but_for_one() {
    let sample = include_str!("samples/agents.tsv");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in sample.lines().skip(1) {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default();
        let (text, wanted) = (next(), (next(), next(), next(), next()));
        let (property, agents, issue) = read(text);
        assert!(!issue && agents.len() <= 1, "{text}");
        let agent = agents.into_iter().next().unwrap_or_default();
        let tie = serde_json::to_value(agent.attribution).unwrap();
        let tie = tie.as_str().filter(|tie| *tie != "plain").unwrap_or_default();
        let role = agent.role.unwrap_or_default();
        count += 1;
        if (property.as_str(), agent.name.as_str(), role.as_str(), tie) != wanted {
            wrong.push(text);
        }
    }
    assert!(count >= 370, "{count} distinct values");
    // A particle between, where the list means `BORNIER Henri de`.
    assert_eq!(wrong, ["BORNIER de Henri"]);
}

#[test]
fn the_list_of_authors_is_understood_but_for_one_in_a_thousand() {
    let Some(text) = lexicon("lexautr.txt") else { return };
    let (mut all, mut unclear) = (0_u32, Vec::new());
    for name in text.lines().skip(6).flat_map(|line| line.split(" = ")).map(str::trim) {
        if name.is_empty() {
            continue;
        }
        all += 1;
        let (_, agents, issue) = read(name);
        if issue {
            unclear.push(name.to_owned());
        }
        assert!(agents.len() <= 1, "{name}");
    }
    eprintln!("{all} names, {} not understood: {unclear:?}", unclear.len());
    assert!(unclear.len() < 40, "{}", unclear.len());
}

#[test]
fn other_names_of_the_list_lead_to_the_preferred_one() {
    let Some(text) = lexicon("lexautr.txt") else { return };
    let mut known = Authorities::new();
    for line in text.lines().skip(6) {
        known.add_line(line.trim());
    }
    assert!(known.len() > 31_000, "{}", known.len());
    for (name, preferred) in [
        ("VON AACHEN Hans", "Aachen, Hans von"),
        ("van der aa pieter boudewyn", "Aa, Pieter Boudewyn van der"),
        ("TRUCHET Abel", "Abel-Truchet, Louis"),
    ] {
        assert_eq!(known.find(name).map(|agent| agent.name.as_str()), Some(preferred), "{name}");
    }
}

#[test]
fn every_role_of_the_list_of_roles_is_known() {
    let Some(text) = lexicon("lexautrole.txt") else { return };
    let mut guessed = Vec::new();
    for role in text
        .lines()
        .skip(5)
        .flat_map(|line| line.split(" = "))
        .map(str::trim)
        .filter(|role| !role.is_empty())
        .take_while(|role| *role != "affixe")
    {
        let mut record = Record::new(Kind::MuseumObject);
        record.push(Property::Creator, Value::plain(format!("DUPONT Jean ({role})")));
        let mut issues = Vec::new();
        normalise(&mut record, None, &mut issues);
        let meanings: Vec<_> =
            record.values.into_values().flatten().flat_map(|value| value.meanings).collect();
        let certain = meanings
            .iter()
            .any(|meaning| meaning.confidence == domain::meaning::Confidence::Certain);
        let nobody = meanings.is_empty() && issues.is_empty();
        if !certain && !nobody {
            guessed.push(role.to_owned());
        }
    }
    assert_eq!(guessed, ["rôle"], "a heading");
}
