//! The order of a walk: depth first, list by list, one request at a time.

use super::state::{Frame, State, VERSION, fingerprint};
use super::{Content, Misread, Protocol, Reading, Received, Request, Row, Step, later};
use crate::oai_pmh::client::harvest::CheckpointError;
use crate::oai_pmh::client::{
    Completion, Gap, Limits, Reason, ReasonCode, Spent, Unanswered, Verdict,
};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Lists one in the other.
const MAX_DEPTH: usize = 16;
/// Lists that are told by their addresses.
const MAX_LISTS: usize = 100_000;
/// Lists in a row that hold nothing and lead to others, after which they are not followed: some
/// servers number their pages without end.
const MAX_EMPTY: u32 = 100;
/// Records in a row that cannot be had, after which the source is taken to be out of order.
const MAX_BARREN: u32 = 50;
/// Runs in a row without a page, after which a walk begins anew.
const MAX_IDLE_RUNS: u32 = 5;
/// Gaps and notes that are kept.
const MAX_NOTES: usize = crate::oai_pmh::client::harvest::MAX_NOTES;

/// What a walk must know beside its protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// All that decides what is asked for: a checkpoint of another target is not gone on with.
    pub target: String,
    /// How often an answer that cannot be read is asked for.
    pub attempts: u32,
    /// Bounds of one run.
    pub limits: Limits,
}

/// A walk under way.
#[derive(Debug, Clone)]
pub struct Walk {
    protocol: Arc<dyn Protocol>,
    plan: Plan,
    state: State,
}

impl Walk {
    /// A walk from the beginning.
    pub fn new(protocol: Arc<dyn Protocol>, plan: Plan) -> Self {
        let state = State::new(fingerprint(&plan.target), protocol.begin());
        Self { protocol, plan, state }
    }

    /// A run that goes on after a stored page.
    ///
    /// # Errors
    /// [`CheckpointError`] when the checkpoint is none of this plan.
    pub fn resume(
        protocol: Arc<dyn Protocol>,
        plan: Plan,
        checkpoint: &str,
    ) -> Result<Self, CheckpointError> {
        let state: State = serde_json::from_str(checkpoint)?;
        if state.version != VERSION || state.target != fingerprint(&plan.target) {
            return Err(CheckpointError::OtherPlan);
        }
        Ok(Self { protocol, plan, state })
    }

    /// A new run that goes on where an earlier one ended as partial.
    ///
    /// # Errors
    /// [`CheckpointError`], also when that run ended for a reason that going on does not change.
    pub fn go_on(
        protocol: Arc<dyn Protocol>,
        plan: Plan,
        checkpoint: &str,
    ) -> Result<Self, CheckpointError> {
        let mut walk = Self::resume(protocol, plan, checkpoint)?;
        let state = &mut walk.state;
        match state.completion.take() {
            Some(Completion::Partial(reason)) if reason.code.is_resumable() => {}
            None => {}
            Some(_) => return Err(CheckpointError::Spent),
        }
        state.idle_runs = if state.spent.pages == 0 { state.idle_runs + 1 } else { 0 };
        if state.idle_runs >= MAX_IDLE_RUNS || state.pages == 0 {
            return Err(CheckpointError::Spent);
        }
        (state.spent, state.barren, state.bad) = (Spent::default(), 0, 0);
        Ok(walk)
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
        let Some(asked) = self.asked() else { return Step::Finished(self.end()) };
        if let Some(frame) = state.stack.last().filter(|frame| !frame.checked)
            && let Some(left) = &frame.left
        {
            return Step::Known(left.iter().filter_map(|request| request.id.clone()).collect());
        }
        match state.spent.over(&self.plan.limits) {
            Some(text) => Step::Finished(partial(ReasonCode::Budget, text)),
            None => Step::Get(asked.url.clone()),
        }
    }

