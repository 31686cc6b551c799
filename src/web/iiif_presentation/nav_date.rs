//! `navDate`: the first second of the year or century that a date names.

/// Reads the first year (`1780`, `vers 1780`, `1780-1790`) or, without one, the first century
/// (`18e siècle`, `XVIIIe siècle`, `18th century`), the start of which is taken. `None` when neither
/// is there, and before our era: `navDate` of such crashes some readers, and the date stays in the
/// metadata.
///
/// # Example
/// ```
/// use passerelle::web::iiif_presentation::nav_date::nav_date;
/// assert_eq!(nav_date("2e quart 18e siècle").as_deref(), Some("1701-01-01T00:00:00Z"));
/// ```
pub fn nav_date(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let before_our_era = ["av. j", "av j", "avant j", "bce", "b.c", " bc"];
    if before_our_era.iter().any(|mark| lower.contains(mark)) || lower.trim_start().starts_with('-')
    {
        return None;
    }
    let words = || lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let year = words()
        .filter(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))
        .find_map(|word| word.parse::<u32>().ok().filter(|year| (100..=2100).contains(year)));
    let year = year.or_else(|| {
        let list: Vec<&str> = words().collect();
        list.windows(2).find_map(|pair| match pair {
            [number, "siècle" | "siecle" | "s" | "century"] => {
                century(number).map(|n| (n - 1) * 100 + 1)
            }
            _ => None,
        })
    })?;
    Some(format!("{year:04}-01-01T00:00:00Z"))
}

/// `18e`, `18th`, `xviiie`.
fn century(word: &str) -> Option<u32> {
    let number = ["ème", "eme", "er", "th", "st", "nd", "rd", "e"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending))
        .unwrap_or(word);
    let value = number.parse().ok().or_else(|| roman(number))?;
    (1..=21).contains(&value).then_some(value)
}

fn roman(word: &str) -> Option<u32> {
    let digits: Option<Vec<u32>> = word
        .chars()
        .map(|c| match c {
            'i' => Some(1),
            'v' => Some(5),
            'x' => Some(10),
            _ => None,
        })
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty())?;
    let following = digits.iter().skip(1).copied().chain(std::iter::once(0));
    let sum: i64 = digits
        .iter()
        .zip(following)
        .map(|(digit, next)| if *digit < next { -i64::from(*digit) } else { i64::from(*digit) })
        .sum();
    u32::try_from(sum).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_and_centuries_are_read_and_doubt_gives_nothing() {
        for (text, expected) in [
            ("1780", Some("1780-01-01T00:00:00Z")),
            ("vers 1780 ; 1790", Some("1780-01-01T00:00:00Z")),
            ("1ère moitié 17e siècle", Some("1601-01-01T00:00:00Z")),
            ("XIXe siècle", Some("1801-01-01T00:00:00Z")),
            ("XIVème siècle", Some("1301-01-01T00:00:00Z")),
            ("4e quart 19e s.", Some("1801-01-01T00:00:00Z")),
            ("18th century", Some("1701-01-01T00:00:00Z")),
            ("5e siècle av. J.-C.", None),
            ("-500", None),
            ("inconnue", None),
            ("99e siècle", None),
            ("siècle", None),
            ("inv. 19941", None),
            ("", None),
        ] {
            assert_eq!(nav_date(text).as_deref(), expected, "{text}");
        }
    }
}
