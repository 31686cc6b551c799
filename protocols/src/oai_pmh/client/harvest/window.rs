//! Windows: spans of datestamps, each read as one list.

use super::plan::{DAY, Unit};
use crate::oai_pmh::Granularity;
use crate::oai_pmh::datestamp;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// Which list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// ListRecords.
    Records,
    /// ListIdentifiers, to find what ListRecords did not bring.
    Heal,
    /// ListIdentifiers of the whole repository, to find what is absent.
    Absence,
}

/// A span of datestamps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Window {
    /// What is asked for.
    pub(super) kind: Kind,
    /// First second; none: from the beginning.
    pub(super) from: Option<i64>,
    /// Second after the last; none: to the end.
    pub(super) end: Option<i64>,
    /// Where its datestamps begin and end, as far as is known: only for cutting it well.
    pub(super) low: i64,
    pub(super) high: i64,
    /// To be cut into such pieces before it is read.
    pub(super) unit: Unit,
    /// Some of it was received before.
    pub(super) again: bool,
    /// The window above it proves this one to have come whole when its list is of this size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) proven_by: Option<Proof>,
}

/// How a window is known to have come whole without reading it again: the list that failed
/// declared `above + received`, and the rest of it, read anew, declares `above`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Proof {
    pub(super) above: u64,
    pub(super) received: u64,
}

impl Window {
    /// The whole span between two bounds.
    pub(super) fn new(kind: Kind, from: Option<i64>, low: i64, high: i64) -> Self {
        Self {
            kind,
            from,
            end: None,
            low: from.unwrap_or(low),
            high: high.max(low),
            unit: Unit::None,
            again: false,
            proven_by: None,
        }
    }

    /// Seconds of a granule.
    pub(super) fn granule(granularity: Granularity) -> i64 {
        if granularity == Granularity::Day { DAY } else { 1 }
    }

    /// `from` as sent.
    pub(super) fn low_text(&self, granularity: Granularity) -> Option<String> {
        self.from.map(|from| datestamp::format(from, granularity))
    }

    /// `until` as sent: both ends are part of a list.
    pub(super) fn until_text(&self, granularity: Granularity) -> Option<String> {
        self.end.map(|end| datestamp::format(end.saturating_sub(1), granularity))
    }

    /// The part before a second and the part from it on, both to be read (again) as `kind`s.
    pub(super) fn cut(&self, at: i64) -> (Self, Self) {
        let before = Self {
            end: Some(at),
            high: self.high.min(at).max(self.low),
            again: true,
            proven_by: None,
            ..self.clone()
        };
        let after = Self {
            from: Some(at),
            low: self.low.max(at).min(self.high),
            again: true,
            proven_by: None,
            ..self.clone()
        };
        (before, after)
    }

    /// Two halves, cut at a granule; none when there is but one granule left.
    ///
    /// `shown` are the first and the last datestamp that its list showed: what lies outside of them
    /// is likely to be empty, and is set apart at once.
    pub(super) fn halves(
        &self,
        granularity: Granularity,
        shown: Option<(i64, i64)>,
    ) -> Option<(Self, Self)> {
        let granule = Self::granule(granularity);
        let low = self.low.max(self.from.unwrap_or(i64::MIN));
        let high = self.high.min(self.end.map_or(i64::MAX, |end| end.saturating_sub(1)));
        if low.div_euclid(granule) >= high.div_euclid(granule) {
            return None;
        }
        let begin = |second: i64| second.div_euclid(granule).saturating_mul(granule);
        let middle = begin(low + (high - low) / 2).saturating_add(granule);
        let middle = match shown {
            Some((lowest, _)) if begin(lowest) > middle && begin(lowest) <= high => begin(lowest),
            Some((_, highest))
                if highest >= low && begin(highest).saturating_add(granule) < middle =>
            {
                begin(highest).saturating_add(granule)
            }
            _ => middle,
        };
        Some(self.cut(middle))
    }

    /// The first piece of the unit, and what is left; the piece alone when nothing is.
    pub(super) fn first_piece(mut self) -> (Self, Option<Self>) {
        let unit = std::mem::take(&mut self.unit);
        let Some(at) = boundary_after(self.low, unit).filter(|at| *at <= self.high) else {
            return (self, None);
        };
        let again = self.again;
        let (mut piece, mut rest) = self.cut(at);
        (piece.again, rest.again, rest.unit) = (again, again, unit);
        (piece, Some(rest))
    }
}

/// The first second of the next year, month or day.
fn boundary_after(second: i64, unit: Unit) -> Option<i64> {
    let date = DateTime::from_timestamp(second, 0)?.date_naive();
    let next = match unit {
        Unit::None => return None,
        Unit::Year => NaiveDate::from_ymd_opt(date.year().checked_add(1)?, 1, 1)?,
        Unit::Month => date.with_day(1)?.checked_add_months(Months::new(1))?,
        Unit::Day => date.checked_add_days(Days::new(1))?,
    };
    Some(next.and_time(NaiveTime::MIN).and_utc().timestamp())
}
