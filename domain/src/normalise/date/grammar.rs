//! Texts with one date or several, as a whole: ranges, lists, alternatives, remarks.

use super::cursor::Cursor;
use super::day::Day;
use super::marks::point;
use super::point::{Bound, Core, Era, Part, Point};
use super::span::{Form, Mark, Piece, Shape, Span};
use super::token::{Kind, Token};
use super::word::Word;
use crate::meaning::Confidence;

/// Most dates that one text may have.
const MOST: usize = 10;

/// The dates of one text.
#[derive(Debug)]
pub(super) struct Spans {
    list: [Option<Span>; MOST],
    len: usize,
}

impl Spans {
    fn new() -> Self {
        Self { list: [None; MOST], len: 0 }
    }

    fn push(&mut self, span: Span) -> Option<()> {
        if !span.is_sound() {
            return None;
        }
        // `1839, exhibited 1839`.
        if self.iter().any(|known| known.shape == span.shape) {
            return Some(());
        }
        *self.list.get_mut(self.len)? = Some(span);
        self.len += 1;
        Some(())
    }

    /// The dates.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Span> {
        self.list.iter().flatten()
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.len
    }
}

/// One entry of a list.
#[derive(Debug, Clone, Copy)]
enum Item {
    Point(Point),
    Span(Span),
}

/// Reads a whole text; nothing when a part of it is not understood.
pub(super) fn read(tokens: &[Token]) -> Option<Spans> {
    let mut c = Cursor::new(tokens);
    // Brackets around it all, and brackets that lost their other half.
    let opens = tokens.iter().filter(|token| token.kind == Kind::Open).count();
    let closes = tokens.iter().filter(|token| token.kind == Kind::Close).count();
    if opens == closes + 1 && c.peek() == Some(Kind::Open) {
        c.skip(1);
    } else if closes == opens + 1 && tokens.last().map(|token| token.kind) == Some(Kind::Close) {
        c = Cursor::new(tokens.get(..tokens.len() - 1)?);
    } else if opens == 1
        && c.peek() == Some(Kind::Open)
        && tokens.last().map(|token| token.kind) == Some(Kind::Close)
    {
        c = Cursor::new(tokens.get(1..tokens.len() - 1)?);
    }
    let spans = list(&mut c)?;
    c.is_done().then_some(spans)
}

/// Reads dates up to the end of the text or of a parenthesis.
fn list(c: &mut Cursor<'_>) -> Option<Spans> {
    let mut items = [None; MOST];
    let mut extra = Spans::new();
    let mut len = 0;
    loop {
        if remark(c) {
            if c.is_done() || c.peek() == Some(Kind::Close) {
                break;
            }
            if !separator(c) {
                return None;
            }
            continue;
        }
        let mut item = item(c)?;
        let mut loose = matches!(item, Item::Point(Point { between: true, .. }));
        while derived(c) {}
        if c.peek() == Some(Kind::Open) {
            item = parenthesis(c, item, &mut extra)?;
            loose = false;
            while derived(c) {}
        }
        *items.get_mut(len)? = Some(item);
        len += 1;
        if c.is_done() || c.peek() == Some(Kind::Close) {
            break;
        }
        if !separator(c) && !loose {
            return None;
        }
        // A separator with nothing behind it.
        if c.is_done() || c.peek() == Some(Kind::Close) {
            break;
        }
    }
    let mut spans = combine(items.get(..len)?)?;
    for span in extra.iter() {
        spans.push(*span)?;
    }
    (spans.len() > 0).then_some(spans)
}

fn separator(c: &mut Cursor<'_>) -> bool {
    let comma = c.eat(Kind::Semicolon) || c.eat(Kind::Comma);
    c.eat_word(Word::And) || comma
}

/// `printed later`, `posthumous cast`: a remark without a date, to the end of its place.
fn remark(c: &mut Cursor<'_>) -> bool {
    let start = *c;
    let mut said = false;
    loop {
        match c.peek() {
            Some(Kind::Word(Word::Remark)) => said = true,
            Some(
                Kind::Question
                | Kind::Word(Word::Noise | Word::Later | Word::Earlier | Word::Maybe | Word::To),
            ) => {}
            _ => break,
        }
        c.skip(1);
    }
    if said && c.ends_ahead(0) {
        return true;
    }
    *c = start;
    false
}

