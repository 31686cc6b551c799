//! Cutting a text into numbers, words of dates and signs, without allocating.

use super::day::LAST_YEAR;
use super::word::{Word, look_up, roman};

/// What stands at one place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Digits, and how many.
    Number {
        /// Their value.
        value: u32,
        /// How many digits.
        digits: u8,
    },
    /// `19e`, `1er`, `19th`, `XIXe`.
    Ordinal {
        /// Which.
        n: u16,
        /// Written in digits or capitals: it may stand for a century alone.
        sure: bool,
    },
    /// `XII`.
    Roman(u16),
    /// `185.`, `18..`, `185X`, `18--`: the first digits of a year.
    Masked {
        /// The digits that are known.
        value: u32,
        /// How many are not: 1 or 2.
        unknown: u8,
    },
    /// `1930s`, `20's`.
    Plural {
        /// The number.
        value: u32,
        /// How many digits.
        digits: u8,
    },
    /// A word of dates.
    Word(Word),
    /// Any dash.
    Dash,
    /// `/`.
    Slash,
    /// `,`.
    Comma,
    /// `;`.
    Semicolon,
    /// `.` between digits.
    Dot,
    /// `?`.
    Question,
    /// `(` or `[`.
    Open,
    /// `)` or `]`.
    Close,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// No white space stands before it.
    pub(super) glued: bool,
}

/// Longest text, in pieces.
const MOST: usize = 44;
/// Longest name of a period, in bytes.
const KEY: usize = 56;
/// Longest word.
const LONGEST: usize = 20;

/// A text in pieces.
#[derive(Debug)]
pub(super) struct Tokens {
    list: [Token; MOST],
    len: usize,
    key: [u8; KEY],
    key_len: usize,
    /// It has a word or sign that no date has.
    pub(super) foreign: bool,
    /// It has digits.
    pub(super) digits: bool,
    /// It has a word that is of dates and hardly of anything else.
    pub(super) dated: bool,
}

impl Tokens {
    /// The pieces.
    pub(super) fn list(&self) -> &[Token] {
        self.list.get(..self.len).unwrap_or_default()
    }

    /// The folded words outside parentheses, one space between; nothing when they are too long to
    /// be the name of a period.
    pub(super) fn key(&self) -> Option<&str> {
        let bytes = self.key.get(..self.key_len)?;
        std::str::from_utf8(bytes).ok().map(str::trim).filter(|key| !key.is_empty())
    }

    fn push(&mut self, kind: Kind, glued: bool) -> Option<()> {
        *self.list.get_mut(self.len)? = Token { kind, glued };
        self.len += 1;
        Some(())
    }

    fn put_key(&mut self, text: &[u8]) {
        // Once it is too long it stays so.
        let Some(end) = self.key_len.checked_add(text.len() + 1) else { return };
        if let Some(room) = self.key.get_mut(self.key_len..end) {
            if let Some((last, first)) = room.split_last_mut() {
                first.copy_from_slice(text);
                *last = b' ';
            }
            self.key_len = end;
        } else {
            self.key_len = usize::MAX;
        }
    }

