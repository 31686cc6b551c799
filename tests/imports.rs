//! Imports by hand and drop folders, into an embedded store.
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

use passerelle::config::source::SourceConfig;
use passerelle::fetch::Fetcher;
use passerelle::harvest::import::receive::{Wish, keep, register};
use passerelle::harvest::import::{self, report, token};
use passerelle::harvest::{Progress, harvest};
use passerelle::store::Store;
use passerelle::store::import::Import;
use passerelle::store::run::Run;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

struct Bench {
    folder: tempfile::TempDir,
    store: Store,
    fetcher: Fetcher,
}

const DRY: Wish = Wish { dry_run: true, complete: false };
const NOW: Wish = Wish { dry_run: false, complete: false };
const WHOLE: Wish = Wish { dry_run: false, complete: true };

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/store.db", folder.path().display());
        let store = Store::open(&url).await.unwrap();
        std::fs::create_dir(folder.path().join("drop")).unwrap();
        Self { folder, store, fetcher: Fetcher::new().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn config(&self, more: &str) -> SourceConfig {
        let toml = format!(
            "label = 'Joconde'\nlocation = 'drop'\nmapping = 'joconde'\nmasked = ['SECRET']\n\
             {more}\n[file]\nkey = ['REF']\npage_rows = 5\n[harvest]\nbrake_minimum = 3\n"
        );
        let mut config: SourceConfig = toml::from_str(&toml).unwrap();
        config.id = domain::identifier::SourceId::new("joconde").unwrap();
        self.path().clone_into(&mut config.folder);
        config
    }

    fn files(&self) -> SourceConfig {
        self.config("kind = 'file'")
    }

    async fn register(&self, name: &str, text: &str, wish: Wish) -> Import {
        let file = self.path().join(name);
        std::fs::write(&file, text).unwrap();
        let kept = keep(self.path(), &file).unwrap();
        register(&self.store, "joconde", name, &kept, wish, 1_700_000_000).await.unwrap()
    }

    async fn work(&self, import: &Import) -> Import {
        let cancel = CancellationToken::new();
        let config = self.files();
        import::run(&self.store, &config, import.import_id, Progress::silent(), &cancel)
            .await
            .unwrap()
    }

    async fn import(&self, name: &str, text: &str, wish: Wish) -> Import {
        let import = self.register(name, text, wish).await;
        self.work(&import).await
    }

    /// Created, updated, unchanged, rejected.
    async fn counts(&self, import: &Import) -> [i64; 4] {
        let c = self.store.import_counts(import.import_id).await.unwrap();
        [c.created, c.updated, c.unchanged, c.rejected]
    }

    async fn title(&self, id: &str) -> Option<String> {
        let stored = self.store.stored_source_record("joconde", id).await.unwrap()?;
        let fields = stored.source_record.fields.iter();
        let title = fields.clone().find(|field| field.name == "TITR").map(|f| f.value.clone());
        if stored.deleted { None } else { title }
    }

    async fn sweep(&self, config: &SourceConfig) -> Run {
        let cancel = CancellationToken::new();
        let progress = Progress::silent();
        harvest(&self.store, &self.fetcher, config, None, progress, cancel).await.unwrap()
    }

    /// Drops a file that was last written a minute ago, or so many seconds later.
    fn drop(&self, name: &str, text: &str, later: u64) {
        let path = self.path().join("drop").join(name);
        std::fs::write(&path, text).unwrap();
        let at = SystemTime::now() - Duration::from_secs(60 - later);
        std::fs::File::open(&path).unwrap().set_modified(at).unwrap();
    }

    fn dropped(&self, below: &str) -> Vec<String> {
        let folder = self.path().join("drop").join(below);
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let files = entries.flatten().filter(|entry| entry.path().is_file());
        let mut names: Vec<String> =
            files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn table(rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(id, title)| format!("{id};{title};hidden\n")).collect();
    format!("REF;TITR;SECRET\n{rows}")
}

const FIRST: [(&str, &str); 7] = [
    ("A1", "Un"),
    ("A2", "Deux"),
    ("A3", "Trois"),
    ("A4", "Quatre"),
    ("A5", "Cinq"),
    ("A6", "Six"),
    ("A7", "Sept"),
];

#[tokio::test]
async fn an_import_says_row_by_row_what_it_did_and_deletes_nothing_by_absence() {
    let bench = Bench::new().await;
    let first = bench.import("first.csv", &table(&FIRST), NOW).await;
    assert_eq!((first.status.as_str(), bench.counts(&first).await), ("done", [7, 0, 0, 0]));
    assert_eq!(first.file_path, "", "the file is not kept any longer");
    let text = table(&[
        ("A1", "Un"),
        ("A2", "Deux bis"),
        ("", "Sans"),
        ("A2", "Deux ter"),
        ("B1", "Neuf"),
    ]);
    let second = bench.import("second.csv", &text, NOW).await;
    assert_eq!((second.status.as_str(), bench.counts(&second).await), ("done", [1, 1, 1, 2]));
    assert_eq!(bench.title("A2").await.as_deref(), Some("Deux ter"));
    assert_eq!(bench.title("A7").await.as_deref(), Some("Sept"), "not in the file, not deleted");
    let rows = bench.store.import_rows(second.import_id, true, 0, 100).await.unwrap();
    let lines: Vec<[String; 7]> = rows.iter().flat_map(report::lines).collect();
    let csv = String::from_utf8(report::csv(lines.iter())).unwrap();
    assert!(!csv.contains("hidden"));
    insta::assert_snapshot!(csv);
}

#[tokio::test]
async fn a_dry_run_writes_nothing_and_is_applied_when_it_is_approved() {
    let bench = Bench::new().await;
    bench.import("first.csv", &table(&FIRST), NOW).await;
    let dry = bench.import("second.csv", &table(&[("A1", "Autre"), ("B1", "Neuf")]), DRY).await;
    assert_eq!((dry.status.as_str(), bench.counts(&dry).await), ("checked", [1, 1, 0, 0]));
    assert_eq!(bench.title("A1").await.as_deref(), Some("Un"));
    assert_eq!(bench.title("B1").await, None);
    // Looking again changes nothing: it waits.
    assert_eq!(bench.work(&dry).await.status, "checked");
    let approved = import::approve(&bench.store, dry.import_id, "Odile").await.unwrap();
    let done = bench.work(&approved).await;
    assert_eq!((done.status.as_str(), done.author.as_deref()), ("done", Some("Odile")));
    assert_eq!(bench.counts(&done).await, [1, 1, 0, 0], "what was said is what was done");
    assert_eq!(bench.title("A1").await.as_deref(), Some("Autre"));
    let again = import::approve(&bench.store, dry.import_id, "Odile").await.unwrap_err();
    assert!(again.to_string().contains("is `done`"), "{again}");
}

#[tokio::test]
async fn what_changed_since_it_was_looked_at_is_not_overwritten() {
    let bench = Bench::new().await;
    bench.import("first.csv", &table(&FIRST), NOW).await;
    let dry = bench
        .import("second.csv", &table(&[("A1", "Autre"), ("A2", "Deux"), ("B1", "N")]), DRY)
        .await;
    bench.import("between.csv", &table(&[("A2", "Entre deux"), ("B1", "Déjà")]), NOW).await;
    let approved = import::approve(&bench.store, dry.import_id, "Odile").await.unwrap();
    let refused = bench.work(&approved).await;
    assert_eq!(refused.status, "failed");
    let reason = refused.reason.unwrap();
    assert!(
        reason.starts_with("2 records changed since the file was looked at (A2, B1)"),
        "{reason}"
    );
    assert_eq!(bench.title("A1").await.as_deref(), Some("Un"));

    // Nor is another file applied than the one that was looked at.
    let dry = bench.import("third.csv", &table(&[("A1", "Autre")]), DRY).await;
    std::fs::write(&dry.file_path, table(&[("A1", "Falsifié")])).unwrap();
    let approved = import::approve(&bench.store, dry.import_id, "Odile").await.unwrap();
    let refused = bench.work(&approved).await;
    assert!(refused.reason.unwrap().contains("SHA-256"), "{:?}", refused.status);
    assert_eq!(bench.title("A1").await.as_deref(), Some("Un"));
}

#[tokio::test]
async fn a_complete_import_deletes_what_is_absent_and_the_brake_holds() {
    let bench = Bench::new().await;
    bench.import("first.csv", &table(&FIRST), NOW).await;
    let whole = bench.import("second.csv", &table(&FIRST[..5]), WHOLE).await;
    assert_eq!((whole.status.as_str(), whole.absent_count), ("done", 2));
    assert_eq!(bench.title("A7").await, None);
    let held = bench.import("third.csv", &table(&FIRST[..1]), WHOLE).await;
    assert_eq!(held.status, "partial");
    assert!(held.reason.unwrap().starts_with("brake:"));
    assert_eq!(bench.title("A5").await.as_deref(), Some("Cinq"));
}

#[tokio::test]
async fn an_import_that_is_stopped_goes_on_and_its_report_is_that_of_one_that_was_not() {
    let bench = Bench::new().await;
    bench.import("first.csv", &table(&FIRST), NOW).await;
    let rows: Vec<(String, String)> =
        (0..60).map(|n| (format!("N{n:02}"), format!("T{n}"))).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let import = bench.register("long.csv", &table(&rows), NOW).await;
    let mut rounds = 0;
    loop {
        let cancel = CancellationToken::new();
        let watch = {
            let (store, cancel) = (bench.store.clone(), cancel.clone());
            let before = store.open_run("joconde").await.unwrap().map_or(0, |run| run.counts.pages);
            tokio::spawn(async move {
                while !cancel.is_cancelled() {
                    let run = store.open_run("joconde").await.unwrap();
                    if run.is_some_and(|run| run.counts.pages > before) {
                        cancel.cancel();
                    }
                    tokio::task::yield_now().await;
                }
            })
        };
        let config = bench.files();
        let progress = Progress::silent();
        let done =
            import::run(&bench.store, &config, import.import_id, progress, &cancel).await.unwrap();
        cancel.cancel();
        watch.await.unwrap();
        rounds += 1;
        if done.status != "received" {
            assert_eq!((done.status.as_str(), bench.counts(&done).await), ("done", [60, 0, 0, 0]));
            break;
        }
    }
    assert!(rounds > 1, "it was never stopped");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_fails_and_touches_nothing() {
    let bench = Bench::new().await;
    bench.import("first.csv", &table(&FIRST), NOW).await;
    let wrong = bench.import("wrong.csv", "a;b\n1;2\n", WHOLE).await;
    assert_eq!(wrong.status, "failed");
    assert!(wrong.reason.unwrap().contains("no column identifies the records"));
    let empty = bench.import("empty.csv", "REF;TITR\n;x\n;y\n", DRY).await;
    assert_eq!(empty.status, "failed");
    assert_eq!(bench.counts(&empty).await, [0, 0, 0, 2]);
    assert_eq!(bench.title("A1").await.as_deref(), Some("Un"));
}

#[tokio::test]
async fn a_token_opens_its_own_source_until_there_is_another() {
    let bench = Bench::new().await;
    let first = token::make(&bench.store, "joconde", 1).await.unwrap();
    assert!(token::holds(&bench.store, "joconde", &first).await.unwrap());
    assert!(!token::holds(&bench.store, "memoire", &first).await.unwrap());
    assert!(!bench.store.source_token("joconde").await.unwrap().unwrap().contains(&first));
    let second = token::make(&bench.store, "joconde", 2).await.unwrap();
    assert!(!token::holds(&bench.store, "joconde", &first).await.unwrap());
    assert!(token::holds(&bench.store, "joconde", &second).await.unwrap());
    assert!(!token::holds(&bench.store, "joconde", "").await.unwrap());
}

#[tokio::test]
async fn dropped_files_are_taken_once_in_order_and_a_broken_one_is_put_aside() {
    let bench = Bench::new().await;
    let config = bench.config("kind = 'drop'");
    bench.drop("2.csv", &table(&[("A1", "Plus tard")]), 0);
    bench.drop("1.csv", &table(&FIRST), 0);
    bench.drop("1b.csv", "a;b\n1;2\n", 0);
    bench.drop("note.csv.part", "REF;TITR\nX;y\n", 0);
    let run = bench.sweep(&config).await;
    assert_eq!(run.status, "failed", "the broken file is told of: {run:?}");
    assert_eq!(bench.title("A1").await.as_deref(), Some("Plus tard"), "1 before 2");
    assert_eq!(bench.dropped(""), ["note.csv.part"]);
    assert_eq!(bench.dropped("done"), ["1.csv", "2.csv"]);
    assert_eq!(bench.dropped("refused"), ["1b.csv", "1b.csv.report.txt"]);
    let report = bench.path().join("drop/refused/1b.csv.report.txt");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("no column identifies the records"), "{report}");
    let again = bench.sweep(&config).await;
    assert_eq!((again.status.as_str(), again.reason.as_deref()), ("complete", Some("unchanged")));
    // The producer mends it and drops it again under its name.
    bench.drop("1b.csv", &table(&[("B1", "Réparé"), ("", "Sans")]), 0);
    assert_eq!(bench.sweep(&config).await.status, "complete");
    assert_eq!(bench.title("B1").await.as_deref(), Some("Réparé"));
    assert_eq!(bench.dropped("done"), ["1.csv", "1b.csv", "1b.csv.report.txt", "2.csv"]);
}

#[tokio::test]
async fn a_file_that_is_still_written_waits_and_keeps_those_after_it_waiting() {
    let bench = Bench::new().await;
    let config = bench.config("kind = 'drop'\ndrop = { after = 'leave', order = 'time' }");
    bench.drop("z.csv", &table(&FIRST), 0);
    bench.drop("a.csv", &table(&[("A1", "En cours")]), 58);
    assert_eq!(bench.sweep(&config).await.counts.created, 7);
    assert_eq!(bench.title("A1").await.as_deref(), Some("Un"));
    bench.drop("a.csv", &table(&[("A1", "Fini")]), 30);
    assert_eq!(bench.sweep(&config).await.counts.updated, 1);
    assert_eq!(bench.title("A1").await.as_deref(), Some("Fini"));
    assert_eq!(bench.dropped(""), ["a.csv", "z.csv"], "left where they are");
    assert_eq!(bench.sweep(&config).await.reason.as_deref(), Some("unchanged"));

    let marked = bench.config("kind = 'drop'\ndrop = { marker = '.done', complete = true }");
    bench.drop("m.csv", &table(&FIRST[..6]), 0);
    bench.sweep(&marked).await;
    assert_eq!(bench.title("A7").await.as_deref(), Some("Sept"), "no marker, not whole");
    for name in ["a.csv.done", "m.csv.done", "z.csv.done"] {
        bench.drop(name, "", 0);
    }
    bench.sweep(&marked).await;
    assert_eq!(bench.title("A7").await, None, "complete: what is not in it is deleted");
    assert_eq!(bench.dropped("done"), ["m.csv"]);
    assert!(!bench.dropped("").contains(&"m.csv.done".to_owned()));
}
