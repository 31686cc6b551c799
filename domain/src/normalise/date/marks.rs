//! One date with what is said of it, before it or behind it: `vers 1850`, `1850 avant`,
//! `19e siècle (1er quart)`.

use super::core::{core, part};
use super::cursor::Cursor;
use super::point::{Bound, Core, Point, WHOLE};
use super::token::Kind;
use super::word::Word;

/// What stands before a date.
#[expect(clippy::struct_field_names, reason = "the word of the field")]
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    approximate: bool,
    uncertain: bool,
    before: bool,
    after: bool,
}

/// Reads a date with its marks.
pub(super) fn point(c: &mut Cursor<'_>) -> Option<Point> {
    let said = prefix(c)?;
    let mut point = core(c)?;
    point.mark.approximate |= said.approximate;
    point.mark.uncertain |= said.uncertain;
    if said.before {
        point.bound = Bound::Before;
    } else if said.after {
        point.bound = Bound::After;
    }
    suffix(c, &mut point)?;
    Some(point)
}

fn prefix(c: &mut Cursor<'_>) -> Option<Before> {
    let mut said = Before::default();
    loop {
        match c.peek()? {
            Kind::Word(Word::Circa | Word::C) => said.approximate = true,
            Kind::Word(Word::Maybe) | Kind::Question => said.uncertain = true,
            Kind::Word(Word::Before | Word::Until) => {
                if said.after || said.before {
                    return None;
                }
                said.before = true;
            }
            Kind::Word(Word::After) => {
                if said.after || said.before || matches!(c.word_ahead(1), Some(Word::Source)) {
                    return None;
                }
                said.after = true;
            }
            Kind::Word(Word::Source) if said.after => return None,
            Kind::Word(Word::Noise | Word::Remark | Word::To | Word::Source) => {}
            // `first published`, `later dated`.
            Kind::Word(Word::Nth(1) | Word::Later) if c.word_ahead(1) == Some(Word::Remark) => {}
            _ => return Some(said),
        }
        c.skip(1);
    }
}

/// Adds what stands behind a date.
fn suffix(c: &mut Cursor<'_>, point: &mut Point) -> Option<()> {
    loop {
        let comma = usize::from(c.peek() == Some(Kind::Comma));
        let ends = c.ends_ahead(comma + 1);
        match c.ahead(comma) {
            Some(Kind::Question) if comma == 0 => point.mark.uncertain = true,
            Some(Kind::Word(Word::Circa | Word::C)) if ends => point.mark.approximate = true,
            Some(Kind::Word(Word::Maybe)) if ends => point.mark.uncertain = true,
            Some(Kind::Word(word @ (Word::Before | Word::After)))
                if ends || c.ahead(1) == Some(Kind::Question) =>
            {
                bound(point, word)?;
            }
            Some(Kind::Word(Word::Between)) if comma == 0 => point.between = true,
            Some(Kind::Word(Word::Or)) if comma == 0 && ends => point.or = true,
            Some(Kind::Word(Word::And)) if comma == 0 && ends => point.and = true,
            Some(Kind::Word(Word::Remark | Word::Noise)) if comma == 0 => {
                let length = remarks(c);
                if length == 0 {
                    return Some(());
                }
                c.skip(length);
                continue;
            }
            Some(Kind::Word(Word::Or)) if is_open_end(c, comma + 1) => {
                // `or later`.
                let word = c.word_ahead(comma + 1)?;
                bound(point, word)?;
                c.skip(1);
            }
            Some(Kind::Open) if comma == 0 => {
                if !parenthesis(c, point) {
                    return Some(());
                }
                continue;
            }
            _ => {
                if !late_part(c, point, comma) {
                    return Some(());
                }
                continue;
            }
        }
        c.skip(comma + 1);
    }
}

/// How many words of remark stand here: up to the last of them, or to the end with what is tied to
/// it (`achevé en`). `cast of 1957 original` is a remark and begins another date.
fn remarks(c: &Cursor<'_>) -> usize {
    let (mut run, mut last) = (0, 0);
    while let Some(word @ (Word::Remark | Word::Noise)) = c.word_ahead(run) {
        run += 1;
        if word == Word::Remark {
            last = run;
        }
    }
    if c.ends_ahead(run) { run } else { last }
}

fn is_open_end(c: &Cursor<'_>, places: usize) -> bool {
    matches!(c.word_ahead(places), Some(Word::Earlier | Word::Later | Word::Before | Word::After))
        && c.ends_ahead(places + 1)
}

fn bound(point: &mut Point, word: Word) -> Option<()> {
    if point.bound != Bound::No {
        return None;
    }
    point.bound = match word {
        Word::Before | Word::Earlier | Word::Until => Bound::Before,
        _ => Bound::After,
    };
    Some(())
}

/// `(?)`, `(vers)`, `(avant, supposé)`, `(or later)`, `(4e quart)`.
fn parenthesis(c: &mut Cursor<'_>, point: &mut Point) -> bool {
    let start = *c;
    c.skip(1);
    if let Some(part) = part(c) {
        c.skip_words(|word| matches!(word, Word::Noise));
        if c.eat(Kind::Close) && set_part(point, part) {
            return true;
        }
        *c = start;
        return false;
    }
    let (mut marked, mut remark) = (*point, false);
    while let Some(kind) = c.peek() {
        match kind {
            Kind::Close => {
                c.skip(1);
                *point = marked;
                return true;
            }
            Kind::Question | Kind::Word(Word::Maybe) => marked.mark.uncertain = true,
            Kind::Word(Word::Circa | Word::C) => marked.mark.approximate = true,
            Kind::Word(word @ (Word::Before | Word::After | Word::Earlier | Word::Later)) => {
                // `(printed later)` is about something else.
                if remark || bound(&mut marked, word).is_none() {
                    break;
                }
            }
            Kind::Word(Word::Remark) => remark = true,
            Kind::Comma | Kind::Word(Word::Or | Word::Noise) => {}
            _ => break,
        }
        c.skip(1);
    }
    *c = start;
    false
}

/// `14e siècle fin`, `19e siècle, 2e moitié`.
fn late_part(c: &mut Cursor<'_>, point: &mut Point, comma: usize) -> bool {
    let start = *c;
    c.skip(comma);
    let found = part(c).filter(|_| comma == 0 || c.ends_ahead(0));
    let stands =
        !matches!(c.peek(), Some(Kind::Number { .. } | Kind::Ordinal { .. } | Kind::Roman(_)));
    if let Some(part) = found
        && stands
        && set_part(point, part)
    {
        return true;
    }
    *c = start;
    false
}

fn set_part(point: &mut Point, new: super::point::Part) -> bool {
    match &mut point.core {
        Core::Centuries { part, .. } | Core::Lone { part, .. } if *part == WHOLE => {
            *part = new;
            point.rule = "century_part";
            true
        }
        _ => false,
    }
}
