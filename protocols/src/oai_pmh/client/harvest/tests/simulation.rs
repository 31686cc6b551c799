//! A server in memory with faults drawn at random: whatever it does, the harvest ends, and never
//! says that it is complete unless every record that was there all the time was received.

use super::*;
use crate::oai_pmh::{Datestamp, Granularity};
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
struct Server {
    /// Identifier and day of each record, in the order of its lists.
    items: Vec<(String, i64)>,
    page: usize,
    sizes: bool,
    /// Tokens are refused from this page of a list on, for ever.
    refuses_from: Option<usize>,
    /// Pages of this number (in a list) answer this.
    faulty_page: Option<(usize, Fault)>,
    /// Requests (by number) that fail once.
    hiccups: BTreeSet<usize>,
    /// Records that ListRecords leaves out, though it counts them.
    skips: BTreeSet<usize>,
    by_day: bool,
    /// Does not look at `from` and `until`.
    ignores_dates: bool,
    refuses_seconds: bool,
    /// Every request finds the list in another order.
    shuffles: bool,
    /// Lists have no token after so many pages.
    ends_after: Option<usize>,
    /// Records more than there are that a list announces.
    boasts: usize,
    requests: usize,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Html,
    Truncated,
    Loops,
    NoRecordsMatch,
    ServerError,
    Empty,
}

