//! What an answer changes.

use super::super::page::{HarvestedRecord, Page, Repository, Shape};
use super::super::scan::Tags;
use super::list::List;
use super::plan::DAY;
use super::state::{Absence, Stage};
use super::verdict::{Completion, Gap, Reason, ReasonCode};
use super::window::{Kind, Window};
use super::{After, Harvest, Received, Unanswered};
use crate::oai_pmh::client::guard::fingerprint;
use crate::oai_pmh::{Datestamp, ErrorCode, Granularity, OaiError, datestamp};

/// Pages of ListSets that are read to find a set.
const MAX_SET_PAGES: u32 = 200;
/// Records in a row that are listed and cannot be had, after which only one of a page is tried.
const MAX_UNHAD: u32 = 100;
/// Earliest datestamp that is believed: the protocol is of 1999.
const EARLIEST: i64 = 631_152_000;

impl Harvest {
    /// Takes the body of the answer to the request of [`Self::next`].
    pub fn receive(&mut self, body: &[u8]) -> Received {
        self.state.spent.requests += 1;
        self.state.spent.bytes += body.len() as u64;
        let received = match self.state.stage {
            Stage::Identify => self.identify(body),
            Stage::Sets => self.sets(&Page::parse(body)),
            Stage::List if !self.state.missing.is_empty() => self.single(Page::parse(body)),
            Stage::List => self.page(Page::parse(body)),
            Stage::Count | Stage::Done => Received::Ended,
        };
        if self.after.is_none() {
            self.obey_limits();
        }
        if self.state.stage == Stage::Done
            && matches!(received, Received::Again(_) | Received::Noted(_))
        {
            return Received::Ended;
        }
        received
    }

    /// Which of the live headers of the last page were not received: they are fetched one by one.
    pub fn missing(&mut self, identifiers: Vec<String>) {
        self.state.sizes.walk.missing += identifiers.len() as u64;
        self.state.missing.extend(identifiers);
        self.leave_unhad();
        if let Some(after) = self.after.take() {
            self.go(after);
        }
        self.obey_limits();
    }

    /// The number of different identifiers that was asked for by [`super::Step::Count`].
    pub fn counted(&mut self, distinct: u64) {
        self.state.distinct = Some(distinct);
        self.state.stage = Stage::List;
        if let Some(list) = &mut self.state.list {
            let standing = list.distinct.is_some_and(|before| before >= distinct);
            list.distinct = Some(distinct);
            list.count_at = list.count_at.saturating_mul(2);
            if standing && !list.window.again {
                let pages = list.pages;
                self.fail_list(&format!("{pages} pages came, and no new record in half of them"));
            }
        } else {
            self.conclude(distinct);
        }
    }

    /// The request of [`Self::next`] could not be answered, after all attempts.
    pub fn unanswered(&mut self, why: Unanswered, reason: impl Into<String>) {
        let reason = reason.into();
        let code = match why {
            Unanswered::Transport => ReasonCode::Transport,
            Unanswered::Later => ReasonCode::Later,
            Unanswered::Refused => ReasonCode::Refused,
            Unanswered::Gone => ReasonCode::Gone,
            Unanswered::OutOfTime => ReasonCode::Budget,
            // A page on which the server stumbles is healed like one that never comes whole.
            Unanswered::Server if self.state.pages > 0 && self.state.stage == Stage::List => {
                if self.state.missing.is_empty() {
                    self.fail_list(&reason);
                } else {
                    self.give_up_record(reason);
                }
                return;
            }
            Unanswered::Server => ReasonCode::Answers,
        };
        self.stop(code, reason);
    }

