//! Answers of real servers, and what is read from each: `oai_samples.tsv` states the outcome of
//! every file of the folder. `PASSERELLE_SAMPLES_PRINT=1` prints the table anew, for a reader to judge.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use protocols::formats;
use protocols::oai_pmh::client::{Page, Repository, Shape};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("oai_samples.tsv");

fn samples() -> Option<PathBuf> {
    let shared = std::env::var_os("PASSERELLE_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
        PathBuf::from,
    );
    let folder = shared.join("oai-samples");
    if folder.join("MANIFEST.md").exists() {
        return Some(folder);
    }
    eprintln!("skipped: no samples in {}", folder.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "xml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `code` or `code×3`, in alphabetical order; `-` for none.
fn counted<'c>(codes: impl Iterator<Item = &'c str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    codes.for_each(|code| *counts.entry(code).or_default() += 1);
    let shown: Vec<String> = counts
        .into_iter()
        .map(|(code, n)| if n == 1 { code.to_owned() } else { format!("{code}×{n}") })
        .collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}

fn is_title(name: &str) -> bool {
    matches!(
        name,
        "dc:title"
            | "dcterms:title"
            | "lido:title"
            | "mods:title"
            | "marc:245"
            | "unimarc:200"
            | "ead:title"
    )
}

/// The outcome of one file: shape, records, deleted, titled, quarantined, token, list size, errors,
/// issues.
fn outcome(body: &[u8]) -> String {
    let page = Page::parse(body);
    let mut codes: Vec<String> = page.issues.iter().map(|issue| issue.code.clone()).collect();
    let mut titled = 0;
    let mut read = |parsed: domain::issue::Parsed<Vec<domain::source_record::Field>>| {
        codes.extend(parsed.issues.into_iter().map(|issue| issue.code));
        titled += usize::from(parsed.value.iter().any(|field| is_title(&field.name)));
        parsed.value.len()
    };
    let shape = match &page.shape {
        Shape::Whole => "whole".to_owned(),
        Shape::Truncated => "truncated".to_owned(),
        Shape::Foreign(reason) => {
            let fields = read(formats::read("", body));
            format!("{reason}; read alone it has {fields} fields")
        }
    };
    for record in &page.records {
        if let Some(metadata) = &record.metadata {
            read(formats::read_element("", metadata));
        }
    }
    codes.extend(page.records.iter().flat_map(|record| &record.issues).map(|i| i.code.clone()));
    let deleted = page.records.iter().filter(|record| record.deleted).count();
    let identify = Repository::parse(body)
        .ok()
        .filter(|repository| repository.name.is_some())
        .map_or("-", |r| match r.granularity {
            Some(protocols::oai_pmh::Granularity::Day) => "day",
            Some(protocols::oai_pmh::Granularity::Second) => "second",
            None => "no granularity",
        });
    [
        shape,
        page.records.len().to_string(),
        deleted.to_string(),
        titled.to_string(),
        counted(page.broken.iter().map(|broken| broken.code)),
        page.token.as_ref().map_or("-", |_| "token").to_owned(),
        page.complete_list_size.map_or("-".to_owned(), |size| size.to_string()),
        counted(page.errors.iter().map(|error| error.code.as_str())),
        identify.to_owned(),
        counted(codes.iter().map(String::as_str)),
    ]
    .join("\t")
}

#[test]
fn every_answer_of_a_real_server_has_the_outcome_that_the_table_states() {
    let Some(folder) = samples() else { return };
    let print = std::env::var_os("PASSERELLE_SAMPLES_PRINT").is_some();
    let stated: BTreeMap<&str, &str> =
        TABLE.lines().skip(1).filter_map(|line| line.split_once('\t')).collect();
    let mut wrong = Vec::new();
    let mut unknown = Vec::new();
    for file in files(&folder) {
        let name = file.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
        let found = outcome(&std::fs::read(&file).unwrap());
        if print {
            println!("{name}\t{found}");
            continue;
        }
        match stated.get(name.as_str()) {
            Some(stated) if *stated == found => {}
            Some(stated) => wrong.push(format!("{name}\n  stated {stated}\n  found  {found}")),
            None => unknown.push(name),
        }
    }
    for name in &unknown {
        eprintln!("no outcome is stated for {name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_answer_makes_the_reader_panic_cut_off_anywhere_or_masked() {
    let Some(folder) = samples() else { return };
    let mut seen = 0;
    for file in files(&folder) {
        let body = std::fs::read(&file).unwrap();
        let whole = Page::parse(&body);
        seen += 1;
        // Large ones only once: the unoptimised build takes its time.
        for part in if body.len() < 100_000 { &[2, 5][..] } else { &[] } {
            let cut = Page::parse(&body[..body.len() * part / 8]);
            assert!(cut.records.len() <= whole.records.len(), "{}", file.display());
        }
        if body.len() > 300_000 {
            continue;
        }
        let mut masked = whole.clone();
        masked.mask("oai_dc", &|name| {
            name.rsplit([':', '.']).next().unwrap().eq_ignore_ascii_case("title")
        });
        let again = Page::parse(masked.text.as_bytes());
        if matches!(whole.shape, Shape::Foreign(_)) {
            continue;
        }
        assert_eq!(
            again.records.iter().map(|r| &r.identifier).collect::<Vec<_>>(),
            whole.records.iter().map(|r| &r.identifier).collect::<Vec<_>>(),
            "{}",
            file.display()
        );
        assert_eq!(again.token, whole.token, "{}", file.display());
        let left: Vec<_> = again
            .records
            .iter()
            .filter_map(|record| record.metadata.as_ref())
            .flat_map(|metadata| formats::read_element("", metadata).value)
            .filter(|field| {
                field.name == "dc:title" || field.name == "lido:title" || field.name == "mods:title"
            })
            .collect();
        assert!(left.is_empty(), "{}: {left:?}", file.display());
    }
    assert!(seen > 150);
}
