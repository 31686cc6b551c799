//! A harvest that is killed ten times and resumed ends with the same store as one left in peace.
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
use conformance_tests::{command, variable};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
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

/// Starts a harvest, waits until `moment` pages are committed (at once when they are), reads the
/// database `jitter` times again and kills it (SIGKILL). False when it ended by itself before that.
async fn harvest_and_kill(data: &Path, schedules: &Path, moment: i64, jitter: u64) -> Result<bool> {
    let path = database(data);
    let mut child = command(data, Some(schedules))
        .args(["harvest", "--only", "joconde"])
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

#[tokio::test(flavor = "multi_thread")]
async fn a_harvest_killed_ten_times_ends_as_one_left_in_peace() -> Result<()> {
    let seed = variable("PASSERELLE_KILL_SEED")
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("PASSERELLE_KILL_SEED={seed} repeats this run");
    let mut random = Random(seed);
    let folder = tempfile::tempdir()?;
    let (schedules, peace, war) =
        (folder.path().join("schedules"), folder.path().join("peace"), folder.path().join("war"));
    for folder in [&schedules, &peace, &war] {
        fs::create_dir(folder)?;
    }
    write_sources(&schedules)?;

    run(&peace, &schedules, &["harvest", "--only", "joconde"])?;

    // Ten moments all over the harvest; the last tenth is left, so that no kill comes too late.
    let total = i64::from(rows().div_ceil(PAGE_ROWS));
    let mut moments = Vec::new();
    for _ in 0..KILLS {
        moments.push(i64::try_from(random.below(u64::try_from(total * 9 / 10)?))?);
    }
    moments.sort_unstable();
    for moment in moments {
        let killed = harvest_and_kill(&war, &schedules, moment, random.below(40)).await?;
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