    fn identify(&mut self, body: &[u8]) -> Received {
        let repository = match Repository::parse(body) {
            Ok(repository) => repository,
            Err(reason) => return self.again_or_stop(format!("Identify: {reason}")),
        };
        let plan = &self.plan;
        let state = &mut self.state;
        // Day granularity is always supported; without a word that is what is used.
        state.granularity = repository.granularity.unwrap_or(Granularity::Day);
        state.deleted_record.clone_from(&repository.deleted_record);
        let granule = Window::granule(state.granularity);
        let until = plan.harvested_until.as_deref().and_then(Datestamp::parse_lenient);
        state.from = until.map(|until| {
            until.seconds.min(plan.now).saturating_sub(granule).saturating_sub(plan.overlap_s)
        });
        state.whole = state.from.is_none();
        let earliest = repository
            .earliest_datestamp
            .as_deref()
            .and_then(Datestamp::parse_lenient)
            .map(|stamp| stamp.seconds);
        if let Some(earliest) =
            earliest.filter(|earliest| !(EARLIEST..=plan.now).contains(earliest))
        {
            let text = datestamp::format(earliest, Granularity::Second);
            state.note(format!("earliestDatestamp {text} cannot be"));
        }
        state.low = earliest.unwrap_or(EARLIEST).clamp(EARLIEST, plan.now.max(EARLIEST));
        if let Some(from) = state.from {
            state.low = from;
        }
        state.high = plan.now.saturating_add(DAY).max(state.low);
        let due = plan.absence.is_due(state.deleted_record.as_deref(), plan.since_absence_check_s);
        if due && !state.whole {
            state.absence = Absence::Due;
        }
        let mut window = Window::new(Kind::Records, state.from, state.low, state.high);
        window.unit = plan.window;
        state.windows.push(window);
        state.stage = Stage::List;
        state.bad = 0;
        self.advance();
        Received::Repository(repository)
    }

    fn page(&mut self, page: Page) -> Received {
        let attempts = self.plan.attempts.max(1);
        let Some(list) = &mut self.state.list else { return Received::Ended };
        if let Shape::Foreign(reason) = &page.shape {
            return self.bad_page(reason.clone());
        }
        if page.received() == 0 && !page.errors.is_empty() {
            return self.errors(&page);
        }
        if page.received() == 0 && page.token.is_none() && !holds_list(&page.text) {
            return self.bad_page("the answer holds neither a list nor an error".to_owned());
        }
        let truncated = page.shape == Shape::Truncated;
        if truncated {
            list.bad += 1;
            if list.bad < attempts || page.received() == 0 {
                list.bad -= 1;
                return self.bad_page("the answer was cut off".to_owned());
            }
        }
        self.state.barren = 0;
        list.take(&page);
        let (kind, first) = (list.window.kind, list.pages == 1);
        let content = content(&page);
        let after = if truncated {
            After::Failed(format!("the answer was cut off {attempts} times; what came was taken"))
        } else {
            match &page.token {
                None => After::End,
                Some(token) => match list
                    .guards
                    .take(content.as_deref(), &token.value)
                    .or_else(|| list.exceeds())
                {
                    Some(reason) => After::Failed(reason),
                    None => After::Token(token.value.clone()),
                },
            }
        };
        self.counts(&page);
        if first {
            self.settle_proof(page.complete_list_size);
            self.first_page(page.response_date.as_deref());
        }
        if kind == Kind::Records {
            self.go(after);
            Received::Page(Box::new(page))
        } else {
            self.after = Some(after);
            Received::Headers(Box::new(page))
        }
    }

    fn counts(&mut self, page: &Page) {
        let state = &mut self.state;
        let received = page.received() as u64;
        state.pages += 1;
        state.spent.pages += 1;
        state.spent.records += received;
        state.received += received;
        // A record that the answer ends in comes again.
        let broken = page.broken.iter().filter(|broken| broken.code != "record_cut_off");
        state.quarantined += broken.count() as u64;
        state.deleted += page.records.iter().filter(|record| record.deleted).count() as u64;
    }

