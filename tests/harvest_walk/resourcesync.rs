//! `kind = "resourcesync"`.

use crate::bench::{Bench, end, values, verdict};
use passerelle::config::source::HarvestMode::{Full, Incremental};
use std::fmt::Write as _;

const HEAD: &str = "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" xmlns:rs=\"http://www.openarchives.org/rs/terms/\"";
const SCHEDULE: &str = "kind = 'resourcesync'\nlocation = '{url}/.well-known/resourcesync'\n\
    format = 'oai_dc'\nmapping = 'oai_dc'\nmasked = ['dc:contributor']\n";

/// Names, and what happened to each at which minute, oldest first.
type Log = Vec<(&'static str, &'static str, u32)>;

fn serve(bench: &Bench, log: Log, changes_from: u32) {
    let url = bench.url.clone();
    let time = |minute: u32| format!("2026-03-01T00:{minute:02}:00Z");
    bench.partner.answers(move |path| {
        let list = |capability: &str, more: &str, entries: &str| {
            format!("<urlset {HEAD}><rs:md capability=\"{capability}\" {more}/>{entries}</urlset>")
        };
        let link = |path: &str, capability: &str| {
            format!("<url><loc>{url}/{path}</loc><rs:md capability=\"{capability}\"/></url>")
        };
        let last = log.last().map_or(0, |(_, _, minute)| *minute);
        let live = |name: &str| log.iter().rev().find(|(n, ..)| *n == name).is_some_and(|(_, what, _)| *what != "deleted");
        let text = match path {
            "/.well-known/resourcesync" => list("description", "", &link("caps", "capabilitylist")),
            "/caps" => list("capabilitylist", "", &(link("index", "resourcelist") + &link("changes", "changelist"))),
            "/index" => format!(
                "<sitemapindex {HEAD}><rs:md capability=\"resourcelist\" at=\"{}\"/>\
                 <sitemap><loc>{url}/list</loc></sitemap></sitemapindex>",
                time(last)
            ),
            "/list" => {
                let mut names: Vec<&str> = log.iter().map(|(name, ..)| *name).filter(|name| live(name)).collect();
                names.sort_unstable();
                names.dedup();
                let entries: String = names.iter().fold(String::new(), |mut text, name| {
                    write!(text, "<url><loc>{url}/r/{name}</loc></url>").unwrap();
                    text
                });
                list("resourcelist", &format!("at=\"{}\"", time(last)), &entries)
            }
            "/changes" => {
                let mut entries = String::new();
                for (name, what, minute) in log.iter().filter(|(_, _, minute)| *minute >= changes_from) {
                    write!(
                        entries,
                        "<url><loc>{url}/r/{name}</loc><lastmod>{}</lastmod><rs:md change=\"{what}\"/></url>",
                        time(*minute)
                    )
                    .unwrap();
                }
                list("changelist", &format!("from=\"{}\"", time(changes_from)), &entries)
            }
            _ => match path.strip_prefix("/r/").filter(|name| live(name)) {
                Some(name) => format!(
                    "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\
                     <dc:title>Objet {name}</dc:title><dc:contributor>Anne Agent</dc:contributor></oai_dc:dc>"
                ),
                None => return (404, String::new()),
            },
        };
        (200, text)
    });
}

async fn live(bench: &Bench) -> Vec<&'static str> {
    let mut found = Vec::new();
    for name in ["a", "b", "c", "d"] {
        if bench.record(&format!("{}/r/{name}", bench.url)).await.is_some() {
            found.push(name);
        }
    }
    found
}

#[tokio::test]
async fn everything_is_read_from_the_resource_list_then_changes_from_the_change_list() {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    let log: Log = vec![("a", "created", 1), ("b", "created", 2), ("c", "created", 3)];
    serve(&bench, log.clone(), 1);
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert!(verdict(&run).whole);
    assert_eq!(live(&bench).await, ["a", "b", "c"]);
    let record = bench.record(&format!("{}/r/a", bench.url)).await.unwrap();
    assert_eq!(values(&record, "dc:title"), ["Objet a"]);
    assert!(values(&record, "dc:contributor").is_empty());
    bench.partner.requests();
    let mut more = log;
    more.extend([("d", "created", 4), ("b", "deleted", 5), ("d", "updated", 6)]);
    serve(&bench, more, 1);
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(end(&run), ("complete".to_owned(), String::new()));
    assert_eq!(live(&bench).await, ["a", "c", "d"]);
    let asked = bench.partner.requests();
    assert_eq!(asked, ["/.well-known/resourcesync", "/caps", "/changes", "/r/d", "/r/c"]);
}

#[tokio::test]
async fn a_change_list_that_does_not_reach_back_makes_the_run_read_and_compare_everything() {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    serve(&bench, vec![("a", "created", 1), ("b", "created", 2)], 1);
    bench.harvest(&config, Incremental).await;
    serve(
        &bench,
        vec![("a", "created", 1), ("b", "created", 2), ("b", "deleted", 5), ("c", "created", 9)],
        8,
    );
    let run = bench.harvest(&config, Incremental).await;
    assert_eq!(run.status, "complete");
    assert!(verdict(&run).notes.iter().any(|note| note.contains("does not reach back")));
    assert_eq!(live(&bench).await, ["a", "c"]);
}

#[tokio::test]
async fn what_the_resource_list_no_longer_has_is_deleted_by_a_run_of_everything() {
    let bench = Bench::new().await;
    let config = bench.config(SCHEDULE);
    serve(&bench, vec![("a", "created", 1), ("b", "created", 2)], 1);
    bench.harvest(&config, Full).await;
    serve(&bench, vec![("a", "created", 1), ("b", "created", 2), ("a", "deleted", 3)], 1);
    let run = bench.harvest(&config, Full).await;
    assert_eq!(run.status, "complete");
    assert_eq!(live(&bench).await, ["b"]);
}
