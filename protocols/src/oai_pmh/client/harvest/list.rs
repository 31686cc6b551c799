//! The list that is being read: where it stands, and what is known of its order.

use super::super::guard::Guards;
use super::super::page::Page;
use super::plan::DAY;
use super::window::Window;
use crate::oai_pmh::Datestamp;
use serde::{Deserialize, Serialize};

/// Seconds that a datestamp may lie outside of its window before the server is taken not to look
/// at dates: it may write local time.
const TOLERANCE: i64 = 2 * DAY;
/// Seconds by which a local time jumps.
const SHIFT: i64 = 2 * 3_600;
/// A list that goes on past so many times its size, and past so many records more, has no end.
const EXCESS: (u64, u64) = (4, 2_000);

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct List {
    pub(super) window: Window,
    /// Token of the next page.
    pub(super) token: Option<String>,
    pub(super) pages: u64,
    /// Records and headers, broken ones included.
    pub(super) received: u64,
    /// completeListSize, the highest that was said: a list may shrink on the way.
    pub(super) declared: Option<u64>,
    /// How often the request at hand gave no whole page.
    pub(super) bad: u32,
    /// How often the token at hand was refused.
    pub(super) refused: u32,
    /// Records whose datestamp is not in the window.
    pub(super) outside: u64,
    pub(super) order: Order,
    pub(super) guards: Guards,
    /// Different identifiers of the run when they were counted last in this list.
    pub(super) distinct: Option<u64>,
    /// Pages at which they are counted next.
    pub(super) count_at: u64,
}

impl List {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            token: None,
            pages: 0,
            received: 0,
            declared: None,
            bad: 0,
            refused: 0,
            outside: 0,
            order: Order::default(),
            guards: Guards::default(),
            distinct: None,
            count_at: 256,
        }
    }

    /// Takes note of a page.
    pub(super) fn take(&mut self, page: &Page) {
        self.pages += 1;
        self.bad = 0;
        self.refused = 0;
        self.received += page.received() as u64;
        if page.complete_list_size.is_some_and(|size| size > 0) {
            self.declared = self.declared.max(page.complete_list_size);
        }
        self.order.known &= page.broken.is_empty();
        for record in &page.records {
            let stamp = record.datestamp.as_deref().and_then(Datestamp::parse_lenient);
            self.order.take(stamp.map(|stamp| stamp.seconds));
            if let Some(stamp) = stamp {
                let early =
                    self.window.from.is_some_and(|from| stamp.last_second() < from - TOLERANCE);
                let late = self.window.end.is_some_and(|end| stamp.seconds >= end + TOLERANCE);
                self.outside += u64::from(early || late);
            }
        }
    }

    /// Whether the list goes on although all of it, many times, has come.
    pub(super) fn exceeds(&self) -> Option<String> {
        let size = self.declared?;
        let most = size.saturating_mul(EXCESS.0).saturating_add(EXCESS.1);
        (self.received > most)
            .then(|| format!("{} records came of a list of {size}, and no end", self.received))
    }

    /// Whether its datestamps lie further apart than what was asked for, be they local time.
    pub(super) fn spreads(&self) -> bool {
        let (Some(from), Some(end)) = (self.window.from, self.window.end) else { return false };
        let (Some(lowest), Some(highest)) = (self.order.lowest, self.order.highest) else {
            return false;
        };
        let by_day = lowest % DAY == 0 && highest % DAY == 0;
        let slack = if by_day { DAY } else { SHIFT };
        highest - lowest > end.saturating_sub(from).saturating_add(slack)
    }

    /// Whether the server sends what was not asked for.
    pub(super) fn ignores_dates(&self) -> bool {
        self.outside > 0 && self.outside * 2 > self.received
    }
}

/// What is known of the order of a list. No order may be assumed (H7 of the reference): it is
/// used only as far as it was seen, and what follows from it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    /// Every datestamp could be read.
    pub(super) known: bool,
    pub(super) ascending: bool,
    pub(super) last: Option<i64>,
    pub(super) lowest: Option<i64>,
    pub(super) highest: Option<i64>,
    /// Records.
    pub(super) count: u64,
    /// Records with the last datestamp.
    pub(super) at_last: u64,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            known: true,
            ascending: true,
            last: None,
            lowest: None,
            highest: None,
            count: 0,
            at_last: 0,
        }
    }
}

impl Order {
    fn take(&mut self, stamp: Option<i64>) {
        self.count += 1;
        let Some(stamp) = stamp else {
            self.known = false;
            return;
        };
        self.ascending &= self.last.is_none_or(|last| last <= stamp);
        self.at_last = if self.last == Some(stamp) { self.at_last + 1 } else { 1 };
        self.last = Some(stamp);
        self.lowest = Some(self.lowest.map_or(stamp, |lowest| lowest.min(stamp)));
        self.highest = Some(self.highest.map_or(stamp, |highest| highest.max(stamp)));
    }

    /// The datestamp up to which (itself not counted) everything came, if the list goes on as it
    /// went so far, and how many records that were.
    pub(super) fn safe(&self) -> Option<(i64, u64)> {
        (self.known && self.ascending && self.lowest < self.last)
            .then_some(self.last)
            .flatten()
            .map(|last| (last, self.count - self.at_last))
    }
}
