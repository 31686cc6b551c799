//! ResourceSync as its clients read it.

use super::pipeline::harvest;
use super::*;
use std::io::{Cursor, Read};

async fn world() -> (tempfile::TempDir, App) {
    let (folder, mut app) = app().await;
    app.search = Search::open(&folder.path().join("fresh")).unwrap();
    harvest(&app, &[("A/1", "Vue d’Étretat"), ("B", "Nature morte")], 1_000).await;
    // A changes, B goes, C comes.
    harvest(&app, &[("A/1", "Vue du port"), ("C", "Portrait")], 2_000).await;
    (folder, app)
}

#[tokio::test]
async fn every_document_is_found_from_the_description() {
    let (_folder, app) = world().await;
    for (path, name) in [
        ("/.well-known/resourcesync", "description"),
        ("/resourcesync/capabilitylist.xml", "capability_list"),
        ("/resourcesync/changelist.xml", "change_list"),
        ("/resourcesync/changelist/0.xml", "change_list_part"),
    ] {
        let response = get(&app, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        insta::assert_snapshot!(format!("resourcesync_{name}"), text(response).await);
    }
}

#[tokio::test]
async fn the_resource_list_holds_what_is_there_and_each_resource_answers() {
    let (_folder, app) = world().await;
    let list = text(get(&app, "/resourcesync/resourcelist.xml").await).await;
    let locs: Vec<&str> = list
        .split("<loc>")
        .skip(1)
        .filter_map(|rest| rest.split_once("</loc>"))
        .map(|(loc, _)| loc)
        .collect();
    assert_eq!(
        locs,
        [
            "http://front.test/object/joconde_A_2F1.edm.xml",
            "http://front.test/object/joconde_C.edm.xml"
        ]
    );
    for loc in locs {
        let response = get(&app, loc.strip_prefix("http://front.test").unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK, "{loc}");
        assert!(text(response).await.contains("<rdf:RDF"), "{loc}");
    }
    let gone = get(&app, "/object/joconde_B.edm.xml").await;
    assert_eq!(gone.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_package_holds_every_document_and_a_manifest_that_is_true() {
    use sha2::{Digest, Sha256};
    let (_folder, app) = world().await;
    let dump = text(get(&app, "/resourcesync/resourcedump.xml").await).await;
    assert!(
        dump.contains("<loc>http://front.test/resourcesync/resourcedump/0.zip</loc>"),
        "{dump}"
    );
    let response = get(&app, "/resourcesync/resourcedump/0.zip").await;
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut file = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let manifest = file("manifest.xml");
    for id in ["joconde_A_2F1", "joconde_C"] {
        let document = file(&format!("resources/{id}.xml"));
        let served = text(get(&app, &format!("/object/{id}.edm.xml")).await).await;
        assert_eq!(document, served);
        let hash: String =
            Sha256::digest(document.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(manifest.contains(&format!("sha-256:{hash}")), "{manifest}");
        assert!(manifest.contains(&format!("path=\"/resources/{id}.xml\"")), "{manifest}");
    }
    assert_eq!(manifest.matches("<url>").count(), 2);
}

#[tokio::test]
async fn parts_that_do_not_exist_are_not_found() {
    let (_folder, app) = world().await;
    for path in [
        "/resourcesync/resourcelist/1.xml",
        "/resourcesync/changelist/-1.xml",
        "/resourcesync/changelist/+0.xml",
        "/resourcesync/changelist/99999999999999999999.xml",
        "/resourcesync/resourcedump/0.xml",
        "/resourcesync/resourcedump/x.zip",
    ] {
        assert_eq!(get(&app, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
