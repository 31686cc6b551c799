//! EDTF and ISO 8601 as sources give them: levels 0 and 1, and sets of years (level 2).

use super::day::{Day, LAST_YEAR};
use super::span::{Form, Mark, Piece, Shape, Span};
use crate::meaning::Confidence;

/// Reads a text that is EDTF or an ISO date as a whole. What people write in the same signs with
/// another meaning (`1910-12`, `1820-21`) is left to others.
pub(super) fn read(text: &str) -> Option<Span> {
    let bytes = text.as_bytes();
    let first = bytes.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'Y' | b'[' | b'/' | b'.')) {
        return None;
    }
    let given = |shape, rule| {
        let span = Span { shape, rule, confidence: Confidence::Given };
        span.is_sound().then_some(span)
    };
    // Four digits are most of all dates.
    if bytes.len() == 4 && bytes.iter().all(u8::is_ascii_digit) {
        return given(Shape::One(piece(text)?), "year");
    }
    if !bytes.iter().all(|b| b.is_ascii_digit() || b"-/.:?~%XYTZ+[], ".contains(b)) {
        return None;
    }
    if let Some(set) = text.strip_prefix('[') {
        return read_set(set.strip_suffix(']')?);
    }
    if let Some((from, to)) = text.split_once('/') {
        return read_interval(from.trim_end(), to.trim_start());
    }
    if let Some(date) = date_of_time(text) {
        return given(Shape::One(date), "iso");
    }
    if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) {
        let number = |range| text.get(range).and_then(|part: &str| part.parse::<u32>().ok());
        let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
        let year =
            i32::try_from(year).ok().filter(|year| (1000..=LAST_YEAR as i32).contains(year))?;
        let day = Day::of(year, month, day)?;
        let shape = Shape::One(Piece { lo: day, hi: day, form: Form::One, mark: Mark::default() });
        return Some(Span { shape, rule: "iso", confidence: Confidence::Certain });
    }
    let piece = piece(text)?;
    // `1910-12` may be 1910 to 1912, `1820-21` too; `-1200` may end in 1200.
    if let (7, Some(b'-')) = (bytes.len(), bytes.get(4)) {
        let short = text.get(2..4)?.parse::<u32>().ok()?;
        let last = text.get(5..7)?.parse::<u32>().ok()?;
        if last > short {
            if piece.form != Form::One || piece.lo.year < 1990 {
                return None;
            }
            return Some(Span {
                shape: Shape::One(piece),
                rule: "iso",
                confidence: Confidence::Probable,
            });
        }
    }
    if *first == b'-' && !text.starts_with("-0") {
        return None;
    }
    let machine = !text.ends_with('?');
    Some(Span {
        shape: Shape::One(piece),
        rule: if piece.lo == piece.hi && piece.form == Form::One { "iso" } else { "edtf" },
        confidence: if machine { Confidence::Given } else { Confidence::Probable },
    })
}

/// Date of `YYYY-MM-DDThh:mm:ss…`, `T` or a space.
fn date_of_time(text: &str) -> Option<Piece> {
    let (date, time) = text.split_at_checked(if text.starts_with('-') { 11 } else { 10 })?;
    let clock = time.strip_prefix(['T', ' '])?;
    let hour = clock.as_bytes();
    let is_clock = hour.len() >= 5
        && hour.get(2) == Some(&b':')
        && hour.iter().all(|b| b.is_ascii_digit() || b":.+-Z".contains(b));
    let date = piece(date)?;
    (is_clock && date.lo.day > 0).then_some(date)
}

/// `lo/hi`, each end a date, `..` (open) or empty (unknown).
fn read_interval(from: &str, to: &str) -> Option<Span> {
    let mut ends = [None; 2];
    let mut unknown = false;
    for (slot, text) in ends.iter_mut().zip([from, to]) {
        match text {
            "" => unknown = true,
            ".." => {}
            date => {
                let piece = date_of_time(date).or_else(|| piece(date))?;
                *slot = Some(piece);
            }
        }
    }
    let [lo, hi] = ends;
    // `1901/02` has no such form; `1863/1864` has.
    let shape = Shape::Range {
        lo: lo.map(|piece| (piece.lo, piece.mark)),
        hi: hi.map(|piece| (piece.hi, piece.mark)),
        unknown,
    };
    let span = Span { shape, rule: "edtf", confidence: Confidence::Given };
    // A number of one or two digits behind the line is for others.
    (span.is_sound() && !(to.len() < 4 && hi.is_some())).then_some(span)
}

