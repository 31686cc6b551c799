//! A list from its first page to its last: flow control (section 3.5), and on the way the replay of
//! tokens.

use super::answer::{Answer, Ask, Header};
use super::record;
use super::rule::Rule;
use super::session::{Session, Stop};
use crate::oai_pmh::{Datestamp, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds that a token should live at least.
const LIFE: i64 = 600;
/// Pages at each end whose median time is compared.
const ENDS: usize = 5;

/// What to walk.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) verb: Verb,
    pub(super) prefix: String,
    pub(super) set: Option<String>,
    pub(super) from: Option<String>,
    pub(super) until: Option<String>,
    /// Pages at most.
    pub(super) pages: u64,
    /// Whether tokens are sent again on the way.
    pub(super) replay: bool,
    /// Whether records are judged and times measured.
    pub(super) judge: bool,
}

impl Plan {
    /// ListIdentifiers of a format, so many pages at most.
    pub(super) fn identifiers(prefix: &str, pages: u64) -> Self {
        Self {
            verb: Verb::ListIdentifiers,
            prefix: prefix.to_owned(),
            set: None,
            from: None,
            until: None,
            pages,
            replay: false,
            judge: false,
        }
    }

    fn arguments(&self) -> Vec<(&str, &str)> {
        let mut arguments = vec![("verb", self.verb.as_str()), ("metadataPrefix", &self.prefix)];
        for (name, value) in [("set", &self.set), ("from", &self.from), ("until", &self.until)] {
            arguments.extend(value.as_deref().map(|value| (name, value)));
        }
        arguments
    }
}

/// What a walk brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Walked {
    /// Headers in order, the first of each identifier.
    pub(super) headers: Vec<Header>,
    /// Hash of the content of records, by identifier.
    pub(super) digests: BTreeMap<String, u64>,
    /// Pages.
    pub(super) pages: u64,
    /// Whether the end was reached.
    pub(super) complete: bool,
    /// The first token.
    pub(super) token: Option<String>,
    /// completeListSize of the first page.
    pub(super) size: Option<u64>,
    /// The error in the place of a first page.
    pub(super) codes: Vec<String>,
    /// The first request.
    pub(super) request: String,
    /// Namespaces declared inside records are those of this page; kept for comparisons.
    pub(super) first: Option<Answer>,
}

impl Walked {
    /// Identifiers.
    pub(super) fn ids(&self) -> BTreeSet<&str> {
        self.headers.iter().map(|header| header.identifier.as_str()).collect()
    }

    /// Whether the list is empty, properly said.
    pub(super) fn is_empty_list(&self) -> bool {
        self.codes == ["noRecordsMatch"]
    }
}

/// A walk under way.
struct Walk<'s> {
    s: &'s mut Session,
    plan: Plan,
    walked: Walked,
    seen: BTreeSet<String>,
    /// Items so far, repeats included.
    count: u64,
    tokens: BTreeSet<String>,
    /// completeListSize and cursor of every token.
    sizes: BTreeSet<Option<u64>>,
    cursors: BTreeSet<bool>,
    times: Vec<u64>,
    repeats: u64,
}

/// Walks a list.
pub(super) async fn walk(s: &mut Session, plan: Plan) -> Result<Walked, Stop> {
    let walk = Walk {
        s,
        plan,
        walked: Walked::default(),
        seen: BTreeSet::new(),
        count: 0,
        tokens: BTreeSet::new(),
        sizes: BTreeSet::new(),
        cursors: BTreeSet::new(),
        times: Vec::new(),
        repeats: 0,
    };
    walk.run().await
}