    /// Cuts a text; nothing when it is too long to be a date.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() > 240 {
            return None;
        }
        let mut tokens = Self {
            list: [Token { kind: Kind::Comma, glued: false }; MOST],
            len: 0,
            key: [0; KEY],
            key_len: 0,
            foreign: false,
            digits: false,
            dated: false,
        };
        let mut depth = 0_u8;
        let mut glued = false;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            let sign = match c {
                '0'..='9' => {
                    rest = tokens.number(rest, glued, depth)?;
                    glued = true;
                    continue;
                }
                '-' | '‐' | '‑' | '–' | '—' | '−' => Some(Kind::Dash),
                '/' => Some(Kind::Slash),
                ',' => Some(Kind::Comma),
                ';' => Some(Kind::Semicolon),
                '?' => Some(Kind::Question),
                '(' | '[' => {
                    depth = depth.saturating_add(1);
                    Some(Kind::Open)
                }
                ')' | ']' => {
                    depth = depth.saturating_sub(1);
                    Some(Kind::Close)
                }
                '&' => Some(Kind::Word(Word::And)),
                '~' => Some(Kind::Word(Word::Circa)),
                '©' => Some(Kind::Word(Word::Remark)),
                '.' => {
                    let between_digits = glued
                        && after.starts_with(|c: char| c.is_ascii_digit())
                        && matches!(
                            tokens.list().last(),
                            Some(Token { kind: Kind::Number { .. }, .. })
                        );
                    between_digits.then_some(Kind::Dot)
                }
                '\'' | '’' | '‘' | '`' | '´' => None,
                _ if c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200E}') => {
                    rest = after;
                    glued = false;
                    continue;
                }
                _ if c.is_alphabetic() => {
                    rest = tokens.word(rest, glued, depth)?;
                    glued = true;
                    continue;
                }
                _ => {
                    tokens.foreign = true;
                    None
                }
            };
            if let Some(kind) = sign {
                tokens.push(kind, glued)?;
            }
            glued = true;
            rest = after;
        }
        tokens.join_eras();
        Some(tokens)
    }

    /// Reads a number and what is tied to it.
    fn number<'a>(&mut self, text: &'a str, glued: bool, depth: u8) -> Option<&'a str> {
        self.digits = true;
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = text.split_at_checked(length)?;
        if depth == 0 {
            self.put_key(number.as_bytes());
        }
        let (Ok(value), Ok(digits)) = (number.parse::<u32>(), u8::try_from(length)) else {
            self.foreign = true;
            return Some(rest);
        };
        if length > 9 {
            self.foreign = true;
            return Some(rest);
        }
        let plain = Kind::Number { value, digits };
        let decade = length == 3 && (100..=LAST_YEAR / 10).contains(&value);
        let century = length == 2 && (10..=LAST_YEAR / 100).contains(&value);
        let (kind, rest) = match rest.as_bytes() {
            [] | [b' ', ..] => (plain, rest),
            [b'.', b'.', ..] | [b'-', b'-', ..] | [b'?', b'?', ..] if century => {
                (Kind::Masked { value, unknown: 2 }, rest.get(2..)?)
            }
            [b'.', next @ ..] if decade && !next.first().is_some_and(u8::is_ascii_digit) => {
                (Kind::Masked { value, unknown: 1 }, rest.get(1..)?)
            }
            [b'-', next @ ..] if decade && matches!(next, [] | [b'?' | b']' | b')', ..]) => {
                (Kind::Masked { value, unknown: 1 }, rest.get(1..)?)
            }
            [b'\'', b's' | b'S', ..] if length >= 2 => {
                (Kind::Plural { value, digits }, rest.get(2..)?)
            }
            bytes if bytes.first().is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80) => {
                let (word, after) = Folded::read(rest);
                match word.text() {
                    Some(
                        "e" | "er" | "re" | "ere" | "eme" | "ieme" | "th" | "st" | "nd" | "rd"
                        | "ste" | "de" | "emes",
                    ) if value > 0 && value < 1000 => {
                        let n = u16::try_from(value).unwrap_or_default();
                        (Kind::Ordinal { n, sure: true }, after)
                    }
                    Some("s") if length >= 2 => (Kind::Plural { value, digits }, after),
                    Some("x" | "u") if decade => (Kind::Masked { value, unknown: 1 }, after),
                    Some("xx" | "uu") if century => (Kind::Masked { value, unknown: 2 }, after),
                    _ => (plain, rest),
                }
            }
            _ => (plain, rest),
        };
        self.push(kind, glued)?;
        Some(rest)
    }

    /// Reads a word.
    fn word<'a>(&mut self, text: &'a str, glued: bool, depth: u8) -> Option<&'a str> {
        let (word, rest) = Folded::read(text);
        let Some(folded) = word.text() else {
            self.foreign = true;
            self.key_len = if depth == 0 { usize::MAX } else { self.key_len };
            return Some(rest);
        };
        if depth == 0 {
            self.put_key(folded.as_bytes());
        }
        let kind = if let Some(word) = look_up(folded) {
            self.dated |= matches!(
                word,
                Word::Century
                    | Word::Millennium
                    | Word::Quarter
                    | Word::Month(_)
                    | Word::RepublicanMonth(_)
                    | Word::Decade
                    | Word::Bc
                    | Word::Jc
            );
            Kind::Word(word)
        } else if let Some(number) = roman(folded) {
            Kind::Roman(number)
        } else if let Some((n, length)) = ["eme", "ieme", "ere", "er", "e"].iter().find_map(|end| {
            folded.strip_suffix(end).and_then(|stem| Some((roman(stem)?, stem.len())))
        }) {
            let capitals = text.bytes().take(length).all(|b| b.is_ascii_uppercase());
            let small = !text.as_bytes().get(length).is_some_and(u8::is_ascii_uppercase);
            Kind::Ordinal { n, sure: capitals && small }
        } else {
            self.foreign = true;
            return Some(rest);
        };
        self.push(kind, glued)?;
        Some(rest)
    }

    /// Makes one word of `av. J.-C.` and its like.
    fn join_eras(&mut self) {
        let word = |list: &[Token; MOST], at: usize| match list.get(at) {
            Some(Token { kind: Kind::Word(word), .. }) => Some(*word),
            _ => None,
        };
        let mut at = 0;
        while at < self.len {
            let era = match self.list.get(at).map(|token| token.kind) {
                Some(Kind::Word(Word::Before) | Kind::Roman(5)) => Word::Bc,
                Some(Kind::Word(Word::After)) => Word::Ad,
                _ => {
                    at += 1;
                    continue;
                }
            };
            let mut end = at + 1;
            if end < self.len && word(&self.list, end) == Some(Word::Jc) {
                end += 1;
                if matches!(self.list.get(end), Some(Token { kind: Kind::Dash, glued: true })) {
                    end += 1;
                }
                if end < self.len
                    && matches!(word(&self.list, end), Some(Word::C | Word::Jc | Word::Suffix))
                {
                    end += 1;
                }
                // A dash that joined nothing belongs to what follows.
                if matches!(self.list.get(end - 1), Some(Token { kind: Kind::Dash, .. })) {
                    end -= 1;
                }
                if let Some(token) = self.list.get_mut(at) {
                    token.kind = Kind::Word(era);
                }
                self.list.copy_within(end..self.len, at + 1);
                self.len -= end - at - 1;
            }
            at += 1;
        }
    }
}

