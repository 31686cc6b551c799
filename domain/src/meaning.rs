//! What a machine understands of a value: a span of time, an agent, a place, a concept.
//!
//! The text of a value stays as the source gave it; its meanings stand beside it, each with the
//! rule that found it and how sure that rule is. A meaning that the source gave itself (an INSEE
//! code, a URI, an ISO date) has [`Confidence::Given`].

use serde::{Deserialize, Serialize};

/// One thing that a value means. A value may mean several (two painters on one line).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Meaning {
    /// The thing.
    pub entity: Entity,
    /// Which rule said so, as `area.rule` (`date.century`, `agent.name_first`, `place.insee`).
    pub rule: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// How sure a meaning is. What is less sure than [`Self::Probable`] is an issue, not a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The source says it in a form made for machines.
    Given,
    /// Read from the text by a rule that has one outcome.
    Certain,
    /// Read from the text by a rule that people would mostly agree with (`vers 1850`, a commune
    /// named without its department but alone of its name).
    Probable,
}

impl Confidence {
    /// From 0 to 1, the form of `edm:confidenceLevel`; nothing for what the source gave.
    pub fn level(self) -> Option<&'static str> {
        match self {
            Self::Given => None,
            Self::Certain => Some("0.95"),
            Self::Probable => Some("0.8"),
        }
    }
}

/// The thing that is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entity {
    /// A span of time.
    Time(TimeSpan),
    /// A person or a body.
    Agent(Agent),
    /// A place.
    Place(Place),
    /// A term of a vocabulary.
    Concept(Concept),
    /// A language, as BCP 47.
    Language(String),
}

/// A span of time. At least one end is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct TimeSpan {
    /// First day, month or year: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, proleptic Gregorian,
    /// astronomical years (1 BC is `0000`, 2 BC `-0001`), four digits at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<String>,
    /// Last day, month or year, included, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// EDTF (ISO 8601-2, level 1), when it can say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edtf: Option<String>,
}

impl TimeSpan {
    /// Astronomical year of the beginning.
    pub fn begin_year(&self) -> Option<i32> {
        self.begin.as_deref().and_then(year)
    }

    /// Astronomical year of the end.
    pub fn end_year(&self) -> Option<i32> {
        self.end.as_deref().and_then(year)
    }
}

/// The year of `[-]YYYY[-MM[-DD]]`.
fn year(text: &str) -> Option<i32> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let digits = rest.split('-').next()?;
    digits.parse::<i32>().ok().map(|year| sign * year)
}

/// A person or a body.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Agent {
    /// Name as libraries file it: `Corot, Jean-Baptiste Camille`, or the name of the body.
    pub name: String,
    /// Address in a file of authorities, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The same agent in other files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
    /// Role, as the source words it (`graveur`, `éditeur`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How the agent is tied to the thing.
    #[serde(default, skip_serializing_if = "Attribution::is_plain")]
    pub attribution: Attribution,
    /// Birth or foundation, in the form of [`TimeSpan::begin`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<String>,
    /// Death or end, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died: Option<String>,
}

/// How an agent is tied to a thing. Only [`Self::Plain`] made it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// Made it.
    #[default]
    Plain,
    /// Is thought to have made it (`attribué à`).
    AttributedTo,
    /// It comes out of the workshop (`atelier de`).
    WorkshopOf,
    /// By somebody around the agent (`entourage de`, `cercle de`, `école de`, `élève de`).
    CircleOf,
    /// In the agent's manner (`manière de`, `genre de`, `style de`).
    MannerOf,
    /// After a work of the agent (`d'après`, `copie d'après`).
    After,
    /// Once thought to be by the agent (`ancienne attribution`).
    FormerlyAttributedTo,
}

impl Attribution {
    /// Whether the agent simply made it.
    pub fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Place {
    /// Its name, without what it lies in.
    pub name: String,
    /// What it lies in, the smallest first (`Calvados`, `Normandie`, `France`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// Address, in the form that Europeana dereferences (`https://sws.geonames.org/ID/`,
    /// `http://www.wikidata.org/entity/Q…`), when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The same place elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
    /// INSEE code of the commune of today (`14118`, `2A004`, `97105`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insee: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// WGS 84 position in millionths of a degree: 11 cm, and equal texts give equal points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    /// North positive.
    pub latitude: i32,
    /// East positive.
    pub longitude: i32,
}

impl Point {
    /// Decimal degrees, as text with no more digits than needed.
    pub fn degrees(self) -> (String, String) {
        (degrees(self.latitude), degrees(self.longitude))
    }
}

/// Millionths of a degree as decimal degrees.
fn degrees(micro: i32) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let all = micro.unsigned_abs();
    let text = format!("{sign}{}.{:06}", all / 1_000_000, all % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A term of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Concept {
    /// Its address.
    pub uri: String,
    /// Preferred labels, one a language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// Addresses of wider terms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broader: Vec<String>,
    /// Addresses of the same term elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exact_match: Vec<String>,
    /// Address of the vocabulary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Explanation, one a language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Label>,
}

/// A text in a language.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Label {
    /// The text.
    pub text: String,
    /// BCP 47; empty: not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lang: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_before_christ_are_read() {
        let span =
            TimeSpan { begin: Some("-0499".into()), end: Some("-0400-12-31".into()), edtf: None };
        assert_eq!((span.begin_year(), span.end_year()), (Some(-499), Some(-400)));
    }

    #[test]
    fn points_are_written_without_idle_digits() {
        let point = Point { latitude: 48_856_600, longitude: -500 };
        assert_eq!(point.degrees(), ("48.8566".to_owned(), "-0.0005".to_owned()));
        let round = Point { latitude: 0, longitude: 100_000_000 };
        assert_eq!(round.degrees(), ("0".to_owned(), "100".to_owned()));
    }
}
