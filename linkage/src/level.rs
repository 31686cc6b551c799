//! Groups of evidence and their graded levels.

/// How many groups there are.
pub const GROUPS: usize = 10;
/// At most so many levels in a group.
pub const LEVELS: usize = 32;

/// A group of evidence: one level each, so that fields which say the same count once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Group {
    /// Title, or the name of a person.
    Title,
    /// Who made it.
    Agent,
    /// When.
    Date,
    /// Where.
    Place,
    /// Numbers and references.
    Identifier,
    /// Sizes, duration, pages.
    Size,
    /// Building, album, journal.
    Holder,
    /// Marks of series.
    Mark,
    /// Street; volume and number; postal code.
    Detail,
    /// Material; occupation.
    Matter,
}

impl Group {
    /// All of them, in the order of a [`Vector`].
    pub const ALL: [Self; GROUPS] = [
        Self::Title,
        Self::Agent,
        Self::Date,
        Self::Place,
        Self::Identifier,
        Self::Size,
        Self::Holder,
        Self::Mark,
        Self::Detail,
        Self::Matter,
    ];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Agent => "agent",
            Self::Date => "date",
            Self::Place => "place",
            Self::Identifier => "identifier",
            Self::Size => "size",
            Self::Holder => "holder",
            Self::Mark => "mark",
            Self::Detail => "detail",
            Self::Matter => "matter",
        }
    }

    /// The names of the levels, the first of which is that nothing can be said.
    pub fn levels(self) -> &'static [&'static str] {
        match self {
            Self::Title => &TITLE,
            Self::Agent => &AGENT,
            Self::Date => &DATE,
            Self::Place => &PLACE,
            Self::Identifier => &IDENTIFIER,
            Self::Size => &SIZE,
            Self::Holder => &HOLDER,
            Self::Mark => &MARK,
            Self::Detail => &DETAIL,
            Self::Matter => &MATTER,
        }
    }
}

const TITLE: [&str; 25] = [
    "missing",
    "same_unique",
    "same_rare",
    "same_common",
    "same_everyday",
    "close_unique",
    "close_rare",
    "close_common",
    "close_everyday",
    "part_unique",
    "part_rare",
    "part_common",
    "part_everyday",
    "half_unique",
    "half_rare",
    "half_common",
    "half_everyday",
    "some_unique",
    "some_rare",
    "some_common",
    "some_everyday",
    "other_unique",
    "other_rare",
    "other_common",
    "other_everyday",
];
const AGENT: [&str; 13] = [
    "missing",
    "same_rare",
    "same_common",
    "fits_rare",
    "fits_common",
    "family_rare",
    "family_common",
    "close",
    "found",
    "some",
    "other",
    "most",
    "found_part",
];
const DATE: [&str; 11] = [
    "missing",
    "same",
    "same_span",
    "inside",
    "near",
    "decade",
    "far",
    "day",
    "day_near",
    "overlap",
    "wide",
];
const PLACE: [&str; 7] =
    ["missing", "same_rare", "same_common", "part", "close", "other", "namesake"];
const IDENTIFIER: [&str; 6] =
    ["missing", "same_unique", "same_shared", "near", "other", "other_scheme"];
const SIZE: [&str; 7] = ["missing", "same_rare", "same_common", "near", "one", "other", "far"];
const HOLDER: [&str; 9] = [
    "missing",
    "same_rare",
    "same_common",
    "part",
    "close",
    "some",
    "other",
    "found",
    "same_everyday",
];
const MARK: [&str; 7] = ["missing", "same", "one_side", "other", "cut", "role", "bare_other"];
const DETAIL: [&str; 7] =
    ["missing", "same", "close", "other", "half", "volume_other", "number_other"];
const MATTER: [&str; 4] = ["missing", "same", "some", "other"];

/// One level for each group; 0 is missing.
pub type Vector = [u8; GROUPS];

/// A vector in one number.
pub fn pack(vector: &Vector) -> u64 {
    vector.iter().fold(0, |packed, level| packed << 5 | u64::from(*level & 31))
}

/// A vector out of one number.
pub fn unpack(mut packed: u64) -> Vector {
    let mut vector = [0; GROUPS];
    for level in vector.iter_mut().rev() {
        *level = (packed & 31) as u8;
        packed >>= 5;
    }
    vector
}
