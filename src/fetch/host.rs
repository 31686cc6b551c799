//! One request at a time per host, and a pause between two, whoever asks: several sources may live
//! on one server.

use reqwest::Url;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OwnedMutexGuard;

/// When the last request to a host ended.
type Last = Option<Instant>;

/// The hosts that this process talks to. Cheap to clone; the clones are one.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    hosts: Arc<Mutex<HashMap<String, Arc<tokio::sync::Mutex<Last>>>>>,
}

/// The turn of one request; over when it is dropped.
#[derive(Debug)]
pub struct Turn {
    last: OwnedMutexGuard<Last>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.last = Some(Instant::now());
    }
}

impl Hosts {
    /// Waits for the turn of a request. Turns are given in the order in which they were asked for,
    /// so that no source starves.
    pub(super) async fn turn(&self, url: &str, delay: Duration) -> Turn {
        let host = host(url);
        let gate = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            // A host that nobody waits for and that may be asked at once is forgotten.
            if hosts.len() > 1_000 {
                hosts.retain(|_, gate| Arc::strong_count(gate) > 1);
            }
            Arc::clone(hosts.entry(host).or_default())
        };
        let last = gate.lock_owned().await;
        if let Some(rest) = last.and_then(|last| delay.checked_sub(last.elapsed())) {
            tokio::time::sleep(rest).await;
        }
        Turn { last }
    }
}

/// Host and port: what a server is.
fn host(url: &str) -> String {
    Url::parse(url).ok().map_or_else(
        || url.to_owned(),
        |url| {
            let host = url.host_str().unwrap_or_default();
            format!("{host}:{}", url.port_or_known_default().unwrap_or(0))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn one_request_at_a_time_a_host_and_many_hosts_at_once() {
        let hosts = Hosts::default();
        let at_once = Arc::new(AtomicU32::new(0));
        let mut tasks = Vec::new();
        for n in 0..20 {
            let (hosts, at_once) = (hosts.clone(), Arc::clone(&at_once));
            tasks.push(tokio::spawn(async move {
                let url = format!("http://a.example.org/oai?source={n}");
                let _turn = hosts.turn(&url, Duration::ZERO).await;
                assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                at_once.fetch_sub(1, Ordering::SeqCst);
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let _held = hosts.turn("http://a.example.org/", Duration::ZERO).await;
        // Another host, or port, does not wait.
        let _other = hosts.turn("http://a.example.org:8080/", Duration::ZERO).await;
        let _third = hosts.turn("https://b.example.org/", Duration::ZERO).await;
    }

    #[tokio::test]
    async fn two_requests_to_a_host_are_apart() {
        let hosts = Hosts::default();
        drop(hosts.turn("http://a.example.org/", Duration::ZERO).await);
        let before = tokio::time::Instant::now();
        drop(hosts.turn("http://a.example.org/", Duration::from_millis(50)).await);
        assert!(before.elapsed() >= Duration::from_millis(49));
    }
}
