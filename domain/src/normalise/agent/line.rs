//! One text of a creator or contributor: names, roles, qualifiers and dates taken apart.

use super::life::{self, Life};
use super::name;
use super::role::{self, Word};
use crate::fold::fold;
use crate::meaning::{Agent, Attribution, Confidence};

/// What a part of a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Somebody.
    Agent(Box<Read>),
    /// That nobody is known; with helpers' roles only, it belongs to the contributors.
    Nobody { helps: bool },
    /// Another name of somebody who stands beside (`BRUEGHEL de Velours (dit)`).
    OtherName(Box<Read>),
    /// Not understood.
    Unclear { helps: bool },
}

/// Somebody who was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) agent: Agent,
    pub(super) rule: &'static str,
    pub(super) confidence: Confidence,
    /// Whether the part belongs to the contributors.
    pub(super) helps: bool,
}

/// The parts of a text: several are apart by semicolons and line breaks outside parentheses.
pub(super) fn parts(text: &str) -> Vec<Part> {
    if !text.contains([';', '\n']) {
        return vec![part(text)];
    }
    let mut depth = 0_i32;
    text.split(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = (depth - 1).max(0),
            _ => {}
        }
        matches!(c, ';' | '\n') && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .map(part)
    .collect()
}

/// What the remarks beside a name say together.
#[derive(Default)]
struct Remarks {
    roles: Vec<String>,
    tie: Attribution,
    life: Option<Life>,
    makes: bool,
    helps: bool,
    other_name: bool,
    nobody: bool,
    unclear: bool,
    doubt: bool,
    unknown_role: bool,
    given: Option<String>,
    epithet: Option<String>,
}

fn part(text: &str) -> Part {
    let (bare, notes) = take_notes(text);
    let bare = bare.trim();
    let mut remarks = Remarks::default();
    for note in &notes {
        remarks.read(note, bare);
    }
    let (mut bare, unsure) = match bare.strip_suffix('?') {
        Some(rest) if !rest.trim().is_empty() => (rest.trim(), true),
        _ => (bare, false),
    };
    remarks.doubt |= unsure;
    if let Some(at) = [" dit ", " dite ", " née ", " né "].iter().find_map(|mark| bare.find(mark))
    {
        bare = bare.get(..at).unwrap_or(bare);
    }
    let folded =
        if role::may_be_special(bare) || bare.contains(',') { fold(bare) } else { String::new() };
    let helps = remarks.belongs_to_contributors();
    if (!folded.is_empty() || bare.is_empty()) && role::is_nobody(&folded) {
        return if bare.is_empty() && !remarks.nobody && !notes.is_empty() {
            Part::Unclear { helps }
        } else {
            Part::Nobody { helps }
        };
    }
    if remarks.nobody {
        return Part::Nobody { helps };
    }
    let bare = remarks.tie_around(bare, &folded);
    let helps = remarks.belongs_to_contributors();
    let Some(mut name) = name::read(bare, remarks.given.as_deref()) else {
        return if role::is_nobody(&fold(bare)) {
            Part::Nobody { helps }
        } else {
            Part::Unclear { helps }
        };
    };
    if remarks.unclear {
        return Part::Unclear { helps };
    }
    if let Some(epithet) = &remarks.epithet {
        name.text.push(' ');
        name.text.push_str(epithet);
    }
    if remarks.tie.is_plain() && remarks.doubt {
        remarks.tie = Attribution::AttributedTo;
    }
    let life = remarks.life.unwrap_or_default();
    let confidence = if remarks.unknown_role { Confidence::Probable } else { name.confidence };
    let read = Box::new(Read {
        agent: Agent {
            name: name.text,
            uri: None,
            same_as: Vec::new(),
            role: (!remarks.roles.is_empty()).then(|| remarks.roles.join(", ")),
            attribution: remarks.tie,
            born: life.born,
            died: life.died,
        },
        rule: name.rule,
        confidence,
        helps,
    });
    if remarks.other_name { Part::OtherName(read) } else { Part::Agent(read) }
}

impl Remarks {
    /// Former attributions and models did not make the thing; helpers only helped.
    fn belongs_to_contributors(&self) -> bool {
        !role::stays_creator(self.tie) || (self.helps && !self.makes)
    }

