//! `kind = "iiif"`.

use crate::bench::{Bench, end, values, verdict};
use passerelle::config::source::HarvestMode::{Full, Incremental};
use serde_json::{Value, json};
use std::collections::HashMap;

const SCHEDULE: &str = "kind = 'iiif'\nlocation = '{url}/top'\nmapping = 'iiif'\n\
    masked = ['Donateur']\n";

/// Documents by path; `{url}` in them is the partner.
fn documents(bench: &Bench, of: &[(&str, Value)]) -> HashMap<String, String> {
    of.iter()
        .map(|(path, value)| ((*path).to_owned(), value.to_string().replace("{url}", &bench.url)))
        .collect()
}

fn serve(bench: &Bench, of: &[(&str, Value)]) {
    let documents = documents(bench, of);
    bench.partner.answers(move |path| match documents.get(path) {
        Some(text) => (200, text.clone()),
        None => (404, String::new()),
    });
}

fn third(id: &str) -> Value {
    let painted = |n: u32| {
        json!({"type": "Canvas", "items": [{"type": "AnnotationPage", "items": [{
            "type": "Annotation", "motivation": "painting",
            "body": {"id": format!("{{url}}/{id}/{n}/full/max/0/default.jpg"), "type": "Image",
                "service": [{"id": format!("{{url}}/{id}/{n}"), "type": "ImageService3"}]},
        }]}]})
    };
    json!({
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": format!("{{url}}/{id}"), "type": "Manifest",
        "label": {"en": ["The bridge"], "fr": ["Le pont"]},
        "metadata": [
            {"label": {"fr": ["Auteur"], "en": ["Author"]}, "value": {"none": ["Durand, Paul"]}},
            {"label": {"fr": ["Date"]}, "value": {"none": ["1853"]}},
            {"label": {"fr": ["Donateur"]}, "value": {"none": ["Mme Secrète"]}},
        ],
        "rights": "http://creativecommons.org/publicdomain/mark/1.0/",
        "requiredStatement": {"label": {"none": ["Crédit"]}, "value": {"fr": ["<span>Musée A</span>"]}},
        "items": [painted(1), painted(2)],
    })
}

fn second(id: &str) -> Value {
    json!({
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": format!("{{url}}/{id}"), "@type": "sc:Manifest",
        "label": {"@value": "Plan", "@language": "fr"},
        "metadata": [{"label": "Donateur", "value": "M. Caché"}, {"label": "Cote", "value": ["A 1", "A 2"]}],
        "license": "https://creativecommons.org/licenses/by/4.0/", "attribution": "Archives B",
        "sequences": [{"canvases": [{"images": [{"resource": {
            "@id": "{url}/plain.jpg", "@type": "dctypes:Image",
            "service": {"@id": format!("{{url}}/{id}/i"), "profile": "http://iiif.io/api/image/2/level2.json"},
        }}]}]}],
    })
}

fn entry(kind: &str, id: &str) -> Value {
    json!({"id": format!("{{url}}/{id}"), "type": kind})
}

/// A collection in a collection, one in itself, a collection of 2.1 in pages.
fn tree() -> Vec<(&'static str, Value)> {
    let old = |name: &str| json!({"@id": format!("{{url}}/{name}"), "@type": "sc:Collection"});
    vec![
        (
            "/top",
            json!({"id": "{url}/top", "type": "Collection", "items": [
                entry("Manifest", "m1"), entry("Collection", "inner"), old("pages"),
            ]}),
        ),
        (
            "/inner",
            json!({"id": "{url}/inner", "type": "Collection", "items": [
                entry("Collection", "top"), entry("Manifest", "m2"), entry("Manifest", "m1"),
            ]}),
        ),
        (
            "/pages",
            json!({"@id": "{url}/pages", "@type": "sc:Collection", "first": "{url}/pages/1"}),
        ),
        (
            "/pages/1",
            json!({"@id": "{url}/pages/1", "@type": "sc:Collection", "next": "{url}/pages/2",
                "manifests": [{"@id": "{url}/m3", "@type": "sc:Manifest"}]}),
        ),
        (
            "/pages/2",
            json!({"@id": "{url}/pages/2", "@type": "sc:Collection",
                "members": [{"@id": "{url}/m4", "@type": "sc:Manifest"}]}),
        ),
        ("/m1", third("m1")),
        ("/m2", third("m2")),
        ("/m3", second("m3")),
        ("/m4", second("m4")),
    ]
}