/// `cast after 1919 original`, `(after c. 1845 daguerreotype)`: the date of another thing.
fn derived(c: &mut Cursor<'_>) -> bool {
    let start = *c;
    let closed = c.eat(Kind::Open);
    if !closed {
        c.eat(Kind::Comma);
    }
    c.skip_words(|word| matches!(word, Word::Remark | Word::Maybe));
    let tied = c.skip_words(|word| matches!(word, Word::After | Word::Noise));
    c.skip_words(|word| matches!(word, Word::An | Word::Earlier | Word::Later | Word::To));
    let sourced = c.skip_words(|word| word == Word::Source);
    let dated = *c;
    if tied
        && (item(c).is_some() || {
            *c = dated;
            true
        })
    {
        c.skip_words(|word| matches!(word, Word::Remark));
        let named = c.skip_words(|word| matches!(word, Word::Source | Word::Remark)) || sourced;
        let sources = named
            && matches!(
                c.peek(),
                None | Some(
                    Kind::Close | Kind::Open | Kind::Comma | Kind::Semicolon | Kind::Word(_)
                )
            );
        if sources && (!closed || c.eat(Kind::Close)) {
            return true;
        }
    }
    *c = start;
    false
}

/// One date, range or alternative.
fn item(c: &mut Cursor<'_>) -> Option<Item> {
    c.skip_words(|word| matches!(word, Word::Noise | Word::Remark | Word::To));
    if c.peek() == Some(Kind::Slash) {
        c.skip(1);
    }
    if c.eat_word(Word::Between) {
        c.skip_words(|word| word == Word::Noise);
        let a = point(c)?;
        let joined = c.eat_word(Word::And)
            || c.eat_word(Word::To)
            || c.eat(Kind::Dash)
            || c.eat(Kind::Comma);
        if !joined {
            return None;
        }
        c.skip_words(|word| word == Word::Noise);
        let b = point(c)?;
        return between(a, b).map(Item::Span);
    }
    if c.eat_word(Word::Limit) {
        return limit(c).map(Item::Span);
    }
    // `? - 1809`.
    if c.peek() == Some(Kind::Question) && c.ahead(1) == Some(Kind::Dash) {
        c.skip(2);
        let b = point(c)?;
        let piece = b.piece()?;
        let shape = Shape::Range { lo: None, hi: Some((piece.hi, piece.mark)), unknown: true };
        return Some(Item::Span(Span { shape, rule: "open", confidence: confidence(&b) }));
    }
    let start = *c;
    let mut a = point(c)?;
    let mut here = *c;
    // `germinal an II (21 mars 1794) - floréal an II (19 mai 1794)`.
    if narrowed(c, &mut a) {
        if matches!(c.peek(), Some(Kind::Dash)) {
            here = *c;
        } else {
            // Not the beginning of a range: read in its own place.
            *c = start;
            a = point(c)?;
        }
    }
    if range_sign(c) {
        if c.ends_ahead(0) || (c.peek() == Some(Kind::Question) && c.ends_ahead(1)) {
            let unknown = c.eat(Kind::Question);
            let piece = a.piece()?;
            let shape = Shape::Range { lo: Some((piece.lo, piece.mark)), hi: None, unknown };
            return Some(Item::Span(Span { shape, rule: "open", confidence: confidence(&a) }));
        }
        let mut b = point(c)?;
        narrowed(c, &mut b);
        // A third end makes it something else.
        if c.peek() == Some(Kind::Dash) {
            return None;
        }
        return range(a, b).map(Item::Span);
    }
    *c = here;
    if c.eat_word(Word::Or) {
        let b = point(c)?;
        return either(a, b).map(Item::Span);
    }
    *c = here;
    debug_assert!(start.peek().is_some(), "a point is made of something");
    Some(Item::Point(a))
}

/// Reads a date in parentheses that says the same as the one before it, or more exactly.
fn narrowed(c: &mut Cursor<'_>, point: &mut Point) -> bool {
    let start = *c;
    if c.eat(Kind::Open)
        && let Some(inside) = list(c)
        && c.eat(Kind::Close)
        && inside.len() == 1
        && let Some(inner) = inside.iter().next()
        && let Shape::One(piece) = inner.shape
        && let Some(outer) = alone(*point)
    {
        if outer.contains(inner) {
            point.core = Core::Fixed { lo: piece.lo, hi: piece.hi, form: piece.form };
            return true;
        }
        // `10 nivôse an XIV (1805)`.
        if inner.contains(&outer) {
            return true;
        }
    }
    *c = start;
    false
}

