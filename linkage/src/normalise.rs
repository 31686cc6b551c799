//! From an [`Input`] to a [`Record`].
//!
//! Fields of `extra` that are read, by role; others are left alone:
//! - holder: edifice, group, album, journal, venue, booktitle
//! - sizes: dims; length (duration); pages
//! - address: adr, address; detail: number, volume, postcode and its likes; code of place: insee
//! - matter: medium, mat, occupation, profession

use crate::dates::Dates;
use crate::hash;
use crate::input::Input;
use crate::intern::{Interner, Word};
use crate::kind::{Kind, Profile};
use crate::record::{Identifier, LISTS, List, Mark, MarkKind, Record, SEPARATOR};
use crate::{numbers, person, words};
use domain::fold::fold;

/// At most so many words of a title, of the agents, and of another list.
const LONGEST: [usize; LISTS] = [64, 48, 24, 12, 12, 16];

/// What is needed to normalise: words and dates met so far.
#[derive(Debug, Default, Clone)]
pub struct Normaliser {
    /// The words.
    pub words: Interner,
    dates: Dates,
}

impl Normaliser {
    /// The words of this, with an empty memory of dates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a record ready. `source` is the number that the caller gave to its source.
    pub fn record(&mut self, input: &Input, source: u16) -> Record {
        let kind = Kind::of(&input.kind);
        let profile = kind.profile();
        let extra = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| input.extra.get(*name))
                .map(String::as_str)
                .filter(|text| *text != "null")
        };
        let mut lists: [Vec<Word>; LISTS] = Default::default();
        let mut marks = Vec::new();

        let number = extra(&["number", "issue"]).and_then(numbers::first).unwrap_or(0);
        let title = fold(&input.title);
        self.title(&title, profile, number, &mut lists, &mut marks);
        if profile == Profile::Person {
            self.person(input, &mut lists);
        }
        for creator in input.creator.iter().take(12) {
            self.creator(creator, &mut lists);
        }
        if let Some(text) = extra(&["edifice", "group", "album", "journal", "venue", "booktitle"]) {
            self.plain(text, List::Holder, &mut lists);
        }
        let (place, region) = place(&input.place);
        self.plain(&place, List::Place, &mut lists);
        if let Some(text) = extra(&["adr", "address", "address_1"]) {
            self.plain(text, List::Address, &mut lists);
        }
        if let Some(text) = extra(&["medium", "mat", "technique", "occupation", "profession"]) {
            self.plain(text, List::Matter, &mut lists);
        }

        let code = extra(&["insee", "place_code"]).map_or(0, |text| hash::text(text) as u32 | 1);
        let region = extra(&["insee"]).map_or(region, department);
        let dated = self.dates.read(&input.date, profile);
        let sizes = match kind {
            Kind::Recording => [extra(&["length", "duration"]).map_or(0, numbers::seconds), 0],
            Kind::Text => extra(&["pages"]).map_or([0, 0], numbers::pages),
            _ => extra(&["dims", "dimensions"]).map_or([0, 0], numbers::sizes),
        };
        let detail = match profile {
            Profile::Person => {
                post_code(extra(&["postcode", "postcode_fake", "postal_code"]).unwrap_or(""))
            }
            Profile::Bibliographic => {
                [extra(&["volume"]).and_then(numbers::first).unwrap_or(0), number]
            }
            Profile::Heritage => [0, 0],
        };
        let mut identifiers: Vec<Identifier> = input
            .identifiers
            .iter()
            .filter_map(|text| numbers::identifier(text))
            .take(12)
            .collect();
        identifiers.sort_unstable();
        identifiers.dedup();
        marks.sort_unstable();
        marks.dedup();

        let sum = |list: &[Word], words: &Interner| {
            list.iter().fold(0_u64, |sum, word| sum.wrapping_add(hash::mix(words.hash(*word))))
        };
        let [titles, _, _, places, _, _] = &lists;
        let marked = marks.iter().fold(0_u64, |sum, mark| {
            sum.wrapping_add(hash::pair(mark.kind as u64, u64::from(mark.value)))
        });
        let title_key =
            if titles.is_empty() { 0 } else { sum(titles, &self.words).wrapping_add(marked) };
        let place_key = if places.is_empty() { 0 } else { sum(places, &self.words) };
        let mut ends = [0_u8; LISTS];
        let mut all = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for ((list, end), longest) in lists.iter().zip(&mut ends).zip(LONGEST) {
            all.extend(list.iter().take(longest));
            *end = all.len() as u8;
        }
        Record {
            uid: hash::text(&input.id),
            source,
            kind,
            cut: (36..=62).contains(&input.title.chars().count())
                && !input.title.chars().any(char::is_lowercase),
            years: dated.years,
            day: dated.day,
            region,
            place_code: code,
            place_key,
            title_key,
            sizes,
            detail,
            identifiers: identifiers.into_boxed_slice(),
            marks: marks.into_boxed_slice(),
            words: all.into_boxed_slice(),
            ends,
        }
    }

    fn title(
        &mut self,
        folded: &str,
        profile: Profile,
        own_number: u32,
        lists: &mut [Vec<Word>; LISTS],
        marks: &mut Vec<Mark>,
    ) {
        let [out, ..] = lists;
        let mut all: Vec<&str> = Vec::new();
        words::each(folded, |word| all.push(word));
        if profile == Profile::Person {
            for word in all {
                push(out, self.words.word(word));
            }
            return;
        }
        let mut skip = false;
        let last = all.len().saturating_sub(1);
        for (index, word) in all.iter().enumerate() {
            if skip {
                skip = false;
                continue;
            }
            let next = all.get(index + 1).copied().unwrap_or("");
            let value = |word: &str| word.parse::<u32>().ok().or_else(|| words::roman(word));
            if numbered(word)
                && let Some(number) = value(next)
            {
                marks.push(Mark { kind: MarkKind::Numbered, value: number });
                skip = true;
                continue;
            }
            if matches!(*word, "recto" | "verso") {
                marks.push(Mark { kind: MarkKind::Side, value: u32::from(*word == "verso") });
                continue;
            }
            if profile == Profile::Heritage
                && matches!(*word, "reproduction" | "detail" | "replica" | "replique" | "moulage")
            {
                marks.push(Mark { kind: MarkKind::Role, value: hash::text(word) as u32 });
                continue;
            }
            if word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() < 10 {
                let number: u32 = word.parse().unwrap_or(0);
                // A track that begins with its own number.
                if index == 0
                    && word.len() == 3
                    && (number == own_number || word.starts_with('0'))
                    && last > 0
                {
                    continue;
                }
                marks.push(Mark { kind: MarkKind::Bare, value: number });
                push(out, self.words.word(word));
                continue;
            }
            if index == last && index > 0 && words::roman(word).is_some() {
                marks.push(Mark { kind: MarkKind::Bare, value: value(word).unwrap_or(0) });
                continue;
            }
            let short = word.len() == 1;
            if !words::is_empty(word) && !short && *word != "factice" {
                push(out, self.words.word(word));
            }
        }
        if out.is_empty() {
            for word in all {
                push(out, self.words.word(word));
            }
        }
    }

    /// Family name and given names of a person as agents, so that both profiles find them there.
    fn person(&mut self, input: &Input, lists: &mut [Vec<Word>; LISTS]) {
        let extra = |names: &[&str]| names.iter().find_map(|name| input.extra.get(*name));
        let given = extra(&["first_name", "given_name"]);
        let family = extra(&["surname", "family_name", "last_name"]);
        if let (Some(given), Some(family)) = (given, family) {
            let mut name = words::list(family);
            if let Some(last) = name.pop() {
                let [_, agents, ..] = lists;
                agents.push(self.words.word(&last));
                for word in name.iter().chain(&words::list(given)) {
                    agents.push(self.words.word(word));
                }
                agents.push(SEPARATOR);
                return;
            }
        }
        self.creator(&input.title, lists);
    }

    fn creator(&mut self, text: &str, lists: &mut [Vec<Word>; LISTS]) {
        let [_, agents, ..] = lists;
        // « y. freund and r. schapire »
        let mut rest = text;
        for _ in 0..8 {
            let cut = [" & ", " and ", ";"]
                .iter()
                .filter_map(|mark| rest.find(mark).map(|at| (at, mark.len())))
                .min();
            let (part, behind) = match cut {
                Some((at, length)) => (rest.get(..at).unwrap_or(""), rest.get(at + length..)),
                None => (rest, None),
            };
            if let Some(name) = person::name(part) {
                agents.push(self.words.word(&name.family));
                for word in name.rest.iter().take(6) {
                    agents.push(self.words.word(word));
                }
                agents.push(SEPARATOR);
            }
            match behind {
                Some(behind) => rest = behind,
                None => break,
            }
        }
    }

    fn plain(&mut self, text: &str, list: List, lists: &mut [Vec<Word>; LISTS]) {
        let folded = fold(text);
        let Some(out) = lists.get_mut(list as usize) else { return };
        words::each(&folded, |word| {
            if !words::is_empty(word) {
                push(out, self.words.word(word));
            }
        });
    }
}

