//! A harvest that is killed ten times and resumed ends with the same store as one left in peace: of
//! a file, and of a repository, which is asked for at most one page again after each kill.
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

use anyhow::{Context as _, Result, ensure};
use conformance_tests::double::{Fault, Place, Profile, Provider, Rule};
use conformance_tests::{command, variable};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const KILLS: u32 = 10;
const PAGE_ROWS: u32 = 500;

/// A small generator of its own, so that a seed means the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }
}

/// Rows of the large source: `PASSERELLE_KILL_ROWS`, default 20 000. `make kill` takes 100 000 with
/// the release build.
fn rows() -> u32 {
    variable("PASSERELLE_KILL_ROWS").and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

fn write_source(folder: &Path, name: &str, label: &str, csv: &str) -> Result<()> {
    fs::write(folder.join(format!("{name}.csv")), csv)?;
    let schedule = format!(
        "label = \"{label}\"\nkind = \"file\"\nlocation = \"{name}.csv\"\nformat = \"ssv\"\nmapping = \"joconde\"\n\n[file]\nencoding = \"utf-8\"\npage_rows = {PAGE_ROWS}\n"
    );
    Ok(fs::write(folder.join(format!("{name}.toml")), schedule)?)
}

/// Two sources: a large one with rows to quarantine, and a small one that shares inventory numbers
/// with it, so that clusters of two members are made.
fn write_sources(folder: &Path) -> Result<()> {
    const HEADER: &str = "REF;INV;DOMN;DENO;TITR;AUTR;TECH;STAT;MUSEO;COPY;DMAJ\n";
    let mut large = String::from(HEADER);
    let mut small = String::from(HEADER);
    for n in 0..rows() {
        // Every 997th row lacks its reference: quarantine.
        let reference = if n % 997 == 996 { String::new() } else { format!("98K{n:08}") };
        writeln!(
            large,
            "{reference};K.{n};peinture;tableau;\"PAYSAGE N° {n} ; ÉTUDE \"\"D'APRÈS NATURE\"\"\";AUTEUR {} (d'après);huile;propriété;M{:04};{};2020-01-01",
            n % 4001,
            n % 1200,
            if n % 3 == 0 { "Domaine public" } else { "" }
        )?;
        if n % 100 == 0 {
            writeln!(
                small,
                "98S{n:08};K.{n};peinture;tableau;PAYSAGE {n};AUTEUR;huile;propriété;M{:04};;2021-01-01",
                n % 1200
            )?;
        }
    }
    write_source(folder, "joconde", "Large", &large)?;
    write_source(folder, "depot", "Small", &small)
}

fn run(data: &Path, schedules: &Path, arguments: &[&str]) -> Result<()> {
    let status = command(data, Some(schedules)).args(arguments).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "passerelle {arguments:?}: {status}");
    Ok(())
}

fn database(data: &Path) -> PathBuf {
    data.join("passerelle.db")
}

async fn open(path: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::new().filename(path).read_only(true).connect().await?)
}

/// Pages committed so far; a database that is not there yet has none.
async fn pages(path: &Path) -> i64 {
    let Ok(mut connection) = open(path).await else { return 0 };
    sqlx::query_scalar("select count(*) from page").fetch_one(&mut connection).await.unwrap_or(0)
}

/// Starts a harvest of a source, waits until `moment` pages are committed (at once when they are), reads the
/// database `jitter` times again and kills it (SIGKILL). False when it ended by itself before that.
async fn harvest_and_kill(
    data: &Path,
    schedules: &Path,
    source: &str,
    moment: i64,
    jitter: u64,
) -> Result<bool> {
    let path = database(data);
    let mut child = command(data, Some(schedules))
        .args(["harvest", "--only", source])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    loop {
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        if pages(&path).await >= moment {
            break;
        }
        tokio::task::yield_now().await;
    }
    for _ in 0..jitter {
        pages(&path).await;
    }
    child.kill()?;
    child.wait()?;
    Ok(true)
}