    /// What the first page of a list tells: the clock of the server.
    fn first_page(&mut self, response_date: Option<&str>) {
        let state = &mut self.state;
        let stamp = response_date.and_then(Datestamp::parse_lenient);
        if !state.first_response_seen {
            state.first_response_seen = true;
            let now = self.plan.now;
            state.first_response_date = match stamp {
                // A clock ahead of ours would have us miss what comes meanwhile, should it be
                // set right: to begin too early costs only some records that are known.
                Some(stamp) if stamp.seconds > now => {
                    let ahead = stamp.seconds - now;
                    if ahead > 60 {
                        state.note(format!("the clock of the server is {ahead} seconds ahead"));
                    }
                    Some(datestamp::format(now, Granularity::Second))
                }
                Some(_) => response_date.map(str::to_owned),
                None => {
                    state.note("the answer has no responseDate that can be read");
                    Some(datestamp::format(now.saturating_sub(DAY), Granularity::Second))
                }
            };
        }
        // A clock that was put back stamps changes earlier than the last answer that it gave.
        let (Some(stamp), Some(from)) = (stamp, state.from) else { return };
        let behind = from.saturating_sub(stamp.last_second());
        if behind > 0 && !state.reached_back {
            state.reached_back = true;
            state.note(format!("the clock of the server was put back by {behind} seconds"));
            let granule = Window::granule(state.granularity);
            let from = stamp.seconds.saturating_sub(behind).saturating_sub(2 * granule);
            let mut window = Window::new(Kind::Records, Some(from), from, state.high);
            window.end = state.from;
            state.from = Some(from);
            state.windows.insert(0, window);
        }
    }

    /// Follows a list where it goes on.
    pub(super) fn go(&mut self, after: After) {
        match after {
            After::Token(token) => {
                let Some(list) = &mut self.state.list else { return };
                list.token = Some(token);
                if list.window.kind == Kind::Records && list.pages >= list.count_at {
                    self.state.stage = Stage::Count;
                }
            }
            After::Failed(reason) => self.fail_list(&reason),
            After::End => self.end_list(),
        }
    }

    fn errors(&mut self, page: &Page) -> Received {
        let all = |code: &ErrorCode| page.errors.iter().all(|error| error.code == *code);
        let any = |code: &ErrorCode| page.errors.iter().any(|error| error.code == *code);
        let said = page.errors.iter().map(OaiError::to_string).collect::<Vec<_>>().join("; ");
        let attempts = self.plan.attempts.max(1);
        let sent_dates = self.state.dates
            && self
                .state
                .list
                .as_ref()
                .is_some_and(|list| list.window.from.is_some() || list.window.end.is_some());
        let Some(list) = &mut self.state.list else { return Received::Ended };
        if all(&ErrorCode::NoRecordsMatch) {
            if list.token.is_none() {
                self.state.barren = 0;
                self.first_page(page.response_date.as_deref());
                self.end_list();
                return Received::Noted("the list is empty".to_owned());
            }
            // In the middle of a list it is another word for its end, if all of it came.
            if list.declared.is_some_and(|size| list.received >= size) {
                self.end_list();
                return Received::Noted("noRecordsMatch at the end of the list".to_owned());
            }
            let reason = format!("{said}, after {} records", list.received);
            return self.failed_list(reason);
        }
        if let Some(token) = &list.token {
            // Some servers stumble once, and some are several that do not know each other's
            // tokens.
            list.refused += 1;
            if list.refused < 2 || (!any(&ErrorCode::BadResumptionToken) && list.refused < attempts)
            {
                return Received::Again(format!("`{said}` to the resumptionToken `{token}`"));
            }
            let reason =
                format!("the resumptionToken was refused after {} records ({said})", list.received);
            return self.failed_list(reason);
        }
        if any(&ErrorCode::BadArgument) && sent_dates {
            return self.other_dates(&said);
        }
        let hopeless = any(&ErrorCode::BadArgument)
            || any(&ErrorCode::BadVerb)
            || any(&ErrorCode::CannotDisseminateFormat)
            || any(&ErrorCode::NoSetHierarchy);
        if hopeless {
            // A repository may offer ListRecords and refuse ListIdentifiers.
            if list.window.kind == Kind::Records {
                self.stop(ReasonCode::Protocol, said);
            } else {
                return self.failed_list(said);
            }
            return Received::Ended;
        }
        list.refused += 1;
        if list.refused < attempts {
            return Received::Again(said);
        }
        if self.state.pages == 0 {
            self.stop(ReasonCode::Protocol, said);
            return Received::Ended;
        }
        self.failed_list(said)
    }

