//! Behaviour of the engine and of the built-in tables on rows made up for it.

use super::*;
use domain::record::{Property, Record};
use domain::rights::ImageRight;
use domain::source_record::{Field, SourceRecord};
use proptest::prelude::*;

mod dialects;
mod partners;

fn source(local_id: &str, fields: &[(&str, &str)]) -> SourceRecord {
    SourceRecord {
        local_id: local_id.to_owned(),
        deleted: false,
        datestamp: None,
        sets: Vec::new(),
        origin: None,
        fields: fields.iter().map(|(name, value)| Field::new(*name, *value)).collect(),
    }
}

fn apply(table: &str, fields: &[(&str, &str)]) -> Record {
    let table = Table::builtin(table).unwrap();
    table.apply(&source("1", fields), &Context::default()).value
}

fn texts(record: &Record, property: Property) -> Vec<&str> {
    record.get(property).iter().map(|value| value.text.as_str()).collect()
}

#[test]
fn a_title_falls_back_on_denomination_then_domain() {
    let by_name = |fields| {
        let record = apply("joconde", fields);
        texts(&record, Property::Title).join("|")
    };
    assert_eq!(by_name(&[("TITR", "Vue"), ("DENO", "tableau")]), "Vue");
    assert_eq!(by_name(&[("DENO", "tableau, cadre"), ("DOMN", "peinture")]), "tableau");
    assert_eq!(by_name(&[("DOMN", "peinture;dessin")]), "peinture");
}

#[test]
fn a_record_without_any_title_is_kept_with_an_issue() {
    let table = Table::builtin("joconde").unwrap();
    let parsed = table.apply(&source("X1", &[("INV", "12")]), &Context::default());
    assert_eq!(parsed.issues.first().map(|issue| issue.code.as_str()), Some("no_title"));
    assert_eq!(texts(&parsed.value, Property::Identifier), ["12"]);
}

#[test]
fn a_donor_of_a_movable_object_is_a_subject_and_never_a_creator() {
    let record = apply(
        "palissy",
        &[("REF", "PM01000107"), ("TICO", "calice"), ("PERS", "Dupont (donateur)")],
    );
    assert!(record.get(Property::Creator).is_empty());
    assert_eq!(texts(&record, Property::Subject), ["Dupont (donateur)"]);
}

#[test]
fn former_attributions_describe_and_do_not_create() {
    let record = apply("joconde", &[("TITR", "Vue"), ("ATTR", "RUBENS")]);
    assert!(record.get(Property::Creator).is_empty());
    assert_eq!(texts(&record, Property::Description), ["RUBENS"]);
}

#[test]
fn line_marks_become_line_breaks() {
    let record = apply("palissy", &[("TICO", "a"), ("DESC", "haut £ bas")]);
    assert_eq!(texts(&record, Property::Description), ["haut\nbas"]);
    let record = apply("mnr", &[("TITR", "a"), ("HIST", "un##deux")]);
    assert_eq!(texts(&record, Property::Provenance), ["un\n\ndeux"]);
}

#[test]
fn the_end_of_a_location_tells_what_is_stolen_or_missing() {
    let flags = |loca: &str| apply("joconde", &[("TITR", "x"), ("LOCA", loca)]).flags;
    assert_eq!(flags("Paris ; musée du Louvre ; volée"), ["stolen"]);
    assert_eq!(flags("Paris ; musée du Louvre ; localisation inconnue"), ["missing"]);
    assert!(flags("Paris ; musée du Louvre").is_empty());
    assert!(flags("volé").is_empty());
    let record = apply("palissy", &[("TICO", "x"), ("MANQUANT", "volé")]);
    assert_eq!(record.flags, ["stolen"]);
}

