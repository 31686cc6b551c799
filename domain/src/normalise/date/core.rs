//! What one date is made of: the forms of years, months, days, centuries.

use super::cursor::Cursor;
use super::day::{Day, LAST_YEAR, republican};
use super::point::{Core, Era, Part, Point, WHOLE};
use super::span::Form;
use super::token::Kind;
use super::word::Word;

/// Reads one date without what is said of it.
pub(super) fn core(c: &mut Cursor<'_>) -> Option<Point> {
    let start = *c;
    let mut point = bare(c).or_else(|| {
        *c = start;
        None
    })?;
    if let Some(era) = era(c) {
        point.era = Some(era);
    }
    Some(point)
}

fn era(c: &mut Cursor<'_>) -> Option<Era> {
    let after_noise = usize::from(c.word() == Some(Word::Noise));
    let era = match c.word_ahead(after_noise)? {
        Word::Bc => Era::Bc,
        Word::Ad => Era::Ad,
        _ => return None,
    };
    c.skip(after_noise + 1);
    Some(era)
}

fn bare(c: &mut Cursor<'_>) -> Option<Point> {
    if c.eat_word(Word::Ad) {
        let mut point = bare(c)?;
        point.era = Some(Era::Ad);
        return Some(point);
    }
    if let Some(part) = part(c) {
        return with_part(c, part);
    }
    match c.peek()? {
        Kind::Number { value, digits } => number(c, value, digits),
        Kind::Ordinal { n, sure } => ordinal(c, n, sure, WHOLE),
        Kind::Roman(n) => {
            // `XIX siècle`; a Roman number alone is anything.
            c.skip(1);
            counted(c, n, WHOLE)
        }
        Kind::Masked { value, unknown } => {
            c.skip(1);
            masked(value, unknown)
        }
        Kind::Plural { value, digits } => {
            c.skip(1);
            decades(value, digits, None)
        }
        Kind::Word(word) => named(c, word),
        _ => None,
    }
}

/// Reads a part of a century: `4e quart`, `fin`, `early to mid`.
pub(super) fn part(c: &mut Cursor<'_>) -> Option<Part> {
    let start = *c;
    let found = fraction(c).or_else(|| {
        *c = start;
        phase(c)
    });
    if found.is_none() {
        *c = start;
        return None;
    }
    c.skip_words(|word| word == Word::Noise);
    if c.peek() == Some(Kind::Dash) && c.glued(0) && !phase_ahead(c, 1) {
        c.skip(1);
    }
    found
}

fn fraction(c: &mut Cursor<'_>) -> Option<Part> {
    let n = match c.peek()? {
        Kind::Ordinal { n, .. } | Kind::Word(Word::Nth(n)) => Some(n),
        Kind::Number { value, digits: 1 } => u16::try_from(value).ok(),
        Kind::Word(Word::Last) => None,
        _ => return None,
    };
    let mut places = 1;
    if c.word_ahead(places) == Some(Word::Suffix) {
        places += 1;
    }
    let cuts: &[i32] = match c.word_ahead(places)? {
        Word::Quarter => &[0, 25, 50, 75, 100],
        Word::Third => &[0, 33, 66, 100],
        Word::Half => &[0, 50, 100],
        _ => return None,
    };
    let n = n.map_or(cuts.len() - 1, usize::from);
    let part = Part { from: *cuts.get(n.checked_sub(1)?)?, to: *cuts.get(n)? };
    c.skip(places + 1);
    Some(part)
}

fn phase_word(word: Word) -> Option<Part> {
    Some(match word {
        Word::Early => Part { from: 0, to: 20 },
        Word::Mid => Part { from: 40, to: 60 },
        Word::Late => Part { from: 80, to: 100 },
        _ => return None,
    })
}

fn phase_ahead(c: &Cursor<'_>, places: usize) -> bool {
    c.word_ahead(places).and_then(phase_word).is_some()
}

fn phase(c: &mut Cursor<'_>) -> Option<Part> {
    let first = phase_word(c.word()?)?;
    c.skip(1);
    let joined =
        matches!(c.peek(), Some(Kind::Dash | Kind::Slash | Kind::Word(Word::To | Word::And)));
    if joined && let Some(second) = c.word_ahead(1).and_then(phase_word) {
        if second.from < first.from {
            return None;
        }
        c.skip(2);
        return Some(Part { from: first.from, to: second.to });
    }
    Some(first)
}

