//! Every document that the crate writes, as snapshots.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use iiif::image::{ImageInfo, Limits, Version, info};
use iiif::presentation::{
    Agent, CanvasInput, CollectionInput, CollectionItem, ItemKind, LanguageMap, Link,
    ManifestInput, Place, Reference, collection, manifest,
};
use serde_json::Value;

const RIGHTS: &str = "http://creativecommons.org/publicdomain/mark/1.0/";
const LICENCE_OUVERTE: &str = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/";

fn image(limits: Limits) -> ImageInfo {
    ImageInfo { width: 6000, height: 4000, limits, rights: Some(RIGHTS.to_owned()), tile: 512 }
}

fn free() -> Limits {
    Limits { max_area: Some(60_000_000), ..Limits::default() }
}

fn canvas(name: &str, limits: Limits) -> CanvasInput {
    CanvasInput {
        name: name.to_owned(),
        label: LanguageMap::both("Vue 1", "View 1"),
        service: format!("https://pop.example.org/iiif/3/{name}"),
        foreign_version: None,
        image: image(limits),
        required_statement: None,
    }
}

fn vase() -> ManifestInput {
    let label = LanguageMap::both;
    ManifestInput {
        base: "https://pop.example.org/iiif/presentation/3/joconde_000PE001028".to_owned(),
        label: LanguageMap::of("fr", "Vase à décor <floral>"),
        summary: Some(LanguageMap::of("fr", "<script>alert(1)</script>")),
        metadata: vec![
            (
                label("Auteur", "Creator"),
                LanguageMap::of("none", "Gallé, Émile").and("none", "Daum & Cie"),
            ),
            (label("Vide", "Empty"), LanguageMap::new()),
        ],
        required_statement: Some((
            label("Attribution", "Attribution"),
            LanguageMap::of("none", "Nancy, musée des Beaux-Arts"),
        )),
        rights: Some(LICENCE_OUVERTE.to_owned()),
        provider: vec![Agent {
            id: "https://pop.example.org/".to_owned(),
            label: LanguageMap::of("none", "POP"),
            homepage: vec![Link::page(
                "https://pop.example.org/",
                label("Accueil", "Home"),
                &["fr", "en"],
            )],
        }],
        homepage: vec![Link::page(
            "https://pop.example.org/object/joconde_000PE001028",
            label("Notice complète", "Full record"),
            &["fr", "en"],
        )],
        see_also: vec![Link::data(
            "https://pop.example.org/object/joconde_000PE001028.edm.xml",
            label("Notice en EDM", "Record in EDM"),
            "application/rdf+xml",
            Some("http://www.europeana.eu/schemas/edm/"),
        )],
        part_of: vec![Reference::collection(
            "https://pop.example.org/iiif/presentation/3/collection/joconde",
            LanguageMap::of("none", "Joconde"),
        )],
        nav_date: Some("1780-01-01T00:00:00Z".to_owned()),
        nav_place: Some(Place {
            latitude: 48.69,
            longitude: 6.18,
            label: LanguageMap::of("none", "Nancy"),
        }),
        behavior: Some("individuals"),
        canvases: vec![
            canvas("joconde_000PE001028_2F1", free()),
            CanvasInput {
                label: LanguageMap::of("fr", "Revers"),
                required_statement: Some((
                    label("Crédit photographique", "Photo credit"),
                    LanguageMap::of("none", "© G. Mangin"),
                )),
                ..canvas("joconde_000PE001028_2F2", Limits { max_side: Some(800), ..free() })
            },
        ],
    }
}

#[test]
fn info_json_of_3_0() {
    let document = info::document(Version::V3, "https://pop.example.org/iiif/3/x", &image(free()));
    insta::assert_json_snapshot!(document);
}

#[test]
fn info_json_of_3_0_of_a_reduced_image() {
    let limits = Limits { max_side: Some(800), ..free() };
    let document = info::document(Version::V3, "https://pop.example.org/iiif/3/x", &image(limits));
    insta::assert_json_snapshot!(document);
}

#[test]
fn info_json_of_2_1() {
    let document = info::document(Version::V2, "https://pop.example.org/iiif/2/x", &image(free()));
    insta::assert_json_snapshot!(document);
}

#[test]
fn rights_of_info_json_3_0_are_creative_commons_or_rightsstatements_only() {
    let licensed = ImageInfo { rights: Some(LICENCE_OUVERTE.to_owned()), ..image(free()) };
    let document = info::document(Version::V3, "https://pop.example.org/iiif/3/x", &licensed);
    assert_eq!(document.get("rights"), None);
}

#[test]
fn a_manifest() {
    insta::assert_json_snapshot!(manifest::document(&vase()));
}

#[test]
fn a_canvas_of_its_own() {
    let canvas = manifest::canvas_document(&vase(), "joconde_000PE001028_2F1");
    insta::assert_json_snapshot!(canvas);
    assert_eq!(manifest::canvas_document(&vase(), "other"), None);
}

#[test]
fn a_collection_refers_and_never_embeds() {
    let input = CollectionInput {
        id: "https://pop.example.org/iiif/presentation/3/collection/joconde/1".to_owned(),
        label: LanguageMap::of("none", "Joconde 1–1000"),
        summary: None,
        part_of: vec![Reference::collection(
            "https://pop.example.org/iiif/presentation/3/collection/joconde",
            LanguageMap::of("none", "Joconde"),
        )],
        items: vec![
            CollectionItem {
                id: "https://pop.example.org/iiif/presentation/3/joconde_000PE001028/manifest"
                    .to_owned(),
                kind: ItemKind::Manifest,
                label: LanguageMap::of("fr", "Vase"),
                thumbnail: Some(canvas("joconde_000PE001028_2F1", free())),
            },
            CollectionItem {
                id: "https://pop.example.org/iiif/presentation/3/collection/joconde/2.joconde_x"
                    .to_owned(),
                kind: ItemKind::Collection,
                label: LanguageMap::of("none", "Joconde 1001–2000"),
                thumbnail: None,
            },
        ],
    };
    insta::assert_json_snapshot!(collection::document(&input));
}

#[test]
fn every_id_of_a_manifest_is_unique_and_every_annotation_paints_its_own_canvas() {
    fn ids(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                // A service and a linked page are named wherever they are used.
                let own = matches!(
                    map.get("type").and_then(Value::as_str),
                    Some("Manifest" | "Canvas" | "AnnotationPage" | "Annotation")
                );
                if own {
                    found.extend(map.get("id").and_then(Value::as_str).map(str::to_owned));
                }
                map.values().for_each(|value| ids(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| ids(value, found)),
            _ => {}
        }
    }
    let document = manifest::document(&vase());
    let mut found = Vec::new();
    ids(&document, &mut found);
    let all = found.len();
    found.sort();
    found.dedup();
    assert_eq!((found.len(), all), (7, 7));
    for canvas in document["items"].as_array().unwrap() {
        assert_eq!(canvas["items"][0]["items"][0]["target"], canvas["id"]);
    }
}
