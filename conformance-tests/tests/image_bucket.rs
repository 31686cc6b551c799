//! Serving files in a bucket: cold, cut off in the middle of a file, healed, and warm.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use anyhow::{Context as _, Result, ensure};
use conformance_tests::{command, picture};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use reqwest::{Client, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "images";
const SECRET: &str = "s3cret";
const OPEN: usize = usize::MAX;

/// An S3 server over a folder; its address.
async fn s3(root: &Path) -> String {
    let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
    service.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let _hung_up = server.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    address
}

/// A line to a server that breaks after so many bytes of its answers; its address.
async fn line_to(server: String, bytes: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (server, bytes) = (server.clone(), bytes.clone());
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(server).await else { return };
                let (mut near_in, mut near_out) = near.into_split();
                let (mut far_in, mut far_out) = far.into_split();
                let asks = tokio::spawn(async move { copy(&mut near_in, &mut far_out).await });
                let (mut buffer, mut sent) = (vec![0; 4096], 0);
                while let Ok(read) = far_in.read(&mut buffer).await {
                    let left = bytes.load(Ordering::SeqCst).saturating_sub(sent);
                    let part = &buffer[..read.min(left)];
                    if part.is_empty() || near_out.write_all(part).await.is_err() {
                        break;
                    }
                    sent += part.len();
                }
                asks.abort();
            });
        }
    });
    format!("http://{address}")
}

struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _already_gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn passerelle(data: &Path, arguments: &[&str]) -> std::process::Command {
    let mut command = command(&data.join("data"), Some(&data.join("schedules")));
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.env("PASSERELLE_CONFIG", data.join("passerelle.toml")).args(arguments);
    command
}

fn serve(data: &Path) -> Result<(Served, String)> {
    let mut command = passerelle(data, &["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().context("its output")?;
    let served = Served(child);
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next().context("a line")??;
    let url = line.strip_prefix("Serving at ").context("where it serves")?.to_owned();
    std::thread::spawn(move || lines.for_each(drop));
    Ok((served, url))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .filter(|path| path.extension().is_some_and(|ending| ending == "tif"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_cut_off_in_mid_read_gives_503_and_heals() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path();
    fs::create_dir_all(data.join("buckets/serving"))?;
    fs::create_dir_all(data.join("data"))?;
    fs::create_dir_all(data.join("schedules/images"))?;
    fs::write(data.join("schedules/images/a.png"), picture::png(3000, 2000)?)?;
    fs::write(
        data.join("schedules/vase.toml"),
        "label = 'Vase'\nkind = 'file'\nlocation = 'records.csv'\nformat = 'ssv'\n\
         mapping = 'joconde'\nimages = 'images'\n[[rights.rules]]\nname = 'open'\n\
         fields = ['STAT']\nequals = ['ouvert']\nimage = 'full'\n\
         statement = 'http://creativecommons.org/publicdomain/mark/1.0/'\n",
    )?;
    fs::write(data.join("schedules/records.csv"), "REF;TITR;IMG;STAT\nA;Vase;a.png;ouvert\n")?;
    let valve = Arc::new(AtomicUsize::new(OPEN));
    let bucket = line_to(s3(&data.join("buckets")).await, valve.clone()).await;
    fs::write(
        data.join("passerelle.toml"),
        format!(
            "[images]\nserving = 's3://serving/forms'\nserving_endpoint = '{bucket}'\n\
             serving_allow_private_addresses = true\n"
        ),
    )?;
    let mut harvest = passerelle(data, &["harvest", "vase"]);
    let done = tokio::task::spawn_blocking(move || harvest.output()).await??;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let kept = files(&data.join("buckets/serving/forms"));
    assert_eq!(kept.len(), 1, "the serving file is in the bucket");

    // Cold: nothing of it is here, and the line breaks in the middle of the file.
    let here = data.join("data/serving");
    fs::remove_dir_all(&here)?;
    valve.store(3_000, Ordering::SeqCst);
    let (_served, url) = serve(data)?;
    // Another test of this binary may have installed it: both mean the same provider.
    let _installed_already = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build()?;
    let ask = async |path: &str| {
        let answer = client.get(format!("{url}/iiif/3/vase_A_2F1/{path}")).send().await?;
        let retry = answer.headers().contains_key("retry-after");
        anyhow::Ok((answer.status(), retry, answer.bytes().await?))
    };
    let tile = "512,512,512,512/512,512/0/default.jpg";
    let begin = Instant::now();
    let (status, retry, _) = ask(tile).await?;
    assert_eq!((status, retry), (StatusCode::SERVICE_UNAVAILABLE, true));
    assert!(begin.elapsed() < Duration::from_secs(29), "told in time: {:?}", begin.elapsed());

    // Healed: the tile comes out of the bucket, byte for byte as it lies there.
    valve.store(OPEN, Ordering::SeqCst);
    let (status, _, cold) = ask(tile).await?;
    assert_eq!(status, StatusCode::OK);
    let whole = fs::read(&kept[0])?;
    assert!(whole.windows(cold.len()).any(|part| part == cold), "a slice of the file");

    // Warm: once the copy is here the bucket is not needed.
    let begin = Instant::now();
    while files(&here).is_empty() {
        ensure!(begin.elapsed() < Duration::from_mins(1), "no copy came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    valve.store(0, Ordering::SeqCst);
    for path in [tile, "0,0,512,512/512,512/0/default.jpg", "full/!300,300/0/gray.png"] {
        assert_eq!(ask(path).await?.0, StatusCode::OK, "{path}");
    }
    Ok(())
}