/// What a part is a part of.
fn with_part(c: &mut Cursor<'_>, part: Part) -> Option<Point> {
    match c.peek() {
        Some(Kind::Ordinal { n, sure }) if c.word_ahead(1) != Some(Word::Quarter) => {
            ordinal(c, n, sure, part)
        }
        Some(Kind::Roman(n)) => {
            c.skip(1);
            counted(c, n, part)
        }
        Some(Kind::Number { value, digits }) => {
            if let Some(point) = small_century(c, value, digits, part) {
                return Some(point);
            }
            // `fin 1850`: the year is what is known.
            (digits == 4).then(|| number(c, value, digits))?
        }
        Some(Kind::Masked { value, unknown: 2 }) => {
            c.skip(1);
            let n = u16::try_from(value + 1).ok()?;
            Some(Point::new(Core::Centuries { n, size: 100, part }, "century_part"))
        }
        Some(Kind::Plural { value, digits }) => {
            c.skip(1);
            decades(value, digits, Some(part))
        }
        Some(Kind::Word(Word::Decade)) => {
            c.skip(1);
            let Some(Kind::Number { value, digits: 4 }) = c.peek() else { return None };
            c.skip(1);
            decades(value, 4, Some(part))
        }
        Some(Kind::Word(word @ Word::Month(_))) => named(c, word),
        Some(Kind::Word(Word::Century | Word::S)) => named_century(c, part),
        Some(Kind::Dash | Kind::Word(Word::To)) => {
            Some(Point::new(Core::Part(part), "century_part"))
        }
        _ => None,
    }
}

/// `19e siècle`, `1er mars`, `19e`.
fn ordinal(c: &mut Cursor<'_>, n: u16, sure: bool, part: Part) -> Option<Point> {
    c.skip(1);
    if part == WHOLE {
        let noise = usize::from(c.word() == Some(Word::Noise));
        match c.word_ahead(noise) {
            Some(Word::Month(month)) => {
                c.skip(noise + 1);
                return day_month(c, u32::from(n), u32::from(month));
            }
            Some(Word::RepublicanMonth(month)) => {
                c.skip(noise + 1);
                return republican_date(c, Some(u32::from(n)), month);
            }
            _ => {}
        }
    }
    let start = *c;
    if let Some(point) = counted(c, n, part) {
        return Some(point);
    }
    *c = start;
    Some(Point { doubtful: true, ..Point::new(Core::Lone { n, part, sure }, rule_of(part)) })
}

fn rule_of(part: Part) -> &'static str {
    if part == WHOLE { "century" } else { "century_part" }
}

/// `siècle` or `millénaire` after a number.
fn counted(c: &mut Cursor<'_>, n: u16, part: Part) -> Option<Point> {
    c.eat_word(Word::Suffix);
    let (size, rule) = match c.word()? {
        Word::Century | Word::S | Word::C => (100, rule_of(part)),
        Word::Millennium => (1000, "millennium"),
        _ => return None,
    };
    // `1st c 1850` is no century of that name.
    c.skip(1);
    Some(Point::new(Core::Centuries { n, size, part }, rule))
}

/// `19 siècle`, `19 e siècle`.
fn small_century(c: &mut Cursor<'_>, value: u32, digits: u8, part: Part) -> Option<Point> {
    if digits > 2 {
        return None;
    }
    let suffix = usize::from(c.word_ahead(1) == Some(Word::Suffix));
    let named =
        matches!(c.word_ahead(1 + suffix), Some(Word::Century | Word::Millennium | Word::S));
    if !named {
        return None;
    }
    c.skip(1);
    counted(c, u16::try_from(value).ok()?, part)
}

/// `s. XVIII`, `siglo XVIII`.
fn named_century(c: &mut Cursor<'_>, part: Part) -> Option<Point> {
    c.skip(1);
    let (Kind::Roman(n) | Kind::Ordinal { n, .. }) = c.peek()? else { return None };
    c.skip(1);
    Some(Point::new(Core::Centuries { n, size: 100, part }, rule_of(part)))
}

fn masked(value: u32, unknown: u8) -> Option<Point> {
    let (size, form) = if unknown == 1 { (10, Form::Decade) } else { (100, Form::Hundred) };
    let lo = i32::try_from(value * size).ok()?;
    let hi = lo + i32::try_from(size).ok()? - 1;
    let core = Core::Fixed { lo: Day::of_year(lo), hi: Day::of_year(hi), form };
    Some(Point::new(core, "decade"))
}

