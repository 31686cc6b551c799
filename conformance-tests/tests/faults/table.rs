//! The table: what is wrong with a provider, and how its harvest has to end.

use super::scenario::Ending::{Heals, HealsOrStops, Stops};
use super::scenario::{Ending, Scenario};
use conformance_tests::double::{
    Case, Exchange, ListSize, Order, Profile, Provider, TokenForm, rule,
};

/// 300 records, 15 pages; 16 once they have changed.
fn profile() -> Profile {
    Profile { records: 300, page_size: 20, ..Profile::default() }
}

fn full(name: &'static str, ending: Ending, ill: fn(&Provider)) -> Scenario {
    Scenario {
        name,
        profile: profile(),
        mode: "full",
        ill,
        ending,
        excused: |_| false,
        requests: |_| None,
        waits: false,
        released: false,
        attempts: 3,
        known: None,
    }
}

fn incremental(name: &'static str, ending: Ending, ill: fn(&Provider)) -> Scenario {
    Scenario { mode: "incremental", ..full(name, ending, ill) }
}

impl Scenario {
    /// Another provider.
    fn of(self, change: impl Fn(&mut Profile)) -> Self {
        let mut profile = self.profile.clone();
        change(&mut profile);
        Self { profile, ..self }
    }

    /// An operator releases the brake.
    fn released(self) -> Self {
        Self { released: true, ..self }
    }

    /// What is known to go wrong still: it is said, and fails nothing.
    #[expect(dead_code, reason = "no weakness is known at the moment")]
    fn known(self, weakness: &'static str) -> Self {
        Self { known: Some(weakness), ..self }
    }

    /// So many attempts a request, where every one would fail.
    fn attempts(self, attempts: u32) -> Self {
        Self { attempts, ..self }
    }

    fn excusing(self, excused: fn(usize) -> bool) -> Self {
        Self { excused, ..self }
    }

    fn asking(self, requests: fn(&[Exchange]) -> Option<String>) -> Self {
        Self { requests, ..self }
    }
}

/// 30 records change, 6 are deleted, 20 are new.
fn change(provider: &Provider) {
    let now = provider.now();
    let mut holding = provider.holding();
    holding.change(|n| n % 10 == 3, now);
    holding.delete(|n| n % 50 == 7, now);
    holding.add(20, now);
}

/// Changes, and a fault in its short form.
fn fault(provider: &Provider, text: &str) {
    change(provider);
    provider.inject(rule(text).unwrap());
}

/// A fault without changes.
fn only_fault(provider: &Provider, text: &str) {
    provider.inject(rule(text).unwrap());
}

/// Nothing beyond the page at hand is asked for again when a request failed.
fn no_more_than_a_page_again(requests: &[Exchange]) -> Option<String> {
    let lists: Vec<&Exchange> = requests.iter().filter(|it| it.page.is_some()).collect();
    let mut whole: Vec<&str> = lists
        .iter()
        .filter(|it| it.whole && it.status == 200 && it.fault.is_none())
        .map(|it| it.request.as_str())
        .collect();
    let all = whole.len();
    whole.sort_unstable();
    whole.dedup();
    (whole.len() != all).then(|| format!("{} pages were fetched again", all - whole.len()))
}

pub fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    all.extend(http());
    all.extend(tokens());
    all.extend(lists());
    all.extend(content());
    all.extend(time());
    all.extend(deletions());
    all
}