/// Content without keys that count (run, page, record, cluster numbers) and without times.
const CONTENT: [(&str, &str); 12] = [
    (
        "pages",
        "select json_array(r.source_id, p.number, p.location, p.byte_count, p.sha256) as line from {db}.page p join {db}.run r using (run_id)",
    ),
    (
        "runs",
        "select json_array(source_id, mode, status, reason, page_count, row_count, created_count, updated_count, unchanged_count, deleted_count, quarantined_count, image_count) as line from {db}.run",
    ),
    (
        "records",
        "select json_array(source_id, local_id, position, deleted, content_hash, fields, record, kind) as line from {db}.source_record",
    ),
    (
        "issues",
        "select json_array(s.source_id, s.local_id, i.number, i.code, i.path, i.value) as line from {db}.issue i join {db}.source_record s using (record_id)",
    ),
    (
        "quarantine",
        "select json_array(source_id, page_number, position, code, detail, hex(body)) as line from {db}.quarantine",
    ),
    (
        "names",
        "select json_array(n.name, s.source_id, s.local_id) as line from {db}.record_name n join {db}.source_record s using (record_id)",
    ),
    (
        "keys",
        "select json_array(k.certain_key, s.source_id, s.local_id) as line from {db}.record_key k join {db}.source_record s using (record_id)",
    ),
    (
        "links",
        "select json_array(s.source_id, s.local_id, l.kind, l.target) as line from {db}.record_link l join {db}.source_record s using (record_id)",
    ),
    (
        "rights",
        "select json_array(s.source_id, s.local_id, d.image_right, d.metadata_open, d.statement, d.rule, d.triggered_by) as line from {db}.rights_decision d join {db}.source_record s using (record_id)",
    ),
    (
        "clusters",
        "select json_array(s.source_id, s.local_id, c.object_id, c.member_count) as line from {db}.source_record s join {db}.cluster c using (cluster_id)",
    ),
    (
        "objects",
        "select json_array(object_id, status, redirect_to, base, kind, title, content_hash, record) as line from {db}.object",
    ),
    ("sets", "select json_array(set_spec, object_id) as line from {db}.set_membership"),
];

async fn compare(undisturbed: &Path, killed: &Path) -> Result<()> {
    let mut connection = open(undisturbed).await?;
    sqlx::query("attach database $1 as killed")
        .bind(killed.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    let mut wrong = Vec::new();
    for (what, query) in CONTENT {
        let (a, b) = (query.replace("{db}", "main"), query.replace("{db}", "killed"));
        let (left, right): (i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select (select count(*) from ({a})), (select count(*) from ({b}))"
        )))
        .fetch_one(&mut connection)
        .await
        .context(what)?;
        eprintln!("{what}: {left} and {right}");
        if left != right {
            wrong.push(format!("{what}: {left} undisturbed, {right} after the kills"));
        }
        for (side, from, minus) in [("only undisturbed", &a, &b), ("only after the kills", &b, &a)]
        {
            let lines: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "select line from ({from}) except select line from ({minus}) limit 3"
            )))
            .fetch_all(&mut connection)
            .await
            .context(what)?;
            wrong.extend(lines.into_iter().map(|line| format!("{what}, {side}: {line:.400}")));
        }
    }
    connection.close().await?;
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

/// A generator with the seed of the environment, or another one each time.
fn random() -> Random {
    let seed = variable("PASSERELLE_KILL_SEED")
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("PASSERELLE_KILL_SEED={seed} repeats this run");
    Random(seed)
}

