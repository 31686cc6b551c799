//! Everything of a harvest that survives a crash.

use super::list::List;
use super::plan::{HarvestPlan, Spent};
use super::size::Sizes;
use super::verdict::{Completion, Gap, MAX_NOTES};
use super::window::Window;
use crate::oai_pmh::Granularity;
use crate::oai_pmh::client::guard::fingerprint;
use serde::{Deserialize, Serialize};

/// Lists that may fail in one harvest, whatever its size, and how many more for each record of the
/// largest one that failed; never more than the last.
const HEALS: (u64, u64, u64) = (256, 2, 20_000);
/// Form of the checkpoint.
pub(super) const VERSION: u32 = 3;

/// Where the harvest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Identify is asked.
    Identify,
    /// A list is read, or records one by one.
    List,
    /// The sets are listed, to see whether ours is one of them.
    Sets,
    /// The different identifiers of the run are to be counted.
    Count,
    /// It is over.
    Done,
}

/// What became of the search for absent records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Absence {
    NotDue,
    Due,
    Begun,
    /// Every list of identifiers was read to its end.
    Done,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// What is harvested: a checkpoint of another plan is none.
    pub(super) target: String,
    pub(super) stage: Stage,
    pub(super) granularity: Granularity,
    /// The other granularity was tried.
    pub(super) other_granularity: bool,
    /// The server understands `from` and `until`.
    pub(super) dates: bool,
    /// Everything is asked for, not only what changed.
    pub(super) whole: bool,
    /// `from` of the whole harvest.
    pub(super) from: Option<i64>,
    /// Where its datestamps lie, as far as is known.
    pub(super) low: i64,
    pub(super) high: i64,
    /// To be read; the last one is the next.
    pub(super) windows: Vec<Window>,
    pub(super) list: Option<List>,
    /// Identifiers to be fetched one by one.
    pub(super) missing: Vec<String>,
    /// How many were.
    pub(super) fetched: u64,
    /// How often the request for a record gave nothing whole.
    pub(super) bad: u32,
    /// Token of the list of sets, and its pages.
    pub(super) sets_token: Option<String>,
    pub(super) set_pages: u32,
    /// The set was looked for.
    pub(super) set_checked: bool,
    pub(super) first_response_date: Option<String>,
    pub(super) first_response_seen: bool,
    /// The clock of the server was found to have been put back.
    pub(super) reached_back: bool,
    pub(super) deleted_record: Option<String>,
    pub(super) absence: Absence,
    /// Records that the lists should have brought, as far as they say.
    pub(super) expected: u64,
    /// Sizes as declared; none when one list said none.
    pub(super) declared: Option<u64>,
    pub(super) distinct: Option<u64>,
    /// The identifiers were listed because the count did not match.
    pub(super) compared: bool,
    pub(super) sizes: Sizes,
    /// Lists that failed.
    pub(super) heals: u32,
    /// Records of the largest list that failed, or its size.
    pub(super) largest: u64,
    /// Why the first one failed.
    pub(super) trouble: Option<String>,
    /// Records in a row that were listed and could not be had.
    pub(super) unhad: u32,
    /// Lists in a row that gave no page at all.
    pub(super) barren: u32,
    pub(super) pages: u64,
    pub(super) received: u64,
    pub(super) deleted: u64,
    pub(super) quarantined: u64,
    pub(super) spent: Spent,
    /// Runs in a row that brought no page.
    pub(super) idle_runs: u32,
    pub(super) gaps: Vec<Gap>,
    pub(super) gap_count: u64,
    pub(super) notes: Vec<String>,
    pub(super) completion: Option<Completion>,
}

impl State {
    pub(super) fn new(plan: &HarvestPlan) -> Self {
        Self {
            version: VERSION,
            target: target(plan),
            stage: Stage::Identify,
            granularity: Granularity::Day,
            other_granularity: false,
            dates: true,
            whole: plan.harvested_until.is_none(),
            from: None,
            low: 0,
            high: plan.now,
            windows: Vec::new(),
            list: None,
            missing: Vec::new(),
            fetched: 0,
            bad: 0,
            sets_token: None,
            set_pages: 0,
            set_checked: false,
            first_response_date: None,
            first_response_seen: false,
            reached_back: false,
            deleted_record: None,
            absence: Absence::NotDue,
            expected: 0,
            declared: Some(0),
            distinct: None,
            compared: false,
            sizes: Sizes::default(),
            heals: 0,
            largest: 0,
            trouble: None,
            unhad: 0,
            barren: 0,
            pages: 0,
            received: 0,
            deleted: 0,
            quarantined: 0,
            spent: Spent::default(),
            idle_runs: 0,
            gaps: Vec::new(),
            gap_count: 0,
            notes: Vec::new(),
            completion: None,
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.notes.len() < MAX_NOTES && !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Whether no more lists are cut: what fails now is a gap.
    pub(super) fn heals_are_spent(&self) -> bool {
        let (base, each, most) = HEALS;
        u64::from(self.heals) > self.largest.saturating_mul(each).saturating_add(base).min(most)
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        self.gap_count += 1;
        if self.gaps.len() < MAX_NOTES {
            self.gaps.push(gap);
        }
    }

    pub(super) fn window_gap(&mut self, window: &Window, reason: &str) {
        self.gap(Gap::Window {
            from: window.low_text(self.granularity),
            until: window.until_text(self.granularity),
            reason: reason.to_owned(),
        });
    }
}

/// Fingerprint of what is harvested.
pub(super) fn target(plan: &HarvestPlan) -> String {
    fingerprint(&format!(
        "{}\n{}\n{:?}\n{:?}",
        plan.base_url, plan.metadata_prefix, plan.set, plan.window
    ))
}