/// Below the protocol.
fn http() -> Vec<Scenario> {
    vec![
        full("nothing wrong", Heals, change).asking(no_more_than_a_page_again),
        full("503, seconds", Heals, |p| fault(p, "503-wait@7x2")).asking(no_more_than_a_page_again),
        full("503, date", Heals, |p| fault(p, "503-wait-date@7x1"))
            .asking(no_more_than_a_page_again),
        full("503, no word", Heals, |p| fault(p, "503@7x2")).asking(no_more_than_a_page_again),
        full("503 at Identify", Heals, |p| fault(p, "503-wait@identifyx1")),
        full("503 every fourth request", Heals, |p| fault(p, "503-wait@/4x4")),
        full("503 for ever", Stops(&["503"]), |p| fault(p, "503@7+")),
        full("429", Heals, |p| fault(p, "429-wait@7x2")).asking(no_more_than_a_page_again),
        Scenario {
            waits: true,
            ..full("429 until tomorrow", Stops(&["86400", "later", "come back"]), |p| {
                fault(p, "429-tomorrow@7x1");
            })
        },
        full("500 once", Heals, |p| fault(p, "500@7x1")),
        full("403 in mid-list", Stops(&["403"]), |p| fault(p, "403@7+")),
        full("403 from the beginning", Stops(&["403"]), |p| fault(p, "403")),
        full("404 in mid-list", HealsOrStops(&["404"]), |p| fault(p, "404@7+")),
        full("404 from the beginning", Stops(&["404"]), |p| fault(p, "404")),
        full("302", Heals, |p| fault(p, "redirect@7+")),
        full("302 in a circle", HealsOrStops(&["redirect"]), |p| fault(p, "redirect-loop@7+")),
        full("302 to nowhere", HealsOrStops(&["302", "redirect"]), |p| {
            fault(p, "redirect-nowhere@7+");
        }),
        full("reset before the answer", Heals, |p| fault(p, "reset-before@7x2"))
            .asking(no_more_than_a_page_again),
        full("reset within the answer", Heals, |p| fault(p, "reset-within@7x2"))
            .asking(no_more_than_a_page_again),
        full("reset for ever", HealsOrStops(&["connection", "reset", "body"]), |p| {
            fault(p, "reset-within@7+");
        }),
        full("reset at Identify", Heals, |p| fault(p, "reset-before@identifyx1")),
        full("slow drip", Heals, |p| fault(p, "drip@7")),
        full("drip that is a stall", Heals, |p| fault(p, "drip-slow@7x1")),
        full("stall once", Heals, |p| fault(p, "stall@7x1")),
        full("stall for ever", HealsOrStops(&["no answer", "seconds", "slow"]), |p| {
            fault(p, "stall@7+");
        }),
        full("cut, length announced", Heals, |p| fault(p, "cut-announced@7x2")),
        full("cut, no length", Heals, |p| fault(p, "cut-unannounced@7x1")),
        full("cut, length fits", Heals, |p| fault(p, "cut-quiet@7x1")),
        full("cut for ever", HealsOrStops(&["cut off", "truncated"]), |p| fault(p, "cut-quiet@7+"))
            .attempts(2),
        full("gzip", Heals, change).of(|it| it.gzip = true),
        full("gzip broken once", Heals, |p| fault(p, "gzip-broken@7x1")).of(|it| it.gzip = true),
        full(
            "gzip broken for ever",
            HealsOrStops(&["gzip", "decod", "deflate", "compress", "corrupt", "end of file"]),
            |p| fault(p, "gzip-broken@7+"),
        )
        .of(|it| it.gzip = true),
        full("HTML once", Heals, |p| fault(p, "html@7x1")),
        full("HTML for ever", HealsOrStops(&["html", "oai-pmh"]), |p| fault(p, "html@7+")),
        full("HTML everywhere", Stops(&["html", "oai-pmh"]), |p| fault(p, "html")),
        full("nothing once", Heals, |p| fault(p, "empty@7x1")),
    ]
}