/// `1930s`, `années 1930`.
fn decades(value: u32, digits: u8, part: Option<Part>) -> Option<Point> {
    if digits == 2 {
        // `1910-20s`: a range says which.
        return (value.is_multiple_of(10) && part.is_none())
            .then(|| Point::new(Core::Year { n: value, digits }, "decade"));
    }
    if digits != 4 || !(1000..=LAST_YEAR).contains(&value) || !value.is_multiple_of(10) {
        return None;
    }
    let lo = i32::try_from(value).ok()?;
    let fixed = |lo: i32, hi: i32, form| {
        Point::new(Core::Fixed { lo: Day::of_year(lo), hi: Day::of_year(hi), form }, "decade")
    };
    Some(match part {
        // `early 1930s` is as wide as catalogues mean it.
        Some(part) => {
            let (from, to) = match (part.from, part.to) {
                (0, 20) => (0, 5),
                (40, 60) => (3, 7),
                (80, 100) => (5, 9),
                (0, 60) => (0, 7),
                (40, 100) => (3, 9),
                (from, to) => (from / 10, to / 10 - 1),
            };
            Point { doubtful: true, ..fixed(lo + from, lo + to, Form::Interval) }
        }
        // `1900s`: ten years or a hundred; the wider is true in either case.
        None if value.is_multiple_of(100) => {
            Point { doubtful: true, ..fixed(lo, lo + 99, Form::Hundred) }
        }
        None => fixed(lo, lo + 9, Form::Decade),
    })
}

/// What begins with a word.
fn named(c: &mut Cursor<'_>, word: Word) -> Option<Point> {
    match word {
        Word::Century | Word::S => named_century(c, WHOLE),
        Word::Decade => {
            c.skip(1);
            c.skip_words(|word| word == Word::Noise);
            match c.peek()? {
                Kind::Number { value, digits: 4 } | Kind::Plural { value, digits: 4 } => {
                    c.skip(1);
                    // `année 1853` and `années 1853` are that year.
                    decades(value, 4, None)
                        .or_else(|| Some(Point::new(Core::Year { n: value, digits: 4 }, "year")))
                }
                _ => None,
            }
        }
        Word::Nth(n) => ordinal(c, n, true, WHOLE),
        Word::Month(month) => {
            c.skip(1);
            month_first(c, u32::from(month))
        }
        Word::RepublicanMonth(month) => {
            c.skip(1);
            republican_date(c, None, month)
        }
        Word::An => {
            let year = republican_year(c)?;
            let (lo, hi) = republican(year, None, None)?;
            Some(Point::new(Core::Fixed { lo, hi, form: Form::Interval }, "republican"))
        }
        Word::Season(season) => {
            c.skip(1);
            c.eat(Kind::Comma);
            let Some(Kind::Number { value, digits: 4 }) = c.peek() else { return None };
            let year = Day::of_year(i32::try_from(value).ok().filter(|_| value <= LAST_YEAR)?);
            c.skip(1);
            let core = Core::Fixed { lo: year, hi: year, form: Form::Season(season) };
            Some(Point::new(core, "season"))
        }
        _ => None,
    }
}

fn year_here(c: &Cursor<'_>) -> Option<i32> {
    match c.peek() {
        Some(Kind::Number { value, digits: 3..=4 }) if (1..=LAST_YEAR).contains(&value) => {
            i32::try_from(value).ok()
        }
        _ => None,
    }
}

/// `mars 1914`, `July 29, 1876`, `juillet`.
fn month_first(c: &mut Cursor<'_>, month: u32) -> Option<Point> {
    let comma = usize::from(c.peek() == Some(Kind::Comma));
    let mut ahead = *c;
    ahead.skip(comma);
    if let Some(year) = year_here(&ahead) {
        *c = ahead;
        c.skip(1);
        return Some(Point::fixed(Day::of_month(year, month)?, "month"));
    }
    let day = match c.peek() {
        Some(Kind::Number { value, digits: 1..=2 }) => value,
        Some(Kind::Ordinal { n, .. }) => u32::from(n),
        _ => return Some(Point::new(Core::Month(month), "month")),
    };
    c.skip(1);
    day_month(c, day, month)
}

/// The year after a day and a month, if there is one.
fn day_month(c: &mut Cursor<'_>, day: u32, month: u32) -> Option<Point> {
    let mut ahead = *c;
    ahead.eat(Kind::Comma);
    ahead.skip_words(|word| word == Word::Noise);
    if let Some(year) = year_here(&ahead) {
        *c = ahead;
        c.skip(1);
        return Some(Point::fixed(Day::of(year, month, day)?, "day"));
    }
    // `24 Aug 76`: of which century is not said.
    if matches!(c.peek(), Some(Kind::Number { .. })) {
        return None;
    }
    Some(Point::new(Core::DayMonth(day, month), "day"))
}

fn republican_year(c: &mut Cursor<'_>) -> Option<u16> {
    c.skip_words(|word| word == Word::Noise);
    if !c.eat_word(Word::An) {
        return None;
    }
    let year = match c.peek()? {
        Kind::Roman(year) | Kind::Ordinal { n: year, .. } => year,
        Kind::Number { value, digits: 1..=2 } => u16::try_from(value).ok()?,
        _ => return None,
    };
    c.skip(1);
    (1..=14).contains(&year).then_some(year)
}

