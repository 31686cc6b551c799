//! The state machine of a harvest: Identify, then ListRecords until the tokens are used up.
//!
//! It asks for nothing itself: [`Harvest::next`] says which URL comes next, [`Harvest::receive`]
//! takes the bytes that came, and [`Harvest::checkpoint`] is the whole state as JSON, to be stored
//! with the page.

use super::guard::{Guards, fingerprint};
use super::page::{Page, Repository, Shape};
use crate::oai_pmh::{Datestamp, ErrorCode, Granularity, OaiError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// How often a list is begun again after its token was refused in the middle.
pub const MAX_RESTARTS: u32 = 2;

/// Unreserved characters stay; all else is encoded, once. `+` in tokens is what others forget.
const ARGUMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What to harvest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestPlan {
    /// Base URL of the repository.
    pub base_url: String,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// For an incremental harvest: the responseDate of the first answer of the last complete one,
    /// as the server wrote it. The window begins one granule earlier.
    pub harvested_until: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch this URL and hand the body over.
    Get(String),
    /// The harvest is over.
    Finished(Completion),
}

/// How a harvest ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// Every page was read.
    Complete,
    /// It stopped early, and why. What came is good; nothing may be deleted by absence.
    Partial(String),
    /// It could not begin, and why.
    Failed(String),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Identify was read (or passed over).
    Repository(Repository),
    /// A page to be stored with the checkpoint.
    Page(Box<Page>),
    /// Nothing to store: the same or another request comes next, and why.
    Again(String),
    /// Nothing to store: the harvest is over.
    Ended,
}

/// A checkpoint that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("checkpoint of an OAI-PMH harvest: {0}; finish the run and begin anew")]
pub struct CheckpointError(#[from] serde_json::Error);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Identify,
    List,
    Done,
}

/// Everything that survives a crash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    version: u32,
    stage: Stage,
    /// `from` of the window, as sent.
    from: Option<String>,
    /// Token of the next page.
    token: Option<String>,
    /// Pages stored.
    pages: u64,
    /// Records received since the list began (again), broken ones included.
    records: u64,
    /// responseDate of the first answer to ListRecords.
    first_response_date: Option<String>,
    complete_list_size: Option<u64>,
    deleted_record: Option<String>,
    restarts: u32,
    guards: Guards,
    completion: Option<Completion>,
}

/// A harvest under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harvest {
    plan: HarvestPlan,
    state: State,
    /// The current request was sent before and gave nothing whole.
    retried: bool,
}

impl Harvest {
    /// A harvest from the beginning.
    pub fn new(plan: HarvestPlan) -> Self {
        let state = State {
            version: 1,
            stage: Stage::Identify,
            from: None,
            token: None,
            pages: 0,
            records: 0,
            first_response_date: None,
            complete_list_size: None,
            deleted_record: None,
            restarts: 0,
            guards: Guards::default(),
            completion: None,
        };
        Self { plan, state, retried: false }
    }

    /// A harvest that goes on after a stored page.
    ///
    /// # Errors
    /// [`CheckpointError`] when the checkpoint is none of ours.
    pub fn resume(plan: HarvestPlan, checkpoint: &str) -> Result<Self, CheckpointError> {
        Ok(Self { plan, state: serde_json::from_str(checkpoint)?, retried: false })
    }

    /// The whole state as JSON.
    pub fn checkpoint(&self) -> String {
        // Strings and numbers always have a JSON form.
        serde_json::to_string(&self.state).unwrap_or_default()
    }

    /// What to do next. Asking again changes nothing.
    pub fn next(&self) -> Step {
        if let Some(completion) = &self.state.completion {
            return Step::Finished(completion.clone());
        }
        let mut arguments: Vec<(&str, &str)> = Vec::new();
        match (self.state.stage, &self.state.token) {
            (Stage::Identify, _) => arguments.push(("verb", "Identify")),
            (_, Some(token)) => {
                arguments.push(("verb", "ListRecords"));
                arguments.push(("resumptionToken", token));
            }
            (_, None) => {
                arguments.push(("verb", "ListRecords"));
                arguments.push(("metadataPrefix", &self.plan.metadata_prefix));
                arguments.extend(self.plan.set.as_deref().map(|set| ("set", set)));
                arguments.extend(self.state.from.as_deref().map(|from| ("from", from)));
            }
        }
        let mut url = self.plan.base_url.trim().to_owned();
        let mut joint = if url.contains('?') { '&' } else { '?' };
        for (name, value) in arguments {
            url.push(joint);
            url.push_str(name);
            url.push('=');
            url.extend(utf8_percent_encode(value, ARGUMENT));
            joint = '&';
        }
        Step::Get(url)
    }

    /// Takes the body of the answer to the request of [`Self::next`].
    pub fn receive(&mut self, body: &[u8]) -> Received {
        match self.state.stage {
            Stage::Identify => self.identify(body),
            Stage::List => self.page(Page::parse(body)),
            Stage::Done => Received::Ended,
        }
    }

    /// The request could not be answered, after all attempts.
    pub fn unreachable(&mut self, reason: impl Into<String>) {
        self.stop(reason.into());
    }

    /// responseDate of the first answer: where the next incremental harvest begins, when this one
    /// is complete.
    pub fn first_response_date(&self) -> Option<&str> {
        self.state.first_response_date.as_deref()
    }

    /// Records received since the list began, broken ones included.
    pub fn records(&self) -> u64 {
        self.state.records
    }

    /// Size of the list as the server says it.
    pub fn complete_list_size(&self) -> Option<u64> {
        self.state.complete_list_size
    }

