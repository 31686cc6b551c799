//! Days, months and years of the proleptic Gregorian calendar, and the Republican calendar.

use chrono::{Datelike, Days, NaiveDate};

/// A year, a month of it or a day of it.
#[expect(clippy::struct_field_names, reason = "the word of the field")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    /// Astronomical: 0 is 1 BC.
    pub(super) year: i32,
    /// 1 to 12; 0: the whole year.
    pub(super) month: u8,
    /// 1 to 31; 0: the whole month.
    pub(super) day: u8,
}

/// Years that dates of things may have, without an era.
pub(super) const LAST_YEAR: u32 = 2100;

impl Day {
    /// A whole year.
    pub(super) fn of_year(year: i32) -> Self {
        Self { year, month: 0, day: 0 }
    }

    /// A whole month, when there is one of that number.
    pub(super) fn of_month(year: i32, month: u32) -> Option<Self> {
        let month = u8::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
        Some(Self { year, month, day: 0 })
    }

    /// A day, when the calendar has it.
    pub(super) fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        let whole = Self::of_month(year, month)?;
        let day = u8::try_from(day).ok()?;
        (1..=month_length(year, whole.month)).contains(&day).then_some(Self { day, ..whole })
    }

    /// Its first day, for comparison.
    pub(super) fn first(self) -> (i32, u8, u8) {
        (self.year, self.month.max(1), self.day.max(1))
    }

    /// Its last day, for comparison.
    pub(super) fn last(self) -> (i32, u8, u8) {
        let month = if self.month == 0 { 12 } else { self.month };
        let day = if self.day == 0 { month_length(self.year, month) } else { self.day };
        (self.year, month, day)
    }

    /// Writes `[-]YYYY[-MM[-DD]]`.
    pub(super) fn write(self, out: &mut String) {
        if self.year < 0 {
            out.push('-');
        }
        let year = self.year.unsigned_abs();
        for power in [100_000, 10_000] {
            if year >= power {
                push_digit(out, year / power);
            }
        }
        for power in [1000, 100, 10, 1] {
            push_digit(out, year / power);
        }
        for part in [self.month, self.day].into_iter().take_while(|part| *part > 0) {
            out.push('-');
            push_digit(out, u32::from(part) / 10);
            push_digit(out, u32::from(part));
        }
    }
}

fn push_digit(out: &mut String, number: u32) {
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn month_length(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// First and last day of a span of the Republican calendar, which ran from 22 September 1792 to
/// the end of 1805: year 1 to 14, month 1 to 12 (13: the days that complete the year; nothing: the
/// whole year), day 1 to 30 (nothing: the whole month).
pub(super) fn republican(year: u16, month: Option<u8>, day: Option<u32>) -> Option<(Day, Day)> {
    let start = |year: u16| {
        // The day of September on which the year began.
        let day = match year {
            1..=3 | 5..=7 => 22,
            4 | 8..=11 | 13 | 14 => 23,
            12 => 24,
            _ => return None,
        };
        NaiveDate::from_ymd_opt(1791 + i32::from(year), 9, day)
    };
    let new_year = start(year)?;
    let next = if year == 14 { NaiveDate::from_ymd_opt(1806, 9, 23)? } else { start(year + 1)? };
    let length = u64::try_from((next - new_year).num_days()).ok()?;
    let (from, to) = match (month, day) {
        (None, None) => (0, length),
        (None, Some(_)) => return None,
        (Some(month), day) => {
            let before = u64::from(month.checked_sub(1)?) * 30;
            let days = if month == 13 { length - 360 } else { 30 };
            match day {
                None => (before, before + days),
                Some(day) => {
                    let day = u64::from(day);
                    if day == 0 || day > days {
                        return None;
                    }
                    (before + day - 1, before + day)
                }
            }
        }
    };
    let gregorian = |offset: u64| {
        let date = new_year.checked_add_days(Days::new(offset))?;
        Day::of(date.year(), date.month(), date.day())
    };
    // The calendar was given up on 1 January 1806: the fourteenth year has no end of its own.
    let first = gregorian(from)?;
    let mut last = gregorian(to - 1)?;
    if last.year > 1805 {
        if first.year > 1805 {
            return None;
        }
        last = Day::of(1805, 12, 31)?;
    }
    Some((first, last))
}