fn range_sign(c: &mut Cursor<'_>) -> bool {
    let signed = match c.peek() {
        Some(Kind::Dash | Kind::Slash) => true,
        Some(Kind::Word(Word::To | Word::Until)) => !c.ends_ahead(1),
        _ => false,
    };
    if signed {
        c.skip(1);
        c.skip_words(|word| matches!(word, Word::To | Word::Noise));
    }
    signed
}

fn confidence(point: &Point) -> Confidence {
    if point.mark.any() || point.doubtful {
        Confidence::Probable
    } else if point.given && point.bound == Bound::No {
        Confidence::Given
    } else {
        Confidence::Certain
    }
}

fn both(a: &Point, b: &Point) -> Confidence {
    confidence(a).max(confidence(b)).max(Confidence::Certain)
}

/// One date on its own.
fn alone(point: Point) -> Option<Span> {
    if point.between || point.or || point.and {
        return None;
    }
    let piece = point.piece()?;
    let wide = matches!(point.core, Core::Centuries { .. } | Core::Lone { .. });
    let (shape, rule) = match point.bound {
        Bound::No => (Shape::One(piece), point.rule),
        Bound::Before => {
            let end = if wide { piece.lo } else { piece.hi };
            (Shape::Range { lo: None, hi: Some((end, piece.mark)), unknown: false }, "before")
        }
        Bound::After => {
            let end = if wide { piece.hi } else { piece.lo };
            (Shape::Range { lo: Some((end, piece.mark)), hi: None, unknown: false }, "after")
        }
    };
    Some(Span { shape, rule, confidence: confidence(&point) })
}