/// Tokens.
fn tokens() -> Vec<Scenario> {
    const CIRCLE: &[&str] =
        &["circle", "again", "token", "loop", "no new record", "repeat", "could not be read"];
    vec![
        full("token expired once", Heals, |p| fault(p, "bad-token@7x1")),
        full("token expired twice", Heals, |p| fault(p, "bad-token@7x2")),
        full("tokens expire at page 7", Heals, |p| fault(p, "bad-token@7+")),
        full("no token is taken", Heals, |p| only_fault(p, "bad-token@1+"))
            .of(|it| it.records = 100)
            .attempts(1),
        full(
            "no token is taken, many a second",
            HealsOrStops(&["badresumptiontoken", "token", "expired"]),
            |p| fault(p, "bad-token@1+"),
        )
        .of(|it| it.records = 100)
        .attempts(1),
        incremental("token expired, incremental", Heals, |p| {
            let now = p.now();
            p.holding().change(|n| n % 3 == 0, now);
            only_fault(p, "bad-token@2x1");
        }),
        full("same token once", Heals, |p| fault(p, "same-token@7x1")),
        full("same token for ever", HealsOrStops(CIRCLE), |p| fault(p, "same-token@7")),
        full("token leads back once", Heals, |p| fault(p, "token-back@7x1")),
        full("token leads back for ever", HealsOrStops(CIRCLE), |p| fault(p, "token-back@7")),
        full("every page is the first", HealsOrStops(CIRCLE), |p| fault(p, "first-page-again@1+")),
        full("awkward tokens", Heals, change)
            .of(|it| it.token = TokenForm::Awkward)
            .asking(no_more_than_a_page_again),
        full("no final token", Heals, change).of(|it| it.no_final_token = true),
        full(
            "no token in mid-list",
            HealsOrStops(&["announced", "declared", "ended", " of "]),
            |p| fault(p, "no-token@10"),
        ),
        full(
            "empty token in mid-list",
            HealsOrStops(&["announced", "declared", "ended", " of "]),
            |p| fault(p, "empty-token@10x1"),
        ),
        full("no token in mid-list, no size", HealsOrStops(&["brake", "delet"]), |p| {
            fault(p, "no-token@7");
        })
        .released()
        .of(|it| it.list_size = ListSize::Absent),
    ]
}

/// Lists.
fn lists() -> Vec<Scenario> {
    const SHORT: &[&str] = &["announced", "declared", "size", "different", " of ", "listed"];
    vec![
        full("empty page once", Heals, |p| fault(p, "empty-page@7x1")),
        full(
            "empty pages for ever",
            HealsOrStops(&["without a record", "empty", "no new record", "token"]),
            |p| fault(p, "empty-page@7"),
        ),
        full("records come twice", Heals, |p| fault(p, "repeats@/1")),
        full("list shrinks on the way", HealsOrStops(SHORT), |p| fault(p, "shrinks@7x1")),
        full("list shrinks on every walk", HealsOrStops(SHORT), |p| fault(p, "shrinks@7")),
        full("no size", Heals, change).of(|it| it.list_size = ListSize::Absent),
        full("size too small", Heals, change).of(|it| it.list_size = ListSize::TooSmall),
        full("size is a word", Heals, change).of(|it| it.list_size = ListSize::Words),
        full("size too large", HealsOrStops(SHORT), |p| {
            change(p);
            p.profile().list_size = ListSize::TooLarge;
        }),
        full("another order with every request", HealsOrStops(SHORT), |p| {
            change(p);
            p.profile().order = Order::Shuffled;
        }),
        full("newest first", Heals, change).of(|it| it.order = Order::Backwards),
        full("noRecordsMatch in mid-list", HealsOrStops(&["norecordsmatch"]), |p| {
            fault(p, "no-records-match@7x1");
        }),
        full("unknown errors once", HealsOrStops(&["serverbusy"]), |p| {
            fault(p, "unknown-errors@7x1");
        }),
        full("unknown errors for ever", HealsOrStops(&["serverbusy"]), |p| {
            fault(p, "unknown-errors@7");
        }),
        full(
            "identifiers in another case",
            HealsOrStops(&["case", "identifier", "brake", "delet"]),
            |p| {
                change(p);
                p.profile().case = Case::Upper;
            },
        )
        .released(),
        full(
            "identifiers in mixed case",
            HealsOrStops(&["case", "identifier", "brake", "delet"]),
            |p| {
                change(p);
                p.profile().case = Case::Mixed;
            },
        )
        .released(),
    ]
}