fn ids(bench: &Bench, of: &[&str]) -> Vec<String> {
    of.iter().map(|id| format!("{}/{id}", bench.url)).collect()
}

async fn live(bench: &Bench) -> Vec<String> {
    let all = ids(bench, &["m1", "m2", "m3", "m4", "m5"]);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let live = bench.live(&all).await;
    live.iter().map(|id| id.rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn collections_in_collections_and_pages_give_their_manifests_once() {
    let bench = Bench::new().await;
    serve(&bench, &tree());
    let run = bench.harvest(&bench.config(SCHEDULE), Full).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert_eq!(live(&bench).await, ["m1", "m2", "m3", "m4"]);
    let asked = bench.partner.requests();
    assert_eq!(asked.len(), 9, "{asked:?}");
    assert!(verdict(&run).notes.iter().any(|note| note.contains("/top is listed again")));
}

#[tokio::test]
async fn manifests_of_both_versions_become_fields_without_what_is_masked() {
    let bench = Bench::new().await;
    serve(&bench, &tree());
    let run = bench.harvest(&bench.config(SCHEDULE), Full).await;
    let third = bench.record(&format!("{}/m1", bench.url)).await.unwrap();
    assert_eq!(values(&third, "iiif:label"), ["The bridge", "Le pont"]);
    assert_eq!(values(&third, "Auteur"), ["Durand, Paul"]);
    assert_eq!(values(&third, "iiif:requiredStatement"), ["Musée A"]);
    let images = [format!("{}/m1/1/info.json", bench.url), format!("{}/m1/2/info.json", bench.url)];
    assert_eq!(values(&third, "iiif:image"), images);
    let second = bench.record(&format!("{}/m3", bench.url)).await.unwrap();
    assert_eq!(values(&second, "Cote"), ["A 1", "A 2"]);
    assert_eq!(values(&second, "iiif:rights"), ["https://creativecommons.org/licenses/by/4.0/"]);
    assert_eq!(values(&second, "iiif:image"), [format!("{}/m3/i/info.json", bench.url)]);
    let mut before = i64::MAX;
    while let Some(page) = bench.store.page_before(run.run_id, before).await.unwrap() {
        before = page.number;
        let body = String::from_utf8(page.body).unwrap();
        assert!(!body.contains("Secrète") && !body.contains("Caché"), "{body}");
    }
}

#[tokio::test]
async fn a_manifest_that_is_gone_is_in_quarantine_and_its_record_stays() {
    let bench = Bench::new().await;
    serve(&bench, &tree());
    let config = bench.config(SCHEDULE);
    bench.harvest(&config, Full).await;
    // One is listed and cannot be had; another is no longer listed.
    let mut less = tree();
    less.retain(|(path, _)| *path != "/m2");
    less.iter_mut().find(|(path, _)| *path == "/pages/2").unwrap().1["members"] = json!([]);
    serve(&bench, &less);
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert_eq!(verdict(&run).quarantined, 1);
    assert_eq!(live(&bench).await, ["m1", "m2", "m3"]);
    // A list that cannot be had is a gap: nothing is deleted.
    let mut gap = tree();
    gap.retain(|(path, _)| *path != "/pages/1");
    serve(&bench, &gap);
    let run = bench.harvest(&config, Full).await;
    assert_eq!(end(&run), ("partial".to_owned(), "gaps".to_owned()));
    assert_eq!(live(&bench).await, ["m1", "m2", "m3"]);
}

#[tokio::test]
async fn a_walk_that_was_stopped_asks_again_for_lists_only() {
    let bench = Bench::new().await;
    serve(&bench, &tree());
    let config = bench.config(SCHEDULE);
    let run = bench.harvest_killed_at(&config, 5).await;
    assert_eq!(run.status, "running");
    let first = bench.partner.requests();
    let run = bench.harvest(&config, Full).await;
    assert_eq!(run.status, "complete");
    assert_eq!(live(&bench).await, ["m1", "m2", "m3", "m4"]);
    let second = bench.partner.requests();
    let stored = |path: &&String| path.starts_with("/m") && first[..4].contains(path);
    assert_eq!(second.iter().filter(stored).count(), 0, "{first:?} then {second:?}");
}

fn activity(kind: &str, id: &str, minute: u32) -> Value {
    json!({"type": kind, "endTime": format!("2026-02-01T00:{minute:02}:00Z"),
        "object": entry("Manifest", id)})
}

fn stream(pages: &[Vec<Value>]) -> Vec<(String, Value)> {
    let mut of = vec![(
        "/top".to_owned(),
        json!({"type": "OrderedCollection", "first": {"id": "{url}/a/0", "type": "OrderedCollectionPage"},
            "last": {"id": format!("{{url}}/a/{}", pages.len() - 1), "type": "OrderedCollectionPage"}}),
    )];
    for (n, items) in pages.iter().enumerate() {
        let mut page = json!({"id": format!("{{url}}/a/{n}"), "type": "OrderedCollectionPage", "orderedItems": items});
        if n > 0 {
            page["prev"] =
                json!({"id": format!("{{url}}/a/{}", n - 1), "type": "OrderedCollectionPage"});
        }
        of.push((format!("/a/{n}"), page));
    }
    of.extend(["m1", "m2", "m3", "m4", "m5"].map(|id| (format!("/{id}"), third(id))));
    of
}

fn serve_stream(bench: &Bench, pages: &[Vec<Value>]) {
    let of = stream(pages);
    let of: Vec<(&str, Value)> =
        of.iter().map(|(path, doc)| (path.as_str(), doc.clone())).collect();
    serve(bench, &of);
}

#[tokio::test]
async fn a_stream_is_walked_backwards_and_only_the_newest_activity_of_a_thing_counts() {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    let first = vec![activity("Create", "m1", 1), activity("Create", "m2", 2)];
    let second =
        vec![activity("Update", "m1", 3), activity("Delete", "m2", 4), activity("Create", "m3", 5)];
    serve_stream(&bench, &[first.clone(), second.clone()]);
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert_eq!(live(&bench).await, ["m1", "m3"]);
    let asked = bench.partner.requests();
    assert_eq!(asked, ["/top", "/a/1", "/m3", "/m1", "/a/0"]);
    // What follows: the walk stops at what it has taken, and keeps what no activity names.
    let mut moved = activity("Move", "m1", 8);
    moved["target"] = entry("Manifest", "m4");
    let third = vec![activity("Create", "m2", 6), moved];
    serve_stream(&bench, &[first, second, third]);
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(run.status, "complete");
    assert_eq!(live(&bench).await, ["m2", "m3", "m4"]);
    let asked = bench.partner.requests();
    assert_eq!(asked, ["/top", "/a/2", "/m4", "/m2", "/a/1", "/m3"]);
}

#[tokio::test]
async fn a_stream_deletes_nothing_by_absence_and_a_refresh_ends_the_first_walk() {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    serve_stream(&bench, &[vec![activity("Create", "m1", 1), activity("Create", "m2", 2)]]);
    bench.harvest(&config, Full).await;
    let refresh = json!({"type": "Refresh", "endTime": "2026-02-01T00:10:00Z"});
    serve_stream(
        &bench,
        &[vec![activity("Create", "m5", 3)], vec![refresh, activity("Update", "m2", 11)]],
    );
    bench.partner.requests();
    let run = bench.harvest(&config, Full).await;
    assert_eq!(run.status, "complete");
    assert_eq!(live(&bench).await, ["m1", "m2"]);
    assert_eq!(bench.partner.requests(), ["/top", "/a/1", "/m2"]);
}