/// Gives two ends what only one of them says: the era, the century, the month, the year.
fn level(mut a: Point, mut b: Point) -> Option<(Point, Point)> {
    match (a.era, b.era) {
        (None, Some(Era::Bc)) => {
            let earlier = match (a.core, b.core) {
                (Core::Year { n, .. }, Core::Year { n: last, .. }) => n >= last,
                (
                    Core::Lone { n, .. } | Core::Centuries { n, .. },
                    Core::Lone { n: last, .. } | Core::Centuries { n: last, .. },
                ) => n >= last,
                (Core::Part(_), _) => true,
                _ => false,
            };
            if !earlier {
                return None;
            }
            a.era = b.era;
        }
        (None, Some(Era::Ad)) => a.era = b.era,
        (Some(Era::Bc), None) => {
            // `800 BC - 300`: before or after is not said.
            let sure = match (a.core, b.core) {
                (Core::Year { n, .. }, Core::Year { n: last, .. }) => last > n,
                (
                    Core::Lone { n, .. } | Core::Centuries { n, .. },
                    Core::Lone { n: last, .. } | Core::Centuries { n: last, .. },
                ) => last > n,
                _ => false,
            };
            if !sure {
                return None;
            }
        }
        (Some(Era::Ad), None) if matches!(b.core, Core::Year { .. } | Core::Lone { .. }) => {
            b.era = a.era;
        }
        _ => {}
    }
    let rule = b.rule;
    a.core = match (a.core, b.core) {
        // `16e-17e siècle`.
        (Core::Lone { n, part, .. }, Core::Centuries { size, .. }) => {
            Core::Centuries { n, size, part }
        }
        // `16-17e siècle`.
        (Core::Year { n, digits: 1..=2 }, Core::Centuries { size, .. }) => {
            Core::Centuries { n: u16::try_from(n).ok()?, size, part: super::point::WHOLE }
        }
        (Core::Part(first), Core::Centuries { n, size, part }) => {
            return (first.from <= part.from).then(|| {
                let whole = Part { from: first.from, to: part.to };
                let core = Core::Centuries { n, size, part: whole };
                (Point { core, era: b.era, ..a }, Point { core, ..b })
            });
        }
        (Core::Part(first), Core::Lone { n, part, sure }) => {
            let whole = Part { from: first.from, to: part.to };
            let core = Core::Lone { n, part: whole, sure };
            return (first.from <= part.from).then_some((Point { core, ..a }, Point { core, ..b }));
        }
        // `13-14 octobre 1793`, `1er - 3 mars 1850`.
        (
            core @ (Core::Lone { .. } | Core::Year { digits: 1..=2, .. }),
            Core::Fixed { lo, form: Form::One, .. },
        ) if lo.day > 0 && a.era.is_none() => {
            let day = Day::of(lo.year, u32::from(lo.month), u32::from(small(core)?))?;
            a.rule = rule;
            Core::Fixed { lo: day, hi: day, form: Form::One }
        }
        // `janvier - décembre 1657`, `16 avril - 25 avril 1764`.
        (Core::Month(month), Core::Fixed { lo, form: Form::One, .. }) if lo.month > 0 => {
            let day = Day::of_month(lo.year, month)?;
            Core::Fixed { lo: day, hi: day, form: Form::One }
        }
        (Core::DayMonth(day, month), Core::Fixed { lo, form: Form::One, .. }) if lo.month > 0 => {
            let day = Day::of(lo.year, month, day)?;
            Core::Fixed { lo: day, hi: day, form: Form::One }
        }
        (core, _) => core,
    };
    b.core = match (a.core, b.core) {
        // `1850-60`, `1828-9`, `1860 or 63`.
        (Core::Year { n, digits: 4 }, Core::Year { n: last, digits: digits @ 1..=2 })
            if b.era.is_none() =>
        {
            if b.rule == "decade" {
                // `1910-20s`.
                let lo = i32::try_from(n / 100 * 100 + last).ok()?;
                Core::Fixed { lo: Day::of_year(lo), hi: Day::of_year(lo + 9), form: Form::Decade }
            } else {
                let unit = if digits == 1 { 10 } else { 100 };
                let full = n / unit * unit + last;
                if full <= n {
                    return None;
                }
                Core::Year { n: full, digits: 4 }
            }
        }
        // `années 1930-1940`.
        (Core::Fixed { form: Form::Decade, .. }, Core::Year { n, digits: 4 }) if n % 10 == 0 => {
            let lo = i32::try_from(n).ok()?;
            Core::Fixed { lo: Day::of_year(lo), hi: Day::of_year(lo + 9), form: Form::Decade }
        }
        // `1890s - 1900s`.
        (Core::Fixed { form: Form::Decade, .. }, Core::Fixed { lo, form: Form::Hundred, .. }) => {
            Core::Fixed { lo, hi: Day::of_year(lo.year + 9), form: Form::Decade }
        }
        (_, core) => core,
    };
    if let (Core::Fixed { lo, form: Form::Hundred, .. }, Core::Fixed { form: Form::Decade, .. }) =
        (a.core, b.core)
        && a.rule == "decade"
    {
        a.core = Core::Fixed { lo, hi: Day::of_year(lo.year + 9), form: Form::Decade };
    }
    Some((a, b))
}

fn small(core: Core) -> Option<u16> {
    match core {
        Core::Lone { n, .. } => Some(n),
        Core::Year { n, digits: 1..=2 } => u16::try_from(n).ok(),
        _ => None,
    }
}

/// From one to the other.
fn range(a: Point, b: Point) -> Option<Span> {
    if a.between || b.between || a.or || b.or {
        return None;
    }
    let (a, mut b) = level(a, b)?;
    let confidence = both(&a, &b);
    let rule = match (a.rule, b.rule) {
        ("year" | "decade", "year" | "decade") => "year_range",
        ("century" | "century_part", "century" | "century_part") => "century_range",
        _ => "range",
    };
    // `after 1819-20`.
    if a.bound != Bound::No {
        if b.bound != Bound::No {
            return None;
        }
        let point = if a.bound == Bound::After { a } else { b };
        return alone(Point { bound: a.bound, mark: a.mark.and(b.mark), ..point });
    }
    let (from, to) = (a.piece()?, b.piece()?);
    // `1829-33, or later`.
    if b.bound == Bound::After {
        let shape = Shape::Range { lo: Some((from.lo, from.mark)), hi: None, unknown: false };
        return Some(Span { shape, rule: "after", confidence });
    }
    if b.bound == Bound::Before {
        return None;
    }
    if from.lo.first() > to.lo.first().max(to.hi.last()) {
        return None;
    }
    // `vers 1830-41` is about both.
    if a.mark.approximate {
        b.mark.approximate = true;
    }
    let hi = (to.hi, Mark { approximate: b.mark.approximate, ..to.mark });
    let shape = Shape::Range { lo: Some((from.lo, from.mark)), hi: Some(hi), unknown: false };
    let span = Span { shape, rule, confidence };
    // The same date twice is that date.
    if from.lo == to.hi && from.lo == from.hi && hi.1 == from.mark {
        return Some(Span { shape: Shape::One(from), ..span });
    }
    Some(span)
}

