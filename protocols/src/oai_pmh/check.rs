//! A report card of any OAI-PMH provider: what can be seen from outside, without I/O.
//!
//! [`Check`] is a conversation: [`Check::step`] gives the next request and takes what came of the
//! one before, until the [`Report`] is there. Who drives it sends one request at a time and keeps
//! the delays; the rules know neither network nor clock. Inside, the rules are written as one
//! `async` function that waits for answers, with no runtime below it.
//!
//! [`file::check`] judges stored answers and static repositories by the rules that need no server.

use answer::Received;
pub use answer::{Ask, Method, Reply};
pub use report::{Finding, Outcome, Report, Verdict};
pub use rule::{About, Rule, Severity};
pub use session::Options;
use session::{Session, Slot, Stop, lock};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use walk::{Plan, Walked, walk};

pub mod answer;
mod arguments;
mod compare;
mod containers;
mod dates;
pub mod file;
mod formats;
mod http;
mod identify;
mod judge;
mod record;
pub mod report;
pub mod rule;
mod schema;
mod session;
mod sets;
mod tokens;
mod walk;

/// An identifier that nobody has.
const NOBODY: &str = "oai:nobody.invalid:no-such-record";
/// A format that nobody has.
const NO_FORMAT: &str = "no_such_format";
/// Requests that the rules need beside walks.
const RESERVE: u64 = 150;

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send this request and come back with what came of it.
    Ask(Ask),
    /// It is finished.
    Done(Box<Report>),
}

/// A check under way.
pub struct Check {
    slot: Arc<Mutex<Slot>>,
    conversation: Pin<Box<dyn Future<Output = Report> + Send>>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("slot", &self.slot).finish_non_exhaustive()
    }
}

impl Check {
    /// Begins a check.
    pub fn new(options: Options) -> Self {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let session = Session::new(options, Arc::clone(&slot));
        Self { slot, conversation: Box::pin(conversation(session)) }
    }

    /// Goes on: the first time with nothing, then with what came of the request before. After
    /// [`Step::Done`] it must not be called again.
    pub fn step(&mut self, received: Option<Received>) -> Step {
        lock(&self.slot).received = received;
        let mut context = Context::from_waker(Waker::noop());
        match self.conversation.as_mut().poll(&mut context) {
            Poll::Ready(report) => Step::Done(Box::new(report)),
            Poll::Pending => {
                let ask = lock(&self.slot).ask.take();
                ask.map_or_else(unanswered, Step::Ask)
            }
        }
    }
}

/// Somebody stepped on without bringing an answer.
fn unanswered() -> Step {
    let mut report = Report::new("");
    report.unchecked = Some("no answer was given to the last request".to_owned());
    Step::Done(Box::new(report))
}

async fn conversation(mut s: Session) -> Report {
    let stopped = rules(&mut s).await.err();
    let requests = s.requests;
    s.report.measures.insert("requests", requests as f64);
    match stopped {
        Some(Stop::Silent(why)) => s.report.unchecked = Some(why),
        Some(Stop::Budget) => {
            let note = format!("stopped after {requests} requests: raise --max-requests");
            s.report.notes.push(note);
        }
        None => {}
    }
    s.report
}

async fn rules(s: &mut Session) -> Result<(), Stop> {
    if identify::run(s).await?.is_none() {
        return Ok(());
    }
    formats::list(s).await?;
    sets::list(s).await?;
    let prefix = s.options.prefix.clone();
    if !s.known.formats.is_empty() && !s.known.formats.iter().any(|f| f.prefix == prefix) {
        s.report.unchecked = Some(format!("there is no format {prefix}"));
        return Ok(());
    }
    let pages = (s.left().saturating_sub(RESERVE) / 3).max(4);
    let plan = Plan { set: s.options.set.clone(), ..Plan::identifiers(&prefix, pages) };
    let records =
        Plan { verb: crate::oai_pmh::Verb::ListRecords, replay: true, judge: true, ..plan.clone() };
    let records = walk(s, records).await?;
    first_page(s, &records);
    let identifiers = walk(s, plan).await?;
    compare::lists(s, &records, &identifiers);
    let live = records.headers.iter().find(|header| !header.deleted);
    let id = live.map(|header| header.identifier.as_str());
    compare::records(s, &records).await?;
    arguments::run(s, id).await?;
    dates::refused(s).await?;
    tokens::run(s, &records).await?;
    http::run(s, id).await?;
    formats::of_items(s, &records).await?;
    sets::members(s, &identifiers).await?;
    dates::arithmetic(s, &identifiers).await
}

/// Says what became of the walk.
fn first_page(s: &mut Session, records: &Walked) {
    if records.pages == 0 {
        let what = records.codes.join(", ");
        let note = format!("ListRecords gave no list ({what}): lists cannot be judged");
        s.report.notes.push(note);
        let good = records.is_empty_list();
        s.expect(Rule::AnswerVerb, good, &records.request, || format!("ListRecords gave {what}"));
    } else if !records.complete {
        let (pages, seen) = (records.pages, records.headers.len());
        s.report.notes.push(format!("the walk ended after {pages} pages, {seen} records"));
    } else if records.pages == 1 {
        s.report.notes.push("the list fits in one page: tokens cannot be judged".to_owned());
    }
}

#[cfg(test)]
mod tests;