/// `lo..hi` or `a,b`.
fn read_set(text: &str) -> Option<Span> {
    let plain = |text: &str| piece(text.trim()).filter(|piece| piece.lo == piece.hi);
    let shape = if let Some((lo, hi)) = text.split_once("..") {
        match (lo.trim(), hi.trim()) {
            ("", hi) => Shape::Range {
                lo: None,
                hi: Some((plain(hi)?.hi, plain(hi)?.mark)),
                unknown: false,
            },
            (lo, "") => Shape::Range {
                lo: Some((plain(lo)?.lo, plain(lo)?.mark)),
                hi: None,
                unknown: false,
            },
            (lo, hi) => {
                let (lo, hi) = (plain(lo)?, plain(hi)?);
                Shape::Between((lo.lo, lo.mark), (hi.hi, hi.mark))
            }
        }
    } else {
        let (a, b) = text.split_once(',')?;
        Shape::Either(plain(a)?, plain(b)?)
    };
    let span = Span { shape, rule: "edtf", confidence: Confidence::Given };
    span.is_sound().then_some(span)
}

/// A year, month, day, season, decade or hundred of years, with its mark.
fn piece(text: &str) -> Option<Piece> {
    let (body, mark) = match text.as_bytes().last()? {
        b'?' => (text.get(..text.len() - 1)?, Mark { approximate: false, uncertain: true }),
        b'~' => (text.get(..text.len() - 1)?, Mark { approximate: true, uncertain: false }),
        b'%' => (text.get(..text.len() - 1)?, Mark { approximate: true, uncertain: true }),
        _ => (text, Mark::default()),
    };
    let one = |day: Day| Piece { lo: day, hi: day, form: Form::One, mark };
    if let Some(long) = body.strip_prefix('Y') {
        let digits = long.trim_start_matches('-');
        let plausible = digits.len() > 4 && digits.len() < 7 && long.len() <= digits.len() + 1;
        let year = long.parse::<i32>().ok().filter(|_| plausible)?;
        return (year < 0).then(|| one(Day::of_year(year)));
    }
    let (sign, rest) = match body.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, body),
    };
    let (year, rest) = rest.split_at_checked(4)?;
    if let Some(known) = year.strip_suffix('X') {
        let (known, form, size) = match known.strip_suffix('X') {
            Some(known) => (known, Form::Hundred, 100),
            None => (known, Form::Decade, 10),
        };
        let plain = sign == 1 && rest.is_empty() && known.bytes().all(|b| b.is_ascii_digit());
        let lo = known.parse::<i32>().ok().filter(|_| plain)? * size;
        let fits = (1..=LAST_YEAR as i32).contains(&lo);
        return fits.then(|| Piece {
            lo: Day::of_year(lo),
            hi: Day::of_year(lo + size - 1),
            form,
            mark,
        });
    }
    let number = |text: &str, length: usize| {
        let plain = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| plain)
    };
    let year = sign * i32::try_from(number(year, 4)?).ok()?;
    // 0000 and 9999 stand for nothing known, except before our era.
    if sign == 1 && !(1..=LAST_YEAR as i32).contains(&year) {
        return None;
    }
    if rest.is_empty() {
        return Some(one(Day::of_year(year)));
    }
    let rest = rest.strip_prefix('-')?;
    let Some((month, day)) = rest.split_once('-') else {
        let month = number(rest, 2)?;
        if (21..=24).contains(&month) {
            let form = Form::Season(u8::try_from(month).ok()?);
            return Some(Piece { lo: Day::of_year(year), hi: Day::of_year(year), form, mark });
        }
        return Day::of_month(year, month).map(one);
    };
    Day::of(year, number(month, 2)?, number(day, 2)?).map(one)
}
