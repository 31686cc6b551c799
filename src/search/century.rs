//! Centuries out of dates as cataloguers write them: `3e quart 17e siècle`, `XVIIIe s.`, `1889`,
//! `vers 1640-1645`, `2e siècle av. J.-C.`. They make the period facet comparable across bases.

use super::analyzer::{ordinal, roman, words};
use std::collections::BTreeSet;

/// The centuries that a date text names: 17 for 1601–1700, −2 for the second century before our era.
pub(super) fn centuries(text: &str) -> BTreeSet<i8> {
    let words = words(text);
    let mut found = BTreeSet::new();
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let is_century =
        |i: usize| matches!(word(i), "siecle" | "siecles" | "s" | "century" | "centuries");
    let mut pending: Vec<u8> = Vec::new();
    for i in 0..words.len() {
        let current = word(i);
        if is_century(i) {
            let before_our_era = matches!(word(i + 1), "av" | "avant" | "bc");
            found.extend(pending.drain(..).map(|n| signed(n, before_our_era)));
        } else if let Some(n) = number(current) {
            // `16e-17e siècle` names two; `2e moitié 17e siècle` names one.
            pending.push(n);
        } else if !matches!(current, "et" | "ou" | "a" | "au" | "debut" | "fin") {
            pending.clear();
        }
        if current.len() == 4
            && let Ok(year) = current.parse::<i32>()
            && (1..=2100).contains(&year)
        {
            let before_our_era = matches!(word(i + 1), "av" | "avant" | "bc");
            if let Ok(n) = u8::try_from((year - 1) / 100 + 1) {
                found.insert(signed(n, before_our_era));
            }
        }
    }
    found
}

/// The centuries from one astronomical year to another; none when they are so many that the thing
/// is of no century.
pub(super) fn centuries_between(begin: i32, end: i32) -> BTreeSet<i8> {
    let century = |year: i32| {
        let n = if year > 0 { (year - 1) / 100 + 1 } else { year / 100 - 1 };
        i8::try_from(n).ok()
    };
    match (century(begin), century(end)) {
        (Some(first), Some(last)) if i16::from(last) - i16::from(first) <= 5 => {
            (first..=last).filter(|n| *n != 0).collect()
        }
        _ => BTreeSet::new(),
    }
}

fn number(word: &str) -> Option<u8> {
    ordinal(word).or_else(|| {
        let stem = word.strip_suffix("eme").or_else(|| word.strip_suffix('e'))?;
        roman(stem).filter(|n| *n <= 21)
    })
}

fn signed(n: u8, before_our_era: bool) -> i8 {
    let n = i8::try_from(n).unwrap_or(i8::MAX);
    if before_our_era { -n } else { n }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_of_the_bases_give_their_centuries() {
        for (text, expected) in [
            ("3e quart 17e siècle", vec![17]),
            ("2e moitié 17e siècle", vec![17]),
            ("18e siècle;19e siècle", vec![18, 19]),
            ("16e-17e siècle", vec![16, 17]),
            ("XVe s.", vec![15]),
            ("Ve siècle", vec![5]),
            ("1889", vec![19]),
            ("vers 1640-1645", vec![17]),
            ("1900", vec![19]),
            ("1701 ; 1801", vec![18, 19]),
            ("2e siècle av. J.-C.", vec![-2]),
            ("1er siècle", vec![1]),
            ("Renaissance", vec![]),
            ("12e siècle ; 15e siècle", vec![12, 15]),
            ("inv. 12345", vec![]),
        ] {
            assert_eq!(centuries(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn years_give_the_centuries_between_them() {
        for (begin, end, expected) in [
            (1801, 1900, vec![19]),
            (1791, 1810, vec![18, 19]),
            (-499, -400, vec![-5]),
            (-99, 0, vec![-1]),
            (-99, 100, vec![-1, 1]),
            (-5999, -2199, vec![]),
        ] {
            let found: Vec<i8> = centuries_between(begin, end).into_iter().collect();
            assert_eq!(found, expected, "{begin} {end}");
        }
    }

    proptest! {
        #[test]
        fn no_text_gives_a_century_that_does_not_exist(text in "[0-9a-zèé .;-]{0,40}") {
            prop_assert!(centuries(&text).into_iter().all(|n| (-39..=39).contains(&n) && n != 0));
        }
    }
}
