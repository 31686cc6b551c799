//! One date as it stands in a text, before what stands around it is known: `16e` may be a
//! century, `13` a day, `63` a year.

use super::day::{Day, LAST_YEAR};
use super::span::{Form, Mark, Piece};

/// Part of a century or millennium, in hundredths of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// First hundredth.
    pub(super) from: i32,
    /// After the last.
    pub(super) to: i32,
}

/// All of it.
pub(super) const WHOLE: Part = Part { from: 0, to: 100 };

/// Before or of our era.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// Before.
    Bc,
    /// Of it.
    Ad,
}

/// What a date is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Core {
    /// It needs nothing more.
    Fixed {
        /// Begins.
        lo: Day,
        /// Ends.
        hi: Day,
        /// How it is written.
        form: Form,
    },
    /// A number that may be a year.
    Year {
        /// The number.
        n: u32,
        /// How many digits.
        digits: u8,
    },
    /// A part of a hundred or a thousand years.
    Centuries {
        /// Which.
        n: u16,
        /// 100 or 1000.
        size: i32,
        /// Part of it.
        part: Part,
    },
    /// An ordinal without what it counts; a century, unless a day or month says otherwise.
    Lone {
        /// Which.
        n: u16,
        /// Part of it.
        part: Part,
        /// Written so that it may stand alone.
        sure: bool,
    },
    /// `early`, before a dash.
    Part(Part),
    /// A month without a year.
    Month(u32),
    /// A day of a month without a year.
    DayMonth(u32, u32),
}

/// Whether a date is the end or the beginning of what is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// Neither.
    No,
    /// Before it.
    Before,
    /// After it.
    After,
}

/// One date with what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Point {
    /// What it is made of.
    pub(super) core: Core,
    /// Era, when said.
    pub(super) era: Option<Era>,
    /// How sure the source is.
    pub(super) mark: Mark,
    /// Before or after it.
    pub(super) bound: Bound,
    /// `entre` stands behind it.
    pub(super) between: bool,
    /// `ou` stands behind it.
    pub(super) or: bool,
    /// `et` stands behind it.
    pub(super) and: bool,
    /// The form could be read otherwise.
    pub(super) doubtful: bool,
    /// It is in a form made for machines.
    pub(super) given: bool,
    /// The rule that read it.
    pub(super) rule: &'static str,
}

impl Point {
    /// A date of which nothing is said.
    pub(super) fn new(core: Core, rule: &'static str) -> Self {
        Self {
            core,
            era: None,
            mark: Mark::default(),
            bound: Bound::No,
            between: false,
            or: false,
            and: false,
            doubtful: false,
            given: false,
            rule,
        }
    }

    /// A year, month or day.
    pub(super) fn fixed(day: Day, rule: &'static str) -> Self {
        Self::new(Core::Fixed { lo: day, hi: day, form: Form::One }, rule)
    }

    /// Whether it says all that is needed to place it.
    pub(super) fn is_whole(&self) -> bool {
        self.piece().is_some()
    }

    /// Where it lies.
    pub(super) fn piece(&self) -> Option<Piece> {
        let (lo, hi, form) = match self.core {
            Core::Fixed { lo, hi, form } => {
                // The eras of months and days are not joined with them.
                if self.era == Some(Era::Bc) {
                    return None;
                }
                (lo, hi, form)
            }
            Core::Year { n, digits } => {
                let year = self.year(n, digits)?;
                (Day::of_year(year), Day::of_year(year), Form::One)
            }
            Core::Centuries { n, size, part } => self.centuries(n, size, part)?,
            Core::Lone { n, part, sure } => {
                if !sure {
                    return None;
                }
                self.centuries(n, 100, part)?
            }
            Core::Part(_) | Core::Month(_) | Core::DayMonth(..) => return None,
        };
        Some(Piece { lo, hi, form, mark: self.mark })
    }

    fn year(&self, n: u32, digits: u8) -> Option<i32> {
        let year = i32::try_from(n).ok().filter(|year| *year > 0)?;
        match self.era {
            Some(Era::Bc) => (n < 1_000_000).then_some(1 - year),
            Some(Era::Ad) => (n <= LAST_YEAR).then_some(year),
            None => ((3..=4).contains(&digits) && n <= LAST_YEAR).then_some(year),
        }
    }

    fn centuries(&self, n: u16, size: i32, part: Part) -> Option<(Day, Day, Form)> {
        let n = i32::from(n);
        let base = match self.era {
            Some(Era::Bc) => (n <= 100_000 / size).then_some(1 - n * size)?,
            _ => ((n - 1) * size < LAST_YEAR as i32).then_some((n - 1) * size + 1)?,
        };
        if n == 0 {
            return None;
        }
        let lo = base + part.from * size / 100;
        let hi = base + part.to * size / 100 - 1;
        Some((Day::of_year(lo), Day::of_year(hi), Form::Interval))
    }
}
