//! Who harvests us: what, how far, how fast. Bounded: the last [`MOST`] harvesters, in memory only.
//!
//! A harvester is the product of its `User-Agent` and the network of its address (/24 or /48); the
//! metrics carry a digest of the network instead. The detail is for the operator: it answers the
//! machine itself only, as `/metrics` is kept from the public by the proxy.

use crate::web::App;
use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{FORWARDED, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

/// Most harvesters that are remembered; the one seen longest ago is forgotten first.
const MOST: usize = 100;
/// Longest product name that is kept, in characters.
const LONGEST: usize = 40;

/// What one answer did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Verb; empty for a request that was none.
    pub verb: &'static str,
    /// metadataPrefix of a list or record.
    pub prefix: String,
    /// Set of a list.
    pub set: Option<String>,
    /// Records before this page; `None` outside of lists.
    pub cursor: Option<u64>,
    /// Records on it.
    pub records: u64,
    /// Size of the list.
    pub complete_list_size: u64,
    /// Whether the list ended with it.
    pub ended: bool,
}

/// A harvester as the operator sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Harvester {
    /// Product of the User-Agent.
    pub product: String,
    /// Network of its address.
    pub network: String,
    /// What it asked last.
    pub verb: &'static str,
    /// Format of its last list or record.
    pub prefix: String,
    /// Set of its last list.
    pub set: Option<String>,
    /// Records of its list so far.
    pub seen: u64,
    /// Size of that list.
    pub complete_list_size: u64,
    /// Records a second since the list began.
    pub records_per_second: f64,
    /// Requests in all.
    pub requests: u64,
    /// Records in all.
    pub records: u64,
    /// Lists read to their end.
    pub complete_walks: u64,
    /// Second of the first request that is remembered.
    pub first_seen: i64,
    /// Second of the last one.
    pub last_seen: i64,
    #[serde(skip)]
    list_began: i64,
}

/// All harvesters that are remembered.
#[derive(Debug, Default)]
pub struct Harvesters {
    known: Mutex<BTreeMap<(String, String), Harvester>>,
}

impl Harvesters {
    /// Notes an answer.
    pub fn note(&self, product: &str, network: &str, step: Step, now: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (product.to_owned(), network.to_owned());
        if !known.contains_key(&key) && known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, h)| h.last_seen).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                known.remove(&oldest);
            }
        }
        let harvester = known.entry(key).or_insert_with(|| Harvester {
            product: product.to_owned(),
            network: network.to_owned(),
            verb: "",
            prefix: String::new(),
            set: None,
            seen: 0,
            complete_list_size: 0,
            records_per_second: 0.0,
            requests: 0,
            records: 0,
            complete_walks: 0,
            first_seen: now,
            last_seen: now,
            list_began: now,
        });
        harvester.take(step, now);
    }

    /// The harvesters, last seen first.
    pub fn all(&self) -> Vec<Harvester> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Harvester> = known.values().cloned().collect();
        all.sort_by_key(|harvester| std::cmp::Reverse(harvester.last_seen));
        all
    }

    /// The harvesters in the text form of Prometheus. They are gauges and counters of what is
    /// remembered: one that was forgotten begins at zero again.
    pub fn exposition(&self) -> String {
        let all = self.all();
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, value: &dyn Fn(&Harvester) -> f64| {
            // Writing to a String cannot fail.
            let _infallible = writeln!(text, "# TYPE {name} {kind}");
            for harvester in &all {
                let label = harvester.label();
                let _infallible =
                    writeln!(text, "{name}{{harvester=\"{label}\"}} {}", value(harvester));
            }
        };
        family("passerelle_oai_requests_total", "counter", &|h| h.requests as f64);
        family("passerelle_oai_records_total", "counter", &|h| h.records as f64);
        family("passerelle_oai_complete_walks_total", "counter", &|h| h.complete_walks as f64);
        family("passerelle_oai_list_seen", "gauge", &|h| h.seen as f64);
        family("passerelle_oai_list_size", "gauge", &|h| h.complete_list_size as f64);
        family("passerelle_oai_records_per_second", "gauge", &|h| h.records_per_second);
        family("passerelle_oai_last_seen_seconds", "gauge", &|h| h.last_seen as f64);
        text
    }
}

