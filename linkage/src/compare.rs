//! Comparison of two records: one level for each group of evidence.

use crate::edits;
use crate::index::{self, Index, bits};
use crate::intern::{Interner, Word};
use crate::kind::{Kind, Profile};
use crate::level::Vector;
use crate::record::{List, Mark, MarkKind, Record};

/// A word of the second list that has found its like.
const TAKEN: Word = Word::MAX;

/// What comparison looks up beside the records.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The words.
    pub words: &'a Interner,
    /// How many share what.
    pub index: &'a Index,
    /// How many records there are.
    pub total: u32,
}

/// Why a pair is never joined, whatever its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Veto {
    /// Different kinds of things.
    Kind,
    /// Different members of a series.
    Series,
    /// Different numbers of one institution and scheme.
    Identifier,
}

/// The levels of a pair, and what forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The levels.
    pub vector: Vector,
    /// What forbids to join the two.
    pub veto: Option<Veto>,
}

/// Compares two records; the order does not matter.
pub fn compare(context: Context<'_>, a: &Record, b: &Record) -> Comparison {
    if a.kind != b.kind {
        return Comparison { vector: [0; 10], veto: Some(Veto::Kind) };
    }
    // One order, so that what is not symmetric by nature is so by force.
    let (a, b) = if a.uid <= b.uid { (a, b) } else { (b, a) };
    let pair = Pair { context, a, b, profile: a.kind.profile() };
    let mark = pair.mark();
    let identifier = pair.identifier();
    let title = if pair.profile == Profile::Person { pair.name() } else { pair.title() };
    let agent = if pair.profile == Profile::Person { 0 } else { pair.agent() };
    let place = pair.place();
    let (size, detail) = (pair.size(), pair.detail());
    // One title in two issues of a periodical is a column of it.
    let short = a.list(List::Title).len().min(b.list(List::Title).len()) < 6;
    let column = a.kind == Kind::Text
        && short
        && matches!(detail, 3 | 5 | 6)
        && !matches!(size, 1..=3)
        && identifier != 1;
    let vector = [
        title,
        agent,
        pair.date(),
        place,
        identifier,
        size,
        pair.holder(),
        mark,
        detail,
        pair.matter(),
    ];
    let veto = if (mark == 3 && identifier != 1) || column {
        Some(Veto::Series)
    } else if identifier == 4 && pair.profile == Profile::Heritage {
        Some(Veto::Identifier)
    } else {
        None
    };
    Comparison { vector, veto }
}

struct Pair<'a> {
    context: Context<'a>,
    a: &'a Record,
    b: &'a Record,
    profile: Profile,
}

/// Weight of words shared and not shared, in hundredths of a bit.
#[derive(Debug, Clone, Copy, Default)]
struct Overlap {
    shared: u32,
    rest_a: u32,
    rest_b: u32,
    slips: u32,
}

impl Overlap {
    fn parts(self) -> (f32, f32) {
        let part = |rest: u32| self.shared as f32 / (self.shared + rest).max(1) as f32;
        (part(self.rest_a), part(self.rest_b))
    }
}

