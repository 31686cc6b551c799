//! Every kind of answer, as a snapshot and against the schemas.

use super::request::parse;
use super::response::{identifier, object_id};
use super::sets::Names;
use super::*;
use crate::formats::samples::{bare, full};
use crate::formats::{Format, ObjectContext};
use crate::oai_pmh::{ErrorCode, OaiError};
use domain::record::{EdmType, Kind, Property};
use std::path::PathBuf;
use std::process::Command;

const BASE_URL: &str = "https://gateway.example.org/oai";
const DOMAIN: &str = "gateway.example.org";
const NOW: i64 = 1_735_787_045;

fn header(object: &str, deleted: bool) -> Header {
    Header {
        identifier: identifier(DOMAIN, object),
        datestamp: 1_735_700_000,
        sets: vec!["base:joconde".to_owned(), "source:joconde".to_owned()],
        deleted,
    }
}

fn record(format: Format, object: &str, merged: &domain::merge::MergedRecord) -> Record {
    let context = ObjectContext {
        object_id: object,
        public_url: "https://gateway.example.org",
        provider: "Passerelle",
    };
    Record {
        header: header(object, false),
        metadata: Some(format.write(merged, &context)),
        about: String::new(),
    }
}

fn tombstone(object: &str) -> Record {
    Record { header: header(object, true), metadata: None, about: String::new() }
}

fn answer(query: &str, answer: Result<Answer, Vec<OaiError>>) -> String {
    let arguments = parse(query).map(|(_, arguments)| arguments).unwrap_or_default();
    Response { base_url: BASE_URL, response_date: NOW, arguments: &arguments, answer }.write()
}

#[expect(clippy::unnecessary_wraps, reason = "the field of the answer is optional")]
fn split_list(value: &str) -> Option<list::TokenElement> {
    Some(list::TokenElement {
        value: value.to_owned(),
        expiration_date: (!value.is_empty()).then(|| "2025-01-09T03:04:05Z".to_owned()),
        complete_list_size: 4,
        cursor: if value.is_empty() { 2 } else { 0 },
    })
}

fn errors(query: &str) -> String {
    answer(query, Err(parse(query).unwrap_err()))
}

fn sets() -> Vec<SetDescription> {
    let names = Names {
        sources: [("joconde".to_owned(), "Joconde & <fils>".to_owned())].into(),
        museums: [("M0017".to_owned(), "Musée d\u{3}'exemple".to_owned())].into(),
        ..Names::default()
    };
    [
        "base",
        "base:joconde",
        "department:2A",
        "media:image",
        "museum:M0017",
        "museum:M9999",
        "rights:open",
        "source:joconde",
        "theirs:a",
        "type:IMAGE",
    ]
    .map(|spec| SetDescription::of(spec, &names))
    .into()
}