    /// `no`, `transient` or `persistent`, as Identify said.
    pub fn deleted_record(&self) -> Option<&str> {
        self.state.deleted_record.as_deref()
    }

    fn identify(&mut self, body: &[u8]) -> Received {
        match Repository::parse(body) {
            Ok(repository) => {
                // Day granularity is always supported; without a word that is what is used.
                let granularity = repository.granularity.unwrap_or(Granularity::Day);
                self.state.from = self
                    .plan
                    .harvested_until
                    .as_deref()
                    .and_then(Datestamp::parse_lenient)
                    .map(|last| last.one_granule_before(granularity));
                self.state.deleted_record.clone_from(&repository.deleted_record);
                self.state.stage = Stage::List;
                self.retried = false;
                Received::Repository(repository)
            }
            Err(reason) => self.again_or_stop(format!("Identify: {reason}")),
        }
    }

    fn page(&mut self, page: Page) -> Received {
        if let Shape::Foreign(reason) = &page.shape {
            return self.again_or_stop(reason.clone());
        }
        if page.received() == 0 && !page.errors.is_empty() {
            return self.errors(&page);
        }
        let truncated = page.shape == Shape::Truncated;
        if truncated && !self.retried {
            self.retried = true;
            return Received::Again("the answer was cut off".to_owned());
        }
        self.retried = false;
        self.state.pages += 1;
        self.state.records += page.received() as u64;
        if self.state.first_response_date.is_none() {
            self.state.first_response_date.clone_from(&page.response_date);
        }
        if page.complete_list_size.is_some() {
            self.state.complete_list_size = page.complete_list_size;
        }
        match &page.token {
            _ if truncated => {
                self.stop("the answer was cut off twice; what came of it was taken".to_owned());
            }
            Some(token) => match self.state.guards.take(content(&page).as_deref(), &token.value) {
                Some(reason) => self.stop(reason),
                None => self.state.token = Some(token.value.clone()),
            },
            None => self.end_of_list(),
        }
        Received::Page(Box::new(page))
    }

    fn errors(&mut self, page: &Page) -> Received {
        let all = |code: &ErrorCode| page.errors.iter().all(|error| error.code == *code);
        let any = |code: &ErrorCode| page.errors.iter().any(|error| error.code == *code);
        if all(&ErrorCode::NoRecordsMatch) {
            if self.state.first_response_date.is_none() {
                self.state.first_response_date.clone_from(&page.response_date);
            }
            // In the middle of a list it is another word for its end, if all of it came.
            let middle = self.state.token.is_some();
            let whole =
                self.state.complete_list_size.is_some_and(|size| self.state.records >= size);
            if middle && !whole {
                self.stop(format!(
                    "noRecordsMatch in the middle of the list, after {} records",
                    self.state.records
                ));
            } else {
                self.finish(Completion::Complete);
            }
            return Received::Ended;
        }
        if any(&ErrorCode::BadResumptionToken)
            && self.state.token.is_some()
            && self.state.restarts < MAX_RESTARTS
        {
            // No order may be assumed inside a list, so that its beginning is the only safe point;
            // what comes again is recognised as unchanged.
            let reason = format!(
                "the resumptionToken was refused after {} records; the list begins again",
                self.state.records
            );
            self.state.restarts += 1;
            self.state.token = None;
            self.state.records = 0;
            self.state.guards = Guards::default();
            self.retried = false;
            return Received::Again(reason);
        }
        let fine =
            self.state.from.as_deref().filter(|from| self.state.token.is_none() && from.len() > 10);
        if let Some(day) =
            fine.filter(|_| any(&ErrorCode::BadArgument)).and_then(|from| from.get(..10))
        {
            // Dataverse announces seconds and refuses them (IQSS/dataverse#11020).
            self.state.from = Some(day.to_owned());
            return Received::Again("the server refuses seconds in from; asking by day".to_owned());
        }
        self.stop(page.errors.iter().map(OaiError::to_string).collect::<Vec<_>>().join("; "));
        Received::Ended
    }

    /// The tokens are used up. A list of which less than half came was not whole, whatever the
    /// server believes (IQSS/dataverse#7545: 5 of 1000); sizes may be estimates, hence the half.
    fn end_of_list(&mut self) {
        let records = self.state.records;
        match self.state.complete_list_size {
            Some(size) if records.saturating_mul(2) < size => {
                self.stop(format!("the list ended after {records} of {size} records"));
            }
            _ => self.finish(Completion::Complete),
        }
    }

    fn again_or_stop(&mut self, reason: String) -> Received {
        if self.retried {
            self.stop(reason);
            Received::Ended
        } else {
            self.retried = true;
            Received::Again(reason)
        }
    }

    fn stop(&mut self, reason: String) {
        let begun = self.state.pages > 0;
        self.finish(if begun { Completion::Partial(reason) } else { Completion::Failed(reason) });
    }

    fn finish(&mut self, completion: Completion) {
        self.state.completion = Some(completion);
        self.state.stage = Stage::Done;
        self.state.token = None;
    }
}

/// Fingerprint of what a page brings; none when it brings nothing.
fn content(page: &Page) -> Option<String> {
    if page.received() == 0 {
        return None;
    }
    let mut text = String::new();
    for record in &page.records {
        text.push_str(&record.identifier);
        text.push('\n');
    }
    for broken in &page.broken {
        text.push_str(&broken.body);
        text.push('\n');
    }
    Some(fingerprint(&text))
}

#[cfg(test)]
mod tests;