    /// Dataverse announces seconds and refuses them (IQSS/dataverse#11020); others the other way
    /// round, and some know no dates at all.
    fn other_dates(&mut self, said: &str) -> Received {
        let state = &mut self.state;
        if !state.other_granularity {
            state.other_granularity = true;
            state.granularity = match state.granularity {
                Granularity::Day => Granularity::Second,
                Granularity::Second => Granularity::Day,
            };
            let text = format!(
                "the server refuses the datestamps that it announces ({said}); asked in {}",
                state.granularity.as_str()
            );
            state.note(text.clone());
            return Received::Again(text);
        }
        let text = format!("the server refuses from and until ({said}); everything is read");
        state.note(text.clone());
        self.forget_dates();
        Received::Again(text)
    }

    /// The list cannot be cut by dates: it is read as a whole.
    pub(super) fn forget_dates(&mut self) {
        let state = &mut self.state;
        state.dates = false;
        let kind = state.list.take().map_or(Kind::Records, |list| list.window.kind);
        state.windows.clear();
        state.windows.push(Window::new(kind, None, state.low, state.high));
        self.advance();
    }

    /// An answer to GetRecord.
    fn single(&mut self, mut page: Page) -> Received {
        let attempts = self.plan.attempts.max(1);
        let identifier = self.state.missing.last().cloned().unwrap_or_default();
        let whole = page.shape == Shape::Whole;
        if whole && page.received() == 0 && !page.errors.is_empty() {
            let gone = page.errors.iter().any(|error| {
                matches!(error.code, ErrorCode::IdDoesNotExist | ErrorCode::CannotDisseminateFormat)
            });
            let said = page.errors.iter().map(OaiError::to_string).collect::<Vec<_>>().join("; ");
            if gone {
                self.state.sizes.walk.unstored += 1;
                self.state.unhad = 0;
                self.done_record();
                return Received::Noted(format!("{identifier} is gone by now ({said})"));
            }
            return self.again_or_give_up(said, attempts);
        }
        if !whole || page.received() == 0 {
            return self.again_or_give_up("the answer holds no whole record".to_owned(), attempts);
        }
        let other = |record: &&HarvestedRecord| record.identifier != identifier;
        if let Some(record) = page.records.iter().find(other) {
            let said = format!("the answer holds the record {}", record.identifier);
            return self.again_or_give_up(said, attempts);
        }
        page.token = None;
        self.state.fetched += 1;
        self.state.unhad = 0;
        self.state.sizes.walk.unstored += u64::from(page.records.is_empty());
        self.counts(&page);
        self.done_record();
        Received::Page(Box::new(page))
    }

    fn again_or_give_up(&mut self, reason: String, attempts: u32) -> Received {
        self.state.bad += 1;
        if self.state.bad < attempts {
            return Received::Again(reason);
        }
        self.give_up_record(reason.clone());
        Received::Noted(reason)
    }

    fn give_up_record(&mut self, reason: String) {
        if let Some(identifier) = self.state.missing.last().cloned() {
            self.state.gap(Gap::Record { identifier, reason });
        }
        self.state.unhad += 1;
        self.state.missing.pop();
        self.state.bad = 0;
        self.leave_unhad();
        self.advance();
    }

    /// A server that gives none of many records that it lists is not asked for all the others.
    fn leave_unhad(&mut self) {
        if self.state.unhad < MAX_UNHAD {
            return;
        }
        let reason = format!("{MAX_UNHAD} records in a row could not be had");
        for identifier in self.state.missing.split_off(self.state.missing.len().min(1)) {
            self.state.gap(Gap::Record { identifier, reason: reason.clone() });
        }
    }

    fn done_record(&mut self) {
        self.state.missing.pop();
        self.state.bad = 0;
        self.advance();
    }