fn argument<'u>(url: &'u str, name: &str) -> Option<&'u str> {
    url.split(['?', '&']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

impl Server {
    /// The answer, or why there is none.
    fn answer(&mut self, url: &str) -> Result<String, Unanswered> {
        self.requests += 1;
        if self.hiccups.contains(&self.requests) {
            return match self.requests % 3 {
                0 => Ok("<html><body>Busy</body></html>".to_owned()),
                1 => Ok(error("badResumptionToken")),
                _ => Err(Unanswered::Transport),
            };
        }
        let verb = argument(url, "verb").unwrap();
        match verb {
            "Identify" => {
                Ok(identify(if self.by_day { "YYYY-MM-DD" } else { "YYYY-MM-DDThh:mm:ssZ" }))
            }
            "GetRecord" => {
                let id = decoded(argument(url, "identifier").unwrap());
                let found = self.items.iter().find(|(item, _)| *item == id);
                Ok(found.map_or_else(
                    || error("idDoesNotExist"),
                    |item| envelope(&format!("<GetRecord>{}</GetRecord>", Self::record(item))),
                ))
            }
            _ => self.list(url, verb),
        }
    }

    fn record((id, stamp): &(String, i64)) -> String {
        let date = crate::oai_pmh::datestamp::format(*stamp, Granularity::Second);
        format!(
            "<record><header><identifier>{id}</identifier><datestamp>{date}</datestamp></header><metadata><a/></metadata></record>"
        )
    }

    fn list(&self, url: &str, verb: &str) -> Result<String, Unanswered> {
        let (query, at) = if let Some(token) = argument(url, "resumptionToken") {
            let token = decoded(token);
            let (query, page) = token.rsplit_once('@').unwrap();
            (query.to_owned(), page.parse().unwrap())
        } else {
            let bound = |name| argument(url, name).map(decoded);
            if self.refuses_seconds && bound("from").is_some_and(|from| from.len() > 10) {
                return Ok(error("badArgument"));
            }
            (
                format!(
                    "{}|{}",
                    bound("from").unwrap_or_default(),
                    bound("until").unwrap_or_default()
                ),
                0,
            )
        };
        if at > 0 && self.refuses_from.is_some_and(|from| at >= from) {
            return Ok(error("badResumptionToken"));
        }
        let (from, until) = query.split_once('|').unwrap();
        let from = Datestamp::parse(from).map_or(i64::MIN, |stamp| stamp.seconds);
        let until = Datestamp::parse(until).map_or(i64::MAX, Datestamp::last_second);
        let mut all: Vec<&(String, i64)> = self
            .items
            .iter()
            .filter(|(_, stamp)| self.ignores_dates || (from..=until).contains(stamp))
            .collect();
        if self.shuffles {
            // Any order will do that differs from request to request.
            all.sort_by_key(|(id, _)| {
                let number = id.rsplit_once(':').unwrap().1.parse::<usize>().unwrap() + 1;
                (number * 7_919 * (self.requests * 31 + 17)) % 101
            });
        }
        let mut next = at + 1;
        if let Some((_, fault)) = self.faulty_page.filter(|(page, _)| *page == at) {
            match fault {
                Fault::Html => return Ok("<html><body>Sorry</body></html>".to_owned()),
                Fault::NoRecordsMatch if at > 0 => return Ok(error("noRecordsMatch")),
                Fault::ServerError => return Err(Unanswered::Server),
                Fault::Empty => return Ok(String::new()),
                Fault::Loops => next = at.saturating_sub(1),
                Fault::Truncated | Fault::NoRecordsMatch => {}
            }
        }
        if all.is_empty() {
            return Ok(error("noRecordsMatch"));
        }
        let mut content = format!("<{verb}>");
        for (n, item) in all.iter().enumerate().skip(at * self.page).take(self.page) {
            let record = Self::record(item);
            if verb == "ListRecords" {
                if !self.skips.contains(&n) {
                    content.push_str(&record);
                }
            } else {
                let header =
                    record.split_once("<header>").unwrap().1.split_once("</header>").unwrap().0;
                content.push_str(&format!("<header>{header}</header>"));
            }
        }
        let more = (at + 1) * self.page < all.len() && self.ends_after != Some(at + 1);
        let token = if more { format!("{query}@{next}") } else { String::new() };
        let size = if self.sizes {
            format!(" completeListSize=\"{}\"", all.len() + self.boasts)
        } else {
            String::new()
        };
        if more || at > 0 || self.sizes {
            content.push_str(&format!("<resumptionToken{size}>{token}</resumptionToken>"));
        }
        let mut answer = envelope(&format!("{content}</{verb}>"));
        if matches!(self.faulty_page, Some((page, Fault::Truncated)) if page == at) {
            answer.truncate(answer.len() / 2);
        }
        Ok(answer)
    }
}

/// Steps of a harvest and of all runs that go on with it.
const MAX_STEPS: usize = 20_000;

/// Harvests, going on after runs that stopped; returns what came and how it ended.
fn harvest(server: &mut Server, plan: &HarvestPlan) -> (BTreeSet<String>, Completion, Harvest) {
    let mut seen = BTreeSet::new();
    let mut harvest = Harvest::new(plan.clone());
    let mut runs = 0;
    let mut steps = 0;
    loop {
        // Steps, not only requests: a loop that asks for nothing is one too.
        steps += 1;
        assert!(
            steps < MAX_STEPS,
            "no end after {} requests in run {runs}, {} windows and {} records are left: {:?} {:#?} {server:#?}",
            server.requests,
            harvest.state.windows.len(),
            harvest.state.missing.len(),
            harvest.next(),
            harvest.verdict(None)
        );
        match harvest.next() {
            Step::Count => harvest.counted(seen.len() as u64),
            Step::Finished(completion) => {
                runs += 1;
                if runs < 20
                    && let Ok(next) = Harvest::go_on(plan.clone(), &harvest.checkpoint())
                {
                    harvest = next;
                    continue;
                }
                return (seen, completion, harvest);
            }
            Step::Get(url) => {
                match server.answer(&url) {
                    Err(why) => harvest.unanswered(why, "no answer"),
                    Ok(body) => match harvest.receive(body.as_bytes()) {
                        Received::Page(page) => {
                            seen.extend(page.records.into_iter().map(|record| record.identifier));
                        }
                        Received::Headers(page) => {
                            let missing = page
                                .records
                                .into_iter()
                                .map(|record| record.identifier)
                                .filter(|id| !seen.contains(id))
                                .collect();
                            harvest.missing(missing);
                        }
                        _ => {}
                    },
                }
                // Every state survives a crash.
                if harvest.after.is_none()
                    && (server.requests < 30 || server.requests.is_multiple_of(17))
                {
                    harvest = Harvest::resume(plan.clone(), &harvest.checkpoint()).unwrap();
                }
            }
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Html),
        Just(Fault::Truncated),
        Just(Fault::Loops),
        Just(Fault::NoRecordsMatch),
        Just(Fault::ServerError),
        Just(Fault::Empty),
    ]
}

prop_compose! {
    fn server()(
        stamps in prop::collection::vec((1_650_000_000_i64..1_650_600_000, 1_i64..200_000), 0..60),
        order in 0_u8..3,
        coarse in any::<bool>(),
        page in 1_usize..12,
        sizes in any::<bool>(),
        refuses_from in prop::option::weighted(0.4, 1_usize..6),
        faulty_page in prop::option::weighted(0.5, (0_usize..8, fault())),
        hiccups in prop::collection::btree_set(2_usize..80, 0..6),
        skips in prop::collection::btree_set(0_usize..60, 0..3),
        by_day in any::<bool>(),
        ignores_dates in prop::bool::weighted(0.1),
        refuses_seconds in prop::bool::weighted(0.2),
        (shuffles, ends_after, boasts) in (
            prop::bool::weighted(0.1), prop::option::weighted(0.15, 1_usize..5), prop_oneof![4 => Just(0_usize), 1 => 1_usize..20],
        ),
    ) -> Server {
        let mut items: Vec<(String, i64)> = stamps
            .into_iter()
            .enumerate()
            .map(|(n, (stamp, _))| (format!("oai:x:{n}"), if coarse { stamp / 86_400 * 86_400 } else { stamp }))
            .collect();
        match order {
            0 => items.sort_by_key(|(_, stamp)| *stamp),
            1 => items.sort_by_key(|(_, stamp)| -*stamp),
            _ => {}
        }
        Server {
            items, page, sizes, refuses_from, faulty_page, hiccups,
            // Nobody notices what is left out and not counted.
            skips: if sizes { skips } else { BTreeSet::new() },
            by_day, ignores_dates, refuses_seconds, requests: 0,
            // Nobody notices either what a list without a size leaves out.
            shuffles: shuffles && sizes && boasts == 0,
            ends_after: ends_after.filter(|_| sizes),
            boasts,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_server_does_the_harvest_ends_and_says_complete_only_when_it_is(
        mut server in server(), unit in prop_oneof![Just(Unit::None), Just(Unit::Year), Just(Unit::Month), Just(Unit::Day)], incremental in any::<bool>()
    ) {
        let until = incremental.then(|| "2022-04-15T12:00:00Z".to_owned());
        let plan = HarvestPlan {
            set: None,
            harvested_until: until.clone(),
            now: 1_651_000_000,
            window: if incremental { unit } else { Unit::None },
            ..plan(None)
        };
        let from = until.map_or(0, |_| 1_650_023_999);
        let all: BTreeSet<String> = server
            .items
            .iter()
            .filter(|(_, stamp)| *stamp >= from)
            .map(|(id, _)| id.clone())
            .collect();
        let (seen, completion, harvest) = harvest(&mut server, &plan);
        if completion == Completion::Complete {
            let lost: Vec<_> = all.difference(&seen).collect();
            prop_assert!(lost.is_empty(), "lost {lost:?}\n{:#?}", harvest.verdict(None));
        } else {
            let verdict = harvest.verdict(None);
            prop_assert!(verdict.code.is_some());
        }
    }

    #[test]
    fn a_server_whose_tokens_expire_is_read_whole(
        mut server in server(), refuses_from in 1_usize..4
    ) {
        server.refuses_from = Some(refuses_from);
        server.faulty_page = None;
        server.hiccups.clear();
        (server.shuffles, server.ends_after, server.boasts) = (false, None, 0);
        server.ignores_dates = false;
        // A page holds more than comes in one second.
        for (n, item) in server.items.iter_mut().enumerate() {
            item.1 = 1_650_000_000 + n as i64 * 90_000;
        }
        let plan = HarvestPlan { set: None, now: 1_671_000_000, ..plan(None) };
        let total = server.items.len();
        let (seen, completion, harvest) = harvest(&mut server, &plan);
        prop_assert_eq!(completion, Completion::Complete, "{:#?}", harvest.verdict(None));
        prop_assert_eq!(seen.len(), total);
    }
}

/// 60 records, one every 2 hours and a half, 5 a page, with sizes.
fn sized() -> Server {
    Server {
        items: (0..60).map(|n| (format!("oai:x:{n}"), 1_650_000_000 + n * 9_000)).collect(),
        page: 5,
        sizes: true,
        refuses_from: None,
        faulty_page: None,
        hiccups: BTreeSet::new(),
        skips: BTreeSet::new(),
        by_day: false,
        ignores_dates: false,
        refuses_seconds: false,
        shuffles: false,
        ends_after: None,
        boasts: 0,
        requests: 0,
    }
}

fn harvest_whole(mut server: Server) -> (usize, Completion, Vec<String>, usize) {
    let plan = HarvestPlan { set: None, now: 1_671_000_000, ..plan(None) };
    let (seen, completion, harvest) = harvest(&mut server, &plan);
    (seen.len(), completion, harvest.verdict(None).notes, server.requests)
}

#[test]
fn a_size_that_no_walk_reaches_is_told_and_keeps_no_harvest_from_being_complete() {
    let (seen, completion, notes, requests) = harvest_whole(Server { boasts: 7, ..sized() });
    assert_eq!((seen, completion), (60, Completion::Complete));
    assert!(notes.iter().any(|note| note.starts_with("declared size 67, seen 60")), "{notes:?}");
    assert!(requests < 3 * 12 + 10, "{requests}");
}

#[test]
fn a_size_that_no_walk_reaches_is_not_believed_wrong_where_nothing_can_be_cut() {
    let mut server = Server { boasts: 7, ..sized() };
    for item in &mut server.items {
        item.1 = 1_650_000_000;
    }
    assert_eq!(reason(harvest_whole(server).1).0, ReasonCode::Size);
}

#[test]
fn lists_that_end_early_are_read_in_parts() {
    for ends_after in 1..12 {
        let (seen, completion, notes, _) =
            harvest_whole(Server { ends_after: Some(ends_after), ..sized() });
        assert_eq!((seen, completion), (60, Completion::Complete), "{notes:?}");
    }
}

#[test]
fn a_list_in_another_order_with_every_request_is_compared_until_all_came() {
    let (seen, completion, notes, _) = harvest_whole(Server { shuffles: true, ..sized() });
    match completion {
        Completion::Complete => assert_eq!(seen, 60),
        other => assert_eq!(reason(other).0, ReasonCode::Size, "{notes:?}"),
    }
}

#[test]
fn a_server_that_looks_at_no_dates_is_not_cut_to_seconds() {
    let server = Server { ignores_dates: true, refuses_from: Some(3), sizes: false, ..sized() };
    let (_, completion, notes, requests) = harvest_whole(server);
    assert_eq!(reason(completion).0, ReasonCode::Gaps);
    assert!(notes.iter().any(|note| note.contains("does not look at from")), "{notes:?}");
    assert!(requests < 200, "{requests}");
}