    /// The request that is next.
    fn asked(&self) -> Option<&Request> {
        if let Some(pending) = &self.state.pending {
            return Some(pending);
        }
        let frame = self.state.stack.last()?;
        match &frame.left {
            // It was read before the walk was resumed: what it holds is wanted again.
            None => Some(&frame.request),
            Some(left) => left.front().or(Some(&frame.request)),
        }
    }

    fn end(&self) -> Completion {
        match self.state.gap_count {
            0 => Completion::Complete,
            count => {
                let first = self.state.gaps.first().map(Gap::reason).unwrap_or_default();
                partial(ReasonCode::Gaps, format!("{count} lists could not be read: {first}"))
            }
        }
    }

    /// Says which records of the present list the store has from this walk. What the list says to
    /// be deleted, and what is newer in none, is a page to be stored with the checkpoint.
    pub fn known(&mut self, known: &HashSet<String>) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(frame) = self.state.stack.last_mut() {
            frame.checked = true;
            if let Some(left) = &mut frame.left {
                left.retain(|request| {
                    let fresh = request.id.as_ref().is_none_or(|id| !known.contains(id));
                    if fresh && request.deleted {
                        rows.push(Row {
                            id: request.id.clone(),
                            datestamp: request.datestamp.clone(),
                            deleted: true,
                            content: Content::Nothing,
                        });
                    }
                    fresh && !request.deleted
                });
            }
        }
        self.advance();
        self.count(&rows);
        rows
    }

    /// Takes the answer to the request of [`Walk::next`].
    pub fn receive(&mut self, body: &[u8]) -> Received {
        self.state.spent.requests += 1;
        self.state.spent.bytes += body.len() as u64;
        let Some(request) = self.asked().cloned() else {
            return Received::Noted("nothing was asked for".to_owned());
        };
        match self.protocol.read(&request, body) {
            Ok(reading) => {
                (self.state.bad, self.state.barren) = (0, 0);
                self.take(&request, reading)
            }
            Err(misread) if misread.may_pass && self.state.bad + 1 < self.plan.attempts => {
                self.state.bad += 1;
                Received::Again(misread.text)
            }
            Err(misread) => {
                self.state.bad = 0;
                self.misread(&request, &misread, body)
            }
        }
    }

    /// Takes note that there is no answer.
    pub fn unanswered(&mut self, why: Unanswered, text: String) -> Received {
        let code = match why {
            Unanswered::Transport => ReasonCode::Transport,
            Unanswered::Later => ReasonCode::Later,
            Unanswered::OutOfTime => ReasonCode::Budget,
            Unanswered::Server => ReasonCode::Answers,
            Unanswered::Refused => ReasonCode::Refused,
            Unanswered::Gone => ReasonCode::Gone,
        };
        let Some(request) = self.asked().cloned() else { return Received::Noted(text) };
        let stops = matches!(code, ReasonCode::Transport | ReasonCode::Later | ReasonCode::Budget);
        if stops {
            self.stop(code, text.clone());
            return Received::Noted(text);
        }
        let what = match why {
            Unanswered::Gone => "gone",
            Unanswered::Refused => "refused",
            _ => "unanswered",
        };
        self.lost(&request, code, &Misread::lasting(what, text), &[])
    }

    /// Ends the walk for a reason of whoever drives it.
    pub fn stop(&mut self, code: ReasonCode, text: String) {
        let reason = Reason { code, text };
        let begun = self.state.pages > 0 || code.is_resumable();
        self.state.completion =
            Some(if begun { Completion::Partial(reason) } else { Completion::Failed(reason) });
    }

    fn misread(&mut self, request: &Request, misread: &Misread, body: &[u8]) -> Received {
        let code = if misread.may_pass { ReasonCode::Answers } else { ReasonCode::Protocol };
        self.lost(request, code, misread, body)
    }

    /// A document that cannot be had: a record goes into quarantine under its name, a list is a
    /// gap; the first document of all ends the walk.
    fn lost(
        &mut self,
        request: &Request,
        code: ReasonCode,
        misread: &Misread,
        body: &[u8],
    ) -> Received {
        self.state.barren += 1;
        if self.state.barren > MAX_BARREN {
            let text = format!("{MAX_BARREN} requests in a row gave nothing: {}", misread.text);
            self.stop(ReasonCode::Answers, text);
        }
        if request.id.is_some() {
            let detail = format!("{}: {}", request.url, misread.text);
            let row = Row::broken(request.id.clone(), misread.code, detail, body.to_vec());
            self.step_over();
            let rows = vec![row];
            self.count(&rows);
            return Received::Page(rows);
        }
        let text = format!("{}: {}", request.url, misread.text);
        if self.state.pages == 0 && self.state.stack.is_empty() {
            let reason = Reason { code, text: text.clone() };
            self.state.completion = Some(Completion::Failed(reason));
        } else {
            self.gap(text.clone());
            self.step_over();
        }
        Received::Noted(text)
    }

    /// Goes on behind the present request.
    fn step_over(&mut self) {
        if self.state.pending.take().is_none()
            && let Some(frame) = self.state.stack.last_mut()
        {
            match &mut frame.left {
                Some(left) => {
                    left.pop_front();
                }
                // The list itself cannot be read again: its continuation may.
                None => frame.left = Some(VecDeque::new()),
            }
        }
        self.advance();
    }

    /// Takes a document that was read.
    fn take(&mut self, request: &Request, reading: Reading) -> Received {
        let Reading { rows, mut below, mut next, declared, watermark, selective, notes } = reading;
        for note in notes {
            self.note(note);
        }
        if selective {
            self.state.whole = false;
        }
        let resumed = self.state.pending.is_none()
            && self.state.stack.last().is_some_and(|frame| frame.left.is_none());
        if resumed {
            if let Some(frame) = self.state.stack.last_mut() {
                frame.left = Some(below.into());
                frame.checked = false;
            }
            self.drop_visited_of_top();
            self.advance();
            return Received::Noted(format!("{} read again", request.url));
        }
        if declared.is_some() {
            self.state.declared = declared;
        }
        self.state.watermark = later(self.state.watermark.take(), watermark);
        self.step_over();
        if request.id.is_none() {
            self.guard(request, &rows, &mut below, &mut next);
            if below.is_empty() {
                self.state.pending = next;
            } else {
                let left = Some(VecDeque::from(below));
                self.state.stack.push(Frame {
                    request: request.clone(),
                    next,
                    left,
                    checked: false,
                });
            }
        }
        if rows.is_empty() {
            return Received::Noted(format!("{} read", request.url));
        }
        self.count(&rows);
        Received::Page(rows)
    }

    /// Leaves out what would turn in a circle or lead too deep.
    fn guard(
        &mut self,
        request: &Request,
        rows: &[Row],
        below: &mut Vec<Request>,
        next: &mut Option<Request>,
    ) {
        if self.protocol.is_chain() {
            let Some(follows) = &*next else { return };
            let content = (!rows.is_empty()).then(|| fingerprint(&format!("{rows:?}")));
            if let Some(why) = self.state.guards.take(content.as_deref(), &follows.url) {
                self.gap(format!("{}: {why}", follows.url));
                *next = None;
            }
            return;
        }
        self.state.visited.insert(fingerprint(&request.url));
        if next.as_ref().is_some_and(|next| self.was_visited(next)) {
            let url = next.take().map(|next| next.url).unwrap_or_default();
            self.gap(format!("{url}: the list leads back to a page that was read"));
        }
        let empty = rows.is_empty() && below.is_empty();
        self.state.empty = if empty { self.state.empty + 1 } else { 0 };
        let endless = self.state.empty > MAX_EMPTY || self.state.visited.len() >= MAX_LISTS;
        if endless && let Some(next) = next.take() {
            self.gap(format!("{}: the lists do not end, and hold nothing", next.url));
        }
        let too_deep = self.state.stack.len() >= MAX_DEPTH;
        let too_many = self.state.visited.len() >= MAX_LISTS;
        let mut dropped = Vec::new();
        below.retain(|request| {
            let is_list = request.id.is_none();
            let again = is_list && self.state.visited.contains(&fingerprint(&request.url));
            if is_list && (again || too_deep || too_many) {
                dropped.push((request.url.clone(), again));
                return false;
            }
            true
        });
        for (url, again) in dropped {
            if again {
                self.note(format!("{url} is listed again: read once"));
            } else {
                let bound = if too_deep { MAX_DEPTH } else { MAX_LISTS };
                self.gap(format!("{url}: more than {bound} lists, or lists in lists"));
            }
        }
    }

    fn was_visited(&self, request: &Request) -> bool {
        self.state.visited.contains(&fingerprint(&request.url))
    }

    /// Lists in the list on top that were read before the walk was resumed.
    fn drop_visited_of_top(&mut self) {
        let visited = &self.state.visited;
        if let Some(left) = self.state.stack.last_mut().and_then(|frame| frame.left.as_mut()) {
            left.retain(|request| {
                request.id.is_some() || !visited.contains(&fingerprint(&request.url))
            });
        }
    }

    /// Leaves the lists that are done.
    fn advance(&mut self) {
        while self.state.pending.is_none() {
            let done = self.state.stack.last().is_some_and(|frame| {
                frame.checked && frame.left.as_ref().is_some_and(VecDeque::is_empty)
            });
            let Some(frame) = done.then(|| self.state.stack.pop()).flatten() else { return };
            self.state.pending = frame.next.filter(|next| !self.was_visited(next));
        }
    }

    fn count(&mut self, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        let state = &mut self.state;
        state.pages += 1;
        state.spent.pages += 1;
        for row in rows {
            state.received += 1;
            state.spent.records += 1;
            state.deleted += u64::from(row.deleted);
            state.quarantined += u64::from(matches!(row.content, Content::Broken(..)));
        }
    }

    fn note(&mut self, text: String) {
        if self.state.notes.len() < MAX_NOTES && !self.state.notes.contains(&text) {
            self.state.notes.push(text);
        }
    }

    fn gap(&mut self, reason: String) {
        self.state.gap_count += 1;
        if self.state.gaps.len() < MAX_NOTES {
            self.state.gaps.push(Gap::Window { from: None, until: None, reason });
        }
    }

    /// Whether everything that there is was listed, so that what was not seen is absent.
    pub fn lists_everything(&self) -> bool {
        self.state.whole
    }

    /// Greatest time or number of a change that was seen.
    pub fn watermark(&self) -> Option<&str> {
        self.state.watermark.as_deref()
    }

    /// How many records the source says that there are.
    pub fn declared(&self) -> Option<u64> {
        self.state.declared
    }

    /// Records received, broken and deleted ones included.
    pub fn received(&self) -> u64 {
        self.state.received
    }

    /// Records that could not be taken, as far as the walk itself knows.
    pub fn quarantined(&self) -> u64 {
        self.state.quarantined
    }

    /// What is known of the completeness of the walk, when it ended so.
    pub fn verdict(&self, ended: &Completion) -> Verdict {
        let state = &self.state;
        let (status, code) = match ended {
            Completion::Complete => ("complete", None),
            Completion::Partial(reason) => ("partial", Some(reason.code)),
            Completion::Failed(reason) => ("failed", Some(reason.code)),
        };
        Verdict {
            status: status.to_owned(),
            code: code.map(|code| code.as_str().to_owned()),
            requests: state.spent.requests,
            pages: state.pages,
            received: state.received,
            declared: state.declared,
            deleted: state.deleted,
            quarantined: state.quarantined,
            whole: state.whole,
            absence_checked: state.whole,
            gaps: state.gaps.clone(),
            gap_count: state.gap_count,
            notes: state.notes.clone(),
            ..Verdict::default()
        }
    }
}

fn partial(code: ReasonCode, text: String) -> Completion {
    Completion::Partial(Reason { code, text })
}