    /// An answer to ListSets: whether the set that has no records is one of the repository.
    fn sets(&mut self, page: &Page) -> Received {
        let Some(set) = self.plan.set.clone() else {
            self.state.stage = Stage::List;
            self.advance();
            return Received::Noted(String::new());
        };
        let hierarchy = page.errors.iter().any(|e| e.code == ErrorCode::NoSetHierarchy);
        if hierarchy {
            let text = format!("the repository has no sets, and `{set}` is asked for");
            self.stop(ReasonCode::UnknownSet, text);
            return Received::Ended;
        }
        self.state.set_pages += 1;
        if page.shape != Shape::Whole || !page.errors.is_empty() {
            self.state.bad += 1;
            if self.state.bad < self.plan.attempts.max(1) {
                return Received::Again("the list of sets cannot be read".to_owned());
            }
            self.state.note("the set has no records, and the list of sets cannot be read");
            self.leave_sets();
            return Received::Noted("the list of sets cannot be read".to_owned());
        }
        self.state.bad = 0;
        if set_specs(&page.text).any(|spec| {
            spec == set || spec.strip_prefix(set.as_str()).is_some_and(|rest| rest.starts_with(':'))
        }) {
            self.leave_sets();
            return Received::Noted(format!("the set `{set}` exists"));
        }
        match &page.token {
            Some(token) if self.state.set_pages < MAX_SET_PAGES => {
                self.state.sets_token = Some(token.value.clone());
                Received::Noted("the list of sets goes on".to_owned())
            }
            Some(_) => {
                self.state.note("the set has no records, and the list of sets has no end");
                self.leave_sets();
                Received::Noted("the list of sets has no end".to_owned())
            }
            None => {
                let text = format!("the repository has no set `{set}` (any more)");
                self.stop(ReasonCode::UnknownSet, text);
                Received::Ended
            }
        }
    }

    fn leave_sets(&mut self) {
        self.state.stage = Stage::List;
        self.state.set_checked = true;
        self.advance();
    }

    fn bad_page(&mut self, reason: String) -> Received {
        let attempts = self.plan.attempts.max(1);
        let Some(list) = &mut self.state.list else { return Received::Ended };
        list.bad += 1;
        if list.bad < attempts {
            return Received::Again(reason);
        }
        self.failed_list(reason)
    }

    fn failed_list(&mut self, reason: String) -> Received {
        self.fail_list(&reason);
        if self.state.completion.is_some() { Received::Ended } else { Received::Again(reason) }
    }

    fn again_or_stop(&mut self, reason: String) -> Received {
        self.state.bad += 1;
        if self.state.bad < self.plan.attempts.max(1) {
            return Received::Again(reason);
        }
        self.stop(ReasonCode::Answers, reason);
        Received::Ended
    }

    fn obey_limits(&mut self) {
        if self.state.completion.is_none()
            && let Some(reason) = self.state.spent.over(&self.plan.limits)
        {
            self.stop(ReasonCode::Budget, reason);
        }
    }

    /// Ends the harvest early. Everything that was to be read stays in the state.
    pub(super) fn stop(&mut self, code: ReasonCode, text: impl Into<String>) {
        let reason = Reason::new(code, text);
        let begun = self.state.pages > 0;
        let end = if begun { Completion::Partial(reason) } else { Completion::Failed(reason) };
        self.state.completion = Some(end);
        self.state.stage = Stage::Done;
    }
}

impl List {
    /// What the list should have brought, as far as it says.
    pub(super) fn size(&self) -> u64 {
        self.declared.unwrap_or(self.received)
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

/// Whether an answer holds a list, be it an empty one.
fn holds_list(text: &str) -> bool {
    Tags::new(text).any(|tag| tag.opens("ListRecords") || tag.opens("ListIdentifiers"))
}

/// Every `setSpec` of an answer.
fn set_specs(text: &str) -> impl Iterator<Item = &str> {
    Tags::new(text).filter(|tag| tag.opens("setSpec")).filter_map(move |tag| {
        let rest = text.get(tag.end..)?;
        Some(rest.get(..rest.find('<')?)?.trim())
    })
}