    fn read(&mut self, note: &str, bare: &str) {
        if let Some(life) = life::in_parentheses(note) {
            self.life = Some(life);
            return;
        }
        for said in note.split([',', ';']).map(str::trim).filter(|said| !said.is_empty()) {
            if said == "?" {
                self.doubt = true;
                continue;
            }
            let folded = fold(said);
            match role::word(&folded) {
                Some(Word::Maker) => {
                    self.makes = true;
                    self.roles.push(said.to_owned());
                }
                Some(Word::Helper) => {
                    self.helps = true;
                    self.roles.push(said.to_owned());
                }
                Some(Word::Tie(tie)) => self.tie = tie,
                Some(Word::Epithet) => {
                    if matches!(folded.as_str(), "freres" | "fils" | "pere" | "aine" | "jeune") {
                        self.epithet = Some(said.to_owned());
                    }
                }
                Some(Word::OtherName) => self.other_name = true,
                Some(Word::Nobody) => self.nobody = true,
                None => self.unknown(said, &folded, note, bare),
            }
        }
    }

    fn unknown(&mut self, said: &str, folded: &str, note: &str, bare: &str) {
        let names = ["dit ", "dite ", "ne ", "nee ", "alias ", "epouse ", "veuve ", "nom de "];
        if let Some(life) = life::in_parentheses(said) {
            self.life = Some(life);
        } else if names.iter().any(|start| folded.starts_with(start)) {
            // Another name, inside: the one outside is good enough.
        } else if role::leading_tie(folded).is_some() || role::ends_in_tie(folded) {
            self.unclear = true;
        } else if said.starts_with(char::is_uppercase)
            && said == note.trim()
            && !bare.is_empty()
            && !bare.contains([' ', ','])
            && said.contains(char::is_lowercase)
            && said.split(' ').all(|word| word.starts_with(char::is_uppercase))
        {
            self.given = Some(said.to_owned());
        } else if said.len() <= 60 && !said.contains(|c: char| c.is_ascii_digit()) {
            self.unknown_role = true;
            self.makes = true;
            self.roles.push(said.to_owned());
        } else {
            self.unclear = true;
        }
    }

    /// A qualifier that stands before or after the name without parentheses; the name without it.
    fn tie_around<'a>(&mut self, bare: &'a str, folded: &str) -> &'a str {
        for (end, tie) in [
            (", d'après", Attribution::After),
            (" d'après", Attribution::After),
            (", atelier", Attribution::WorkshopOf),
            (", attribué à", Attribution::AttributedTo),
        ] {
            if let Some(rest) = bare.strip_suffix(end) {
                self.tie = tie;
                return rest;
            }
        }
        let Some((tie, length)) = role::leading_tie(folded) else { return bare };
        // Folding may change lengths: the name begins after as many words and one apostrophe.
        let words = folded.get(..length).unwrap_or_default().matches(' ').count();
        let rest = skip(bare, words, folded.get(..length).is_some_and(|all| all.ends_with('\'')));
        if matches!(tie, Attribution::WorkshopOf | Attribution::CircleOf)
            && !rest.starts_with(char::is_uppercase)
        {
            // `atelier de la Savonnerie` is a body.
            return bare;
        }
        self.tie = tie;
        let first = rest.split_whitespace().next().unwrap_or_default();
        let capitals = |word: &str| !word.contains(char::is_lowercase);
        // Capitals mark a person, unless all is in capitals.
        let marked = first.chars().count() > 2 && capitals(first) && !capitals(bare);
        let of_place = tie == Attribution::CircleOf && folded.starts_with("ecole") && !marked;
        // `école de Fontainebleau`, `école de Rembrandt`: a place or a person, the name says all.
        if of_place { bare } else { rest }
    }
}

/// The rest of a text after so many words, and after an apostrophe when asked.
fn skip(text: &str, words: usize, apostrophe: bool) -> &str {
    let mut rest = text;
    for _ in 0..words {
        rest = rest.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
    }
    if apostrophe {
        rest = rest.split_once(['\'', '’']).map_or("", |(_, rest)| rest);
    }
    rest
}

/// Takes what stands in parentheses and brackets out of a text. A parenthesis that never closes
/// ends with the text; one that never opened is left out.
fn take_notes(text: &str) -> (std::borrow::Cow<'_, str>, Vec<&str>) {
    if !text.contains(['(', ')', '[', ']']) {
        return (text.trim().into(), Vec::new());
    }
    let (mut bare, mut notes) = (String::with_capacity(text.len()), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(['(', '[']) {
        bare.push_str(before.trim_matches([')', ']']));
        let (note, tail) = after.split_once([')', ']']).unwrap_or((after, ""));
        notes.push(note.trim());
        rest = tail;
    }
    for piece in rest.split([')', ']']) {
        bare.push_str(piece);
    }
    notes.retain(|note| !note.is_empty());
    let bare = if bare.contains("  ") {
        bare.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        bare.trim().to_owned()
    };
    (bare.into(), notes)
}