fn push(list: &mut Vec<Word>, word: Word) {
    if !list.contains(&word) {
        list.push(word);
    }
}

/// Words that announce the number of a member.
fn numbered(word: &str) -> bool {
    matches!(
        word,
        "planche"
            | "pl"
            | "plate"
            | "no"
            | "n"
            | "nr"
            | "num"
            | "numero"
            | "number"
            | "fol"
            | "folio"
            | "vol"
            | "volume"
            | "tome"
            | "part"
            | "partie"
            | "page"
            | "state"
            | "etat"
            | "sheet"
            | "feuille"
            | "version"
            | "pt"
    )
}

/// The place without a department behind it, and the department.
fn place(text: &str) -> (String, u16) {
    let (name, behind) = match text.find(['(', ';']) {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at..).unwrap_or("")),
        None => (text, ""),
    };
    let code: String = behind.chars().filter(char::is_ascii_alphanumeric).collect();
    let region = if code.bytes().any(|byte| byte.is_ascii_digit()) { department(&code) } else { 0 };
    (name.to_owned(), region)
}

/// The department of a code of commune, or of one's own.
fn department(code: &str) -> u16 {
    let two = code.get(..2).unwrap_or(code);
    let long = if two == "97" { code.get(..3).unwrap_or(two) } else { two };
    (hash::text(&long.to_uppercase()) as u16) | 1
}

/// A postal code and its first part.
fn post_code(text: &str) -> [u32; 2] {
    let folded = fold(text);
    if folded.is_empty() {
        return [0, 0];
    }
    let first = folded.split(' ').next().unwrap_or("");
    let outward =
        if first.len() == folded.len() { folded.get(..2).unwrap_or(first) } else { first };
    [hash::text(&folded) as u32 | 1, hash::text(outward) as u32 | 1]
}
