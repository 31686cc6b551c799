//! From one list to the next, and what becomes of a list that cannot be read to its end.
//!
//! The ladder, one rung a failure:
//! 1. The list went by ascending datestamps so far: what comes from the last datestamp on is asked
//!    for anew, and what came before it is verified: by the sizes of both lists, else by
//!    ListIdentifiers.
//! 2. The window is cut in two halves, each read as a list.
//! 3. Its identifiers are listed, and what is missing is fetched one by one; such a list is cut in
//!    halves too.
//! 4. It is a gap.

use super::Harvest;
use super::list::List;
use super::state::{Absence, Stage};
use super::verdict::{Completion, Gap, ReasonCode};
use super::window::{Kind, Proof, Window};

/// Lists in a row of which not even the first page comes, after which the server is taken to be
/// ill: one bad record is found in fewer cuts of all time into seconds.
const MAX_BARREN: u32 = 36;
/// The same before any page came at all.
const MAX_BARREN_AT_FIRST: u32 = 2;

impl Harvest {
    /// The list at hand came to its end.
    pub(super) fn end_list(&mut self) {
        let Some(list) = self.state.list.take() else { return };
        if list.received == 0
            && list.window.kind == Kind::Records
            && self.plan.set.is_some()
            && !self.state.set_checked
            && self.state.received == 0
            && self.state.windows.is_empty()
        {
            // An unknown set looks like "nothing new" (dataverse#3284).
            self.state.stage = Stage::Sets;
            return;
        }
        if list.pages == 0 {
            self.settle_proof(None);
        }
        let bounds = Self::bounds(&list);
        if !self.weigh(&list, bounds) {
            self.state.note("the server does not look at from and until");
            self.state.list = Some(list);
            self.forget_dates();
            return;
        }
        // The comparison of identifiers is summed up apart.
        if list.window.kind != Kind::Absence && !self.state.compared {
            self.state.expected += list.size();
            self.state.sizes.announced += list.declared.unwrap_or(0);
            self.state.declared = match (self.state.declared, list.declared) {
                (Some(sum), Some(size)) => Some(sum + size),
                (sum, None) if list.received == 0 => sum,
                _ => None,
            };
        }
        self.advance();
    }

    /// Whether the size that a list declares on its first page proves that the window below it
    /// came whole. (That this list itself comes whole is seen to as for every other.)
    pub(super) fn settle_proof(&mut self, declared: Option<u64>) {
        let Some(window) = self.state.windows.last_mut() else { return };
        let Some(Proof { above, received }) = window.proven_by.take() else { return };
        if declared == Some(above) {
            self.state.windows.pop();
            self.state.expected += received;
            self.state.sizes.announced += received;
            self.state.declared = self.state.declared.map(|sum| sum + received);
        }
    }

    /// The list at hand cannot be read further.
    pub(super) fn fail_list(&mut self, reason: &str) {
        let Some(list) = self.state.list.take() else { return };
        self.state.note(format!("healed: {reason}"));
        self.state.trouble.get_or_insert_with(|| reason.to_owned());
        self.state.heals += 1;
        self.state.largest = self.state.largest.max(list.size()).max(list.received);
        self.state.stage = Stage::List;
        self.state.sizes.cancel_trial();
        if self.state.dates && (list.ignores_dates() || list.spreads()) {
            self.state.note("the server does not look at from and until");
            self.state.list = Some(list);
            self.forget_dates();
            return;
        }
        let barren = list.pages == 0;
        let window = Self::bounds(&list);
        if barren {
            self.settle_proof(None);
        }
        let mut pieces = Vec::new();
        if self.state.heals_are_spent() {
            let heals = self.state.heals;
            self.state.window_gap(&window, &format!("{heals} lists failed; the last: {reason}"));
        } else if let Some((before, after)) = self.ordered(&list, &window) {
            pieces = vec![before, after];
        } else if let Some((before, after)) = window
            .halves(self.state.granularity, list.order.lowest.zip(list.order.highest))
            .filter(|_| self.state.dates)
        {
            pieces = vec![after, before];
        } else if window.kind == Kind::Records {
            pieces = vec![Window { kind: Kind::Heal, again: true, ..window }];
        } else {
            self.state.window_gap(&window, reason);
        }
        if barren {
            // Something else first: a server that is ill is not cut to pieces for that, and one
            // that stumbles over a record shows that it is well.
            self.state.windows.splice(0..0, pieces);
            self.state.barren += 1;
            let most = if self.state.pages == 0 { MAX_BARREN_AT_FIRST } else { MAX_BARREN };
            if self.state.barren >= most {
                self.state.barren = 0;
                self.stop(ReasonCode::Answers, reason);
                return;
            }
        } else {
            self.state.windows.extend(pieces);
        }
        self.advance();
    }

    /// The window of a list, with bounds that hold all datestamps that it showed.
    fn bounds(list: &List) -> Window {
        let mut window = list.window.clone();
        if let (Some(lowest), Some(highest)) = (list.order.lowest, list.order.highest) {
            window.low = window.low.min(lowest);
            window.high = window.high.max(highest);
        }
        window.proven_by = None;
        window
    }

    /// What is verified and what is read anew of a list that went by datestamps so far.
    fn ordered(&self, list: &List, window: &Window) -> Option<(Window, Window)> {
        if window.kind != Kind::Records || !self.state.dates {
            return None;
        }
        let (last, received) = list.order.safe()?;
        let granule = Window::granule(self.state.granularity);
        let at = last.div_euclid(granule).saturating_mul(granule);
        if window.from.is_some_and(|from| at <= from) || list.order.lowest? >= at {
            return None;
        }
        let (mut before, mut after) = window.cut(at);
        before.kind = Kind::Heal;
        // Datestamps finer than a granule: it is not known how many came before it.
        if granule == 1 {
            let above = list.declared.and_then(|size| size.checked_sub(received));
            before.proven_by = above.map(|above| Proof { above, received });
        }
        after.again = false;
        Some((before, after))
    }

    /// Takes up what comes next.
    pub(super) fn advance(&mut self) {
        if self.state.completion.is_some()
            || self.state.list.is_some()
            || !self.state.missing.is_empty()
            || matches!(self.state.stage, Stage::Identify | Stage::Sets)
        {
            return;
        }
        self.begin_trial();
        if let Some(window) = self.state.windows.pop() {
            let (piece, rest) = window.first_piece();
            self.state.windows.extend(rest);
            self.state.list = Some(List::new(piece));
            self.state.stage = Stage::List;
            return;
        }
        match self.state.absence {
            Absence::Done => self.finish(),
            // The count is of what the lists brought, before the identifiers of all are looked at,
            // and of all that are there, after.
            Absence::Begun | Absence::Due | Absence::NotDue => self.state.stage = Stage::Count,
        }
    }

    pub(super) fn finish(&mut self) {
        if self.state.gap_count > 0 {
            let first = self.state.trouble.as_deref();
            let last = self.state.gaps.last().map(Gap::reason);
            let mut why = first.or(last).unwrap_or("see the verdict").to_owned();
            if let Some(last) = last.filter(|last| *last != why) {
                why.push_str("; then: ");
                why.push_str(last);
            }
            let text = format!(
                "{} window(s) or record(s) could not be read ({why})",
                self.state.gap_count
            );
            self.stop(ReasonCode::Gaps, text);
            return;
        }
        self.state.completion = Some(Completion::Complete);
        self.state.stage = Stage::Done;
    }
}
