//! Whether what came is what was announced.
//!
//! A list that ends before its announced size may have lost its token, may have shrunk on the way,
//! or may announce what it never had. After the lists are read, a sum that falls short has the
//! identifiers listed (the comparison); a list of identifiers that is short itself is put on
//! trial: cut in two, both halves read. Records that were hidden by its end show themselves in a
//! smaller list. When both halves announce too much as well and bring as many as the whole did, or
//! when a list that ends too early is one page that had room for more, the announced size is wrong.

use super::Harvest;
use super::list::List;
use super::state::{Absence, State};
use super::verdict::ReasonCode;
use super::window::{Kind, Window};
use serde::{Deserialize, Serialize};

/// Comparisons of one harvest: each must at least halve what is missing.
const MAX_ROUNDS: u32 = 12;
/// Records that a comparison may have fewer than were received, and a share of them: more is no
/// list that shrinks a little.
const SHRINKS: (u64, u64) = (16, 16);

/// What the lists of identifiers of one comparison brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// Identifiers, repeated ones included.
    pub(super) rows: u64,
    /// Identifiers that the lists announced.
    pub(super) expected: u64,
    /// A list of several pages announced nothing.
    pub(super) silent: bool,
    /// Identifiers that were not received before.
    pub(super) missing: u64,
    /// Of these, records that are gone by now or came broken: counted, and not stored.
    pub(super) unstored: u64,
}

/// A list that ended before its announced size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Short {
    window: Window,
    rows: u64,
    size: u64,
    /// First and last datestamp that it showed.
    shown: Option<(i64, i64)>,
}

/// A short list whose halves are being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trial {
    rows: u64,
    /// Records of the halves so far.
    got: u64,
    /// Records that the halves announced.
    size: u64,
    /// Records of the larger half.
    larger: u64,
    /// A half came as announced.
    whole: bool,
    /// Halves that are left.
    left: u32,
    /// Halves that are short themselves.
    shorts: Vec<Short>,
}

/// What is known of announced sizes; part of the checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sizes {
    pub(super) walk: Walk,
    /// Identifiers that a page can hold at least.
    page: u64,
    /// To be put on trial.
    shorts: Vec<Short>,
    trial: Option<Trial>,
    /// Sum of the sizes that the lists before the comparison announced; those that announced none
    /// count nothing.
    pub(super) announced: u64,
    /// What was missing after the last count.
    shortfall: u64,
    rounds: u32,
}

impl Sizes {
    /// A comparison begins.
    fn begin(&mut self) {
        self.walk = Walk::default();
        self.shorts.clear();
        self.trial = None;
    }

    /// A list failed: what is known of its parts proves nothing.
    pub(super) fn cancel_trial(&mut self) {
        if let Some(trial) = self.trial.take() {
            self.shorts.extend(trial.shorts);
        }
    }
}

impl State {
    /// Whether the lists at hand are those of a comparison.
    fn compares(&self, kind: Kind) -> bool {
        kind == Kind::Absence || self.compared
    }
}

impl Harvest {
    /// Takes note of a list of a comparison that came to its end. `false` when the server turns
    /// out not to look at dates, so that the list is worth nothing.
    pub(super) fn weigh(&mut self, list: &List, bounds: Window) -> bool {
        if !self.state.compares(list.window.kind) {
            return true;
        }
        let dates = self.state.dates;
        let sizes = &mut self.state.sizes;
        if dates && sizes.trial.as_ref().is_some_and(|it| list.received >= it.rows) {
            // Half of a list is all of it.
            if list.spreads() || list.ignores_dates() {
                sizes.begin();
                return false;
            }
        }
        sizes.walk.rows += list.received;
        sizes.page = sizes.page.max(list.received.div_ceil(list.pages.max(1)));
        let boasts = list.received < list.size();
        let has_room = list.pages == 1 && list.received < sizes.page;
        let size = if has_room { list.received } else { list.size().max(list.received) };
        sizes.walk.expected += size;
        sizes.walk.silent |= list.pages > 1 && list.declared.is_none();
        let short = (boasts && !has_room).then(|| Short {
            window: bounds,
            rows: list.received,
            size: list.size(),
            shown: list.order.lowest.zip(list.order.highest),
        });
        let Some(trial) = &mut sizes.trial else {
            sizes.shorts.extend(short);
            return true;
        };
        trial.got += list.received;
        trial.size += size;
        trial.larger = trial.larger.max(list.received);
        trial.whole |= list.received > 0 && !boasts;
        trial.left = trial.left.saturating_sub(1);
        trial.shorts.extend(short);
        if trial.left == 0 {
            if trial.got == trial.rows && trial.larger < trial.rows && !trial.whole {
                // What was announced beyond that is nowhere.
                let beyond = trial.size.saturating_sub(trial.got);
                sizes.walk.expected = sizes.walk.expected.saturating_sub(beyond);
                sizes.trial = None;
            } else {
                sizes.cancel_trial();
            }
        }
        true
    }

