//! The state machine of a harvest: Identify, then lists until everything has come.
//!
//! It asks for nothing itself: [`Harvest::next`] says which URL comes next, [`Harvest::receive`]
//! takes the bytes that came, and [`Harvest::checkpoint`] is the whole state as JSON, to be stored
//! with the page.
//!
//! A harvest is a stack of windows (spans of datestamps), each read as one list. A window is done
//! only when its list came to its end. A list that cannot be read to its end (refused token, page
//! that never comes whole, circle) is healed ([`heal`]): cut in two, or its identifiers are listed
//! and what is missing is fetched one by one. What nothing heals is a gap, and a harvest with a gap
//! is never complete.

mod answer;
mod heal;
mod likely;
mod list;
mod plan;
mod size;
mod state;
mod verdict;
mod window;

pub use plan::{AbsenceCheck, HarvestPlan, Limits, Spent, Unit};
pub use verdict::{Completion, Gap, MAX_NOTES, Reason, ReasonCode, Verdict};

use super::page::{Page, Repository};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use state::{Absence, Stage, State};
use window::Kind;

/// Runs in a row without any page after which a harvest begins anew.
const MAX_IDLE_RUNS: u32 = 5;

/// Unreserved characters stay; all else is encoded, once. `+` in tokens is what others forget.
const ARGUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch this URL and hand the body over ([`Harvest::receive`]), or say why there is none
    /// ([`Harvest::unanswered`]).
    Get(String),
    /// Count the different identifiers that this harvest has brought to the store so far, those of
    /// earlier runs that it goes on with included, and say it ([`Harvest::counted`]).
    Count,
    /// The harvest is over.
    Finished(Completion),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Identify was read (or passed over).
    Repository(Repository),
    /// A page of records, to be stored with the checkpoint.
    Page(Box<Page>),
    /// A page of headers. First say which of the live ones were not received
    /// ([`Harvest::missing`], see [`Harvest::looks_for_absent`]), then store it with the checkpoint.
    Headers(Box<Page>),
    /// Nothing to store, and the harvest goes on: what was learned.
    Noted(String),
    /// Nothing to store: the same or another request comes next after a pause, and why.
    Again(String),
    /// Nothing to store: the harvest is over.
    Ended,
}

/// Why a request was not answered, after all attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// No connection, no whole answer in time.
    Transport,
    /// The server answers with an error (5xx).
    Server,
    /// The server asks to come back later (429, 503).
    Later,
    /// 401, 403 and other refusals.
    Refused,
    /// 404, 410.
    Gone,
    /// The run has used up its time.
    OutOfTime,
}

/// A checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It is none of ours.
    #[error("checkpoint of an OAI-PMH harvest: {0}; the harvest begins anew")]
    Unreadable(#[from] serde_json::Error),
    /// The schedule asks for something else by now.
    #[error("the schedule asks for something else by now; the harvest begins anew")]
    OtherPlan,
    /// It cannot be gone on with.
    #[error("the harvest was over, or stood still for {MAX_IDLE_RUNS} runs; it begins anew")]
    Spent,
}

/// A harvest under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harvest {
    plan: HarvestPlan,
    state: State,
    /// What follows a page of headers once it was said which are missing.
    after: Option<After>,
}

/// Where a list goes on after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum After {
    /// At this token.
    Token(String),
    /// Nowhere: it came to its end.
    End,
    /// It cannot be read further, and why.
    Failed(String),
}

impl Harvest {
    /// A harvest from the beginning.
    pub fn new(plan: HarvestPlan) -> Self {
        let state = State::new(&plan);
        Self { plan, state, after: None }
    }

    /// A run that goes on after a stored page.
    ///
    /// # Errors
    /// [`CheckpointError`] when the checkpoint is none of this plan.
    pub fn resume(plan: HarvestPlan, checkpoint: &str) -> Result<Self, CheckpointError> {
        let state: State = serde_json::from_str(checkpoint)?;
        if state.version != state::VERSION || state.target != state::target(&plan) {
            return Err(CheckpointError::OtherPlan);
        }
        Ok(Self { plan, state, after: None })
    }

    /// A new run that goes on where an earlier one ended as partial.
    ///
    /// # Errors
    /// [`CheckpointError`], also when that run ended for a reason that going on does not change.
    pub fn go_on(plan: HarvestPlan, checkpoint: &str) -> Result<Self, CheckpointError> {
        let mut harvest = Self::resume(plan, checkpoint)?;
        let state = &mut harvest.state;
        match state.completion.take() {
            Some(Completion::Partial(reason)) if reason.code.is_resumable() => {}
            None => {}
            Some(_) => return Err(CheckpointError::Spent),
        }
        state.idle_runs = if state.spent.pages == 0 { state.idle_runs + 1 } else { 0 };
        if state.idle_runs >= MAX_IDLE_RUNS || state.pages == 0 {
            return Err(CheckpointError::Spent);
        }
        state.spent = Spent::default();
        state.barren = 0;
        state.bad = 0;
        if let Some(list) = &mut state.list {
            list.bad = 0;
            list.refused = 0;
        }
        if state.stage == Stage::Done {
            state.stage = Stage::List;
        }
        harvest.advance();
        Ok(harvest)
    }

