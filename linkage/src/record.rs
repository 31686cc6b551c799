//! A record made ready for comparison: words as numbers, dates as spans, sizes in millimetres.

use crate::intern::Word;
use crate::kind::Kind;

/// The lists of words of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum List {
    /// Words of the title that say something, in order, each once; of a person, the whole name.
    Title,
    /// Names of those who made it, between [`SEPARATOR`]s, the family name first in each.
    Agents,
    /// What holds it: building, album, journal, group.
    Holder,
    /// Place.
    Place,
    /// Street, hamlet.
    Address,
    /// Material, technique; of a person, occupation.
    Matter,
}

/// How many lists there are.
pub const LISTS: usize = 6;
/// Between two names.
pub const SEPARATOR: Word = Word::MAX;

/// A number by which sources tell things apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    /// Hash of the shape: letters before, kind of number.
    pub scheme: u32,
    /// Hash of the value, without spaces, leading zeros and words such as « inv. ».
    pub value: u64,
    /// Whether it is said to be a former number.
    pub old: bool,
}

/// A mark that tells the members of a series apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// What kind of mark.
    pub kind: MarkKind,
    /// Its number, or a hash of what it is.
    pub value: u32,
}

/// Kinds of [`Mark`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum MarkKind {
    /// A number that is said to be one: planche 3, (n° 2), fol. 7.
    Numbered,
    /// Front or back.
    Side,
    /// A bare number in the title.
    Bare,
    /// A word that says that this is an image or a part of the thing: reproduction, détail.
    Role,
}

/// A normalised record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Hash of the opaque id: breaks ties.
    pub uid: u64,
    /// Number of the source.
    pub source: u16,
    /// What it describes.
    pub kind: Kind,
    /// Whether the title seems to have been cut by a limit of length.
    pub cut: bool,
    /// First and last year, when there is a date.
    pub years: Option<(i16, i16)>,
    /// Day as yyyymmdd, when the date is one; digits as given, be they a day or not.
    pub day: u32,
    /// Department, or another first part of the code of a place; 0 when not said.
    pub region: u16,
    /// Code of the place; 0 when not said.
    pub place_code: u32,
    /// Hash of the place's words.
    pub place_key: u64,
    /// Hash of the title's words, whatever their order.
    pub title_key: u64,
    /// Sizes in tenths of a millimetre, or the duration in seconds, or first and last page;
    /// ascending for sizes.
    pub sizes: [u32; 2],
    /// Hash of the second line of evidence of a kind: postal code, volume, number of the track.
    pub detail: [u32; 2],
    /// Numbers.
    pub identifiers: Box<[Identifier]>,
    /// Marks of series, sorted.
    pub marks: Box<[Mark]>,
    pub(crate) words: Box<[Word]>,
    pub(crate) ends: [u8; LISTS],
}

impl Record {
    /// One list of words.
    pub fn list(&self, list: List) -> &[Word] {
        let index = list as usize;
        let start =
            index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.words.get(usize::from(start)..usize::from(end)).unwrap_or(&[])
    }

    /// The names of the agents, each with the family name first.
    pub fn agents(&self) -> impl Iterator<Item = &[Word]> {
        self.list(List::Agents).split(|word| *word == SEPARATOR).filter(|name| !name.is_empty())
    }
}