    /// Puts the next short list on trial: its halves are read next.
    pub(super) fn begin_trial(&mut self) {
        let state = &mut self.state;
        while state.sizes.trial.is_none() && state.dates && !state.heals_are_spent() {
            let Some(short) = state.sizes.shorts.pop() else { return };
            // Through the middle of what it showed, else beside it.
            let within = short.shown.and_then(|(low, high)| {
                Window { low, high, ..short.window.clone() }.halves(state.granularity, None)
            });
            let beside = || short.window.halves(state.granularity, short.shown);
            let Some((before, after)) = within.or_else(beside) else { continue };
            state.heals += 1;
            state.note(format!(
                "a list of identifiers ended after {} of {}; it is listed in parts",
                short.rows, short.size
            ));
            // Its halves are counted in its place.
            let walk = &mut state.sizes.walk;
            walk.rows = walk.rows.saturating_sub(short.rows);
            walk.expected = walk.expected.saturating_sub(short.size);
            state.sizes.trial = Some(Trial {
                rows: short.rows,
                got: 0,
                size: 0,
                larger: 0,
                whole: false,
                left: 2,
                shorts: Vec::new(),
            });
            state.windows.extend([after, before]);
        }
    }

    /// The identifiers of everything are to be compared.
    fn compare(&mut self) {
        let state = &mut self.state;
        state.compared = true;
        state.sizes.begin();
        let mut window = Window::new(Kind::Heal, state.from, state.low, state.high);
        window.again = true;
        state.windows.push(window);
        self.advance();
    }

    /// All windows were read: whether everything came, as far as it can be known.
    pub(super) fn conclude(&mut self, distinct: u64) {
        if self.state.absence == Absence::Begun {
            self.conclude_absence(distinct);
            return;
        }
        let state = &mut self.state;
        if state.compared {
            if !self.is_settled(distinct) {
                return;
            }
        } else {
            let (seen, expected) = (distinct.saturating_add(state.quarantined), state.expected);
            if seen < expected {
                // Estimates, records that come twice and pages that skip look alike: the
                // identifiers tell which it is.
                state.sizes.shortfall = expected - seen;
                state.note(format!(
                    "{seen} different records came of {expected} announced; the identifiers were compared"
                ));
                self.compare();
                return;
            }
        }
        if self.state.absence == Absence::Due {
            let state = &mut self.state;
            state.absence = Absence::Begun;
            state.sizes.begin();
            state.windows.push(Window::new(Kind::Absence, None, 0, state.high));
            self.advance();
            return;
        }
        self.finish();
    }

    /// Whether the comparison of identifiers tells that everything came. When not, the harvest
    /// stops, or compares again.
    fn is_settled(&mut self, distinct: u64) -> bool {
        let state = &mut self.state;
        let Sizes { walk, announced, shortfall, rounds, .. } = &mut state.sizes;
        let announced = *announced;
        let seen = distinct.saturating_add(walk.unstored);
        // The comparison is the younger, so that its word counts: a list may have shrunk.
        let shrinks = SHRINKS.0.max(distinct / SHRINKS.1);
        let is_whole = !walk.silent && walk.rows.saturating_add(shrinks) >= seen;
        let expected = if is_whole { walk.expected } else { walk.expected.max(announced) };
        let text =
            format!("{seen} different records came of {} announced", announced.max(expected));
        // IQSS/dataverse#7545: 5 of 1000.
        let far = seen.saturating_mul(2) < announced;
        if state.gap_count == 0 && (far || seen < expected) {
            let left = expected.saturating_sub(seen);
            let nearer = left > 0 && left.saturating_mul(2) <= *shortfall;
            if walk.missing > 0 && *rounds < MAX_ROUNDS && nearer {
                *shortfall = left;
                *rounds += 1;
                state.note("the identifiers were compared again: every list leaves out others");
                self.compare();
                return false;
            }
            self.stop(ReasonCode::Size, text);
            return false;
        }
        if seen < announced {
            state.note(format!(
                "declared size {announced}, seen {seen}: the identifiers were listed, and there are no more"
            ));
        }
        true
    }

    /// Whether the list of what there is was whole, before what is not in it is deleted.
    fn conclude_absence(&mut self, distinct: u64) {
        let state = &mut self.state;
        let walk = &state.sizes.walk;
        let seen = distinct.saturating_add(walk.unstored).min(walk.rows);
        if state.gap_count == 0 && seen < walk.expected {
            let text = format!(
                "the search for absent records: {seen} different identifiers came of {} announced",
                walk.expected
            );
            self.stop(ReasonCode::Size, text);
            return;
        }
        state.absence = Absence::Done;
        self.finish();
    }
}