    /// The whole state as JSON.
    pub fn checkpoint(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string(&self.state).unwrap_or_default()
    }

    /// What to do next. Asking again changes nothing.
    pub fn next(&self) -> Step {
        let state = &self.state;
        if let Some(completion) = &state.completion {
            return Step::Finished(completion.clone());
        }
        let prefix = self.plan.metadata_prefix.as_str();
        match state.stage {
            Stage::Identify => self.url(&[("verb", Some("Identify"))]),
            Stage::Sets => self.url(&[
                ("verb", Some("ListSets")),
                ("resumptionToken", state.sets_token.as_deref()),
            ]),
            Stage::Count => Step::Count,
            Stage::Done => Step::Finished(Completion::Complete),
            Stage::List => {
                if let Some(identifier) = state.missing.last() {
                    return self.url(&[
                        ("verb", Some("GetRecord")),
                        ("identifier", Some(identifier)),
                        ("metadataPrefix", Some(prefix)),
                    ]);
                }
                // Between two transitions there is always a list.
                let Some(list) = &state.list else { return Step::Finished(Completion::Complete) };
                let verb = match list.window.kind {
                    Kind::Records => "ListRecords",
                    Kind::Heal | Kind::Absence => "ListIdentifiers",
                };
                if let Some(token) = &list.token {
                    return self.url(&[("verb", Some(verb)), ("resumptionToken", Some(token))]);
                }
                let (from, until) = self.dates(&list.window);
                self.url(&[
                    ("verb", Some(verb)),
                    ("metadataPrefix", Some(prefix)),
                    ("set", self.plan.set.as_deref()),
                    ("from", from.as_deref()),
                    ("until", until.as_deref()),
                ])
            }
        }
    }

    fn dates(&self, window: &window::Window) -> (Option<String>, Option<String>) {
        if self.state.dates {
            let granularity = self.state.granularity;
            (window.low_text(granularity), window.until_text(granularity))
        } else {
            (None, None)
        }
    }

    fn url(&self, arguments: &[(&str, Option<&str>)]) -> Step {
        let mut url = self.plan.base_url.trim().to_owned();
        let mut joint = if url.contains('?') { '&' } else { '?' };
        for (name, value) in arguments.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            url.push(joint);
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, ARGUMENT));
            joint = '&';
        }
        Step::Get(url)
    }

    /// Whether headers are compared with all live records of the store (so that what is absent
    /// can be deleted), not only with what this harvest received.
    pub fn looks_for_absent(&self) -> bool {
        self.state.list.as_ref().is_some_and(|list| list.window.kind == Kind::Absence)
    }

    /// Whether every identifier of the repository was seen in this harvest: when it is complete,
    /// what was not seen is absent.
    pub fn saw_everything(&self) -> bool {
        self.state.whole || self.state.absence == Absence::Done
    }

    /// Whether, when it is complete, what an incremental harvest did not see is to be deleted.
    pub fn deletes_absent(&self) -> bool {
        self.state.absence == Absence::Done
            || (self.state.whole && self.plan.absence.is_due(self.deleted_record(), None))
    }

    /// Whether everything is asked for, not only what changed.
    pub fn is_whole(&self) -> bool {
        self.state.whole
    }

    /// responseDate of the first answer (never later than now): where the next incremental harvest
    /// begins, when this one is complete.
    pub fn first_response_date(&self) -> Option<&str> {
        self.state.first_response_date.as_deref()
    }

    /// Records received, broken and repeated ones included.
    pub fn records(&self) -> u64 {
        self.state.received
    }

    /// Size of the lists as the server says it.
    pub fn complete_list_size(&self) -> Option<u64> {
        self.state.declared.filter(|size| *size > 0)
    }

    /// `no`, `transient` or `persistent`, as Identify said.
    pub fn deleted_record(&self) -> Option<&str> {
        self.state.deleted_record.as_deref()
    }

    /// What this run has used so far.
    pub fn spent(&self) -> Spent {
        self.state.spent
    }

    /// What is known of the completeness of the harvest. `ended` replaces the completion when the
    /// store had something to say to it (brake, empty source).
    pub fn verdict(&self, ended: Option<&Completion>) -> Verdict {
        let state = &self.state;
        let (status, code) = match ended.or(state.completion.as_ref()) {
            None | Some(Completion::Complete) => ("complete", None),
            Some(Completion::Partial(reason)) => ("partial", Some(reason.code)),
            Some(Completion::Failed(reason)) => ("failed", Some(reason.code)),
        };
        Verdict {
            status: status.to_owned(),
            code: code.map(|code| code.as_str().to_owned()),
            requests: state.spent.requests,
            pages: state.pages,
            received: state.received,
            distinct: state.distinct,
            declared: self.complete_list_size(),
            deleted: state.deleted,
            quarantined: state.quarantined,
            held: 0,
            whole: state.whole,
            absence_checked: self.saw_everything(),
            gaps: state.gaps.clone(),
            gap_count: state.gap_count,
            notes: state.notes.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
