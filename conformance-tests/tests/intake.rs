//! Ways in, as those use them who send: a bucket of a real S3 server watched for files, and imports
//! over HTTP with a token.
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
use conformance_tests::command;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

const KEY: &str = "producer";
const SECRET: &str = "s3cret";
const SCHEDULE: &str =
    "label = 'Joconde'\nmapping = 'joconde'\n[file]\nkey = ['REF']\npage_rows = 2\n";

/// An S3 server over a folder whose sub-folders are the buckets; its URL.
async fn s3(root: &Path) -> String {
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _hung_up = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    url
}

async fn passerelle(data: &Path, arguments: &[&str]) -> Result<Output> {
    let mut command = command(data, Some(&data.join("schedules")));
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.args(arguments);
    Ok(tokio::task::spawn_blocking(move || command.output()).await??)
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    let mut names: Vec<String> =
        files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn files_dropped_into_a_bucket_are_imported_once_and_moved() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, root) = (folder.path().join("data"), folder.path().join("s3"));
    let inbox = root.join("depot/joconde");
    fs::create_dir_all(data.join("schedules"))?;
    fs::create_dir_all(&inbox)?;
    let url = s3(&root).await;
    let schedule = format!(
        "kind = 'drop'\nlocation = 's3://depot/joconde/*.csv'\nallow_private_addresses = true\n\
         {SCHEDULE}[drop]\nendpoint = '{url}'\n"
    );
    fs::write(data.join("schedules/joconde.toml"), &schedule)?;
    fs::write(inbox.join("2.csv"), "REF;TITR\nA1;Un bis\n")?;
    fs::write(inbox.join("1.csv"), "REF;TITR\nA1;Un\nA2;Deux\nA3;Trois\n")?;
    fs::write(inbox.join("wrong.csv"), "a;b\n1;2\n")?;
    fs::write(inbox.join("read.me"), "not a table")?;

    let first = passerelle(&data, &["harvest", "joconde"]).await?;
    ensure!(first.status.code() == Some(2), "the wrong one is told of: {}", said(&first));
    ensure!(names(&inbox) == ["read.me"], "{:?}", names(&inbox));
    ensure!(names(&inbox.join("done")) == ["1.csv", "2.csv"], "{:?}", names(&inbox.join("done")));
    ensure!(names(&inbox.join("refused")) == ["wrong.csv", "wrong.csv.report.txt"]);
    let report = fs::read_to_string(inbox.join("refused/wrong.csv.report.txt"))?;
    ensure!(report.contains("no column identifies the records"), "{report}");
    let list = said(&passerelle(&data, &["import", "list"]).await?);
    ensure!(list.contains("1.csv into joconde: done: 3 created"), "{list}");
    ensure!(list.contains("2.csv into joconde: done: 0 created, 1 updated"), "{list}");
    let again = passerelle(&data, &["harvest", "joconde"]).await?;
    ensure!(said(&again).contains("unchanged"), "{}", said(&again));

    // A private address is not asked unless the source says so; wrong keys are told of.
    fs::write(
        data.join("schedules/joconde.toml"),
        schedule.replace("allow_private_addresses = true\n", ""),
    )?;
    let refused = passerelle(&data, &["harvest", "joconde"]).await?;
    ensure!(said(&refused).contains("is a private address"), "{}", said(&refused));
    fs::write(data.join("schedules/joconde.toml"), schedule.replace("s3://depot", "s3://nodepot"))?;
    let missing = passerelle(&data, &["harvest", "joconde"]).await?;
    ensure!(said(&missing).contains("failed (s3://nodepot/joconde"), "{}", said(&missing));
    Ok(())
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn serve(data: &Path) -> Result<(Served, String)> {
    let mut command = command(data, Some(&data.join("schedules")));
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().context("its output")?;
    let served = Served(child);
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next().context("a line")??;
    let url = line.strip_prefix("Serving at ").context("where it serves")?.to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    Ok((served, url))
}

/// Asks until the import has another status than `from`.
async fn followed(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    from: &[&str],
) -> Result<Value> {
    let begin = Instant::now();
    loop {
        let text =
            client.get(url).bearer_auth(token).send().await?.error_for_status()?.text().await?;
        let report: Value = serde_json::from_str(&text)?;
        if !from.contains(&report["status"].as_str().unwrap_or_default()) {
            return Ok(report);
        }
        ensure!(begin.elapsed() < Duration::from_mins(2), "still {report}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_imports_over_http_looks_first_and_approves() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    fs::create_dir_all(data.join("schedules"))?;
    fs::write(
        data.join("schedules/joconde.toml"),
        format!("kind = 'file'\nlocation = 'none.csv'\n{SCHEDULE}"),
    )?;
    fs::write(data.join("passerelle.toml"), "[imports]\nmax_mib = 1\n")?;
    let token = passerelle(&data, &["sources", "token", "joconde"]).await?;
    let token = String::from_utf8(token.stdout)?.trim().to_owned();
    ensure!(token.starts_with("pas_"), "{token}");
    let (served, base) = serve(&data)?;
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let post = |path: &str, token: &str, body: &str| {
        let request = client.post(format!("{base}{path}")).bearer_auth(token);
        request.body(body.to_owned()).send()
    };

    for (path, given) in [("/import/joconde", "pas_wrong"), ("/import/memoire", token.as_str())] {
        let refused = post(path, given, "REF\nA1\n").await?;
        ensure!(refused.status() == 401 && refused.headers().contains_key("www-authenticate"));
    }
    ensure!(client.post(format!("{base}/import/joconde")).send().await?.status() == 401);
    let large = post("/import/joconde", &token, &"x".repeat(2 << 20)).await?;
    ensure!(large.status() == 413, "{large:?}");
    ensure!(post("/import/joconde?dryrun=1", &token, "x").await?.status() == 400);

    let text = "REF;TITR\nA1;Un\nA2;Deux\n;Sans\nA3;Trois\n";
    let taken = post("/import/joconde?name=premier.csv&dry_run=true", &token, text).await?;
    ensure!(taken.status() == 202, "{taken:?}");
    let url = taken.headers()["location"].to_str()?.to_owned();
    let report = followed(&client, &url, &token, &["received"]).await?;
    ensure!(
        report["status"] == "checked" && report["created"] == 3 && report["rejected"] == 1,
        "{report}"
    );
    ensure!(client.get(&url).bearer_auth("pas_other").send().await?.status() == 401);
    let csv =
        client.get(format!("{url}/rows.csv")).bearer_auth(&token).send().await?.text().await?;
    ensure!(csv.starts_with("row,id,outcome,field,before,after,detail\n1,A1,created"), "{csv}");

    let path = url.strip_prefix(&base).context("an address of this server")?.to_owned();
    ensure!(post(&format!("{path}/approve"), &token, "").await?.status() == 202);
    let report = followed(&client, &url, &token, &["checked", "approved"]).await?;
    ensure!(report["status"] == "done" && report["approved_by"] == "token of joconde", "{report}");
    ensure!(post(&format!("{path}/approve"), &token, "").await?.status() == 409);

    // What was imported comes out at the other end.
    let begin = Instant::now();
    let list = format!("{base}/oai?verb=ListIdentifiers&metadataPrefix=oai_dc");
    while client.get(&list).send().await?.text().await?.matches("<identifier>").count() < 3 {
        ensure!(begin.elapsed() < Duration::from_mins(2), "not published");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(served);
    Ok(())
}
