//! Dates of life beside names: `1789-1863`, `né en 1805`, `Lyon, 1809 ; Lyon, 1886`, and the
//! field of precisions on authors (PAUT).
//!
//! Only dates that are said without `vers`, `avant`, `après` or `?` become dates; the others are
//! understood, and say nothing.

use crate::fold::fold;

/// When somebody lived.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Life {
    pub(super) born: Option<String>,
    pub(super) died: Option<String>,
}

impl Life {
    fn of(born: Option<String>, died: Option<String>) -> Self {
        let year = |date: &Option<String>| {
            date.as_deref().and_then(|date| date.get(..4)).and_then(|year| year.parse::<i32>().ok())
        };
        if let (Some(from), Some(to)) = (year(&born), year(&died))
            && !(0..=115).contains(&(to - from))
        {
            return Self::default();
        }
        Self { born, died }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.born.is_none() && self.died.is_none()
    }
}

/// One end of a life.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Born(Option<String>),
    Died(Option<String>),
    /// A date that does not say of what.
    Some(Option<String>),
    /// When somebody worked: no end of a life.
    Active,
}

/// What stands in parentheses beside a name, when it is a life or a time of activity whole.
pub(super) fn in_parentheses(text: &str) -> Option<Life> {
    if !text.contains(|c: char| c.is_ascii_digit()) && !text.contains(['?', '.']) {
        // `17e siècle` has digits; Roman centuries have none.
        return fold(text).ends_with("siecle").then(Life::default);
    }
    if text.trim() == "?" {
        return None;
    }
    let folded = fold(text);
    if folded.starts_with("actif")
        || folded.starts_with("active")
        || folded.starts_with("en activite")
    {
        return Some(Life::default());
    }
    if folded.contains("siecle") || is_century(&folded) {
        return Some(Life::default());
    }
    if let Some((first, second)) = folded.split_once(';') {
        return both(first, second);
    }
    if let Some(end) = end(&folded) {
        return Some(match end {
            End::Born(born) => Life::of(born, None),
            End::Died(died) => Life::of(None, died),
            // `graveur, 1850` is no place and date.
            End::Some(_) if folded.contains(',') => return None,
            // A year by itself may be that of the work.
            End::Some(_) | End::Active => Life::default(),
        });
    }
    folded
        .match_indices(['-', '/'])
        .filter_map(|(at, dash)| both(folded.get(..at)?, folded.get(at + dash.len()..)?))
        .find(|life| !life.is_empty())
        .or_else(|| folded.split_once('-').and_then(|(first, second)| both(first, second)))
}

fn both(first: &str, second: &str) -> Option<Life> {
    let born = match end(first)? {
        End::Born(date) | End::Some(date) => date,
        End::Died(_) | End::Active => return None,
    };
    let died = match end(second)? {
        End::Died(date) | End::Some(date) => date,
        End::Born(_) | End::Active => return None,
    };
    Some(Life::of(born, died))
}

/// The lives in a text of precisions on authors: the name it is about, folded, when the text has
/// one, and the life.
pub(super) fn precisions(text: &str) -> Vec<(Option<String>, Life)> {
    text.split(['\n', '#'])
        .filter_map(|entry| {
            let folded = fold(entry);
            let (name, body) = match folded.split_once(':') {
                Some((name, body)) if !name.contains([';', ',']) => {
                    (Some(name.trim().to_owned()), body)
                }
                _ => (None, folded.as_str()),
            };
            let life = ends_of(body)?;
            (!life.is_empty()).then_some((name, life))
        })
        .collect()
}

fn ends_of(body: &str) -> Option<Life> {
    let mut segments = body.split(';').map(str::trim).filter(|segment| !segment.is_empty());
    let first = segments.next()?;
    let second = segments.next();
    match end(first) {
        Some(End::Died(died)) => Some(Life::of(None, died)),
        Some(End::Born(born) | End::Some(born)) => {
            let died = match second.and_then(end) {
                Some(End::Died(date) | End::Some(date)) => date,
                _ => None,
            };
            Some(Life::of(born, died))
        }
        None if second.is_none() => with_commas(first),
        Some(End::Active) | None => None,
    }
}

/// `Orléans, 1518, Strasbourg, 1583, …`: what is left when semicolons were made commas; and
/// `Paris, le 26 décembre 1883-Dax, le 5 novembre 1955`.
fn with_commas(text: &str) -> Option<Life> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if let [place, born, other, died, ..] = parts.as_slice()
        && is_place(place)
        && is_place(other)
        && let (Some(born), Some(died)) = (date(born), date(died))
    {
        return Some(Life::of(born, died));
    }
    text.match_indices('-')
        .filter_map(|(at, _)| both(text.get(..at)?, text.get(at + 1..)?))
        .find(|life| life.born.is_some() && life.died.is_some())
}