#[test]
fn files_of_one_building_by_two_services_are_candidates_and_nothing_else_is() {
    let record = apply(
        "merimee",
        &[("REF", "PA00078014"), ("TICO", "église"), ("RENV", "IA01000111 ; PA00078015")],
    );
    assert_eq!(record.candidate_targets, ["ref:IA01000111"]);
    assert_eq!(record.links.len(), 2);
    let record =
        apply("palissy", &[("REF", "IM01000111"), ("TICO", "calice"), ("RENV", "PM01000107")]);
    assert_eq!(record.candidate_targets, ["ref:PM01000107"]);
}

#[test]
fn each_side_of_a_joconde_palissy_pair_makes_the_same_key() {
    let joconde = apply(
        "joconde",
        &[("REF", "000PE001028"), ("TITR", "x"), ("REFPAL", "PM01000107 ; PM01000108")],
    );
    let palissy =
        apply("palissy", &[("REF", "PM01000107"), ("TICO", "x"), ("REFJOC", "000PE001028")]);
    let key = "same:jocpal:000PE001028:PM01000107".to_owned();
    assert!(joconde.certain_keys.contains(&key) && palissy.certain_keys.contains(&key));
}

#[test]
fn confidential_and_personal_fields_are_masked_in_every_dialect_of_the_name() {
    let palissy = Table::builtin("palissy").unwrap();
    for field in
        ["ADRS2", "com2", "Edif2", "EMPL2", "INSEE2", "LBASE2", "HISTORIQUE", "HISTORIQUE.email"]
    {
        assert!(palissy.is_masked(field), "{field}");
    }
    let mnr = Table::builtin("mnr").unwrap();
    for field in ["NET", "SALLES", "CARTELS", "RCL", "HIST2", "HIST3", "HIST4", "NOTE2"] {
        assert!(mnr.is_masked(field), "{field}");
    }
    assert!(Table::builtin("museofile").unwrap().is_masked("CONTACT_MUSEO"));
    assert!(!palissy.is_masked("COM"));
    // POP's history of updates has e-mail addresses; the open data's column is about the object.
    assert!(palissy.is_masked("historique.email"));
    assert!(!palissy.is_masked("Historique"));
}

#[test]
fn no_table_publishes_a_contact_address() {
    for name in BUILTIN_NAMES {
        let table = Table::builtin(name).unwrap();
        for field in ["CONTACT", "CONTACT_MUSEO", "CONTACT_GENERIQUE"] {
            let record = table
                .apply(&source("1", &[(field, "someone@example.org")]), &Context::default())
                .value;
            let json = serde_json::to_string(&record).unwrap();
            assert!(!json.contains("example.org"), "{name} {field}");
        }
    }
}

#[test]
fn a_monument_of_two_thousand_objects_keeps_them_all() {
    let refs = (0..2225).map(|n| format!("PM{n:08}")).collect::<Vec<_>>().join(";");
    let record = apply("merimee", &[("REF", "PA00000001"), ("TICO", "x"), ("REFO", &refs)]);
    assert_eq!(record.links.len(), 2225);
}

#[test]
fn positions_are_read_in_every_form_and_nowhere_is_no_place() {
    let position = |table: &str, fields: &[(&str, &str)]| {
        apply(table, fields).position.map(|p| (p.latitude, p.longitude))
    };
    assert_eq!(
        position("merimee", &[("coordonnees_au_format_WGS84", "48.5,3.25")]),
        Some((48.5, 3.25))
    );
    assert_eq!(
        position("merimee", &[("POP_COORDONNEES.lat", "48.5"), ("POP_COORDONNEES.lon", "3.25")]),
        Some((48.5, 3.25))
    );
    assert_eq!(
        position("merimee", &[("geometry.coordinates", "[3.25, 48.5]")]),
        Some((48.5, 3.25))
    );
    assert_eq!(
        position("merimee", &[("POP_COORDONNEES.lat", "0"), ("POP_COORDONNEES.lon", "0")]),
        None
    );
    assert_eq!(position("merimee", &[("coordonnees", "somewhere")]), None);
}