/// A word, folded, in a buffer of its own.
struct Folded {
    bytes: [u8; LONGEST],
    /// Its length; too long or with strange letters: beyond the buffer.
    len: usize,
}

impl Folded {
    /// The word, unless it is too long or of other letters than those of Western Europe.
    fn text(&self) -> Option<&str> {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    fn put(&mut self, letters: &[u8]) {
        let end = self.len.saturating_add(letters.len());
        match self.bytes.get_mut(self.len..end) {
            Some(room) => {
                room.copy_from_slice(letters);
                self.len = end;
            }
            None => self.len = usize::MAX,
        }
    }

    /// Reads the word at the beginning of a text; single letters with points between them are one
    /// word (`B.C.`). Gives what comes after it.
    fn read(text: &str) -> (Self, &str) {
        let mut word = Self { bytes: [0; LONGEST], len: 0 };
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if byte.is_ascii_alphabetic() {
                word.put(&[byte.to_ascii_lowercase()]);
                at += 1;
            } else if *byte == b'.'
                && at > 0
                && (at == 1 || bytes.get(at - 2) == Some(&b'.'))
                && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
                && !bytes.get(at + 2).is_some_and(u8::is_ascii_alphabetic)
            {
                at += 1;
            } else if *byte >= 0x80 {
                let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
                if !word.put_other(c) {
                    break;
                }
                at += c.len_utf8();
            } else {
                break;
            }
        }
        (word, text.get(at..).unwrap_or_default())
    }

    /// Adds a letter beyond ASCII; false: it is not a letter.
    fn put_other(&mut self, c: char) -> bool {
        let letters: &[u8] = match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' | 'å' | 'À' | 'Â' | 'Ä' | 'Á' | 'Ã' | 'Å' => {
                b"a"
            }
            'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' | 'ᵉ' => b"e",
            'î' | 'ï' | 'í' | 'ì' | 'Î' | 'Ï' | 'Í' | 'Ì' => b"i",
            'ô' | 'ö' | 'ó' | 'ò' | 'õ' | 'Ô' | 'Ö' | 'Ó' | 'Ò' | 'Õ' | 'º' => b"o",
            'û' | 'ü' | 'ù' | 'ú' | 'Û' | 'Ü' | 'Ù' | 'Ú' => b"u",
            'ç' | 'Ç' => b"c",
            'ñ' | 'Ñ' => b"n",
            'ÿ' | 'ý' | 'Ÿ' | 'Ý' => b"y",
            'ʳ' => b"r",
            'œ' | 'Œ' => b"oe",
            'æ' | 'Æ' => b"ae",
            'ß' => b"ss",
            '\u{300}'..='\u{36F}' => b"",
            _ if c.is_alphabetic() => {
                self.len = usize::MAX;
                b""
            }
            _ => return false,
        };
        self.put(letters);
        true
    }
}