/// Some time between the two.
fn between(a: Point, b: Point) -> Option<Span> {
    let (a, b) = level(a, b)?;
    if a.bound != Bound::No || b.bound != Bound::No || a.or || b.or {
        return None;
    }
    let (from, to) = (a.piece()?, b.piece()?);
    let shape = Shape::Between((from.lo, from.mark), (to.hi, to.mark));
    let span = Span { shape, rule: "between", confidence: both(&a, &b) };
    (from.lo.first() <= to.lo.first()).then_some(span)
}

/// One or the other.
fn either(a: Point, b: Point) -> Option<Span> {
    let (a, b) = level(a, b)?;
    if a.bound != Bound::No || b.bound != Bound::No || a.between || b.between {
        return None;
    }
    let span = |a: Piece, b: Piece| Span {
        shape: Shape::Either(a, b),
        rule: "either",
        confidence: Confidence::Probable,
    };
    Some(span(a.piece()?, b.piece()?))
}

/// `limite 15e siècle 16e siècle`: the ten years on either side.
fn limit(c: &mut Cursor<'_>) -> Option<Span> {
    c.skip_words(|word| word == Word::Noise);
    let mut a = point(c)?;
    if !(c.eat(Kind::Dash) || c.eat(Kind::Slash)) {
        c.skip_words(|word| matches!(word, Word::And | Word::To | Word::Noise));
    }
    let b = point(c)?;
    let number = |point: &Point| match point.core {
        Core::Centuries { n, size: 100, .. } | Core::Lone { n, .. } => Some(n),
        Core::Year { n, digits: 1..=2 } => u16::try_from(n).ok(),
        _ => None,
    };
    if a.era.is_none() {
        a.era = b.era;
    }
    let whole = |point: Point| {
        let core = Core::Centuries { n: number(&point)?, size: 100, part: super::point::WHOLE };
        Point { core, ..point }.piece()
    };
    let mark = a.mark.and(b.mark).and(Mark { approximate: true, uncertain: false });
    let (before, after) = (whole(a)?, whole(b)?);
    if before.hi.year + 1 != after.lo.year {
        return None;
    }
    let lo = Day::of_year(before.hi.year - 9);
    let hi = Day::of_year(after.lo.year + 9);
    let shape = Shape::Range { lo: Some((lo, mark)), hi: Some((hi, mark)), unknown: false };
    Some(Span { shape, rule: "century_limit", confidence: Confidence::Probable })
}