impl Harvester {
    fn take(&mut self, step: Step, now: i64) {
        self.requests += 1;
        self.records += step.records;
        self.last_seen = now;
        self.verb = step.verb;
        if !step.prefix.is_empty() {
            self.prefix = step.prefix;
        }
        let Some(cursor) = step.cursor else { return };
        if cursor == 0 {
            self.list_began = now;
        }
        self.set = step.set;
        self.seen = cursor + step.records;
        self.complete_list_size = step.complete_list_size.max(self.seen);
        self.complete_walks += u64::from(step.ended);
        let seconds = (now - self.list_began).max(1);
        self.records_per_second = self.seen as f64 / seconds as f64;
    }

    /// Product and digest of the network.
    fn label(&self) -> String {
        let digest = Sha256::digest(self.network.as_bytes());
        let mut label = format!("{}@", self.product);
        for byte in digest.iter().take(4) {
            // Writing to a String cannot fail.
            let _infallible = write!(label, "{byte:02x}");
        }
        label
    }
}

/// Product and network of whoever asks.
pub(super) fn who(parts: &Parts) -> (String, String) {
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    (product(&parts.headers), address.map_or_else(|| "unknown".to_owned(), network))
}

/// The first product of the User-Agent, of the characters of a token only.
fn product(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let product: String = agent
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_./+".contains(*c))
        .take(LONGEST)
        .collect();
    if product.is_empty() { "unnamed".to_owned() } else { product }
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// `/api/v1/harvesters`, for the machine itself: no proxy in between.
pub(super) async fn page(State(app): State<App>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = request.headers().contains_key(FORWARDED)
        || request.headers().contains_key("x-forwarded-for");
    if forwarded || !peer.is_some_and(|peer| peer.to_canonical().is_loopback()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(serde_json::json!({ "harvesters": app.harvesters.all() })).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: u64, records: u64, ended: bool) -> Step {
        Step {
            verb: "ListRecords",
            prefix: "edm".to_owned(),
            set: Some("rights:open".to_owned()),
            cursor: Some(cursor),
            records,
            complete_list_size: 250,
            ended,
        }
    }

    #[test]
    fn a_walk_is_followed_from_its_first_page_to_its_end() {
        let harvesters = Harvesters::default();
        harvesters.note("metha/0.4", "192.0.2.0/24", page(0, 100, false), 1_000);
        harvesters.note("metha/0.4", "192.0.2.0/24", page(100, 100, false), 1_010);
        harvesters.note("metha/0.4", "192.0.2.0/24", page(200, 50, true), 1_025);
        let all = harvesters.all();
        let [one] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((one.seen, one.complete_list_size, one.complete_walks), (250, 250, 1));
        assert_eq!((one.requests, one.records, one.last_seen), (3, 250, 1_025));
        assert!((one.records_per_second - 10.0).abs() < 0.001, "{one:?}");
        assert_eq!((one.prefix.as_str(), one.set.as_deref()), ("edm", Some("rights:open")));
        let text = harvesters.exposition();
        assert!(text.contains("passerelle_oai_records_total{harvester=\"metha/0.4@"), "{text}");
        assert!(!text.contains("192.0.2"), "{text}");
    }

    #[test]
    fn only_so_many_are_remembered_and_the_oldest_is_forgotten() {
        let harvesters = Harvesters::default();
        for number in 0..1_000 {
            harvesters.note(&format!("h{number}"), "unknown", page(0, 1, true), number);
        }
        let all = harvesters.all();
        assert_eq!(all.len(), MOST);
        assert!(all.iter().all(|harvester| harvester.last_seen >= 900));
    }

    #[test]
    fn an_address_is_known_by_its_network_and_an_agent_by_its_product() {
        let mut headers = HeaderMap::new();
        assert_eq!(product(&headers), "unnamed");
        headers.insert(USER_AGENT, "Sickle/0.7 \"x\" (me@example.org)".parse().unwrap());
        assert_eq!(product(&headers), "Sickle/0.7");
        headers.insert(USER_AGENT, format!("\"{}", "x".repeat(500)).parse().unwrap());
        assert_eq!(product(&headers).len(), LONGEST);
        assert_eq!(network("192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("::ffff:192.0.2.77".parse().unwrap()), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::3".parse().unwrap()), "2001:db8:1::/48");
    }
}