fn republican_date(c: &mut Cursor<'_>, day: Option<u32>, month: u8) -> Option<Point> {
    let year = republican_year(c)?;
    let (lo, hi) = republican(year, Some(month), day)?;
    let form = if lo == hi { Form::One } else { Form::Interval };
    Some(Point::new(Core::Fixed { lo, hi, form }, "republican"))
}

/// What begins with digits.
fn number(c: &mut Cursor<'_>, value: u32, digits: u8) -> Option<Point> {
    if let Some(point) = small_century(c, value, digits, WHOLE) {
        return Some(point);
    }
    if digits <= 2 {
        let noise = usize::from(c.word_ahead(1) == Some(Word::Noise));
        match c.word_ahead(1 + noise) {
            Some(Word::Month(month)) => {
                c.skip(2 + noise);
                return day_month(c, value, u32::from(month));
            }
            Some(Word::RepublicanMonth(month)) => {
                c.skip(2 + noise);
                return republican_date(c, Some(value), month);
            }
            _ => {}
        }
        // `19 novembre-29 novembre`, `4 jours complémentaires` are done; `28/01/1975`:
        if let Some(point) = day_first(c, value) {
            return Some(point);
        }
        c.skip(1);
        return Some(Point::new(Core::Year { n: value, digits }, "year"));
    }
    if digits == 4
        && let Some(point) = year_first(c, value)
    {
        return Some(point);
    }
    c.skip(1);
    // `185?` is a decade for libraries and the year 185 for others.
    if digits == 3
        && (100..=LAST_YEAR / 10).contains(&value)
        && c.glued(0)
        && c.peek() == Some(Kind::Question)
    {
        return None;
    }
    // `1920 années`.
    if digits == 4 && c.word() == Some(Word::Decade) {
        c.skip(1);
        return decades(value, 4, None);
    }
    let mut point = Point::new(Core::Year { n: value, digits }, "year");
    point.doubtful = digits == 3;
    point.given = digits == 4;
    Some(point)
}

/// Numbers joined without space by the same sign: their values and lengths.
#[expect(clippy::type_complexity, reason = "used in one place, and said in the line above")]
fn joined(c: &Cursor<'_>) -> Option<(Kind, [(u32, u8); 2], usize)> {
    let sign = c.ahead(1).filter(|sign| matches!(sign, Kind::Dash | Kind::Slash | Kind::Dot))?;
    if !c.glued(1) || !c.glued(2) {
        return None;
    }
    let Some(Kind::Number { value, digits }) = c.ahead(2) else { return None };
    let second = (value, digits);
    if c.ahead(3) == Some(sign)
        && c.glued(3)
        && c.glued(4)
        && let Some(Kind::Number { value, digits }) = c.ahead(4)
    {
        return Some((sign, [second, (value, digits)], 2));
    }
    Some((sign, [second, (0, 0)], 1))
}

/// `1975/01/28`, `1889.03`, `1900/05`.
fn year_first(c: &mut Cursor<'_>, year: u32) -> Option<Point> {
    let (sign, [(month, digits), (day, day_digits)], count) = joined(c)?;
    let short = year % 100;
    let year = i32::try_from(year).ok().filter(|_| (1..=LAST_YEAR).contains(&year))?;
    if count == 2 {
        if digits > 2 || day_digits > 2 {
            return None;
        }
        let point = Point::fixed(Day::of(year, month, day)?, "numeric_day");
        c.skip(5);
        return Some(point);
    }
    if digits != 2 || !(1..=12).contains(&month) {
        return None;
    }
    let point = Point::fixed(Day::of_month(year, month)?, "numeric_month");
    let doubtful = match sign {
        Kind::Dot => false,
        // `1900/01` may be two years, `1910-12` is so more often than not: either is a range.
        Kind::Slash if month == short + 1 => return None,
        Kind::Dash if month > short => return None,
        _ => month > short,
    };
    c.skip(3);
    Some(Point { doubtful, ..point })
}

/// `28/01/1975`, `09/1923`.
fn day_first(c: &mut Cursor<'_>, first: u32) -> Option<Point> {
    let (_, [(second, second_digits), (third, third_digits)], count) = joined(c)?;
    let year = |value: u32, digits: u8| {
        i32::try_from(value).ok().filter(|_| digits == 4 && (1..=LAST_YEAR).contains(&value))
    };
    if count == 1 {
        let year = year(second, second_digits)?;
        let point = Point::fixed(Day::of_month(year, first)?, "numeric_month");
        c.skip(3);
        return Some(point);
    }
    let year = year(third, third_digits)?;
    if second_digits > 2 {
        return None;
    }
    // French: the day comes first. A month beyond 12 shows another habit, which is not guessed.
    let day = Day::of(year, second, first)?;
    let doubtful = first <= 12 && first != second;
    c.skip(5);
    Some(Point { doubtful, ..Point::fixed(day, "numeric_day") })
}