/// What stands in parentheses behind a date: more of it, or another date with its reason.
fn parenthesis(c: &mut Cursor<'_>, item: Item, extra: &mut Spans) -> Option<Item> {
    c.skip(1);
    if remark(c) {
        return c.eat(Kind::Close).then_some(item);
    }
    // `1905-1910 (?)`, `1905-1910 (vers)`.
    if let Item::Span(mut span) = item
        && let Some(mark) = mark_in(c)
    {
        span.confidence = Confidence::Probable;
        match &mut span.shape {
            Shape::One(piece) => piece.mark = piece.mark.and(mark),
            Shape::Range { lo, hi, .. } => {
                for (_, old) in [lo, hi].into_iter().flatten() {
                    *old = old.and(mark);
                }
            }
            Shape::Between(lo, hi) => {
                lo.1 = lo.1.and(mark);
                hi.1 = hi.1.and(mark);
            }
            Shape::Either(a, b) => {
                a.mark = a.mark.and(mark);
                b.mark = b.mark.and(mark);
            }
        }
        return Some(Item::Span(span));
    }
    let reasoned = matches!(c.word(), Some(Word::Remark | Word::Source))
        || (c.word() == Some(Word::Maybe) && c.word_ahead(1) == Some(Word::Remark));
    let or = c.eat_word(Word::Or);
    let inside = list(c)?;
    if !c.eat(Kind::Close) {
        return None;
    }
    if reasoned {
        for span in inside.iter() {
            extra.push(*span)?;
        }
        return Some(item);
    }
    let outer = match item {
        Item::Point(point) => alone(point)?,
        Item::Span(span) => span,
    };
    let inner = inside.iter().next().filter(|_| inside.len() == 1)?;
    if or {
        let (Shape::One(a), Shape::One(b)) = (outer.shape, inner.shape) else { return None };
        let shape = Shape::Either(a, b);
        return Some(Item::Span(Span { shape, rule: "either", confidence: Confidence::Probable }));
    }
    // A date within a range is one of something in it.
    let part_of_range = matches!(item, Item::Span(_)) && matches!(inner.shape, Shape::One(_));
    if part_of_range {
        return None;
    }
    // `15 brumaire an XI (6 novembre 1802)`: the same again, or more exactly, or less.
    if outer.contains(inner) {
        Some(Item::Span(*inner))
    } else {
        inner.contains(&outer).then_some(item)
    }
}

fn mark_in(c: &mut Cursor<'_>) -> Option<Mark> {
    let mark = match (c.peek()?, c.ahead(1)?) {
        (Kind::Question | Kind::Word(Word::Maybe), Kind::Close) => {
            Mark { approximate: false, uncertain: true }
        }
        (Kind::Word(Word::Circa | Word::C), Kind::Close) => {
            Mark { approximate: true, uncertain: false }
        }
        _ => return None,
    };
    c.skip(2);
    Some(mark)
}

/// Makes spans of the entries of a list, looking at their neighbours.
fn combine(items: &[Option<Item>]) -> Option<Spans> {
    let mut items: [Option<Item>; MOST] = {
        let mut copy = [None; MOST];
        for (to, from) in copy.iter_mut().zip(items) {
            *to = *from;
        }
        copy
    };
    // `2e et 1er siècles av JC`, `1860 et 63`: what is said at the end, or at the beginning.
    let mut era = None;
    for item in items.iter_mut().rev().flatten() {
        match item {
            Item::Point(point) if point.era.is_some() => era = point.era,
            Item::Point(point) if matches!(point.core, Core::Lone { .. }) => point.era = era,
            _ => era = None,
        }
    }
    let mut spans = Spans::new();
    let mut at = 0;
    while let Some(Some(item)) = items.get(at) {
        let next = items.get(at + 1).copied().flatten();
        let last = items.get(at + 2).copied().flatten().is_none();
        match (*item, next) {
            // `1865 entre, 1908 et`, `1908, 1914 entre`.
            (Item::Point(a), Some(Item::Point(b))) if a.between || (b.between && last) => {
                let (a, b) = (Point { between: false, ..a }, Point { between: false, ..b });
                spans.push(between(a, b)?)?;
                at += 2;
            }
            // `1867 vers, 1868 ou`.
            (Item::Point(a), Some(Item::Point(b))) if b.or => {
                spans.push(either(a, Point { or: false, ..b })?)?;
                at += 2;
            }
            // `1850 après ; 1900 avant`.
            (Item::Point(a), Some(Item::Point(b)))
                if a.bound == Bound::After && b.bound == Bound::Before && at == 0 && last =>
            {
                let free = |point| Point { bound: Bound::No, ..point };
                spans.push(between(free(a), free(b))?)?;
                at += 2;
            }
            // `24 et 25 juin 1767`, `juin et juillet 1850`, `1860, 63`.
            (Item::Point(a), Some(Item::Point(b))) if !a.is_whole() => {
                let (a, b) = level(a, b)?;
                spans.push(alone(a)?)?;
                if let Some(slot) = items.get_mut(at + 1) {
                    *slot = Some(Item::Point(b));
                }
                at += 1;
            }
            (Item::Point(a), _) => {
                spans.push(alone(a)?)?;
                at += 1;
            }
            (Item::Span(span), _) => {
                spans.push(span)?;
                at += 1;
            }
        }
    }
    Some(spans)
}
