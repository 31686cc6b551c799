//! A span of time while it is read, and how it is written.

use super::day::Day;
use crate::meaning::{Confidence, Entity, Meaning, TimeSpan};

/// How sure a source is of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    /// `vers`.
    pub(super) approximate: bool,
    /// `?`.
    pub(super) uncertain: bool,
}

impl Mark {
    /// Whether either is said.
    pub(super) fn any(self) -> bool {
        self.approximate || self.uncertain
    }

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            approximate: self.approximate || other.approximate,
            uncertain: self.uncertain || other.uncertain,
        }
    }

    fn sign(self) -> &'static str {
        match (self.approximate, self.uncertain) {
            (true, true) => "%",
            (true, false) => "~",
            (false, true) => "?",
            (false, false) => "",
        }
    }
}

/// How a date that is one thing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A year, a month or a day.
    One,
    /// From one to another.
    Interval,
    /// Ten years: `185X`.
    Decade,
    /// A hundred years from 00 to 99: `18XX`.
    Hundred,
    /// A season of a year.
    Season(u8),
}

/// A date that is one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    /// Begins.
    pub(super) lo: Day,
    /// Ends, included.
    pub(super) hi: Day,
    /// How it is written.
    pub(super) form: Form,
    /// How sure the source is.
    pub(super) mark: Mark,
}

/// How a span is put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One date.
    One(Piece),
    /// From one to another, or open at one end.
    Range {
        /// Begins.
        lo: Option<(Day, Mark)>,
        /// Ends, included.
        hi: Option<(Day, Mark)>,
        /// The missing end exists but is not known.
        unknown: bool,
    },
    /// Some time between the two.
    Between((Day, Mark), (Day, Mark)),
    /// One or the other.
    Either(Piece, Piece),
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Its parts.
    pub(super) shape: Shape,
    /// The rule, without `date.`.
    pub(super) rule: &'static str,
    /// How sure the reading is.
    pub(super) confidence: Confidence,
}

impl Span {
    /// First day, month or year.
    pub(super) fn lo(&self) -> Option<Day> {
        match self.shape {
            Shape::One(piece) => Some(piece.lo),
            Shape::Range { lo, .. } => lo.map(|(day, _)| day),
            Shape::Between((lo, _), _) => Some(lo),
            Shape::Either(a, b) => Some(if a.lo.first() <= b.lo.first() { a.lo } else { b.lo }),
        }
    }

    /// Last day, month or year.
    pub(super) fn hi(&self) -> Option<Day> {
        match self.shape {
            Shape::One(piece) => Some(piece.hi),
            Shape::Range { hi, .. } => hi.map(|(day, _)| day),
            Shape::Between(_, (hi, _)) => Some(hi),
            Shape::Either(a, b) => Some(if a.hi.last() >= b.hi.last() { a.hi } else { b.hi }),
        }
    }

    /// Whether it ends no earlier than it begins, and has an end at all.
    pub(super) fn is_sound(&self) -> bool {
        match (self.lo(), self.hi()) {
            (Some(lo), Some(hi)) => lo.first() <= hi.last(),
            (None, None) => false,
            _ => true,
        }
    }

    /// Whether the other lies within it.
    pub(super) fn contains(&self, other: &Self) -> bool {
        let begins = match (self.lo(), other.lo()) {
            (Some(mine), Some(other)) => mine.first() <= other.first(),
            (mine, _) => mine.is_none(),
        };
        let ends = match (self.hi(), other.hi()) {
            (Some(mine), Some(other)) => mine.last() >= other.last(),
            (mine, _) => mine.is_none(),
        };
        begins && ends
    }

    /// Whether the two have a day in common.
    pub(super) fn touches(&self, other: &Self) -> bool {
        let before = |a: &Self, b: &Self| match (a.hi(), b.lo()) {
            (Some(hi), Some(lo)) => hi.last() < lo.first(),
            _ => false,
        };
        !before(self, other) && !before(other, self)
    }

    /// As the model has it.
    pub(super) fn meaning(&self) -> Meaning {
        let text = |day: Day| {
            let mut out = String::with_capacity(10);
            day.write(&mut out);
            out
        };
        Meaning {
            entity: Entity::Time(TimeSpan {
                begin: self.lo().map(text),
                end: self.hi().map(text),
                edtf: self.edtf(),
            }),
            rule: ["date.", self.rule].concat(),
            confidence: self.confidence,
        }
    }

    /// EDTF; nothing when a year has more than four digits, which intervals of EDTF cannot say.
    fn edtf(&self) -> Option<String> {
        let fits = |day: Option<Day>| day.is_none_or(|day| (-9999..=9999).contains(&day.year));
        if !fits(self.lo()) || !fits(self.hi()) {
            return None;
        }
        let mut out = String::with_capacity(24);
        match self.shape {
            Shape::One(piece) => piece.write(&mut out, "/"),
            Shape::Range { lo, hi, unknown } => {
                let missing = if unknown { "" } else { ".." };
                for (end, sign) in [(lo, "/"), (hi, "")] {
                    match end {
                        Some(end) => write_marked(&mut out, end),
                        None => out.push_str(missing),
                    }
                    out.push_str(sign);
                }
            }
            Shape::Between(lo, hi) => {
                out.push('[');
                write_marked(&mut out, lo);
                out.push_str("..");
                write_marked(&mut out, hi);
                out.push(']');
            }
            Shape::Either(a, b) => {
                let (a, b) = if a.lo.first() <= b.lo.first() { (a, b) } else { (b, a) };
                out.push('[');
                a.write(&mut out, "..");
                out.push(',');
                b.write(&mut out, "..");
                out.push(']');
            }
        }
        Some(out)
    }
}

impl Piece {
    fn write(&self, out: &mut String, to: &str) {
        match self.form {
            Form::One if self.lo == self.hi => write_marked(out, (self.lo, self.mark)),
            Form::Decade | Form::Hundred if to == "/" => {
                let masked = if self.form == Form::Decade { 1 } else { 2 };
                Day::of_year(self.lo.year).write(out);
                for _ in 0..masked {
                    out.pop();
                }
                out.push_str(if masked == 1 { "X" } else { "XX" });
                out.push_str(self.mark.sign());
            }
            Form::Season(season) if to == "/" => {
                Day::of_year(self.lo.year).write(out);
                out.push('-');
                out.push(char::from(b'0' + season / 10));
                out.push(char::from(b'0' + season % 10));
                out.push_str(self.mark.sign());
            }
            _ => {
                write_marked(out, (self.lo, self.mark));
                if self.lo != self.hi {
                    out.push_str(to);
                    write_marked(out, (self.hi, self.mark));
                }
            }
        }
    }
}

fn write_marked(out: &mut String, (day, mark): (Day, Mark)) {
    day.write(out);
    out.push_str(mark.sign());
}
