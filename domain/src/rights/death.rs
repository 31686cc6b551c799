//! Years of death in the way French notices write them.

/// Words after which the year of a death follows in the same clause.
const DIED: &[&str] = &["mort", "morte", "deces", "decede", "decedee", "died", "d.", "†", "+"];

/// Whether everybody whom a text names died in that year or before: each part between semicolons
/// must have a year of death (`1820-1890`, `mort en 1890`, `Paris, 1820 ; Nice, 1890`).
pub(super) fn all_dead_by(text: &str, year: i32) -> bool {
    let folded = crate::fold::fold(text);
    let parts: Vec<&str> =
        folded.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    // "Paris, 1820 ; Nice, 1890": a birth and a death of one person.
    if let [birth, death] = parts.as_slice()
        && let (Some(born), Some(died)) = (place_and_year(birth), place_and_year(death))
        && born < died
    {
        return died <= year;
    }
    !parts.is_empty() && parts.iter().all(|part| died(part).is_some_and(|died| died <= year))
}

/// `place, 1820` and nothing else.
fn place_and_year(part: &str) -> Option<i32> {
    let (place, year) = part.rsplit_once(',')?;
    let year = year.trim();
    let plain = !place.trim().is_empty() && place.chars().all(|c| !c.is_ascii_digit() && c != '(');
    (plain && year.len() == 4).then(|| year.parse().ok())?
}

/// The latest year of death that a part names.
fn died(part: &str) -> Option<i32> {
    let years = years(part);
    let mut latest = None;
    for (at, end, year) in &years {
        let before = part.get(..*at).unwrap_or_default().trim_end();
        let after_dash = before.strip_suffix('-').map(str::trim_end).is_some_and(|head| {
            years.iter().any(|(_, earlier, birth)| *earlier == head.len() && birth < year)
        });
        // The clause in which the year stands: after the last bracket or comma but one.
        let clause = before.rsplit(['(', ')', ':']).next().unwrap_or_default();
        let after_word =
            clause.split(|c: char| c.is_whitespace() || c == ',').any(|word| DIED.contains(&word));
        // 1820-1890? and "vers 1890" are not sure.
        let unsure = part.get(*end..).is_some_and(|rest| rest.trim_start().starts_with('?'))
            || ["vers", "ca", "apres", "avant", "?"].iter().any(|word| before.ends_with(word));
        if (after_dash || after_word) && !unsure {
            latest = latest.max(Some(*year));
        } else if unsure {
            return None;
        }
    }
    latest
}

/// Start, end and value of every number of four digits.
fn years(text: &str) -> Vec<(usize, usize, i32)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_ascii_digit() {
            start.get_or_insert(at);
        } else if let Some(from) = start.take()
            && at - from == 4
            && let Some(year) = text.get(from..at).and_then(|digits| digits.parse().ok())
        {
            found.push((from, at, year));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_must_have_a_sure_year_of_death() {
        for dead in [
            "INGRES Jean Auguste Dominique (peintre, 1780-1867)",
            "Montauban, 1780 ; Paris, 1867",
            "DURAND Jean (1800 - 1890) ; DUPONT Paul (1810-1900)",
            "peintre, mort à Paris en 1890",
            "† 1890",
        ] {
            assert!(all_dead_by(dead, 1954), "{dead}");
        }
        for not in [
            "",
            "PICASSO Pablo (1881-1973)",
            "DURAND Jean (1800-1890) ; DUPONT Paul (1910-1990)",
            "DURAND Jean (1800-1890) ; anonyme",
            "Paris, 1920 ; Nice, 1990",
            "né en 1890",
            "1890",
            "DURAND Jean (1800-1890 ?)",
            "DURAND Jean (1800-vers 1890)",
            "MARTIN Paul (1890-)",
        ] {
            assert!(!all_dead_by(not, 1954), "{not}");
        }
    }
}
