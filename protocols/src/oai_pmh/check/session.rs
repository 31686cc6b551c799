//! One check under way: asks, counts, and judges every answer by what holds of all of them.

use super::answer::{Answer, Ask, Received};
use super::judge;
use super::report::Report;
use super::rule::Rule;
use crate::oai_pmh::{Datestamp, Granularity, Verb};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// Requests without an answer, one after the other, after which a check gives up.
const PATIENCE: u32 = 3;
/// How often a server that says "later" is asked again.
const LATER: u32 = 3;
/// Longest wait that a server may ask for, in seconds.
const LONGEST_WAIT: u64 = 120;

/// Limits and choices of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Address of the provider, without query.
    pub base: String,
    /// Format that is walked.
    pub prefix: String,
    /// Only records of this set are walked.
    pub set: Option<String>,
    /// A walk stops after so many records.
    pub max_records: usize,
    /// The check stops after so many requests.
    pub max_requests: u64,
}

impl Options {
    /// The usual limits: 20,000 records, 1,000 requests.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            prefix: "oai_dc".to_owned(),
            set: None,
            max_records: 20_000,
            max_requests: 1_000,
        }
    }
}

/// Why a check ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// No answers any more.
    Silent(String),
    /// The budget of requests is used up.
    Budget,
}

/// Where a request waits for its answer.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) ask: Option<Ask>,
    pub(super) received: Option<Received>,
}

/// A format of ListMetadataFormats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) prefix: String,
    pub(super) schema: String,
    pub(super) namespace: String,
}

/// What was learnt about the provider.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// baseURL of Identify.
    pub(super) base_url: Option<String>,
    pub(super) granularity: Option<Granularity>,
    pub(super) earliest: Option<Datestamp>,
    pub(super) deleted: Option<String>,
    pub(super) compressions: Vec<String>,
    /// repositoryIdentifier of oai-identifier.
    pub(super) repository_identifier: Option<String>,
    pub(super) formats: Vec<Format>,
    /// Sets; `None` when ListSets said noSetHierarchy, or was not asked.
    pub(super) sets: Option<BTreeSet<String>>,
    /// Whether ListSets said noSetHierarchy.
    pub(super) no_sets: bool,
    /// First responseDate: what is stamped later may change under our eyes.
    pub(super) begun: Option<i64>,
}

/// One check under way.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) options: Options,
    pub(super) report: Report,
    pub(super) known: Known,
    pub(super) requests: u64,
    slot: Arc<Mutex<Slot>>,
    silent: u32,
}

impl Session {
    pub(super) fn new(options: Options, slot: Arc<Mutex<Slot>>) -> Self {
        let report = Report::new(options.base.clone());
        Self { options, report, known: Known::default(), requests: 0, slot, silent: 0 }
    }

    /// Requests that are left.
    pub(super) fn left(&self) -> u64 {
        self.options.max_requests.saturating_sub(self.requests)
    }

    /// Sends a request and judges its answer by the rules that hold of every answer.
    pub(super) async fn ask(&mut self, ask: Ask) -> Result<Answer, Stop> {
        let request = ask.describe(&self.options.base);
        let mut ask = ask;
        let mut later = 0;
        loop {
            if self.left() == 0 {
                return Err(Stop::Budget);
            }
            self.requests += 1;
            let reply = match self.exchange(ask.clone()).await {
                Received::Reply(reply) => reply,
                Received::Failed(why) => {
                    self.silent += 1;
                    self.report.broken(Rule::Answered, why.clone(), &request);
                    if self.silent >= PATIENCE {
                        return Err(Stop::Silent(why));
                    }
                    return Ok(Answer { request, reply: super::Reply::default(), root: None });
                }
            };
            self.silent = 0;
            self.report.looked(Rule::Answered);
            if matches!(reply.status, 429 | 503) {
                let wait = judge::retry_after(&mut self.report, &reply, &request);
                later += 1;
                if later > LATER || wait > LONGEST_WAIT {
                    let why = format!("HTTP status {}, again and again", reply.status);
                    return Err(Stop::Silent(why));
                }
                ask.wait_s = wait;
                continue;
            }
            let root = judge::answer(&mut self.report, &self.known, &ask, &reply, &request);
            return Ok(Answer { request, reply, root });
        }
    }

    async fn exchange(&mut self, ask: Ask) -> Received {
        let slot = Arc::clone(&self.slot);
        lock(&slot).ask = Some(ask);
        std::future::poll_fn(move |_| match lock(&slot).received.take() {
            Some(received) => Poll::Ready(received),
            None => Poll::Pending,
        })
        .await
    }

    /// GET with these arguments.
    pub(super) async fn get(&mut self, arguments: &[(&str, &str)]) -> Result<Answer, Stop> {
        self.ask(Ask::get(arguments)).await
    }

    /// Notes whether a rule holds; `what` says what is wrong when it does not.
    pub(super) fn expect(
        &mut self,
        rule: Rule,
        holds: bool,
        request: &str,
        what: impl FnOnce() -> String,
    ) {
        if holds {
            self.report.looked(rule);
        } else {
            self.report.broken(rule, what(), request);
        }
    }

    /// Asks what must be refused with one of these codes.
    pub(super) async fn refused(
        &mut self,
        rule: Rule,
        ask: Ask,
        codes: &[&str],
    ) -> Result<(), Stop> {
        let hostile = ask.hostile;
        let answer = self.ask(ask).await?;
        let found = answer.codes();
        let good = found.iter().any(|code| codes.contains(code))
            || (hostile && answer.root.is_none() && (400..500).contains(&answer.reply.status));
        self.expect(rule, good, &answer.request, || {
            format!("expected {}, got {}", codes.join(" or "), answer.summary())
        });
        Ok(())
    }

    /// Whether an answer came for the verb; if it did not, that is a finding about the rule that
    /// wanted it.
    pub(super) fn came(&mut self, rule: Rule, verb: Verb, answer: &Answer) -> bool {
        let came = answer.of(verb).is_some();
        if !came {
            let what = format!("expected {}, got {}", verb.as_str(), answer.summary());
            self.report.broken(rule, what, &answer.request);
        }
        came
    }

    /// Granularity of Identify; days are always understood.
    pub(super) fn granularity(&self) -> Granularity {
        self.known.granularity.unwrap_or(Granularity::Day)
    }
}

pub(super) fn lock(slot: &Mutex<Slot>) -> std::sync::MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