impl Walk<'_> {
    async fn run(mut self) -> Result<Walked, Stop> {
        let mut ask = Ask::get(&self.plan.arguments());
        // The page before, its token and its content, and the token before that.
        let mut before: Option<(String, String)> = None;
        loop {
            let answer = self.s.ask(ask.clone()).await?;
            if self.walked.pages == 0 {
                self.walked.request.clone_from(&answer.request);
                self.walked.codes = answer.codes().into_iter().map(str::to_owned).collect();
            }
            if answer.of(self.plan.verb).is_none() {
                if self.walked.pages > 0 {
                    let page = self.walked.pages + 1;
                    let what = format!("the token of page {page} gave {}", answer.summary());
                    self.s.report.broken(Rule::ListProgress, what, &answer.request);
                }
                break;
            }
            self.walked.pages += 1;
            self.times.push(answer.reply.elapsed_ms);
            let new = self.take(&answer);
            if self.walked.pages > 1 {
                let page = self.walked.pages;
                self.s.expect(Rule::ListProgress, new > 0, &answer.request, || {
                    format!("page {page} brings no record that the pages before did not have")
                });
            }
            let next = self.token(&answer);
            if self.walked.pages == 1 {
                self.walked.token.clone_from(&next);
            }
            if self.plan.replay && matches!(self.walked.pages, 2 | 3) {
                self.replay(&ask, &answer, before.take()).await?;
                before = Some((ask.query.clone(), answer.content()));
            }
            if self.walked.pages == 1 {
                self.walked.first = Some(answer.clone());
            }
            let Some(token) = next else {
                self.walked.complete = true;
                break;
            };
            if !self.tokens.insert(token.clone()) {
                let what = format!("the token of page {} was there before", self.walked.pages);
                self.s.report.broken(Rule::ListProgress, what, &answer.request);
                break;
            }
            if new == 0
                || self.walked.pages >= self.plan.pages
                || self.walked.headers.len() >= self.s.options.max_records
            {
                break;
            }
            ask = Ask::get(&[("verb", self.plan.verb.as_str()), ("resumptionToken", &token)]);
        }
        self.end();
        Ok(self.walked)
    }

    /// Takes the items of a page and says how many are new.
    fn take(&mut self, answer: &Answer) -> u64 {
        let items = answer.items();
        let now = answer.response_date();
        let mut new = 0;
        for item in &items {
            self.count += 1;
            let id = item.header.identifier.clone();
            if self.plan.judge {
                record::judge(self.s, item, &self.plan.prefix, now, &answer.request);
                if self.plan.verb == Verb::ListRecords {
                    self.walked.digests.entry(id.clone()).or_insert_with(|| item.digest());
                }
            }
            if self.seen.insert(id.clone()) {
                new += 1;
                self.s.report.looked(Rule::ListDuplicates);
                self.walked.headers.push(item.header.clone());
            } else {
                self.repeats += 1;
                let what = format!("{id} comes again");
                self.s.report.broken(Rule::ListDuplicates, what, &answer.request);
            }
        }
        if let Some(token) = answer.token() {
            self.cursors.insert(token.cursor.is_some());
            if let Some(cursor) = token.cursor {
                let before = self.count - items.len() as u64;
                self.s.expect(Rule::ListCursor, cursor == before, &answer.request, || {
                    format!("cursor is {cursor} after {before} records")
                });
            }
        }
        new
    }

    /// Judges the token of a page and gives the one to go on with.
    fn token(&mut self, answer: &Answer) -> Option<String> {
        let first = self.walked.pages == 1;
        let url = &answer.request;
        let Some(token) = answer.token() else {
            if first {
                self.s.report.looked(Rule::ListUnsplit);
            } else {
                let what = "the last page has no resumptionToken".to_owned();
                self.s.report.broken(Rule::ListEnd, what, url);
            }
            return None;
        };
        self.sizes.insert(token.size);
        if first {
            self.walked.size = token.size;
        }
        if token.value.is_empty() {
            let rule = if first { Rule::ListUnsplit } else { Rule::ListEnd };
            self.s.expect(rule, !first, url, || "an empty token on the only page".to_owned());
            return None;
        }
        if let (Some(said), Some(now)) = (&token.expires, answer.response_date()) {
            let life = Datestamp::parse_lenient(said).map(|date| date.seconds - now);
            let good = life.is_none_or(|life| life >= LIFE);
            self.s.expect(Rule::ListExpiration, good, url, || {
                format!("expirationDate {said}, in {} seconds", life.unwrap_or_default())
            });
        }
        Some(token.value)
    }

    /// Sends the token of this page again, and the one before it.
    async fn replay(
        &mut self,
        ask: &Ask,
        answer: &Answer,
        before: Option<(String, String)>,
    ) -> Result<(), Stop> {
        let again = self.s.ask(ask.clone()).await?;
        self.s.expect(
            Rule::TokenReplay,
            again.content() == answer.content(),
            &again.request,
            || format!("the second time it gave another page: {}", again.summary()),
        );
        // On page 2 the request of the page before has no token; on page 3 it has one.
        if let Some((query, content)) = before {
            let previous = self.s.ask(Ask { query, ..ask.clone() }.unechoed()).await?;
            self.s.expect(
                Rule::TokenPrevious,
                previous.content() == content,
                &previous.request,
                || format!("the token before now gives another page: {}", previous.summary()),
            );
        }
        Ok(())
    }

    /// Judges what can be said of the whole list.
    fn end(&mut self) {
        let url = self.walked.request.clone();
        if self.walked.pages > 1 {
            let good = self.cursors.len() < 2;
            self.s.expect(Rule::ListCursor, good, &url, || {
                "cursor is on some pages and missing on others".to_owned()
            });
        }
        let said: Vec<u64> = self.sizes.iter().flatten().copied().collect();
        if let Some(first) = said.first() {
            self.s.expect(Rule::ListSize, said.len() == 1, &url, || {
                format!("completeListSize changes from page to page: {said:?}")
            });
            let distinct = self.walked.headers.len() as u64;
            if self.walked.complete {
                self.s.expect(Rule::ListSize, *first == distinct || said.len() > 1, &url, || {
                    format!("completeListSize is {first}, the list has {distinct} records")
                });
            } else {
                self.s.expect(Rule::ListSize, *first >= distinct || said.len() > 1, &url, || {
                    format!("completeListSize is {first}, there are at least {distinct} records")
                });
            }
        }
        if self.plan.judge && self.plan.verb == Verb::ListRecords {
            self.measure(&url);
        }
    }

    fn measure(&mut self, url: &str) {
        let report = &mut self.s.report;
        report.measures.insert("records", self.walked.headers.len() as f64);
        report.measures.insert("pages", self.walked.pages as f64);
        let deleted = self.walked.headers.iter().filter(|header| header.deleted).count();
        report.measures.insert("deleted", deleted as f64);
        let size = self.walked.first.as_ref().map_or(0, |first| first.items().len());
        if self.walked.pages > 1 {
            self.s.expect(Rule::ListPageSize, (50..=1000).contains(&size), url, || {
                format!("{size} records a page")
            });
        }
        if self.times.len() < 2 * ENDS {
            return;
        }
        let first = median(self.times.iter().take(ENDS));
        let last = median(self.times.iter().rev().take(ENDS));
        let ratio = last as f64 / first.max(1) as f64;
        self.s.report.measures.insert("first pages ms", first as f64);
        self.s.report.measures.insert("last pages ms", last as f64);
        self.s.report.measures.insert("last to first", ratio);
        // Small differences are noise, whatever their ratio.
        self.s.expect(Rule::Latency, ratio <= 3.0 || last < first + 100, url, || {
            format!("the first pages take {first} ms, the last {last} ms")
        });
    }
}

fn median<'t>(times: impl Iterator<Item = &'t u64>) -> u64 {
    let mut times: Vec<u64> = times.copied().collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
