//! Dates as spans of years, with a memory: few texts make up most of the dates of a source.

use crate::hash::Table;
use crate::kind::Profile;
use domain::normalise::date::time_span;

/// What a date says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dated {
    /// First and last year.
    pub years: Option<(i16, i16)>,
    /// The eight digits of a day as given, be it one or not; 0 when there are not eight.
    pub day: u32,
}

/// Reads dates and remembers.
#[derive(Debug, Default, Clone)]
pub struct Dates {
    known: Table<u64, Dated>,
}

/// So many texts are remembered.
const MOST: usize = 200_000;

impl Dates {
    /// What this date says.
    pub fn read(&mut self, text: &str, profile: Profile) -> Dated {
        let text = text.trim();
        if text.is_empty() {
            return Dated::default();
        }
        let key = crate::hash::pair(crate::hash::text(text), profile as u64);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let read = read(text, profile);
        if self.known.len() < MOST {
            self.known.insert(key, read);
        }
        read
    }
}

fn read(text: &str, profile: Profile) -> Dated {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let day = if profile == Profile::Person && digits.len() == 8 && !text.contains('/') {
        digits.parse().unwrap_or(0)
    } else {
        0
    };
    if day != 0 {
        let year = (day / 10_000) as i16;
        return Dated { years: Some((year, year)), day };
    }
    // Of two figures: the century is not said, the year counts.
    if profile == Profile::Bibliographic && digits.len() == 2 && text.len() <= 4 {
        let short: i16 = digits.parse().unwrap_or(0);
        let year = if short > 30 { 1900 + short } else { 2000 + short };
        return Dated { years: Some((year, year)), day: 0 };
    }
    if profile == Profile::Bibliographic
        && let Some(year) = year_within(text)
    {
        return Dated { years: Some((year, year)), day: 0 };
    }
    if let Some(span) = time_span(text) {
        let narrow = |year: Option<i32>| year.and_then(|year| i16::try_from(year).ok());
        let years = match (narrow(span.begin_year()), narrow(span.end_year())) {
            (Some(a), Some(b)) => Some((a, b)),
            (Some(a), None) => Some((a, a.saturating_add(60))),
            (None, Some(b)) => Some((b.saturating_sub(60), b)),
            (None, None) => None,
        };
        if years.is_some() {
            return Dated { years, day: 0 };
        }
    }
    Dated { years: loose(text), day: 0 }
}

/// The one number of four digits in a text.
fn year_within(text: &str) -> Option<i16> {
    let squeezed: String = if text.len() <= 6 {
        text.chars().filter(|c| *c != ' ').collect()
    } else {
        text.to_owned()
    };
    let mut found = squeezed.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 4);
    let year = found.next()?.parse().ok()?;
    (found.next().is_none() && (1400..2100).contains(&year)).then_some(year)
}

/// From the first to the last number of four digits, 1963, printed 1980; wide by two when about.
fn loose(text: &str) -> Option<(i16, i16)> {
    let mut first = None;
    let mut last = None;
    for part in text.split(|c: char| !c.is_ascii_digit()) {
        if part.len() == 4
            && let Ok(year) = part.parse::<i16>()
        {
            first = Some(first.map_or(year, |known: i16| known.min(year)));
            last = Some(last.map_or(year, |known: i16| known.max(year)));
        }
    }
    first.zip(last)
}