impl Pair<'_> {
    fn bits(&self, word: Word) -> u32 {
        bits(self.context.words.count(word), self.context.total)
    }

    fn slip(&self, x: Word, y: Word) -> bool {
        let words = self.context.words;
        (words.mask(x) ^ words.mask(y)).count_ones() <= 4
            && edits::slip(words.text(x), words.text(y))
    }

    /// Compares two lists; words found in `outside_a` or `outside_b`, other fields of the *other*
    /// record, are no difference.
    fn overlap(
        &self,
        a: &[Word],
        b: &[Word],
        explained_a: &[&[Word]],
        explained_b: &[&[Word]],
    ) -> Overlap {
        let mut out = Overlap::default();
        let mut left_a = [0 as Word; 64];
        let mut left_b = [0 as Word; 64];
        let (mut count_a, mut count_b) = (0, 0);
        for word in a {
            if b.contains(word) {
                out.shared += self.bits(*word);
            } else if let Some(place) = left_a.get_mut(count_a) {
                *place = *word;
                count_a += 1;
            }
        }
        for word in b {
            if !a.contains(word)
                && let Some(place) = left_b.get_mut(count_b)
            {
                *place = *word;
                count_b += 1;
            }
        }
        let left_b = left_b.get_mut(..count_b).unwrap_or(&mut []);
        for word in left_a.get(..count_a).unwrap_or(&[]) {
            if let Some(other) =
                left_b.iter_mut().find(|other| **other != TAKEN && self.slip(*word, **other))
            {
                let common = self.bits(*word).min(self.bits(*other));
                out.shared += common * 4 / 5;
                out.slips += 1;
                *other = TAKEN;
            } else if !explained_a.iter().any(|list| list.contains(word)) {
                out.rest_a += self.bits(*word);
            }
        }
        for word in left_b.iter() {
            if *word != TAKEN && !explained_b.iter().any(|list| list.contains(word)) {
                out.rest_b += self.bits(*word);
            }
        }
        out
    }

    fn title(&self) -> u8 {
        let (a, b) = (self.a.list(List::Title), self.b.list(List::Title));
        if a.is_empty() || b.is_empty() {
            return 0;
        }
        let overlap = if self.profile == Profile::Bibliographic {
            let outside_b =
                [self.b.list(List::Agents), self.b.list(List::Holder), self.a.list(List::Holder)];
            let outside_a =
                [self.a.list(List::Agents), self.a.list(List::Holder), self.b.list(List::Holder)];
            self.overlap(a, b, &outside_b, &outside_a)
        } else {
            self.overlap(a, b, &[], &[])
        };
        let (x, y) = overlap.parts();
        let (most, least) = (x.max(y), x.min(y));
        let similarity = if least >= 0.999 && overlap.slips == 0 {
            0
        } else if least >= 0.85 {
            1
        } else if most >= 0.93 && (least >= 0.3 || self.a.cut || self.b.cut) {
            2
        } else if least >= 0.5 || (most >= 0.8 && least >= 0.3) {
            3
        } else if least >= 0.25 || most >= 0.5 {
            4
        } else {
            5
        };
        let mut rarity = self.located_rarity(overlap.shared);
        // « Editor's comments » is a column, however few of them are here.
        if self.a.kind == Kind::Text && a.len().min(b.len()) < 4 {
            rarity = rarity.max(2);
        }
        1 + similarity * 4 + rarity
    }

    /// How many others would share as much of the title at the same place by chance.
    fn located_rarity(&self, shared: u32) -> u8 {
        let same_place = self.profile == Profile::Heritage
            && self.a.place_key != 0
            && self.a.place_key == self.b.place_key;
        if same_place
            && let (Some(x), Some(y)) = (index::located_key(self.a), index::located_key(self.b))
        {
            let place =
                bits(self.context.index.count(index::place_key(self.a)), self.context.total);
            return self.rarity(shared + place, x, y);
        }
        self.rarity(shared, index::title_key(self.a), index::title_key(self.b))
    }

    /// How many others would share as much by chance: 0 none, 3 very many.
    fn rarity(&self, shared: u32, key_a: u64, key_b: u64) -> u8 {
        let most = self.context.index.count(key_a).max(self.context.index.count(key_b));
        let information = shared.min(bits(most, self.context.total));
        let others = bits(1, self.context.total).saturating_sub(information);
        match others {
            0..=220 => 0,
            221..=460 => 1,
            461..=760 => 2,
            _ => 3,
        }
    }

    fn name(&self) -> u8 {
        let (Some(a), Some(b)) = (self.a.agents().next(), self.b.agents().next()) else { return 0 };
        let words = self.context.words;
        let (mut shared, mut slips, mut initials, mut matched) = (0, 0, 0, 0);
        let (mut taken_a, mut taken_b) = (0_u64, 0_u64);
        for pass in 0..3 {
            for (at_a, x) in a.iter().enumerate().take(32) {
                if taken_a & (1 << at_a) != 0 {
                    continue;
                }
                let found = b.iter().enumerate().take(32).find(|(at_b, y)| {
                    taken_b & (1 << at_b) == 0
                        && match pass {
                            0 => x == *y,
                            1 => self.slip(*x, **y),
                            _ => initial(words.text(*x), words.text(**y)),
                        }
                });
                let Some((at_b, y)) = found else { continue };
                taken_a |= 1 << at_a;
                taken_b |= 1 << at_b;
                matched += 1;
                match pass {
                    0 => shared += self.bits(*x),
                    1 => {
                        slips += 1;
                        shared += self.bits(*x).min(self.bits(*y)).min(1000) * 4 / 5;
                    }
                    _ => {
                        initials += 1;
                        shared += 300;
                    }
                }
            }
        }
        let rest_a = a.len().saturating_sub(matched);
        let rest_b = b.len().saturating_sub(matched);
        let family = a.first() == b.first();
        let family_near =
            family || matches!((a.first(), b.first()), (Some(x), Some(y)) if self.slip(*x, *y));
        let similarity = if rest_a == 0 && rest_b == 0 && slips == 0 && initials == 0 {
            0
        } else if matched > 0 && rest_a == 0 && rest_b == 0 {
            1
        } else if matched > 0 && (rest_a == 0 || rest_b == 0) {
            2
        } else if family_near {
            3
        } else if matched > 0 {
            4
        } else {
            5
        };
        let rarity = if similarity == 0 {
            self.rarity(shared, index::title_key(self.a), index::title_key(self.b))
        } else {
            self.rarity(shared, 0, 0)
        };
        1 + similarity * 4 + rarity
    }

    fn agent(&self) -> u8 {
        let mut a = self.a.agents().peekable();
        let mut b = self.b.agents().peekable();
        match (a.peek().is_some(), b.peek().is_some()) {
            (false, false) => return 0,
            (true, true) => {}
            (false, true) => return self.found(self.b, self.a),
            (true, false) => return self.found(self.a, self.b),
        }
        // The best that each name of the shorter list finds.
        let (short, long) = if self.a.agents().count() <= self.b.agents().count() {
            (self.a, self.b)
        } else {
            (self.b, self.a)
        };
        let (mut total, mut good, mut best, mut best_rare) = (0_u32, 0_u32, 9_u8, false);
        for name in short.agents() {
            total += 1;
            let mut own = 9;
            for other in long.agents() {
                let kind = self.names(name, other);
                if kind < own {
                    own = kind;
                }
            }
            if own <= 2 {
                good += 1;
            }
            if own < best {
                best = own;
                best_rare = name.first().is_some_and(|family| self.bits(*family) >= 700);
            }
        }
        let rare = |level: u8| if best_rare { level } else { level + 1 };
        if total > 1 {
            if good == total {
                return if best == 0 { rare(1) } else { rare(3) };
            }
            if good * 2 >= total {
                return 11;
            }
            if good > 0 {
                return 9;
            }
        }
        match best {
            0 => rare(1),
            1 => rare(3),
            2 => 7,
            3 => rare(5),
            _ => match self.found(self.a, self.b).min(self.found(self.b, self.a)) {
                8 => 8,
                _ => 10,
            },
        }
    }

    /// Whether the agents of one stand in the title of the other.
    fn found(&self, named: &Record, other: &Record) -> u8 {
        if self.profile != Profile::Bibliographic {
            return 0;
        }
        let title = other.list(List::Title);
        let (mut all, mut found) = (0, 0);
        for word in named.agents().flatten() {
            if self.context.words.text(*word).len() > 1 {
                all += 1;
                if title.contains(word) || title.iter().any(|part| self.slip(*part, *word)) {
                    found += 1;
                }
            }
        }
        if all > 0 && found == all {
            8
        } else if found * 2 >= all && found > 0 {
            12
        } else {
            0
        }
    }

    /// 0 same, 1 fits, 2 same but for slips, 3 same family name and another person, 4 other.
    fn names(&self, a: &[Word], b: &[Word]) -> u8 {
        let words = self.context.words;
        let (Some(family_a), Some(family_b)) = (a.first(), b.first()) else { return 4 };
        if a.len() == b.len() && a.iter().all(|word| b.contains(word)) {
            return 0;
        }
        let slipped = family_a != family_b && self.slip(*family_a, *family_b);
        let crossed = a.contains(family_b) || b.contains(family_a);
        if family_a != family_b && !slipped && !crossed {
            return 4;
        }
        let rest_a: Vec<Word> =
            a.iter().copied().filter(|word| word != family_a && !b.contains(word)).collect();
        let rest_b: Vec<Word> =
            b.iter().copied().filter(|word| word != family_b && !a.contains(word)).collect();
        let fits = |x: Word, list: &[Word]| {
            list.iter().any(|y| initial(words.text(x), words.text(*y)) || self.slip(x, *y))
        };
        let alone = a.len() == 1 || b.len() == 1;
        // An empty rest fits: nothing in it can contradict.
        let fit = rest_a.iter().all(|x| fits(*x, b)) || rest_b.iter().all(|y| fits(*y, a));
        let conflict = !alone && !fit;
        if conflict {
            // A second given name that differs beside one that is shared is no other person.
            let shared =
                a.iter().skip(1).any(|word| b.contains(word) && words.text(*word).len() > 1);
            return if shared && family_a == family_b { 1 } else { 3 };
        }
        if slipped { 2 } else { 1 }
    }

    fn date(&self) -> u8 {
        if self.a.day != 0 && self.b.day != 0 {
            if self.a.day == self.b.day {
                return 7;
            }
            let (x, y) = (format!("{:08}", self.a.day), format!("{:08}", self.b.day));
            if edits::within(&x, &y, 1).is_some() {
                return 8;
            }
        }
        let (Some((a1, a2)), Some((b1, b2))) = (self.a.years, self.b.years) else { return 0 };
        let width = |first: i16, last: i16| i32::from(last) - i32::from(first);
        if (a1, a2) == (b1, b2) {
            return if width(a1, a2) <= 1 { 1 } else { 2 };
        }
        let gap = (i32::from(a1.max(b1)) - i32::from(a2.min(b2))).max(0);
        if gap == 0 {
            let (narrow, broad) =
                (width(a1, a2).min(width(b1, b2)), width(a1, a2).max(width(b1, b2)));
            let contained = (a1 >= b1 && a2 <= b2) || (b1 >= a1 && b2 <= a2);
            return if contained && broad > 40 {
                10
            } else if contained && broad <= 12 + narrow {
                3
            } else {
                9
            };
        }
        match gap {
            1..=2 => 4,
            3..=12 => 5,
            _ => 6,
        }
    }

    fn place(&self) -> u8 {
        let (a, b) = (self.a, self.b);
        if a.place_key == 0 || b.place_key == 0 {
            return 0;
        }
        let apart = a.region != 0 && b.region != 0 && a.region != b.region;
        let common = self
            .context
            .index
            .count(index::place_key(a))
            .max(self.context.index.count(index::place_key(b)));
        let rare = bits(common, self.context.total) >= 500;
        if a.place_code != 0 && a.place_code == b.place_code {
            return 1;
        }
        if a.place_code != 0 && b.place_code != 0 && a.place_key != b.place_key {
            return 5;
        }
        if a.place_key == b.place_key {
            return if apart {
                6
            } else if rare {
                1
            } else {
                2
            };
        }
        let overlap = self.overlap(a.list(List::Place), b.list(List::Place), &[], &[]);
        let (x, y) = overlap.parts();
        if x.min(y) >= 0.8 && !apart {
            4
        } else if x.max(y) >= 0.9 && !apart {
            3
        } else {
            5
        }
    }

    fn identifier(&self) -> u8 {
        let (a, b) = (&self.a.identifiers, &self.b.identifiers);
        if a.is_empty() || b.is_empty() {
            return 0;
        }
        for x in a {
            if b.iter().any(|y| y.value == x.value) {
                return if self.context.index.count(index::number_key(x.value)) <= 6 {
                    1
                } else {
                    2
                };
            }
        }
        let mut current = false;
        for x in a.iter().filter(|x| !x.old) {
            for y in b.iter().filter(|y| !y.old) {
                if x.scheme == y.scheme {
                    return 4;
                }
                current = true;
            }
        }
        if current { 5 } else { 0 }
    }

    fn size(&self) -> u8 {
        let ([a1, a2], [b1, b2]) = (self.a.sizes, self.b.sizes);
        match self.a.kind {
            Kind::Recording => {
                if a1 == 0 || b1 == 0 {
                    return 0;
                }
                match a1.abs_diff(b1) {
                    0..=1 => 1,
                    2..=4 => 3,
                    5..=12 => 5,
                    _ => 6,
                }
            }
            Kind::Text => {
                if a1 == 0 || b1 == 0 {
                    0
                } else if a1 == b1 && a2 == b2 {
                    if a1 > 1 { 1 } else { 2 }
                } else if a1 == b1 {
                    3
                } else if a2 == b2 && a2 != 0 {
                    4
                } else {
                    5
                }
            }
            _ => {
                if a2 == 0 || b2 == 0 {
                    return 0;
                }
                let like = |x: u32, y: u32| x.abs_diff(y) <= 7.max(x.max(y) / 400);
                let near = |x: u32, y: u32| x.abs_diff(y) <= 35.max(x.max(y) / 50);
                // Centimetres that were written as millimetres, or the other way round.
                let scaled = |x: u32, y: u32| x.abs_diff(y * 10) <= 10 || y.abs_diff(x * 10) <= 10;
                if like(a1, b1) && like(a2, b2) {
                    let count = self
                        .context
                        .index
                        .count(index::sizes_key(self.a))
                        .max(self.context.index.count(index::sizes_key(self.b)));
                    if bits(count, self.context.total) >= 600 { 1 } else { 2 }
                } else if (near(a1, b1) && near(a2, b2)) || (scaled(a1, b1) && scaled(a2, b2)) {
                    3
                } else if like(a1, b1) || like(a2, b2) {
                    4
                } else {
                    5
                }
            }
        }
    }

    fn holder(&self) -> u8 {
        let (a, b) = (self.a.list(List::Holder), self.b.list(List::Holder));
        match (a.is_empty(), b.is_empty()) {
            (true, true) => return 0,
            (false, false) => {}
            (true, false) => return self.holder_found(b, self.a),
            (false, true) => return self.holder_found(a, self.b),
        }
        let overlap = self.overlap(a, b, &[], &[]);
        let (x, y) = overlap.parts();
        let (most, least) = (x.max(y), x.min(y));
        if least >= 0.999 && overlap.slips == 0 {
            match overlap.shared {
                0..=500 => 8,
                501..=1000 => 2,
                _ => 1,
            }
        } else if least >= 0.75 {
            4
        } else if most >= 0.9 {
            3
        } else if most >= 0.4 {
            5
        } else if self.holder_found(a, self.b) == 7 || self.holder_found(b, self.a) == 7 {
            7
        } else {
            6
        }
    }

    fn holder_found(&self, holder: &[Word], other: &Record) -> u8 {
        if self.profile != Profile::Bibliographic {
            return 0;
        }
        let title = other.list(List::Title);
        let (mut all, mut found) = (0, 0);
        for word in holder {
            all += self.bits(*word);
            if title.contains(word) {
                found += self.bits(*word);
            }
        }
        if found * 4 >= all * 3 { 7 } else { 0 }
    }

    fn mark(&self) -> u8 {
        let (a, b) = (&self.a.marks, &self.b.marks);
        if (a.is_empty() && b.is_empty()) || self.profile == Profile::Person {
            return 0;
        }
        let of = |marks: &[Mark], kind: MarkKind| -> Vec<u32> {
            marks.iter().filter(|mark| mark.kind == kind).map(|mark| mark.value).collect()
        };
        if of(a, MarkKind::Role) != of(b, MarkKind::Role) {
            return 5;
        }
        let cut = self.a.cut || self.b.cut;
        let inside = |x: &[u32], y: &[u32]| x.iter().all(|value| y.contains(value));
        let (side_a, side_b) = (of(a, MarkKind::Side), of(b, MarkKind::Side));
        let (number_a, number_b) = (of(a, MarkKind::Numbered), of(b, MarkKind::Numbered));
        let (bare_a, bare_b) = (of(a, MarkKind::Bare), of(b, MarkKind::Bare));
        // « (n° 2) » here and « , 2 » there are one mark.
        let kept = |numbers: &[u32], numbered: &[u32], bare: &[u32]| -> bool {
            inside(numbers, numbered)
                || numbers.iter().all(|value| numbered.contains(value) || bare.contains(value))
        };
        let fits_a = kept(&number_a, &number_b, &bare_b);
        let fits_b = kept(&number_b, &number_a, &bare_a);
        let mut one_side = false;
        if !(fits_a && fits_b) {
            let apart = !number_a.is_empty() && !number_b.is_empty();
            if !cut
                && self.profile == Profile::Heritage
                && !number_a.iter().any(|value| number_b.contains(value))
            {
                return 3;
            }
            if apart && !cut {
                return 6;
            }
            one_side = true;
        }
        match (side_a.is_empty(), side_b.is_empty()) {
            (false, false) if side_a != side_b => return 3,
            (true, false) | (false, true) => one_side = true,
            _ => {}
        }
        if !inside(&bare_a, &bare_b)
            && !inside(&bare_b, &bare_a)
            && !(fits_a && fits_b && !(number_a.is_empty() && number_b.is_empty()))
        {
            return 6;
        }
        let settled = (!number_a.is_empty() || !number_b.is_empty()) && fits_a && fits_b;
        if bare_a.len() != bare_b.len() && !settled {
            one_side = true;
        }
        match (one_side, cut) {
            (true, true) => 4,
            (true, false) => 2,
            _ => 1,
        }
    }

    fn detail(&self) -> u8 {
        let ([a1, a2], [b1, b2]) = (self.a.detail, self.b.detail);
        match self.profile {
            Profile::Heritage => {
                let (a, b) = (self.a.list(List::Address), self.b.list(List::Address));
                if a.is_empty() || b.is_empty() {
                    return 0;
                }
                let overlap = self.overlap(a, b, &[], &[]);
                let (x, y) = overlap.parts();
                if x.min(y) >= 0.999 && overlap.slips == 0 {
                    1
                } else if x.min(y) >= 0.75 {
                    2
                } else if x.max(y) >= 0.9 {
                    4
                } else {
                    3
                }
            }
            Profile::Bibliographic => {
                let level = |x: u32, y: u32| (x != 0 && y != 0).then_some(x == y);
                let volume = level(a1, b1);
                let number = level(a2, b2);
                match (volume, number) {
                    (None, None) => 0,
                    (Some(false), Some(false)) => 3,
                    (Some(true), Some(false)) => 6,
                    (Some(false), Some(true)) => 5,
                    (Some(false), None) | (None, Some(false)) => 4,
                    _ => 1,
                }
            }
            Profile::Person => {
                if a1 == 0 || b1 == 0 {
                    0
                } else if a1 == b1 {
                    1
                } else if a2 == b2 {
                    2
                } else {
                    3
                }
            }
        }
    }

    fn matter(&self) -> u8 {
        let (a, b) = (self.a.list(List::Matter), self.b.list(List::Matter));
        if a.is_empty() || b.is_empty() {
            return 0;
        }
        let (x, y) = self.overlap(a, b, &[], &[]).parts();
        if x.min(y) >= 0.9 {
            1
        } else if x.max(y) >= 0.3 {
            2
        } else {
            3
        }
    }
}

/// Whether one word is the other's first letter.
fn initial(x: &str, y: &str) -> bool {
    let one = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    x != y && (one(x, y) || one(y, x))
}