#[test]
fn the_rights_of_a_photograph_follow_its_diffusion_field() {
    let decide = |diff: &str| apply("memoire", &[("LEG", "x"), ("DIFF", diff)]).rights;
    assert_eq!(decide("reproduction interdite").image, ImageRight::None);
    assert_eq!(decide("Domaine public").image, ImageRight::Full);
    let reduced = decide("reproduction soumise à autorisation du titulaire des droits");
    assert_eq!(reduced.image, ImageRight::Reduced(800));
    assert!(reduced.trigger.starts_with("DIFF: "));
}

#[test]
fn what_every_record_is_may_be_said_once() {
    let table = Table::parse(
        "base = \"o\"\nkind = \"other\"\nlang = \"fr\"\nkey = [\"A\"]\n\
         fallback = [{ property = \"type\", template = \"orgue\" }, \
         { property = \"title\", fields = [\"B\"], template = \"Orgue, {C}\" }]\n\
         field = [{ name = \"A\" }, { name = \"B\" }, { name = \"C\" }, { name = \"D\", to = \"type\" }]",
    )
    .unwrap();
    let of = |fields: &[(&str, &str)]| {
        let record = table.apply(&source("1", fields), &Context::default()).value;
        let texts = |property| {
            let values = record.get(property).iter();
            values.map(|v| (v.text.clone(), v.lang.clone())).collect::<Vec<_>>()
        };
        (texts(Property::Type), texts(Property::Title))
    };
    let french = |text: &str| vec![(text.to_owned(), Some("fr".to_owned()))];
    assert_eq!(of(&[("A", "1"), ("C", "Brest")]), (french("orgue"), french("Orgue, Brest")));
    assert_eq!(of(&[("A", "1"), ("B", "b"), ("D", "d")]), (french("d"), french("b")));
    assert_eq!(of(&[("A", "1")]), (french("orgue"), vec![]), "an empty template makes nothing");
}

#[test]
fn mistakes_in_a_table_are_located_and_say_what_is_allowed() {
    let base = "base = \"b\"\nkind = \"other\"\nkey = [\"A\"]\n";
    let cases = [
        ("wrong property", "field = [\n{ name = \"A\", to = \"titel\" }]"),
        ("unknown key", "field = [\n{ name = \"A\", two = \"title\" }]"),
        ("unknown transform", "field = [\n{ name = \"A\", transforms = [\"shout\"] }]"),
        (
            "two fields, one name",
            "field = [\n{ name = \"A\", aliases = [\"Ville\"] },\n{ name = \"VILLE\" }]",
        ),
        (
            "link of an unknown field",
            "field = [{ name = \"A\" }]\n[[link]]\nfield = \"B\"\nkind = \"part_of\"\ntarget = \"x\"",
        ),
        (
            "wrong link kind",
            "field = [{ name = \"A\" }]\n[[link]]\nfield = \"A\"\nkind = \"part\"\ntarget = \"x\"",
        ),
        ("template with an unknown field", "names = [\"ref:{B}\"]\nfield = [{ name = \"A\" }]"),
        ("wrong right", "field = [{ name = \"A\" }]\n[rights]\nwhen_silent = \"all\""),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(what, toml)| {
            format!("## {what}\n{}", Table::parse(&format!("{base}{toml}")).unwrap_err())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n\n"));
}

proptest! {
    #[test]
    fn no_record_breaks_a_table(
        table in prop::sample::select(BUILTIN_NAMES.to_vec()),
        fields in prop::collection::vec(
            ("REF|TITR|AUTR|LOCA|RENV|LBASE|COOR|IMG|REFIM|COPY|coordonnees|dc:identifier|edm:rights|\\PC{0,8}", "\\PC{0,40}"),
            0..12,
        ),
    ) {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let record = apply(table, &fields);
        for value in record.values.values().flatten() {
            prop_assert!(!value.text.is_empty());
            prop_assert_eq!(value.text.trim(), value.text.as_str());
        }
        prop_assert!(domain::rights::is_accepted(&record.rights.statement));
    }
}
