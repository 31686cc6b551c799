//! A connection that is cut in the middle of a read: a relay stands between and hangs up.

use crate::producer::{Producer, counts};
use passerelle::config::source::HarvestMode::Full;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

/// Relays connections to a socket; hangs up on the first `cuts` of them after some bytes.
fn relay(listener: UnixListener, to: PathBuf, cuts: Arc<AtomicU64>) {
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = UnixStream::connect(&to).await.unwrap();
            let cuts = Arc::clone(&cuts);
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(
                    async move { tokio::io::copy(&mut from_client, &mut to_server).await },
                );
                let cut = cuts
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                    .is_ok();
                let mut left = if cut { 60_000_usize } else { usize::MAX };
                let mut buffer = vec![0; 4096];
                while let Ok(read) = from_server.read(&mut buffer).await {
                    let take = read.min(left);
                    if take == 0 || to_client.write_all(&buffer[..take]).await.is_err() {
                        return;
                    }
                    left -= take;
                }
            });
        }
    });
}

pub(crate) async fn cut(mut producer: Producer) {
    producer.works(0).await;
    producer
        .sql("insert into oeuvre select 'W' || lpad(n::text, 4, '0'), repeat('Vue ', 50) || n, 'publie', 'x', now() from generate_series(0, 999) n")
        .await;
    let (base, query) = producer
        .location
        .split_once("?host=")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap_or_default();
    if base.is_empty() {
        eprintln!("skipped: the server is not reached by a socket");
        return;
    }
    let real = PathBuf::from(query).join(".s.PGSQL.5432");
    let listener = UnixListener::bind(producer.folder.path().join(".s.PGSQL.5432")).unwrap();
    let cuts = Arc::new(AtomicU64::new(1));
    relay(listener, real, Arc::clone(&cuts));
    producer.location = format!("{base}?host={}", producer.folder.path().display());

    let mut config = producer.config("select * from oeuvre", "");
    let first = producer.run(&config, Full).await;
    assert_eq!(first.status, "partial", "{first:?}");
    assert!(first.reason.as_deref().unwrap().contains("the connection"), "{first:?}");
    assert!(first.counts.created > 0 && first.counts.created < 1000, "{first:?}");
    // The next run goes on after the last page, and together they are one complete harvest.
    let second = producer.run(&config, Full).await;
    assert_eq!(
        (second.status.as_str(), second.root_run_id),
        ("complete", first.run_id),
        "{second:?}"
    );
    assert_eq!(counts(&second)[0] + first.counts.created, 1000);
    assert_eq!(counts(&second)[2], 0, "nothing is read twice");

    // With another attempt the run makes the connection again by itself.
    config.politeness.attempts = 2;
    cuts.store(1, Ordering::SeqCst);
    let third = producer.run(&config, Full).await;
    assert_eq!(
        (third.status.as_str(), counts(&third)),
        ("complete", [0, 0, 1000, 0, 0]),
        "{third:?}"
    );
}