/// Name, schema driver, document.
fn answers() -> Vec<(&'static str, &'static str, String)> {
    let description = RepositoryDescription {
        name: "Passerelle d'exemple & fils".to_owned(),
        admin_email: "admin@gateway.example.org".to_owned(),
        earliest_datestamp: 1_600_000_000,
        identifier_domain: DOMAIN.to_owned(),
        sample_identifier: identifier(DOMAIN, "joconde_000PE001028"),
        compression: vec!["gzip", "zstd"],
        ..RepositoryDescription::default()
    };
    let with_everything = RepositoryDescription {
        friends: vec!["https://friend.example.org/oai?a=1&b=2".to_owned()],
        branding: Some(Branding {
            url: "https://gateway.example.org/icon.png".to_owned(),
            link: Some("https://gateway.example.org/".to_owned()),
            title: Some("Passerelle <d'exemple>".to_owned()),
            width: Some(100),
            height: None,
        }),
        metadata_rights: Some("http://creativecommons.org/publicdomain/zero/1.0/".to_owned()),
        ..description.clone()
    };
    let formats = Format::ALL.map(|f| f.metadata_format("https://gateway.example.org")).to_vec();
    let live =
        |format| vec![record(format, "joconde_000PE001028", &full()), tombstone("joconde_2")];
    let mut poor = bare(Kind::Photograph);
    poor.values.insert(
        Property::Subject,
        vec![crate::formats::samples::value("", None, Some("http://x.example/1"))],
    );
    let mut image = bare(Kind::Museum);
    image.edm_type = EdmType::Image;
    let records = |format| {
        vec![
            record(format, "a_1", &poor),
            record(format, "a_2", &image),
            record(format, "a_3", &bare(Kind::Agent)),
        ]
    };
    let error = |code| Err(vec![OaiError::new(code, "said to people")]);
    vec![
        (
            "identify",
            "protocol",
            answer("verb=Identify", Ok(Answer::Identify(Box::new(description)))),
        ),
        (
            "identify_with_containers",
            "protocol",
            answer("verb=Identify", Ok(Answer::Identify(Box::new(with_everything)))),
        ),
        (
            "list_metadata_formats",
            "protocol",
            answer("verb=ListMetadataFormats", Ok(Answer::Formats(formats))),
        ),
        ("list_sets", "protocol", answer("verb=ListSets", Ok(Answer::Sets(sets(), None)))),
        (
            "list_sets_split",
            "protocol",
            answer("verb=ListSets", Ok(Answer::Sets(sets(), split_list("2.abc.def")))),
        ),
        (
            "get_record_oai_dc",
            "oai_dc",
            answer(
                "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:gateway.example.org:joconde_000PE001028",
                Ok(Answer::Record(Box::new(record(Format::OaiDc, "joconde_000PE001028", &full())))),
            ),
        ),
        (
            "get_record_deleted",
            "oai_dc",
            answer(
                "verb=GetRecord&metadataPrefix=edm&identifier=oai:gateway.example.org:joconde_2",
                Ok(Answer::Record(Box::new(tombstone("joconde_2")))),
            ),
        ),
        (
            "list_identifiers",
            "protocol",
            answer(
                "verb=ListIdentifiers&metadataPrefix=oai_dc&set=base:joconde&from=2024-12-31",
                Ok(Answer::Headers(
                    vec![header("a_1", false), header("a_2", true)],
                    split_list("1.abc.def"),
                )),
            ),
        ),
        (
            "list_records_oai_dc",
            "oai_dc",
            answer(
                "verb=ListRecords&metadataPrefix=oai_dc&until=2025-01-01T00:00:00Z",
                Ok(Answer::Records(live(Format::OaiDc), split_list("1.abc.def"))),
            ),
        ),
        (
            "list_records_edm_last_page",
            "edm",
            answer(
                "verb=ListRecords&resumptionToken=1.abc.def",
                Ok(Answer::Records(live(Format::Edm), split_list(""))),
            ),
        ),
        (
            "list_records_edm_poor",
            "edm",
            answer(
                "verb=ListRecords&metadataPrefix=edm",
                Ok(Answer::Records(records(Format::Edm), None)),
            ),
        ),
        ("error_bad_verb", "protocol", errors("verb=Identify&verb=Identify")),
        ("error_bad_argument", "protocol", errors("verb=GetRecord&x=%22%3C&from=1&identifier=%00")),
        (
            "error_bad_resumption_token",
            "protocol",
            answer(
                "verb=ListRecords&resumptionToken=%22%3C%26%03junk",
                error(ErrorCode::BadResumptionToken),
            ),
        ),
        (
            "error_id_does_not_exist",
            "protocol",
            answer(
                "verb=GetRecord&identifier=really:wrong/id%2541?a=b%23c&metadataPrefix=oai_dc",
                error(ErrorCode::IdDoesNotExist),
            ),
        ),
        (
            "error_cannot_disseminate_format",
            "protocol",
            answer(
                "verb=ListRecords&metadataPrefix=(oai)*'!~",
                error(ErrorCode::CannotDisseminateFormat),
            ),
        ),
        (
            "error_no_records_match",
            "protocol",
            answer(
                "verb=ListRecords&metadataPrefix=edm&set=base:none&until=0001-01-01",
                error(ErrorCode::NoRecordsMatch),
            ),
        ),
        (
            "error_no_set_hierarchy",
            "protocol",
            answer("verb=ListSets", error(ErrorCode::NoSetHierarchy)),
        ),
    ]
}

#[test]
fn every_kind_of_answer_is_written_as_before() {
    for (name, _, document) in answers() {
        insta::assert_snapshot!(name, document);
    }
}

#[test]
fn every_kind_of_answer_is_valid() {
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let schemas = shared.join("schemas");
    if !schemas.join("catalog.xml").exists()
        || Command::new("xmllint").arg("--version").output().is_err()
    {
        eprintln!("skipped: no schemas in {} or no xmllint", schemas.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, driver, document) in answers() {
        let file = folder.path().join(format!("{name}.xml"));
        std::fs::write(&file, document).unwrap();
        let output = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(schemas.join(format!("drivers/oai-{driver}.xsd")))
            .arg(&file)
            .env("XML_CATALOG_FILES", schemas.join("catalog.xml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        if driver == "edm" {
            // Europeana's own rules, where Python and lxml are there to run them.
            let rules = Command::new("python3")
                .arg(schemas.join("validate_edm.py"))
                .arg(&file)
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&rules.stdout).into_owned()
                + &String::from_utf8_lossy(&rules.stderr);
            if told.contains("No module named") {
                eprintln!("skipped: the rules of Europeana need lxml");
            } else {
                assert!(rules.status.success(), "{name}: {told}");
            }
        }
    }
}

#[test]
fn identifiers_are_ours_or_none() {
    assert_eq!(object_id(DOMAIN, "oai:gateway.example.org:a_1"), Some("a_1"));
    for other in [
        "oai:gateway.example.org:",
        "oai:other.org:a",
        "a_1",
        "oai:gateway.example.org:a/b",
        "oai:gateway.example.orga_1",
    ] {
        assert_eq!(object_id(DOMAIN, other), None, "{other}");
    }
}