/// One end: `Lyon, 1809`, `né en 1805`, `1872 mort`, `?`.
fn end(text: &str) -> Option<End> {
    let text = text.trim().trim_matches('.').trim();
    let (kind, rest) = marked(text);
    if kind == Some(Mark::Active) {
        return Some(End::Active);
    }
    let found = place_and_date(rest)?;
    Some(match kind {
        Some(Mark::Born) => End::Born(found),
        Some(Mark::Died) => End::Died(found),
        _ => End::Some(found),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Born,
    Died,
    Active,
}

/// The word that says which end it is, before or after, and the rest.
fn marked(text: &str) -> (Option<Mark>, &str) {
    const BEFORE: [(&str, Mark); 17] = [
        ("ne en ", Mark::Born),
        ("nee en ", Mark::Born),
        ("ne le ", Mark::Born),
        ("nee le ", Mark::Born),
        ("ne a ", Mark::Born),
        ("nee a ", Mark::Born),
        ("ne ", Mark::Born),
        ("nee ", Mark::Born),
        ("mort en ", Mark::Died),
        ("morte en ", Mark::Died),
        ("mort a ", Mark::Died),
        ("mort ", Mark::Died),
        ("decede en ", Mark::Died),
        ("decede ", Mark::Died),
        ("actif", Mark::Active),
        ("active", Mark::Active),
        ("† ", Mark::Died),
    ];
    const AFTER: [(&str, Mark); 4] =
        [(" ne", Mark::Born), (" nee", Mark::Born), (" mort", Mark::Died), (" morte", Mark::Died)];
    let before = BEFORE.iter().find_map(|(word, mark)| Some((*mark, text.strip_prefix(word)?)));
    let after = || AFTER.iter().find_map(|(word, mark)| Some((*mark, text.strip_suffix(word)?)));
    match before.or_else(after) {
        Some((mark, rest)) => (Some(mark), rest),
        None => (None, text),
    }
}

/// `Lyon, 1809`: the date, when place and date are understood; `Some(None)` when the date is said
/// to be unknown or about.
#[expect(clippy::option_option, reason = "not a date, and a date that is unknown, are two answers")]
fn place_and_date(text: &str) -> Option<Option<String>> {
    if let Some(found) = date(text) {
        return Some(found);
    }
    // The place may hold commas itself; what follows it is the date.
    text.match_indices(',').find_map(|(at, _)| {
        let found = date(text.get(at + 1..)?)?;
        is_place(text.get(..at)?).then_some(found)
    })
}

fn is_place(text: &str) -> bool {
    let text = text.trim();
    // A department in parentheses (`Saint-Privé (89)`) is the only number in a place.
    let plain = text.split('(').next().unwrap_or_default();
    text.len() <= 80 && !plain.contains(|c: char| c.is_ascii_digit())
}

/// One date; `Some(None)`: understood, but not a date that can be given.
#[expect(clippy::option_option, reason = "not a date, and a date that is unknown, are two answers")]
fn date(text: &str) -> Option<Option<String>> {
    let text = text.trim().trim_start_matches("le ").trim_start_matches("en ");
    if matches!(text, "?" | "" | "...." | "..." | "s.d." | "inconnu" | "date inconnue") {
        return (!text.is_empty()).then_some(None);
    }
    for about in [
        "vers ", "v. ", "ca ", "ca. ", "c. ", "circa ", "avant ", "apres ", "env. ", "environ ",
        "entre ",
    ] {
        if let Some(rest) = text.strip_prefix(about) {
            let whole = year(rest).is_some() || about == "entre " || !rest.contains(['-', ';']);
            return (whole && rest.contains(|c: char| c.is_ascii_digit())).then_some(None);
        }
    }
    for about in
        [" vers", " ?", "?", " avant", " apres", " (vers)", " (?)", " environ", " ca", " env."]
    {
        if let Some(rest) = text.strip_suffix(about) {
            return year(rest).map(|_| None);
        }
    }
    if let Some(year) = year(text) {
        return Some(Some(year.to_owned()));
    }
    for separator in ['/', '-', '.'] {
        let parts: Vec<&str> = text.split(separator).collect();
        if let [first, month, last] = parts.as_slice() {
            return ymd(first, month, last).or_else(|| ymd(last, month, first)).map(Some);
        }
        if let [first, last] = parts.as_slice()
            && separator == '/'
            && year(first).is_some()
            && (year(last).is_some() || last.len() == 2)
        {
            return Some(None);
        }
    }
    let words: Vec<&str> = text
        .split([' ', '(', ')', ','])
        .filter(|word| !word.is_empty())
        .map(|word| if word == "1er" { "1" } else { word })
        .collect();
    match words.as_slice() {
        [day, name, of] => named(of, name, day).or_else(|| named(day, name, of)),
        [first, second] => year(second)
            .and_then(|year| Some(format!("{year}-{:02}", month(first)?)))
            .or_else(|| Some(format!("{}-{:02}", year(first)?, month(second)?))),
        _ => None,
    }
    .or_else(|| match words.as_slice() {
        // `1754 (13 décembre)`.
        [of, day, name] => named(of, name, day),
        _ => None,
    })
    .map(Some)
}

fn named(of: &str, name: &str, day: &str) -> Option<String> {
    let number = day.parse::<u32>().ok().filter(|day| (1..=31).contains(day))?;
    Some(format!("{}-{:02}-{number:02}", year(of)?, month(name)?))
}

fn ymd(of: &str, month: &str, day: &str) -> Option<String> {
    let month = month.trim().parse::<u32>().ok().filter(|month| (1..=12).contains(month))?;
    let day = day.trim().parse::<u32>().ok().filter(|day| (1..=31).contains(day))?;
    Some(format!("{}-{month:02}-{day:02}", year(of.trim())?))
}

/// Four digits of a year that people of catalogues lived in.
fn year(text: &str) -> Option<&str> {
    let text = text.trim();
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    (digits && ("0500".."2100").contains(&text)).then_some(text)
}

fn month(folded: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
    ];
    let name = if folded == "mars" { folded } else { folded.trim_end_matches('s') };
    (1..).zip(NAMES).find(|(_, month)| *month == name).map(|(number, _)| number)
}

fn is_century(folded: &str) -> bool {
    let word = folded.trim_end_matches(" s.").trim_end_matches(" s");
    word.strip_suffix('e').is_some_and(|number| {
        !number.is_empty()
            && (number.bytes().all(|b| b.is_ascii_digit())
                || number.bytes().all(|b| matches!(b, b'i' | b'v' | b'x')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(born: &str, died: &str) -> Life {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Life { born: some(born), died: some(died) }
    }

    #[test]
    fn lives_in_parentheses_are_read_and_activities_give_no_life() {
        for (text, born, died) in [
            ("1789-1863", "1789", "1863"),
            ("1789 ; 1863", "1789", "1863"),
            ("1789 – 1863", "1789", "1863"),
            ("?-1863", "", "1863"),
            ("1805-?", "1805", ""),
            ("vers 1500-1563", "", "1563"),
            ("né en 1805", "1805", ""),
            ("mort en 1865", "", "1865"),
            ("Paris, 1789 - Lyon, 1863", "1789", "1863"),
            ("actif 1810-1864", "", ""),
            ("18e siècle", "", ""),
            ("XVIIIe siècle", "", ""),
            ("1850", "", ""),
            ("1863-1789", "", ""),
        ] {
            assert_eq!(in_parentheses(text), Some(life(born, died)), "{text}");
        }
        assert_eq!(in_parentheses("peintre"), None);
        assert_eq!(in_parentheses("Jean-Antoine"), None);
    }

    #[test]
    fn precisions_on_authors_give_lives_by_name() {
        for (text, name, born, died) in [
            ("Lyon, 1809 ; Lyon, 1886", "", "1809", "1886"),
            (
                "HEINSIUS : ?, 1740 ; Orléans, 1812 ; nationalité : Allemande",
                "heinsius",
                "1740",
                "1812",
            ),
            ("né en 1805 ; mort en 1865", "", "1805", "1865"),
            ("1809 né ; 1872 mort", "", "1809", "1872"),
            ("Avignon, ? ; Paris, 1825", "", "", "1825"),
            (
                "SCHMITT : Genève, 6 février 1807 ; Lyon, 28 juillet 1890",
                "schmitt",
                "1807-02-06",
                "1890-07-28",
            ),
            (
                "INJALBERT Jean-Antoine : Béziers, 1845/02/23 ; Paris, 1933/01/20",
                "injalbert jean-antoine",
                "1845-02-23",
                "1933-01-20",
            ),
            ("Dufour : tramayes, 1754 (13 décembre), paris, 1827", "dufour", "1754-12-13", "1827"),
            ("Paris, le 26 décembre 1883-Dax, le 5 novembre 1955", "", "1883-12-26", "1955-11-05"),
            ("Valenciennes, 1819 ; Saint-Privé (89), 1916", "", "1819", "1916"),
            ("Draguignan, 1935", "", "1935", ""),
        ] {
            let name = (!name.is_empty()).then(|| name.to_owned());
            assert_eq!(precisions(text), [(name, life(born, died))], "{text}");
        }
        assert_eq!(precisions("Sans doute de la région de Colmar"), []);
        assert_eq!(precisions("avril devient actionnaire de la tuilerie, 1861, 1967"), []);
    }
}
