//! The direction of dependencies and the homes of outside libraries, as ARCHITECTURE.md draws them.
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

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use conformance_tests::workspace;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const PURE: [&str; 3] = ["domain", "protocols", "iiif"];
const WORLD: [&str; 8] =
    ["sqlx", "sqlx-core", "reqwest", "axum", "tantivy", "tokio", "hyper", "mio"];

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(workspace().join("Cargo.toml")).exec().unwrap()
}

/// Names of everything that a package reaches through normal dependencies.
fn reached<'m>(metadata: &'m Metadata, package: &str) -> BTreeSet<&'m str> {
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|p| (&p.id, p.name.as_str())).collect();
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|n| (&n.id, n)).collect();
    let root =
        metadata.workspace_packages().into_iter().find(|p| p.name.as_str() == package).unwrap();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![&root.id];
    while let Some(id) = waiting.pop() {
        for dependency in &nodes[id].deps {
            let normal =
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if normal && seen.insert(names[&dependency.pkg]) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    seen
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Code lines of a file, with their numbers; comments and documentation are free to name anything.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

/// Whether a line of code names a crate: `name::…`, not as part of a longer path or word.
fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let mut from = 0;
    while let Some(at) = line[from..].find(&path).map(|at| at + from) {
        let before = line[..at].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            return true;
        }
        from = at + path.len();
    }
    line.trim_start().starts_with(&format!("use {name};"))
}

/// Whether a file holds tests only: it may find shared data by the environment.
fn is_test_file(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn relative(path: &Path) -> String {
    path.strip_prefix(workspace()).unwrap().to_string_lossy().into_owned()
}

#[test]
fn pure_crates_reach_no_database_network_index_or_runtime() {
    let metadata = metadata();
    for package in PURE {
        let all = reached(&metadata, package);
        let forbidden: Vec<&str> =
            WORLD.iter().copied().filter(|name| all.contains(name)).collect();
        assert!(forbidden.is_empty(), "{package} reaches {forbidden:?}");
    }
}

#[test]
fn protocols_and_iiif_do_not_know_each_other() {
    let metadata = metadata();
    assert!(!reached(&metadata, "protocols").contains("iiif"));
    assert!(!reached(&metadata, "iiif").contains("protocols"));
    assert!(
        !reached(&metadata, "domain")
            .iter()
            .any(|name| ["iiif", "protocols", "passerelle"].contains(name))
    );
}

#[test]
fn pure_crates_read_no_clock_no_environment_and_no_disk() {
    let banned = [
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Instant::now",
        "std::env",
        "std::fs",
        "std::net",
        "std::process",
    ];
    let mut wrong = Vec::new();
    for package in PURE {
        for path in sources(&workspace().join(package).join("src")) {
            let mut in_tests = is_test_file(path.strip_prefix(workspace()).unwrap());
            for (number, line) in code(&path) {
                in_tests |= line.trim() == "#[cfg(test)]";
                // Tests may read fixtures; the clock is closed to them too.
                let found = banned
                    .iter()
                    .find(|name| line.contains(**name) && (!in_tests || name.ends_with("::now")));
                if let Some(name) = found {
                    wrong.push(format!("{}:{number} {name}", relative(&path)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_outside_library_is_named_in_one_place_only() {
    let homes: [(&str, &[&str]); 6] = [
        // The store, and the databases of others, which are read and never written.
        (
            "sqlx",
            &["src/store.rs", "src/store/", "src/harvest/database.rs", "src/harvest/database/"],
        ),
        ("object_store", &["src/storage.rs", "src/storage/"]),
        ("reqwest", &["src/fetch.rs", "src/fetch/"]),
        ("axum", &["src/web.rs", "src/web/", "src/main.rs", "src/lib.rs"]),
        ("tantivy", &["src/search.rs", "src/search/"]),
        ("indicatif", &["src/harvest/", "src/cli.rs", "src/cli/"]),
    ];
    let mut wrong = Vec::new();
    for path in sources(&workspace().join("src")) {
        let name = relative(&path);
        for (library, allowed) in homes {
            if allowed.iter().any(|home| name.starts_with(home)) {
                continue;
            }
            for (number, line) in code(&path) {
                if names_crate(&line, library) {
                    wrong.push(format!("{name}:{number} names {library}"));
                }
            }
        }
        if !name.starts_with("src/config") && !is_test_file(Path::new(&name)) {
            for (number, line) in code(&path) {
                if line.contains("env::var") {
                    wrong.push(format!("{name}:{number} reads the environment"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_source_file_is_longer_than_eight_hundred_lines() {
    let mut wrong = Vec::new();
    for folder in [
        "src",
        "domain/src",
        "protocols/src",
        "iiif/src",
        "conformance-tests/src",
        "conformance-tests/tests",
        "tests",
    ] {
        let folder = workspace().join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in sources(&folder) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            if lines > 800 {
                wrong.push(format!("{}: {lines} lines", relative(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn modules_are_files_beside_their_folder() {
    for folder in ["src", "domain/src", "protocols/src", "iiif/src"] {
        for path in sources(&workspace().join(folder)) {
            assert!(!path.ends_with("mod.rs"), "{}: use name.rs beside name/", relative(&path));
        }
    }
}

#[test]
fn a_crate_name_inside_a_longer_path_is_no_mention() {
    assert!(names_crate("    let x = sqlx::query(sql);", "sqlx"));
    assert!(names_crate("use axum::Router;", "axum"));
    assert!(!names_crate("use crate::axum::Router;", "axum"));
    assert!(!names_crate("my_sqlx::query()", "sqlx"));
}