/// What is inside of pages.
fn content() -> Vec<Scenario> {
    vec![
        full("control characters", Heals, |p| fault(p, "control-characters@/2")),
        // The middle record of page 7.
        full("a record that is no XML", Heals, |p| only_fault(p, "broken-record@7"))
            .excusing(|number| (140..160).contains(&number)),
    ]
}

/// Identify, granularity, clocks.
fn time() -> Vec<Scenario> {
    const IDENTIFY: &[&str] = &["identify"];
    vec![
        incremental("incremental", Heals, change),
        full("Identify is HTML once", Heals, |p| fault(p, "html@identifyx1")),
        full("Identify is HTML", HealsOrStops(IDENTIFY), |p| fault(p, "html@identify")),
        full("Identify is empty", HealsOrStops(IDENTIFY), |p| fault(p, "empty@identify")),
        full("Identify is cut off", HealsOrStops(IDENTIFY), |p| fault(p, "cut-quiet@identify")),
        full("Identify is 500", HealsOrStops(&["500", "identify"]), |p| fault(p, "500@identify")),
        incremental("no granularity", Heals, change).of(|it| it.granularity = None),
        incremental("granularity is nonsense", Heals, change)
            .of(|it| it.granularity = Some("daily")),
        incremental("says seconds, refuses them", Heals, change).of(|it| it.refuses_seconds = true),
        incremental("says seconds, writes days", Heals, change).of(|it| it.writes_days = true),
        incremental("by day", Heals, change).of(|it| it.granularity = Some("YYYY-MM-DD")),
        incremental("clock five hours ahead", Heals, change).of(|it| it.clock_offset = 5 * 3600),
        incremental("clock five hours behind", Heals, change).of(|it| it.clock_offset = -5 * 3600),
        incremental("clock ahead, then right", Heals, |p| {
            p.profile().clock_offset = 0;
            change(p);
        })
        .of(|it| it.clock_offset = 5 * 3600),
    ]
}

/// What goes away.
fn deletions() -> Vec<Scenario> {
    const BRAKE: &[&str] = &["brake", "delet"];
    const EMPTY: &[&str] = &["no record", "empty", "brake", "delet", "nothing"];
    vec![
        full("deletedRecord no, some vanish", Heals, |p| {
            change(p);
            p.holding().vanish(|n| n % 60 == 11);
        })
        .of(|it| it.deleted_record = "no"),
        full("deletedRecord transient, some vanish", Heals, |p| {
            change(p);
            p.holding().vanish(|n| n % 60 == 11);
        })
        .of(|it| it.deleted_record = "transient"),
        // Whether the comparison of identifiers is due in this run is the gateway's to say.
        incremental("deletedRecord no, some vanish, incremental", Heals, |p| {
            let now = p.now();
            p.holding().change(|n| n % 10 == 3, now);
            p.holding().vanish(|n| n % 60 == 11);
        })
        .of(|it| it.deleted_record = "no")
        .excusing(|number| number % 60 == 11),
        full("most of it vanishes", Stops(BRAKE), |p| p.holding().vanish(|n| n % 3 != 0)),
        full("most of it is deleted", HealsOrStops(BRAKE), |p| {
            let now = p.now();
            p.holding().delete(|n| n % 3 != 0, now);
        })
        .released(),
        full("all of it vanishes", Stops(EMPTY), |p| p.holding().vanish(|_| true)),
        full("noRecordsMatch for all", Stops(EMPTY), |p| only_fault(p, "no-records-match@0")),
        full("a list without records", Stops(EMPTY), |p| only_fault(p, "nothing-there@0")),
        incremental("nothing new", Heals, |_| {}),
        full("vanishes while a page is missing", HealsOrStops(&["503", "gap"]), |p| {
            fault(p, "503@7+");
            p.holding().vanish(|n| n % 60 == 11);
        })
        .of(|it| it.deleted_record = "no"),
    ]
}