/// Ten moments all over a harvest of so many pages; the last tenth is left, so that no kill comes
/// too late.
fn moments(random: &mut Random, pages: u32) -> Vec<i64> {
    let mut moments: Vec<i64> = (0..KILLS)
        .map(|_| i64::try_from(random.below(u64::from(pages * 9 / 10))).unwrap())
        .collect();
    moments.sort_unstable();
    moments
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_killed_ten_times_ends_as_one_left_in_peace() -> Result<()> {
    let mut random = random();
    let folder = tempfile::tempdir()?;
    let (schedules, peace, war) =
        (folder.path().join("schedules"), folder.path().join("peace"), folder.path().join("war"));
    for folder in [&schedules, &peace, &war] {
        fs::create_dir(folder)?;
    }
    write_sources(&schedules)?;

    run(&peace, &schedules, &["harvest", "--only", "joconde"])?;

    let total = rows().div_ceil(PAGE_ROWS);
    for moment in moments(&mut random, total) {
        let jitter = random.below(40);
        let killed = harvest_and_kill(&war, &schedules, "joconde", moment, jitter).await?;
        ensure!(
            killed,
            "the harvest ended before it was killed; give it more rows (PASSERELLE_KILL_ROWS)"
        );
        eprintln!("killed after page {} of {total}", pages(&database(&war)).await);
    }
    run(&war, &schedules, &["harvest", "--only", "joconde"])?;

    for data in [&peace, &war] {
        run(data, &schedules, &["harvest", "--only", "depot"])?;
        run(data, &schedules, &["reconcile"])?;
    }
    compare(&database(&peace), &database(&war)).await
}

/// Records a page of the repository.
const PAGE_RECORDS: u32 = 100;

/// The pages that the provider was asked for since the last time; how many of them it had been
/// asked for before.
fn asked_again(provider: &Provider, known: &mut HashSet<String>) -> usize {
    let lists = provider.log().take().into_iter().filter(|exchange| exchange.page.is_some());
    lists.filter(|exchange| !known.insert(exchange.request.clone())).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_of_a_repository_killed_ten_times_asks_for_one_page_again() -> Result<()> {
    let mut random = random();
    let folder = tempfile::tempdir()?;
    let (schedules, peace, war) =
        (folder.path().join("schedules"), folder.path().join("peace"), folder.path().join("war"));
    for folder in [&schedules, &peace, &war] {
        fs::create_dir(folder)?;
    }
    // The clock of the provider stands still: pages are compared byte by byte.
    let provider = Provider::start(Profile {
        records: rows() as usize,
        page_size: PAGE_RECORDS as usize,
        stopped_clock: Some(1_790_000_000),
        ..Profile::default()
    })?;
    provider.holding().delete(|number| number % 50 == 49, 1_780_000_000);
    let total = rows().div_ceil(PAGE_RECORDS);
    for page in [total / 9, total / 3, total / 2] {
        // A record a page that goes to the quarantine.
        provider.inject(Rule::forever(Fault::BrokenRecord, Place::Page(page as usize)));
    }
    fs::write(
        schedules.join("double.toml"),
        format!(
            "label = \"Double\"\nkind = \"oai-pmh\"\nlocation = \"{}\"\nformat = \"oai_dc\"\nmapping = \"oai_dc\"\nallow_private_addresses = true\n",
            provider.url()
        ),
    )?;

    run(&peace, &schedules, &["harvest", "--only", "double"])?;
    let mut known = HashSet::new();
    ensure!(asked_again(&provider, &mut known) == 0, "a page was asked for twice without a kill");
    ensure!(known.len() == total as usize, "{} of {total} pages were asked for", known.len());

    let mut known = HashSet::new();
    for moment in moments(&mut random, total) {
        let jitter = random.below(40);
        let killed = harvest_and_kill(&war, &schedules, "double", moment, jitter).await?;
        ensure!(
            killed,
            "the harvest ended before it was killed; give it more rows (PASSERELLE_KILL_ROWS)"
        );
        let again = asked_again(&provider, &mut known);
        eprintln!(
            "killed after page {} of {total}; asked again: {again}",
            pages(&database(&war)).await
        );
        ensure!(again <= 1, "{again} pages were asked for again after a kill");
    }
    run(&war, &schedules, &["harvest", "--only", "double"])?;
    let again = asked_again(&provider, &mut known);
    ensure!(again <= 1, "{again} pages were asked for again after the last kill");
    ensure!(known.len() == total as usize, "{} of {total} pages were asked for", known.len());
    compare(&database(&peace), &database(&war)).await
}
